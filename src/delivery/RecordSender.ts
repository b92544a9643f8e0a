/**
 * Sends records in batches, one request at a time, until each of them is sent or dropped (LOG-17, TRACE-31).
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as OwnRequests from "../event/OwnRequests.js"
import type { Answer } from "./Answer.js"
import type { Compression } from "./Compression.js"
import * as Post from "./Post.js"
import * as RecordLedger from "./RecordLedger.js"
import * as RetryPolicy from "./RetryPolicy.js"

export interface Settings<A> {
  /** For log lines and metrics. */
  readonly what: RecordLedger.What
  /** The complete address, the query included. */
  readonly url: string
  /** May hold the key: they are never logged. */
  readonly headers: Readonly<Record<string, string>>
  readonly contentType: string
  /** The body of a request. Where it throws, the record that makes it throw is dropped alone. */
  readonly encode: (records: ReadonlyArray<A>) => string | Uint8Array
  readonly compression: Compression
  /** For one attempt, from compressing to the answer's end. */
  readonly requestTimeout: Duration.Duration
  readonly maxBatchSize: number
  /** Uncompressed. A larger batch is split before it is sent, a larger record dropped (LIMIT-06). */
  readonly maxBodyBytes: number
  /** After its retries a batch is dropped. */
  readonly retry: RetryPolicy.RetryPolicy
}

export interface RecordSender<A> {
  /** At most `limit` records; the effect ends when they are done with, however long that takes. */
  readonly send: (records: ReadonlyArray<A>) => Effect.Effect<void>
  /** How many records fit into a request, as far as is known. */
  readonly limit: () => number
  /** How many records are being sent. */
  readonly inFlight: () => number
  /** After an interruption: forgets the records that were being sent, and says how many there were. */
  readonly abandon: () => number
}

/** A body, and of how many records; or why the first record has none. */
type Encoded = { readonly count: number; readonly body: Uint8Array } | "tooLarge" | "unencodable"

export const make = <A>(
  settings: Settings<A>,
  ledger: RecordLedger.RecordLedger
): Effect.Effect<RecordSender<A>, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const client = OwnRequests.untraced(httpClient)
    const request = HttpClientRequest.post(settings.url).pipe(
      HttpClientRequest.setHeaders(settings.headers),
      OwnRequests.signed
    )
    let limit = settings.maxBatchSize
    let inFlight = 0

    const bodyOf = (records: ReadonlyArray<A>): Uint8Array | "tooLarge" | "unencodable" => {
      try {
        const encoded = settings.encode(records)
        const body = typeof encoded === "string" ? Buffer.from(encoded, "utf8") : encoded
        return body.length > settings.maxBodyBytes ? "tooLarge" : body
      } catch {
        return "unencodable"
      }
    }

    /** The body of as many records from the front as fit: half of them, and half of that, until they do. */
    const encode = (records: ReadonlyArray<A>): Encoded => {
      let count = records.length
      while (true) {
        const body = bodyOf(records.slice(0, count))
        if (typeof body !== "string") {
          return { count, body }
        }
        if (count === 1) {
          return body
        }
        count = Math.ceil(count / 2)
      }
    }

    const attempt = (body: Uint8Array, count: number, number: number): Effect.Effect<Answer> =>
      Effect.gen(function*() {
        yield* ledger.requested(number > 1)
        const answer = yield* Post.send(
          client,
          settings.requestTimeout,
          () => Post.withBody(request, body, settings.contentType, settings.compression)
        )
        if (answer._tag !== "Retry") {
          return answer
        }
        yield* Effect.logDebug(`attempt ${number} with ${count} ${settings.what} failed: ${answer.reason}`).pipe(
          Effect.annotateLogs(RecordLedger.annotations)
        )
        yield* ledger.report
        if (number > settings.retry.maxRetries) {
          return answer
        }
        yield* Effect.sleep(yield* RetryPolicy.delay(settings.retry, number, answer.retryAfter))
        return yield* attempt(body, count, number + 1)
      })

    const sendAll = (records: ReadonlyArray<A>): Effect.Effect<void> =>
      Effect.gen(function*() {
        let rest = records
        const settled = (count: number) => {
          rest = rest.slice(count)
          inFlight = rest.length
        }
        const drop = (reason: string, count: number) => {
          ledger.dropped(reason, count)
          settled(count)
        }
        while (rest.length > 0) {
          const encoded = encode(rest.slice(0, limit))
          if (typeof encoded === "string") {
            drop(encoded, 1)
            continue
          }
          const { body, count } = encoded
          const answer = yield* attempt(body, count, 1)
          switch (answer._tag) {
            case "Delivered": {
              limit = Math.min(limit + 1, settings.maxBatchSize)
              settled(count)
              yield* ledger.sent(count)
              break
            }
            case "TooLarge": {
              if (count === 1) {
                drop("tooLarge", 1)
              } else {
                limit = Math.ceil(count / 2)
              }
              break
            }
            case "Rejected": {
              drop(`status ${answer.status}`, count)
              break
            }
            case "Retry": {
              drop("retriesExhausted", count)
              break
            }
          }
        }
      })

    return {
      send: (records) => {
        // at once: an interruption before the first step must not lose count of them
        inFlight = records.length
        return sendAll(records)
      },
      limit: () => limit,
      inFlight: () => inFlight,
      abandon: () => {
        const abandoned = inFlight
        inFlight = 0
        return abandoned
      }
    }
  })
