/**
 * A PostHog that lives in memory, for tests: the whole way of an event but the network.
 *
 * Every layer has a state of its own: tests that run at the same time share nothing.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import type { EncodedOf, EventCatalog, EventDeclarations, EventName } from "../catalog/EventCatalog.js"
import { EventValidation } from "../catalog/EventValidation.js"
import type { RefusalReason } from "../domain/CaptureOutcome.js"
import type { DroppedEvent } from "../domain/DropReason.js"
import { type JsonValue, toJsonValue } from "../domain/JsonValue.js"
import type { PropertyValue } from "../domain/PropertyValue.js"
import type { PosthogEvent } from "../event/PosthogEvent.js"
import * as Uuid from "../event/Uuid.js"
import { FlagDefinitionCache, fromUnknown } from "../flags/definitions/FlagDefinitionCache.js"
import type { FlagValue } from "../flags/evaluation/FlagEvaluation.js"
import type { FeatureFlags } from "../flags/FeatureFlags.js"
import type { FlagRegistry } from "../flags/registry/FlagRegistry.js"
import type {
  BooleanKey,
  FlagDeclarations,
  FlagKey,
  PayloadOf,
  VariantOf,
  VariantsKey
} from "../flags/registry/FlagTypes.js"
import { contextOf, type Posthog } from "../Posthog.js"
import * as PosthogClient from "../PosthogClient.js"
import type { Options } from "../PosthogConfig.js"
import type { ExceptionCapture } from "../scope/ExceptionCapture.js"
import * as EventMatchers from "./EventMatchers.js"
import * as ExpectationFailed from "./ExpectationFailed.js"
import type { ExpectedEvent, ExpectedValue } from "./ExpectedEvent.js"
import * as LogRecorder from "./LogRecorder.js"
import * as PatientClock from "./PatientClock.js"
import * as Recorder from "./Recorder.js"
import * as Refusals from "./Refusals.js"
import * as TestFlags from "./TestFlags.js"

export { ExpectationFailed } from "./ExpectationFailed.js"
export type {
  /** @since 0.1.0 */
  ExpectedEvent,
  /** @since 0.1.0 */
  ExpectedProperties,
  /** @since 0.1.0 */
  ExpectedValue
} from "./ExpectedEvent.js"
export type {
  /** @since 0.1.0 */
  LogLine
} from "./LogRecorder.js"
export type {
  /** @since 0.1.0 */
  DeliveryFailure
} from "./Recorder.js"
export type {
  /** @since 0.1.0 */
  RefusalOptions
} from "./Refusals.js"

/**
 * What the tests see, and what they can make happen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Every event that was captured, in order. */
  readonly events: Effect.Effect<ReadonlyArray<PosthogEvent>>
  /** Every event that was dropped after it was made. */
  readonly dropped: Effect.Effect<ReadonlyArray<DroppedEvent>>
  /** Every log line since the layer was built, at the level that the program logs at. */
  readonly logs: Effect.Effect<ReadonlyArray<LogRecorder.LogLine>>
  /** Forgets events, what was dropped and log lines; flags and failures stay. */
  readonly clear: Effect.Effect<void>
  /** Waits for an event as expected; one that was captured already will do. */
  readonly awaitEvent: (name: string, expected?: ExpectedEvent) => Effect.Effect<PosthogEvent>
  /** Sets what a flag is, from the next evaluation on. */
  readonly setFlag: (key: string, value: FlagValue, options?: SetFlagOptions) => Effect.Effect<void>
  /** Makes a flag one that cannot be evaluated. */
  readonly failFlag: (key: string, options?: WhoseFlag) => Effect.Effect<void>
  /** Makes captures be refused with this reason. */
  readonly refuse: (reason: RefusalReason, options?: Refusals.RefusalOptions) => Effect.Effect<void>
  /** Makes delivery fail. */
  readonly failDelivery: (failure: Recorder.DeliveryFailure) => Effect.Effect<void>
  /** Ends what `refuse` and `failDelivery` began; events that waited are delivered. */
  readonly recover: Effect.Effect<void>
}

