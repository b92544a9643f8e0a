/**
 * A queue of records over a client's connection. It is flushed and closed with the client, or with the scope.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as RecordQueue from "../delivery/RecordQueue.js"
import * as Uuid from "../event/Uuid.js"
import type { Signals } from "../Signals.js"

/** PostHog takes 2 MB, raw or decompressed: decimal, so that it holds in both readings (LIMIT-06). */
export const maxBodyBytes = 2_000_000

/** No delay between two attempts is longer, unless PostHog asks for it (LOG-17, TRACE-31). */
const maxRetryDelay = Duration.seconds(30)

export interface Settings<A> extends
  Pick<
    RecordQueue.Settings<A>,
    | "what"
    | "sizeOf"
    | "maxQueueSize"
    | "maxQueueBytes"
    | "overflow"
    | "flushInterval"
    | "flushThreshold"
    | "maxBatchSize"
  >
{
  /** Below the host, with the query. */
  readonly path: string
  /** May hold the key: they are never logged. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of a request, as JSON. Where it throws, the record that makes it throw is dropped alone. */
  readonly encode: (records: ReadonlyArray<A>) => string
  readonly maxRetries: number
}

/** When the scope closes it sends what it has within the client's `shutdownTimeout`. */
export const make = <A>(
  signals: Signals,
  settings: Settings<A>
): Effect.Effect<RecordQueue.RecordQueue<A>, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { encode, headers, maxRetries, path, ...rest } = settings
    const queue = yield* RecordQueue.make({
      ...rest,
      host: signals.host,
      protocol: {
        path,
        contentType: "application/json",
        headers: () => headers,
        write: (records, _, append) => append(encode(records))
      },
      requestId: (yield* Uuid.make).next,
      compression: signals.compression,
      requestTimeout: signals.requestTimeout,
      maxBodyBytes,
      retry: {
        maxRetries,
        baseDelay: signals.retryDelay,
        maxDelay: Duration.min(signals.maxRetryDelay, maxRetryDelay)
      }
    })
    yield* signals.register(queue)
    yield* Effect.addFinalizer(() => queue.shutdown(signals.shutdownTimeout))
    return queue
  }).pipe(Effect.provideService(HttpClient.HttpClient, signals.httpClient))
