import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as RemoteFlags from "../../../src/flags/remote/RemoteFlags.js"
import { body, reasonOf, remote, served, timed, valuesOf } from "./support.js"

describe("retries of the flag request", () => {
  it.effect("HTTP-10, HTTP-13: a connection that is cut is retried once by default; the second answer counts", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Reset())
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "success")
      assert.deepStrictEqual(attempts, [0, 300])
    }).pipe(served))

  it.effect("HTTP-10, HTTP-13: no answer at all fails as connection after two attempts", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Reset())
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "connection")
      assert.deepStrictEqual(attempts, [0, 300])
    }).pipe(served))

  it.effect("HTTP-10, FLAGS-REMOTE-06: each attempt has 3 seconds of its own, and a timeout is retried", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Stall())
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "timeout")
      assert.deepStrictEqual(attempts, [0, 3300])
    }).pipe(served))

  it.effect("HTTP-10: an answer one millisecond before the timeout is an answer, one at the timeout is none", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Delay({ duration: 3000 }))
      yield* server.enqueue(Fault.Delay({ duration: 2999 }))
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "success")
      assert.deepStrictEqual(attempts, [0, 3300])
    }).pipe(served))

  it.effect("HTTP-17: an answer whose body never ends is no answer and is retried", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Stall({ sendHeaders: true }))
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "success")
      assert.deepStrictEqual(attempts, [0, 3300])
    }).pipe(served))

  it.effect("HTTP-17: an answer whose body breaks off is no answer and is retried", () =>
    Effect.gen(function*() {
      let requests = 0
      const client = HttpClient.make((request) =>
        Effect.sync(() => {
          requests++
          const broken = new ReadableStream({
            start: (controller) => controller.error(new Error("cut"))
          })
          return HttpClientResponse.fromWeb(request, new Response(requests === 1 ? broken : `{"flags":{}}`))
        })
      )
      const flags = yield* RemoteFlags.make({ host: "http://x" }).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      const fiber = yield* Effect.fork(flags.request(body()))
      yield* TestClock.adjust(300)
      assert.deepStrictEqual(valuesOf(yield* Fiber.join(fiber)), {})
      assert.strictEqual(requests, 2)
    }).pipe(Effect.scoped))

  it.effect("HTTP-17: what could not even be sent is not tried again", () =>
    Effect.gen(function*() {
      let requests = 0
      const client = HttpClient.make((request) =>
        Effect.suspend(() => {
          requests++
          return Effect.fail(new HttpClientError.RequestError({ request, reason: "Encode" }))
        })
      )
      const flags = yield* RemoteFlags.make({ host: "http://x" }).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
      assert.strictEqual(reasonOf(yield* Effect.exit(flags.request(body()))), "connection")
      assert.strictEqual(requests, 1)
    }).pipe(Effect.scoped))

  it.effect("HTTP-11: 502 is retried", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 502 }))
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "success")
      assert.deepStrictEqual(attempts, [0, 300])
    }).pipe(served))

  it.effect("HTTP-11: 504 is retried", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 504 }))
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "success")
      assert.deepStrictEqual(attempts, [0, 300])
    }).pipe(served))

  it.effect("HTTP-12: no other status is ever retried; it is a typed error that names the status", () =>
    Effect.gen(function*() {
      for (let status = 300; status < 600; status++) {
        if (status === 502 || status === 504) {
          continue
        }
        const { attempts, outcome } = yield* served(Effect.gen(function*() {
          const server = yield* DevServer.DevServer
          yield* server.always(Fault.Status({ status }))
          const flags = yield* remote()
          const outcome = yield* Effect.exit(flags.request(body()))
          return { outcome, attempts: (yield* server.requests).length }
        }))
        assert.strictEqual(reasonOf(outcome), `status ${status}`)
        assert.strictEqual(attempts, 1, `status ${status}`)
      }
    }))

  it.effect("HTTP-12: a status counts even if its body never ends, or the HTTP client makes an error of it", () =>
    Effect.gen(function*() {
      const statuses = [
        () => new Response(new ReadableStream({}), { status: 500 }),
        () => new Response("", { status: 503 })
      ]
      const reasons: Array<string> = []
      for (const respond of statuses) {
        let requests = 0
        const client = HttpClient.make((request) =>
          Effect.sync(() => {
            requests++
            return HttpClientResponse.fromWeb(request, respond())
          })
        ).pipe(
          HttpClient.transformResponse(
            Effect.flatMap((response) =>
              response.status === 503 ? HttpClientResponse.filterStatusOk(response) : Effect.succeed(response)
            )
          )
        )
        const flags = yield* RemoteFlags.make({ host: "http://x" }).pipe(
          Effect.provideService(HttpClient.HttpClient, client)
        )
        const fiber = yield* Effect.fork(flags.request(body()))
        yield* TestClock.adjust("1 minute")
        reasons.push(`${reasonOf(yield* Fiber.await(fiber))}, ${requests} request`)
      }
      assert.deepStrictEqual(reasons, ["status 500, 1 request", "status 503, 1 request"])
    }).pipe(Effect.scoped))

  it.effect("HTTP-14: a configured 0 disables retries", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Reset())
      const { attempts, outcome } = yield* timed({ maxRetries: 0 })
      assert.strictEqual(reasonOf(outcome), "connection")
      assert.deepStrictEqual(attempts, [0])
    }).pipe(served))

  it.effect("HTTP-14: any configured number of retries is bounded, and nonsense is none", () =>
    Effect.gen(function*() {
      const attempts: Array<number> = []
      for (const maxRetries of [Infinity, 1e9, 11, 2.9, -1, -Infinity, Number.NaN]) {
        attempts.push(
          (yield* served(Effect.gen(function*() {
            const server = yield* DevServer.DevServer
            yield* server.always(Fault.Reset())
            return yield* timed({ maxRetries, retryDelay: 1 })
          }))).attempts.length
        )
      }
      assert.deepStrictEqual(attempts, [11, 11, 11, 3, 1, 1, 1])
    }))

  it.effect("HTTP-15: 300 ms before the first retry, 600 before the second, doubling, with a cap of 30 seconds", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.always(Fault.Status({ status: 502 }))
      const { attempts, outcome } = yield* timed({ maxRetries: 9 })
      assert.strictEqual(reasonOf(outcome), "status 502")
      assert.deepStrictEqual(
        attempts.slice(1).map((at, i) => at - attempts[i]!),
        [300, 600, 1200, 2400, 4800, 9600, 19_200, 30_000, 30_000]
      )
    }).pipe(served))

  it.effect("HTTP-15: one millisecond before its time no retry has been sent", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 504 }), 2)
      const flags = yield* remote({ maxRetries: 2 })
      const fiber = yield* Effect.fork(flags.request(body()))
      const sent: Array<number> = []
      for (const millis of [299, 1, 599, 1]) {
        yield* TestClock.adjust(millis)
        sent.push((yield* server.requests).length)
      }
      assert.deepStrictEqual(sent, [1, 2, 2, 3])
      assert.deepStrictEqual(valuesOf(yield* Fiber.join(fiber)), { on: true })
    }).pipe(served))

  it.effect("HTTP-16: a retry repeats endpoint, headers and body, and sends nothing else", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 502 }))
      yield* server.enqueue(Fault.Reset())
      yield* timed({ maxRetries: 3 })
      const requests = yield* server.requests
      assert.strictEqual(requests.length, 3)
      const repeated = requests.map(({ body, endpoint, headers, method, path, query }) => ({
        body,
        endpoint,
        headers,
        method,
        path,
        query
      }))
      assert.deepStrictEqual(repeated[1], repeated[0])
      assert.deepStrictEqual(repeated[2], repeated[0])
      assert.deepStrictEqual(yield* server.events, [])
    }).pipe(served))

  it.effect("an answer that cannot be read is not asked for again", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Status({ status: 200, body: "<html>" }))
      const { attempts, outcome } = yield* timed()
      assert.strictEqual(reasonOf(outcome), "invalidResponse")
      assert.deepStrictEqual(attempts, [0])
    }).pipe(served))

  it.effect("an HTTP client that dies is a connection that failed", () =>
    Effect.gen(function*() {
      const flags = yield* RemoteFlags.make({ host: "http://x", maxRetries: 0 }).pipe(
        Effect.provideService(HttpClient.HttpClient, HttpClient.make(() => Effect.die("broken")))
      )
      assert.strictEqual(reasonOf(yield* Effect.exit(flags.request(body()))), "connection")
    }).pipe(Effect.scoped))
})
