/**
 * A PostHog that lives in memory, for tests: the whole way of an event but the network.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Delivery } from "../delivery/Delivery.js"
import * as Ledger from "../delivery/Ledger.js"
import type { DroppedEvent } from "../domain/DropReason.js"
import * as EditableEvent from "../event/EditableEvent.js"
import type { EventReference, FinishedEvent } from "../event/FinishedEvent.js"
import type { PosthogEvent } from "../event/PosthogEvent.js"
import * as Uuid from "../event/Uuid.js"
import type { FeatureFlags } from "../flags/FeatureFlags.js"
import { contextOf, type Posthog } from "../Posthog.js"
import * as PosthogClient from "../PosthogClient.js"
import type { Options } from "../PosthogConfig.js"
import type { ExceptionCapture } from "../scope/ExceptionCapture.js"

/**
 * What the tests see.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Every event that was captured, in order. */
  readonly events: Effect.Effect<ReadonlyArray<PosthogEvent>>
  /** Every event that was dropped after it was made. */
  readonly dropped: Effect.Effect<ReadonlyArray<DroppedEvent>>
  readonly clear: Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class PosthogTest extends Context.Tag("effect-posthog/PosthogTest")<PosthogTest, Service>() {}

/**
 * Every event that was captured, in order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const events: Effect.Effect<ReadonlyArray<PosthogEvent>, never, PosthogTest> = Effect.flatMap(
  PosthogTest,
  (recorder) => recorder.events
)

/**
 * Every event that was dropped after it was made.
 *
 * @since 0.1.0
 * @category accessors
 */
export const dropped: Effect.Effect<ReadonlyArray<DroppedEvent>, never, PosthogTest> = Effect.flatMap(
  PosthogTest,
  (recorder) => recorder.dropped
)

/**
 * A recording client with options of its own: hooks, super properties and the like work as in the real one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: Omit<Options, "apiKey">
): Layer.Layer<Posthog | ExceptionCapture | FeatureFlags | PosthogTest> =>
  Layer.scopedContext(
    Effect.gen(function*() {
      const { delivery, recorder } = makeRecorder(options)
      const client = yield* PosthogClient.makeWith(
        {
          ...options,
          apiKey: Redacted.make("phc_test"),
          featureFlags: { ...options.featureFlags, offline: true }
        },
        delivery,
        yield* Uuid.make
      )
      return Context.add(contextOf(client), PosthogTest, {
        ...recorder,
        // an exception that was captured is an event a moment later
        events: Effect.zipRight(client.flush, recorder.events)
      })
    }).pipe(Effect.provideService(HttpClient.HttpClient, nowhere))
  )

/** A test asks nobody: flags are evaluated from `featureFlags.initialDefinitions`. */
const nowhere = HttpClient.make((request) =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description: "no requests in tests" }))
)

/**
 * A recording client with default options.
 *
 * @example
 * import { Effect } from "effect"
 * import { Posthog, PosthogTest } from "effect-posthog"
 *
 * const test = Effect.gen(function*() {
 *   yield* Posthog.capture("paid", { distinctId: "user-1" })
 *   const [event] = yield* PosthogTest.events
 *   return event?.distinctId === "user-1"
 * }).pipe(Effect.provide(PosthogTest.layer))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Posthog | ExceptionCapture | FeatureFlags | PosthogTest> = layerWith({})

const makeRecorder = (
  options: Omit<Options, "apiKey">
): { readonly delivery: Delivery; readonly recorder: Service } => {
  let recorded: Array<FinishedEvent> = []
  let drops: Array<DroppedEvent> = []
  let captured = 0
  let refused = 0
  const flush = Effect.succeed({ delivered: 0, dropped: 0, pending: 0 })
  const drop = (events: ReadonlyArray<EventReference>, reason: DroppedEvent["reason"]) =>
    Effect.forEach(events, ({ event, uuid }) => {
      const gone = { reason, uuid, event }
      drops.push(gone)
      return options.onDropped?.(gone) ?? Effect.void
    }, { discard: true })
  return {
    delivery: {
      offer: (event) => {
        captured++
        recorded.push(event)
        return []
      },
      drop,
      suspends: false,
      offerWhenRoom: () => Effect.succeed("bufferFull"),
      refused: () => {
        refused++
      },
      dropUnoffered: (event, reason) =>
        Effect.suspend(() => {
          captured++
          return drop([event], reason)
        }),
      sendNow: (event) =>
        Effect.sync(() => {
          captured++
          recorded.push(event)
          return "delivered"
        }),
      flush,
      shutdown: () => flush,
      sendAtExit: () => Effect.void,
      stats: Effect.sync(() => ({
        ...Ledger.nothing,
        captured,
        delivered: captured - drops.length,
        dropped: drops.length,
        refused
      }))
    },
    recorder: {
      events: Effect.sync(() => recorded.map(EditableEvent.fromFinished)),
      dropped: Effect.sync(() => drops.slice()),
      clear: Effect.sync(() => {
        recorded = []
        drops = []
        captured = 0
      })
    }
  }
}
