/**
 * One attempt at a request to PostHog: body, compression, headers, and what the answer means.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as OwnRequests from "../event/OwnRequests.js"
import type { Answer } from "./Answer.js"
import * as BodyWriter from "./BodyWriter.js"
import type * as Compression from "./Compression.js"
import * as Compressor from "./Compressor.js"
import * as Post from "./Post.js"
import type { Attempt, Protocol } from "./protocol/Protocol.js"

export interface Transport<A> {
  /** `gate` is asked when the body is ready: what happened meanwhile may have made it too early to send it. */
  readonly send: (items: ReadonlyArray<A>, attempt: Attempt, gate: Effect.Effect<boolean>) => Effect.Effect<Answer>
}

export interface Settings<A> {
  readonly host: string
  readonly protocol: Protocol<A>
  readonly compression: Compression.Compression
  /** For one attempt, from compressing to the answer's end. */
  readonly requestTimeout: Duration.Duration
  /** Uncompressed. A larger body is not sent. */
  readonly maxBodyBytes: number
  /** Requests at the same time, at most. */
  readonly concurrency: number
}

export const make = <A>(settings: Settings<A>): Effect.Effect<Transport<A>, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => {
    const { compression, host, maxBodyBytes, protocol, requestTimeout } = settings
    const signed = OwnRequests.signed(HttpClientRequest.post(host + protocol.path))
    const writer = BodyWriter.make(settings.concurrency)
    const compressor = Compressor.make(compression, settings.concurrency)

    /** Raw, and not called compressed, where compressing fails. */
    const withBody = (request: HttpClientRequest.HttpClientRequest, body: Buffer) =>
      Effect.map(
        compressor.compress(body),
        (compressed) =>
          compressed === undefined
            // a copy: the memory is used again
            ? HttpClientRequest.bodyUint8Array(request, Uint8Array.from(body), protocol.contentType)
            : request.pipe(
              HttpClientRequest.bodyUint8Array(compressed, protocol.contentType),
              HttpClientRequest.setHeader("Content-Encoding", compression)
            )
      )

    const bodyOf = (items: ReadonlyArray<A>, attempt: Attempt): Buffer | undefined => {
      try {
        return writer.write((append) => protocol.write(items, attempt, append))
      } catch {
        return undefined
      }
    }

    return {
      send: (items, attempt, gate) =>
        Effect.suspend((): Effect.Effect<Answer> => {
          const body = bodyOf(items, attempt)
          if (body === undefined) {
            return Effect.succeed({ _tag: "Unwritable" })
          }
          if (body.length > maxBodyBytes) {
            writer.release(body)
            return Effect.succeed({ _tag: "TooLarge", status: undefined })
          }
          const request = HttpClientRequest.setHeaders(signed, protocol.headers(attempt))
          return Post.send(
            client,
            requestTimeout,
            withBody(request, body).pipe(
              // only here: an interrupted compression may still be reading the bytes
              Effect.tap(() => Effect.sync(() => writer.release(body))),
              Effect.tap(() => Effect.flatMap(gate, (isOpen) => isOpen ? Effect.void : Effect.fail(held)))
            )
          )
        })
    }
  })

const held: Post.Held = { _tag: "Held" }
