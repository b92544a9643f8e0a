/** Redirects, over sockets: `127.0.0.1` is a host that is listed, `localhost` one that is not. */
import {
  FetchHttpClient,
  HttpBody,
  HttpClient,
  HttpClientRequest,
  HttpMethod,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { fresh, withScope } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { warnings, withLines } from "../../support/client.js"
import { listen } from "./support.js"

const hosts = ["127.0.0.1"]

interface Hop {
  readonly host: string
  readonly method: string
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** `/to?status=302&at=…` redirects, `/end` answers; every request is remembered. */
const service = Effect.gen(function*() {
  const hops: Array<Hop> = []
  const url = yield* listen(HttpServer.serve(Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const { headers } = request
    hops.push({
      host: String(headers["host"]).split(":", 1)[0]!,
      method: request.method,
      url: request.url,
      body: yield* request.text,
      headers
    })
    const asked = new URL(request.url, "http://any")
    return asked.pathname === "/to"
      ? HttpServerResponse.text("moved", {
        status: Number(asked.searchParams.get("status")),
        headers: { location: asked.searchParams.get("at") ?? "" }
      })
      : HttpServerResponse.text("end")
  })))
  return { hops, here: url, there: url.replace("127.0.0.1", "localhost") }
})

const to = (at: string, status = 302) => `/to?status=${status}&at=${encodeURIComponent(at)}`

const inShop = withScope(fresh, {
  distinctId: "ada",
  sessionId: "s-1",
  correlation: { id: "corr_1" },
  captureExceptions: false
})

const withFetch = Effect.provide(FetchHttpClient.layer)

/** Which hosts were asked, and whether the scope came along. */
const way = (hops: ReadonlyArray<Hop>) =>
  hops.map(({ headers, host }) => {
    const carried = ["x-posthog-distinct-id", "x-posthog-session-id", "x-correlation-id"].filter((name) =>
      name in headers
    )
    return `${host} ${carried.length}`
  })

describe("redirects that fetch follows", () => {
  it.scopedLive("each step carries the scope where its host is listed, and nowhere else", () =>
    Effect.gen(function*() {
      const { here, hops, there } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const response = yield* client.get(`${here}${to(`${there}${to(`${here}/end`)}`)}`)
      assert.strictEqual(yield* response.text, "end")
      assert.deepStrictEqual(way(hops), ["127.0.0.1 3", "localhost 0", "127.0.0.1 3"])
    }).pipe(inShop, withFetch))

  it.scopedLive("one that begins at a host that is not listed carries nothing", () =>
    Effect.gen(function*() {
      const { here, hops, there } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      yield* client.get(`${there}${to(`${here}/end`)}`)
      assert.deepStrictEqual(way(hops), ["localhost 0", "127.0.0.1 0"])
    }).pipe(inShop, withFetch))

  it.scopedLive("are followed as fetch does: method, body, headers and address are the same at the end", () =>
    Effect.gen(function*() {
      const { here, hops, there } = yield* service
      const plain = yield* HttpClient.HttpClient
      const client = PosthogHttp.withPropagation(plain, { hosts })
      const trace = ["traceparent", "b3", "x-posthog-distinct-id", "x-posthog-session-id", "x-correlation-id"]
      const bare = ({ body, headers, host, method, url }: Hop) => ({
        body,
        host,
        method,
        url,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !trace.includes(name)))
      })
      for (const status of [301, 302, 303, 307, 308, 300, 304, 305]) {
        for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE"] satisfies ReadonlyArray<HttpMethod.HttpMethod>) {
          for (
            const at of [
              `${here}/end?x=1`,
              `${there}/end`,
              "/end#elsewhere",
              "end",
              "?y=2",
              "//localhost:1x/",
              "ftp://a/"
            ]
          ) {
            const request = HttpClientRequest.make(method)(`${here}${to(at, status)}#part`, {
              headers: { authorization: "Bearer t", cookie: "a=b", "x-mine": "1" }
            })
            const full = HttpMethod.hasBody(method)
              // a text: the fetch of Node 20 loses bytes that it has to send again
              ? HttpClientRequest.setBody(request, HttpBody.raw("größe", { contentType: "text/x-mine" }))
              : request
            const ask = (by: HttpClient.HttpClient) =>
              Effect.map(
                Effect.exit(
                  Effect.flatMap(by.execute(full), (response) =>
                    Effect.map(response.text, (text) => [response.status, text] as const)).pipe(
                      Effect.mapError(({ _tag }) =>
                        _tag
                      )
                    )
                ),
                (exit) => ({ exit, seen: hops.splice(0).map(bare) })
              )
            const label = `${status} ${method} ${at}`
            const [theirs, ours] = [yield* ask(plain), yield* ask(client)]
            assert.deepStrictEqual(ours.seen, theirs.seen, label)
            assert.deepStrictEqual(ours.exit, theirs.exit, label)
          }
        }
      }
    }).pipe(inShop, withFetch, Effect.withTracerEnabled(false)))

  it.scopedLive("bytes are sent again", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      yield* client.execute(
        HttpClientRequest.put(`${here}${to(to("/end", 308), 307)}`).pipe(HttpClientRequest.bodyText("größe"))
      )
      assert.deepStrictEqual(hops.map(({ body, method }) => `${method} ${body}`), [
        "PUT größe",
        "PUT größe",
        "PUT größe"
      ])
    }).pipe(inShop, withFetch))

  it.scopedLive("for ever end in a failure after as many steps as fetch makes", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const plain = yield* HttpClient.HttpClient
      const endless = `${here}/to?status=302`
      const client = PosthogHttp.withPropagation(plain, { hosts })
      // where there is no address to go on to, it is this one's
      const error = yield* Effect.flip(client.get(endless))
      assert.strictEqual(error._tag, "RequestError")
      const ours = hops.splice(0).length
      assert.isTrue(Exit.isFailure(yield* Effect.exit(plain.get(endless))))
      assert.strictEqual(ours, hops.length)
    }).pipe(inShop, withFetch))

  it.scopedLive("a body that was streamed is gone: where it is needed again the call fails, as fetch does", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const plain = yield* HttpClient.HttpClient
      const client = PosthogHttp.withPropagation(plain, { hosts })
      const streamed = (status: number) =>
        HttpClientRequest.post(`${here}${to("/end", status)}`).pipe(
          HttpClientRequest.bodyStream(Stream.encodeText(Stream.make("a", "b")))
        )
      for (const each of [plain, client]) {
        assert.strictEqual((yield* Effect.flip(each.execute(streamed(307))))._tag, "RequestError")
        assert.strictEqual((yield* each.execute(streamed(303))).status, 200)
      }
      assert.deepStrictEqual(hops.map(({ body, method }) => `${method} ${body}`), [
        "POST ab",
        "POST ab",
        "GET ",
        "POST ab",
        "POST ab",
        "GET "
      ])
    }).pipe(inShop, withFetch))

  it.scopedLive("are the application's own where it has said so", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const manual = Effect.provideService(client.get(`${here}${to("/end")}`), FetchHttpClient.RequestInit, {
        redirect: "manual"
      })
      assert.strictEqual((yield* manual).status, 302)
      const error = Effect.provideService(client.get(`${here}${to("/end")}`), FetchHttpClient.RequestInit, {
        redirect: "error"
      })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(error)))
      assert.deepStrictEqual(way(hops), ["127.0.0.1 3", "127.0.0.1 3"])
    }).pipe(inShop, withFetch))

  it.scopedLive("keep what else the application has said about its requests", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      yield* Effect.provideService(client.get(`${here}${to("/end")}`), FetchHttpClient.RequestInit, {
        headers: { "x-mine": "1" }
      })
      assert.deepStrictEqual(hops.map(({ headers }) => headers["x-mine"]), ["1", "1"])
    }).pipe(inShop, withFetch))

  it.scopedLive("that are given up stop where they are", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const slow = yield* listen(HttpServer.serve(Effect.never))
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      const answer = yield* Effect.timeoutOption(client.get(`${here}${to(`${slow}/end`)}`), "100 millis")
      assert.strictEqual(answer._tag, "None")
      assert.deepStrictEqual(way(hops), ["127.0.0.1 3"])
    }).pipe(inShop, withFetch))
})

