/**
 * What a client gives to those who send other things than events through it: logs and traces. They are flushed and
 * closed with it (FLUSH-05, LOG-13, TRACE-28, TRACE-30).
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Compression } from "./delivery/Compression.js"
import type { RecordQueue } from "./delivery/RecordQueue.js"

/** What a client of ours holds under this key; a disabled one, one that records for tests, and a stranger's hold nothing. */
export const signals: unique symbol = Symbol.for("effect-posthog/Signals")

export interface Connection {
  /** Normalized: without a final slash. */
  readonly host: string
  readonly apiKey: Redacted.Redacted
  readonly compression: Compression
  readonly requestTimeout: Duration.Duration
  readonly retryDelay: Duration.Duration
  readonly maxRetryDelay: Duration.Duration
  readonly shutdownTimeout: Duration.Duration
}

/** A queue as the client sees it. */
export type Drain = Pick<RecordQueue<never>, "flush" | "shutdown">

export interface Signals extends Connection {
  readonly httpClient: HttpClient.HttpClient
  /** Read at each record (LOG-04, TRACE-34). */
  readonly isOptedOut: () => boolean
  /** From now until the scope closes the queue is flushed and shut down with the client. */
  readonly register: (queue: Drain) => Effect.Effect<void, never, Scope.Scope>
}

export interface Registry {
  readonly signals: (isOptedOut: () => boolean) => Signals
  /** The flush of the events, and that of the queues beside it; what is not done within the time goes on by itself. */
  readonly flushBeside: <A>(events: Effect.Effect<A>) => Effect.Effect<A>
  readonly shutdownBeside: <A>(events: Effect.Effect<A>, timeout: Duration.Duration) => Effect.Effect<A>
}

export const make = (connection: Connection): Effect.Effect<Registry, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const queues = new Set<Drain>()
    const flushTimeout = Duration.max(connection.shutdownTimeout, connection.requestTimeout)

    const beside = <A>(events: Effect.Effect<A>, f: (queue: Drain) => Effect.Effect<void>): Effect.Effect<A> =>
      Effect.suspend(() =>
        queues.size === 0
          ? events
          : Effect.zipLeft(
            events,
            Effect.forEach(queues, f, { concurrency: "unbounded", discard: true }),
            { concurrent: true }
          )
      )

    return {
      signals: (isOptedOut) => ({
        ...connection,
        httpClient,
        isOptedOut,
        register: (queue) =>
          Effect.acquireRelease(
            Effect.sync(() => {
              queues.add(queue)
            }),
            () =>
              Effect.sync(() => {
                queues.delete(queue)
              })
          )
      }),
      flushBeside: (events) =>
        beside(events, (queue) => Effect.timeoutOption(Effect.interruptible(queue.flush), flushTimeout)),
      shutdownBeside: (events, timeout) => beside(events, (queue) => queue.shutdown(timeout))
    }
  })