/**
 * Whom something is set for.
 *
 * @since 0.1.0
 * @category models
 */
export interface WhoseFlag {
  /** One person or several. Default: everybody; what was set for single people before is forgotten then. */
  readonly distinctId?: string | ReadonlyArray<string> | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SetFlagOptions extends WhoseFlag {
  /** The payload that goes with this value of the flag, whoever has it. Default: that of the definitions, or none. */
  readonly payload?: PropertyValue | undefined
}

/**
 * The options of a recording client: those of the real one, and what its flags are.
 *
 * @since 0.1.0
 * @category models
 */
export interface TestOptions extends Omit<Options, "apiKey"> {
  /** What flags are for everybody, over `featureFlags.initialDefinitions`. */
  readonly flags?: { readonly [key: string]: FlagValue } | undefined
}

/**
 * @since 0.1.0
 * @category tags
 */
export class PosthogTest extends Context.Tag("effect-posthog/PosthogTest")<PosthogTest, Service>() {}

const withTest = <A, E>(use: (test: Service) => Effect.Effect<A, E>): Effect.Effect<A, E, PosthogTest> =>
  Effect.flatMap(PosthogTest, use)

/**
 * Every event that was captured, in order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const events: Effect.Effect<ReadonlyArray<PosthogEvent>, never, PosthogTest> = withTest(({ events }) => events)

/**
 * Every event that was dropped after it was made.
 *
 * @since 0.1.0
 * @category accessors
 */
export const dropped: Effect.Effect<ReadonlyArray<DroppedEvent>, never, PosthogTest> = withTest(({ dropped }) =>
  dropped
)

/**
 * Every log line since the layer was built, at the level that the program logs at.
 *
 * @since 0.1.0
 * @category accessors
 */
export const logs: Effect.Effect<ReadonlyArray<LogRecorder.LogLine>, never, PosthogTest> = withTest(({ logs }) => logs)

/**
 * Forgets events, what was dropped and log lines; flags and failures stay.
 *
 * @since 0.1.0
 * @category accessors
 */
export const clear: Effect.Effect<void, never, PosthogTest> = withTest(({ clear }) => clear)

/**
 * The first event of this name that is as expected. Where there is none it fails with an `ExpectationFailed` whose message
 * shows what was expected, what came nearest and what else there was.
 *
 * @example
 * import { Effect } from "effect"
 * import { Posthog, PosthogTest } from "effect-posthog"
 *
 * const test = Effect.gen(function*() {
 *   yield* Posthog.capture("order paid", { distinctId: "ada", properties: { total: 42, currency: "EUR" } })
 *   yield* PosthogTest.expectEvent("order paid", {
 *     distinctId: "ada",
 *     properties: { total: (total) => Number(total) > 40, currency: /^[A-Z]{3}$/, coupon: undefined }
 *   })
 * }).pipe(Effect.provide(PosthogTest.layer))
 *
 * @since 0.1.0
 * @category expectations
 */
export const expectEvent = (
  name: string,
  expected?: ExpectedEvent
): Effect.Effect<PosthogEvent, ExpectationFailed.ExpectationFailed, PosthogTest> =>
  Effect.flatMap(events, (events) =>
    Option.match(Option.fromNullable(EventMatchers.find(events, name, expected)), {
      onNone: () => Effect.fail(ExpectationFailed.noSuchEvent(events, name, expected ?? {})),
      onSome: Effect.succeed
    }))

/**
 * Expectations of a property of a catalogue's event: its value on the wire, a pattern, or a function.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExpectedEventOf<Encoded> extends Omit<ExpectedEvent, "properties"> {
  readonly properties?:
    | {
      readonly [Key in keyof Encoded]?: Encoded[Key] | RegExp | ((value: JsonValue | undefined) => boolean) | undefined
    }
    | undefined
}

/**
 * The same for an event of a catalogue: its name, and the properties as they are on the wire, are checked by the compiler.
 *
 * @since 0.1.0
 * @category expectations
 */
export const expectEventOf = <Events extends EventDeclarations, Name extends EventName<Events>>(
  _catalog: EventCatalog<Events>,
  name: Name,
  expected: ExpectedEventOf<EncodedOf<Events, Name>> = {}
): Effect.Effect<PosthogEvent, ExpectationFailed.ExpectationFailed, PosthogTest> => {
  const { properties, ...rest } = expected
  // property values are expected values but for dates and bigints, which are compared with what they are as JSON
  return expectEvent(name, properties === undefined ? rest : { ...rest, properties: mapValues(properties) })
}

const mapValues = (properties: object) =>
  Object.fromEntries(
    Object.entries(properties).map(([key, value]): [string, ExpectedValue] => [
      key,
      value instanceof RegExp || typeof value === "function" ? value : toJsonValue(value)
    ])
  )

/**
 * Fails with an `ExpectationFailed` where an event of this name, as described, was captured.
 *
 * @since 0.1.0
 * @category expectations
 */
export const expectNoEvent = (
  name: string,
  described?: ExpectedEvent
): Effect.Effect<void, ExpectationFailed.ExpectationFailed, PosthogTest> =>
  Effect.flatMap(events, (events) => {
    const found = EventMatchers.find(events, name, described)
    return found === undefined ? Effect.void : Effect.fail(ExpectationFailed.unwanted(events, found))
  })

/**
 * Fails with an `ExpectationFailed` unless exactly these events were captured, in order.
 *
 * @since 0.1.0
 * @category expectations
 */
export const expectEvents = (
  names: ReadonlyArray<string>
): Effect.Effect<void, ExpectationFailed.ExpectationFailed, PosthogTest> =>
  Effect.flatMap(
    events,
    (events) =>
      EventMatchers.haveNames(events, names) ? Effect.void : Effect.fail(ExpectationFailed.otherEvents(events, names))
  )

/**
 * Waits for an event as expected; one that was captured already will do. Without a limit of its own: the test's is enough.
 *
 * @since 0.1.0
 * @category expectations
 */
export const awaitEvent = (
  name: string,
  expected?: ExpectedEvent
): Effect.Effect<PosthogEvent, never, PosthogTest> => withTest((test) => test.awaitEvent(name, expected))

/**
 * Sets what a flag is, from the next evaluation on: for everybody, or for some people. What was read before may be
 * captured again as `$feature_flag_called`, as after any change of definitions.
 *
 * @example
 * import { Effect } from "effect"
 * import { Flags, PosthogTest } from "effect-posthog"
 *
 * const test = Effect.gen(function*() {
 *   yield* PosthogTest.setFlag("new-checkout", false)
 *   yield* PosthogTest.setFlag("new-checkout", true, { distinctId: "ada" })
 *   return yield* Flags.isEnabled("new-checkout", { distinctId: "ada", default: false })
 * }).pipe(Effect.provide(PosthogTest.layer))
 *
 * @since 0.1.0
 * @category flags
 */
export const setFlag = (
  key: string,
  value: FlagValue,
  options?: SetFlagOptions
): Effect.Effect<void, never, PosthogTest> => withTest((test) => test.setFlag(key, value, options))

/**
 * Makes a flag one that cannot be evaluated: what is asked with a default gets it, what is asked without fails with
 * `FlagInconclusive`.
 *
 * @since 0.1.0
 * @category flags
 */
export const failFlag = (key: string, options?: WhoseFlag): Effect.Effect<void, never, PosthogTest> =>
  withTest((test) => test.failFlag(key, options))

/**
 * The declared flags of a registry, to be set: keys, variants and payloads are checked by the compiler.
 *
 * @since 0.1.0
 * @category models
 */
export interface RegistryFlags<Flags extends FlagDeclarations> {
  /** A flag of variants may be off too. The payload is what the program reads; it is encoded with the flag's schema. */
  readonly set: <Key extends FlagKey<Flags>>(
    key: Key,
    value: SettableValue<Flags, Key>,
    options?: RegistryFlagOptions<PayloadOf<Flags[Key]>>
  ) => Effect.Effect<void, never, PosthogTest>
  /** Makes a flag one that cannot be evaluated: its declared default counts. */
  readonly fail: (key: FlagKey<Flags>, options?: WhoseFlag) => Effect.Effect<void, never, PosthogTest>
}

/**
 * What a declared flag can be set to.
 *
 * @since 0.1.0
 * @category type-level
 */
export type SettableValue<Flags extends FlagDeclarations, Key extends FlagKey<Flags>> = Key extends VariantsKey<Flags>
  ? VariantOf<Flags[Key]> | false
  : Key extends BooleanKey<Flags> ? boolean
  : never

/**
 * @since 0.1.0
 * @category models
 */
export interface RegistryFlagOptions<Payload> extends WhoseFlag {
  readonly payload?: Payload | undefined
}

/**
 * Sets flags of a registry.
 *
 * @example
 * import { Effect } from "effect"
 * import { Flag, Flags, PosthogTest } from "effect-posthog"
 *
 * const ShopFlags = Flags.registry({ pricing: Flag.variants(["control", "low"], { default: "control" }) })
 *
 * const test = Effect.gen(function*() {
 *   yield* PosthogTest.flagsOf(ShopFlags).set("pricing", "low", { distinctId: "ada" })
 *   return yield* ShopFlags.variant("pricing", { distinctId: "ada" })
 * }).pipe(Effect.provide(PosthogTest.layer))
 *
 * @since 0.1.0
 * @category flags
 */
export const flagsOf = <Flags extends FlagDeclarations>(registry: FlagRegistry<Flags>): RegistryFlags<Flags> => ({
  set: (key, value, options = {}) =>
    Effect.flatMap(
      encodedPayload(registry, key, options.payload),
      (payload) => setFlag(key, value, { distinctId: options.distinctId, payload })
    ),
  fail: (key, options) => failFlag(key, options)
})

/** A payload that its own schema does not encode is a mistake of the test's. */
const encodedPayload = <Flags extends FlagDeclarations>(
  registry: FlagRegistry<Flags>,
  key: FlagKey<Flags>,
  payload: unknown
): Effect.Effect<JsonValue | undefined> => {
  const schema = registry.definitions[key]?.payload?.schema
  return payload === undefined || schema === undefined
    ? Effect.succeed(undefined)
    : Effect.orDie(Effect.map(ParseResult.encodeUnknown(schema)(payload), toJsonValue))
}

/**
 * Makes captures be refused with this reason, until `recover`.
 *
 * @since 0.1.0
 * @category failures
 */
export const refuse = (
  reason: RefusalReason,
  options?: Refusals.RefusalOptions
): Effect.Effect<void, never, PosthogTest> => withTest((test) => test.refuse(reason, options))

/**
 * Makes delivery fail, until `recover`: events wait, or are dropped by the next flush.
 *
 * @since 0.1.0
 * @category failures
 */
export const failDelivery = (failure: Recorder.DeliveryFailure): Effect.Effect<void, never, PosthogTest> =>
  withTest((test) => test.failDelivery(failure))

/**
 * Ends what `refuse` and `failDelivery` began; events that waited are delivered.
 *
 * @since 0.1.0
 * @category failures
 */
export const recover: Effect.Effect<void, never, PosthogTest> = withTest(({ recover }) => recover)

/**
 * A recording client with options of its own: hooks, super properties and the like work as in the real one. Events of a
 * catalogue are checked (`EventValidation` is `on`).
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (
  options: TestOptions
): Layer.Layer<Posthog | ExceptionCapture | FeatureFlags | PosthogTest> =>
  Layer.unwrapEffect(Effect.sync(() => {
    const logs = LogRecorder.make()
    // the client's own fibers log too
    return Layer.provideMerge(layerOf(options, logs), Logger.add(logs.logger))
  }))

const layerOf = ({ flags = {}, ...options }: TestOptions, logs: LogRecorder.LogRecorder) =>
  Layer.scopedContext(
    Effect.gen(function*() {
      const recorder = Recorder.make(options.onDropped)
      let set = Object.entries(flags).reduce(
        (all, [key, value]) => TestFlags.set(all, key, { _tag: "Value", value, payload: undefined }, undefined),
        TestFlags.none
      )
      let revision = 0
      let base = fromUnknown(options.featureFlags?.initialDefinitions)
      const definitions = () => fromUnknown(TestFlags.definitions(set, base, revision))
      const plain = yield* PosthogClient.makeWith(
        {
          ...options,
          apiKey: Redacted.make("phc_test"),
          secretKey: undefined,
          featureFlags: {
            // nothing changes but what the test sets, and that is told at once
            pollInterval: "36500 days",
            ...options.featureFlags,
            initialDefinitions: set.size === 0 ? options.featureFlags?.initialDefinitions : definitions(),
            offline: false,
            onlyEvaluateLocally: true,
            maxRetries: 0
          }
        },
        recorder.delivery,
        yield* Uuid.make
      ).pipe(
        PatientClock.withPatientClock,
        Effect.provideService(FlagDefinitionCache, {
          get: Effect.sync(() => set.size === 0 ? Option.none() : Option.fromNullable(definitions())),
          shouldFetch: Effect.succeed(false),
          store: () => Effect.void,
          shutdown: Effect.void
        })
      )
      const refusals = Refusals.around(plain, recorder.delivery.refused)
      const { client } = refusals

      /** The client's evaluator has the flags that were set. */
      const applied: Effect.Effect<void> = Effect.gen(function*() {
        const wanted = revision
        const current = client.featureFlags.definitions
        while (true) {
          yield* current.refresh
          const loaded = Option.getOrUndefined(yield* current.current)?.raw[TestFlags.revisionKey]
          // a refresh that was under way may have read what was set before
          if (typeof loaded === "number" && loaded >= wanted) {
            return
          }
        }
      })

