/**
 * One request to PostHog and what its answer means.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import * as OwnRequests from "../event/OwnRequests.js"
import type { Answer } from "./Answer.js"
import * as BodyWriter from "./BodyWriter.js"
import type * as Compression from "./Compression.js"
import * as Post from "./Post.js"
import type { Protocol } from "./Protocol.js"

export interface Transport {
  readonly send: (events: ReadonlyArray<FinishedEvent>) => Effect.Effect<Answer>
}

export interface Settings {
  readonly host: string
  readonly protocol: Protocol
  readonly compression: Compression.Compression
  readonly requestTimeout: Duration.Duration
}

export const make = (settings: Settings): Effect.Effect<Transport, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (httpClient) => {
    const client = OwnRequests.untraced(httpClient)
    const request = HttpClientRequest.post(settings.host + settings.protocol.path).pipe(
      OwnRequests.signed
    )
    const writer = BodyWriter.make()

    return {
      send: (events) =>
        Post.send(client, settings.requestTimeout, (now) => {
          const body = writer.write(settings.protocol, events, new Date(now).toISOString())
          return Effect.tap(
            Post.withBody(request, body, "application/json", settings.compression),
            // only here: an interrupted compression may still be reading the bytes
            () => Effect.sync(() => writer.release(body))
          )
        })
    }
  })
