/**
 * Server-sent events: what the page is told while it is open.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Stream from "effect/Stream"
import type { Delivery, EventSummary } from "./PageApi.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface EventStream {
  /** Events that arrived; a page that is told of many at once is told of the newest. */
  readonly arrived: (events: ReadonlyArray<EventSummary>) => void
  readonly deliveryChanged: () => void
  readonly flagsChanged: () => void
  /** What one page reads: at most ten messages a second, what came in between together in one. */
  readonly stream: Stream.Stream<Uint8Array>
  /** Ends what every page reads. */
  readonly end: Effect.Effect<void>
}

/** What waits to be told to one page, in the order in which it began to wait. */
interface Listener {
  readonly pending: Map<"arrived" | "delivery" | "flags", ReadonlyArray<EventSummary>>
  readonly latch: Effect.Latch
}

/** A gap in the numbers tells a page that it has to ask for the rest. */
const mostEvents = 500

const pause = "100 millis"

/** Shorter than any proxy's patience. */
const heartbeat = "15 seconds"

const encoder = new TextEncoder()

const message = (name: string, data: unknown): Uint8Array =>
  encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)

const alive = encoder.encode(": alive\n\n")

/** `delivery` is read when it is sent. */
export const make = (delivery: () => Delivery): EventStream => {
  const listeners = new Set<Listener>()
  const ended = Deferred.unsafeMake<void>(FiberId.none)

  const tell = (kind: "arrived" | "delivery" | "flags", events: ReadonlyArray<EventSummary> = []): void => {
    for (const { latch, pending } of listeners) {
      const waiting = pending.get(kind) ?? []
      pending.set(kind, events.length === 0 ? waiting : [...waiting, ...events].slice(-mostEvents))
      latch.unsafeOpen()
    }
  }

  const next = ({ latch, pending }: Listener): Effect.Effect<Uint8Array> =>
    latch.await.pipe(
      Effect.map(() => {
        const [first] = pending
        if (first === undefined) {
          latch.unsafeClose()
          return alive
        }
        const [kind, events] = first
        pending.delete(kind)
        if (pending.size === 0) {
          latch.unsafeClose()
        }
        return kind === "arrived"
          ? message(kind, events)
          : kind === "delivery"
          ? message(kind, delivery())
          : message(kind, {})
      }),
      Effect.timeoutTo({ duration: heartbeat, onSuccess: (bytes) => bytes, onTimeout: () => alive })
    )

  return {
    arrived: (events) => {
      if (events.length > 0) {
        tell("arrived", events)
      }
    },
    deliveryChanged: () => tell("delivery"),
    flagsChanged: () => tell("flags"),
    stream: Stream.unwrapScoped(
      Effect.map(
        Effect.acquireRelease(
          Effect.sync((): Listener => {
            const listener = { pending: new Map(), latch: Effect.unsafeMakeLatch(false) }
            listeners.add(listener)
            return listener
          }),
          (listener) => Effect.sync(() => listeners.delete(listener))
        ),
        (listener) =>
          Stream.concat(
            Stream.make(alive),
            Stream.repeatEffect(Effect.zipRight(Effect.sleep(pause), next(listener)))
          )
      )
    ).pipe(Stream.interruptWhenDeferred(ended)),
    end: Effect.asVoid(Deferred.succeed(ended, undefined))
  }
}