describe("HttpClient.followRedirects around the client", () => {
  for (const [name, layer] of [["fetch", FetchHttpClient.layer], ["Node", NodeHttpClient.layer]] as const) {
    it.scopedLive(`of ${name}: each step carries the scope where its host is listed`, () =>
      Effect.gen(function*() {
        const { here, hops, there } = yield* service
        const client = (yield* HttpClient.HttpClient).pipe(
          PosthogHttp.withPropagation({ hosts }),
          HttpClient.followRedirects()
        )
        yield* client.get(`${here}${to(`${there}${to(`${here}/end`)}`)}`)
        assert.deepStrictEqual(way(hops), ["127.0.0.1 3", "localhost 0", "127.0.0.1 3"])
      }).pipe(inShop, Effect.provide(layer)))
  }

  it.scopedLive("inside of it, it takes the scope along, which is told in the log", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const { here, hops, there } = yield* service
        const client = (yield* HttpClient.HttpClient).pipe(
          HttpClient.followRedirects(),
          PosthogHttp.withPropagation({ hosts })
        )
        yield* client.get(`${here}${to(`${here}/end`)}`)
        assert.deepStrictEqual(warnings(lines), [])
        yield* client.get(`${here}${to(`${there}/end`)}`)
        assert.lengthOf(warnings(lines), 1)
        assert.include(warnings(lines)[0], "belongs around withPropagation")
        assert.deepStrictEqual(way(hops.slice(2)), ["127.0.0.1 3", "localhost 3"])
      })
    ).pipe(inShop, Effect.provide(NodeHttpClient.layer)))

  it.scopedLive("a client of Node's that follows nothing is left to that", () =>
    Effect.gen(function*() {
      const { here, hops } = yield* service
      const client = PosthogHttp.withPropagation(yield* HttpClient.HttpClient, { hosts })
      assert.strictEqual((yield* client.get(`${here}${to("/end")}`)).status, 302)
      assert.deepStrictEqual(way(hops), ["127.0.0.1 3"])
    }).pipe(inShop, Effect.provide(NodeHttpClient.layer)))
})
