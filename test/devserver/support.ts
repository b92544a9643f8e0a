/** What the tests of the embedded PostHog share: two ways to reach it, sample events, and a short way to ask. */
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { createServer } from "node:http"
import * as DevServer from "../../src/devserver/DevServer.js"

export const layerSocket = (options: DevServer.Options = {}) =>
  DevServer.layer(options).pipe(
    Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
    Layer.merge(FetchHttpClient.layer)
  )

export const transports = [
  { transport: "over a socket", layer: layerSocket },
  { transport: "in memory", layer: DevServer.layerInMemory }
] as const

export const uuid = (n: number): string => `0198c0de-0000-7000-8000-${n.toString(16).padStart(12, "0")}`

export const event = (n: number, over: Record<string, unknown> = {}): Record<string, unknown> => ({
  event: `event ${n}`,
  distinct_id: `user-${n}`,
  uuid: uuid(n),
  timestamp: "2025-01-02T03:04:05.678Z",
  properties: { n },
  ...over
})

export const events = (from: number, count: number): Array<Record<string, unknown>> =>
  Array.from({ length: count }, (_, i) => event(from + i))

export const batch = (list: ReadonlyArray<unknown>): unknown => ({ api_key: "phc_test", batch: list })

export const v1Body = (list: ReadonlyArray<unknown>): unknown => ({
  created_at: "2025-01-02T03:04:06.000Z",
  batch: list
})

export const requestId = "0198c0de-aaaa-7000-8000-000000000001"

export const v1Headers = {
  authorization: "Bearer phc_test",
  "posthog-sdk-info": "effect-posthog/0.1.0",
  "posthog-attempt": "1",
  "posthog-request-id": requestId,
  "posthog-request-timestamp": "2025-01-02T03:04:06.000Z"
}

const answered = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const response = yield* client.execute(request)
    const text = yield* response.text
    const json: any = text === "" ? undefined : JSON.parse(text)
    return { status: response.status, headers: response.headers, text, json }
  })

export const get = (path: string, headers: Record<string, string> = {}) =>
  Effect.flatMap(
    DevServer.DevServer,
    (server) => answered(HttpClientRequest.get(server.url + path, { headers }))
  )

export const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  Effect.flatMap(
    DevServer.DevServer,
    (server) => answered(HttpClientRequest.post(server.url + path, { headers, body: HttpBody.unsafeJson(body) }))
  )

export const postRaw = (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  Effect.flatMap(DevServer.DevServer, (server) =>
    answered(HttpClientRequest.post(server.url + path, {
      headers,
      body: typeof body === "string"
        ? HttpBody.text(body, "application/json")
        : HttpBody.uint8Array(body, "application/json")
    })))

export const postV1 = (list: ReadonlyArray<unknown>, headers: Record<string, string> = {}) =>
  post("/i/v1/analytics/events", v1Body(list), { ...v1Headers, ...headers })