      const setting = (key: string, setting: TestFlags.Setting, distinctId: WhoseFlag["distinctId"]) =>
        Effect.gen(function*() {
          if (base === undefined && set.size === 0) {
            // a file of definitions
            base = Option.match(yield* client.featureFlags.definitions.current, {
              onNone: () => undefined,
              onSome: ({ raw }) => fromUnknown(raw)
            })
          }
          set = TestFlags.set(set, key, setting, typeof distinctId === "string" ? [distinctId] : distinctId)
          revision++
          yield* applied
        })

      // an exception that was captured is an event a moment later
      const settled = Effect.provideService(client.flush, Recorder.Looking, true)
      const events = Effect.zipRight(settled, recorder.events)

      const awaitEvent: Service["awaitEvent"] = (name, expected) =>
        Effect.flatMap(
          events,
          () =>
            Effect.async<PosthogEvent>((resume) => {
              const look = () => {
                const found = EventMatchers.find(recorder.unsafeEvents(), name, expected)
                if (found !== undefined) {
                  resume(Effect.succeed(found))
                }
              }
              const stop = recorder.watch(look)
              look()
              return Effect.sync(stop)
            })
        )

      return contextOf(client).pipe(
        Context.add(EventValidation, "on"),
        Context.add(PosthogTest, {
          events,
          dropped: recorder.dropped,
          logs: Effect.sync(logs.lines),
          clear: Effect.zipRight(recorder.clear, Effect.sync(logs.clear)),
          awaitEvent,
          setFlag: (key, value, { distinctId, payload } = {}) =>
            setting(key, { _tag: "Value", value, payload: toJsonValue(payload) }, distinctId),
          failFlag: (key, { distinctId } = {}) => setting(key, { _tag: "Undecided" }, distinctId),
          refuse: (reason, options = {}) => refusals.refuse(reason, options),
          failDelivery: recorder.fail,
          recover: Effect.zipRight(refusals.accept, recorder.fail(undefined))
        })
      )
    }).pipe(Effect.provideService(HttpClient.HttpClient, nowhere))
  )

/** A test asks nobody: flags are evaluated from what it sets and from `featureFlags.initialDefinitions`. */
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
