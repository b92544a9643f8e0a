import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Fiber, Option, Redacted, Stream, TestClock } from "effect"
import * as Fault from "../../../src/devserver/Fault.js"
import * as CurrentScope from "../../../src/scope/CurrentScope.js"
import { withScope } from "../../../src/scope/ScopeRegion.js"
import { inWorld, keysOf, rest, secret, set, token, until } from "./support.js"

describe("DefinitionLoader", () => {
  it.scoped("FLAGS-DEFS-01 a refresh loads the definitions and marks them fresh", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        yield* TestClock.setTime(1_700_000_000_000)
        const { current, definitions, settled } = yield* start()
        yield* settled
        assert.deepStrictEqual(current().flags?.keys, ["first"])
        yield* server.setDefinitions(set("second"))
        assert.strictEqual(yield* definitions.refresh, "updated")
        assert.deepStrictEqual(current().flags?.keys, ["second"])
        assert.isFalse(yield* definitions.isStale)
        assert.deepStrictEqual(yield* definitions.loadedAt, Option.some(1_700_000_000_000))
        assert.strictEqual(current().generation, 2)
        assert.deepStrictEqual(Option.map(yield* definitions.current, ({ raw }) => raw), Option.some(set("second")))
      })
    ))

  it.scoped("FLAGS-DEFS-21 the request names project and cohorts, and carries the secret key alone", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        yield* (yield* start()).settled
        const [request] = yield* server.requests
        assert.strictEqual(request?.method, "GET")
        assert.strictEqual(request?.path, "/flags/definitions")
        assert.deepStrictEqual(request?.query, { token, send_cohorts: "" })
        assert.strictEqual(request?.headers["authorization"], `Bearer ${secret}`)
        assert.isUndefined(request?.headers["if-none-match"])
        assert.isUndefined(request?.headers["traceparent"])
      }).pipe(Effect.withSpan("the application's")), { recordSecrets: true }))

  it.scoped("FLAGS-DEFS-02 a 503 keeps the definitions and records one warning per outage, and a line at its end", () =>
    inWorld(({ asked, logs, server, start, warnings }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.failWhile(() => true, Fault.Status({ status: 503 }))
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        assert.deepStrictEqual(keysOf(loader), ["first"])
        assert.isTrue(yield* loader.definitions.isStale)
        assert.isTrue(yield* loader.definitions.isReady)
        assert.deepStrictEqual(warnings(), [
          "flag definitions could not be loaded: status 503; those of before stay in use"
        ])
        yield* loader.definitions.refresh
        yield* server.failWhile(() => true, Fault.Reset())
        yield* loader.definitions.refresh
        assert.strictEqual(warnings().length, 1)
        yield* server.heal
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.isFalse(yield* loader.definitions.isStale)
        assert.deepInclude(logs, { level: "INFO", text: "flag definitions can be loaded again" })
        yield* server.enqueue(Fault.Status({ status: 500 }))
        yield* loader.definitions.refresh
        assert.strictEqual(warnings().length, 2)
        assert.strictEqual((yield* asked).length, 6)
        assert.notInclude(JSON.stringify(logs), "ph")
      })
    ))

  it.scoped("FLAGS-DEFS-02 a request that is not answered in time fails; so does a body that never ends", () =>
    inWorld(({ server, start, warnings }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        for (const sendHeaders of [false, true]) {
          yield* server.enqueue(Fault.Stall({ sendHeaders }))
          const refresh = yield* Effect.fork(loader.definitions.refresh)
          yield* rest
          yield* TestClock.adjust("9 seconds")
          yield* rest
          assert.isTrue(Option.isNone(yield* Fiber.poll(refresh)))
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* Fiber.join(refresh), "failed")
          assert.deepStrictEqual(keysOf(loader), ["first"])
        }
        assert.deepStrictEqual(warnings(), [
          "flag definitions could not be loaded: timeout; those of before stay in use"
        ])
      })
    ))

  it.scoped("FLAGS-DEFS-03 when the poll interval of 30 seconds has passed, there was a new request", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* rest
        for (let poll = 1; poll <= 5; poll++) {
          yield* server.setDefinitions(set(`poll ${poll}`))
          yield* TestClock.adjust("26900 millis")
          yield* rest
          assert.strictEqual((yield* asked).length, poll)
          yield* TestClock.adjust("100 millis")
          yield* until("the next poll", () => keysOf(loader)?.[0] === `poll ${poll}`)
          yield* rest
        }
      })
    ))

  it.scoped("FLAGS-DEFS-04 without a secret key nothing is asked, ever", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        for (const secretKey of [undefined, Redacted.make("  ")]) {
          const loader = yield* start({ secretKey })
          assert.isTrue(loader.current().attempted)
          yield* loader.settled
          assert.strictEqual(yield* loader.definitions.refresh, "inactive")
          assert.isFalse(yield* loader.definitions.awaitReady("1 hour"))
          yield* TestClock.adjust("1 day")
          yield* rest
        }
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("FLAGS-DEFS-05 FLAGS-TRACK-14 FLAGS-DEFS-26 the ETag is sent back; a 304 keeps everything and counts as a refresh", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        yield* server.setDefinitions(set("first", { minimal_flag_called_events: true, property_matching_version: 2 }))
        const loader = yield* start()
        yield* loader.settled
        const before = loader.current()
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        const after = loader.current()
        assert.strictEqual(after.flags, before.flags)
        assert.strictEqual(after.loadedAt, before.loadedAt)
        assert.strictEqual(after.generation, before.generation + 1)
        assert.isTrue(after.flags?.definitions.minimalFlagCalledEvents)
        assert.isTrue(after.flags?.definitions.explicitMatching)
        const [first, second] = yield* asked
        assert.deepStrictEqual(first, { status: 200, etag: undefined })
        assert.strictEqual(second?.status, 304)
        assert.match(second?.etag ?? "", /^"[0-9a-f]{40}"$/)

        // a 304 may bring a new name for the same set
        yield* server.enqueue(Fault.Status({ status: 304, headers: { etag: "\"renamed\"" } }))
        yield* loader.definitions.refresh
        yield* loader.definitions.refresh
        assert.strictEqual((yield* asked)[3]?.etag, "\"renamed\"")
      })
    ))

  it.scoped("FLAGS-DEFS-26 FLAGS-TRACK-14 version and gate are kept on failure and go when a set omits them", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        yield* server.setDefinitions(set("first", { minimal_flag_called_events: true, property_matching_version: 2 }))
        const { current, definitions, settled } = yield* start()
        yield* settled
        yield* server.enqueue(Fault.Status({ status: 502 }))
        yield* definitions.refresh
        assert.isTrue(current().flags?.definitions.minimalFlagCalledEvents)
        assert.isTrue(current().flags?.definitions.explicitMatching)
        yield* server.setDefinitions(set("second"))
        yield* definitions.refresh
        assert.isFalse(current().flags?.definitions.minimalFlagCalledEvents)
        assert.isFalse(current().flags?.definitions.explicitMatching)
      })
    ))

  for (const status of [401, 403, 402]) {
    it.scoped(`FLAGS-DEFS-06 FLAGS-DEFS-23 ${status} clears definitions and ETag together, so that no 304 can leave nothing`, () =>
      inWorld(({ asked, server, start, warnings }) =>
        Effect.gen(function*() {
          yield* server.setDefinitions(set("first", { minimal_flag_called_events: true }))
          const loader = yield* start()
          yield* loader.settled
          yield* server.enqueue(Fault.Status({ status }))
          assert.strictEqual(yield* loader.definitions.refresh, status === 402 ? "quotaLimited" : "unauthorized")
          assert.isUndefined(loader.current().flags)
          assert.isUndefined(loader.current().loadedAt)
          assert.isFalse(yield* loader.definitions.isReady)
          assert.strictEqual(warnings().length, 1)
          const ready = yield* Effect.fork(loader.definitions.awaitReady("1 minute"))
          yield* rest
          assert.isTrue(Option.isNone(yield* Fiber.poll(ready)))
          assert.strictEqual(yield* loader.definitions.refresh, "updated")
          assert.isTrue(yield* Fiber.join(ready))
          assert.deepStrictEqual(keysOf(loader), ["first"])
          assert.isTrue(loader.current().flags?.definitions.minimalFlagCalledEvents)
          const requests = yield* asked
          assert.isDefined(requests[1]?.etag)
          assert.deepStrictEqual(requests[2], { status: 200, etag: undefined })
        })
      ))
  }

  it.scoped("FLAGS-DEFS-23 refusals are followed by pauses that double from the interval up to 60 seconds", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Status({ status: 401 }))
        const loader = yield* start({ pollInterval: Duration.seconds(10) })
        yield* loader.settled
        yield* rest
        let count = 1
        // 20, 40, 60, 60 seconds, each less half of a tenth
        for (const pause of [19, 38, 57, 57]) {
          yield* TestClock.adjust(`${pause - 1} seconds`)
          yield* rest
          assert.strictEqual((yield* asked).length, count)
          yield* TestClock.adjust("1 seconds")
          yield* rest
          assert.strictEqual((yield* asked).length, ++count)
        }
        yield* server.heal
        yield* TestClock.adjust("57 seconds")
        yield* until("the key is taken", () => keysOf(loader) !== undefined)
        yield* rest
        yield* TestClock.adjust("9 seconds")
        yield* rest
        assert.strictEqual((yield* asked).length, count + 2)
      })
    ))

  it.scoped("FLAGS-DEFS-23 429 keeps the definitions, and Retry-After is obeyed, demands included", () =>
    inWorld(({ asked, server, start, warnings }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.enqueue(Fault.Status({ status: 429, headers: { "retry-after": "200" } }))
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        assert.deepStrictEqual(keysOf(loader), ["first"])
        assert.isTrue(yield* loader.definitions.isStale)
        assert.strictEqual(warnings().length, 1)
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        yield* TestClock.adjust("209 seconds")
        yield* rest
        assert.strictEqual((yield* asked).length, 2)
        yield* TestClock.adjust("1 seconds")
        yield* until("fresh again", () => !loader.current().stale)
        assert.deepStrictEqual((yield* asked).map(({ status }) => status), [200, 429, 304])
      })
    ))

  it.scoped("FLAGS-DEFS-07 one load at a time: who asks meanwhile shares its outcome, whoever is interrupted", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.setDefinitions(set("second"))
        yield* server.enqueue(Fault.Delay({ duration: "2 seconds" }))
        const first = yield* Effect.fork(loader.definitions.refresh)
        yield* rest
        const others = yield* Effect.forEach(Array.from({ length: 20 }), () => Effect.fork(loader.definitions.refresh))
        yield* rest
        yield* Fiber.interrupt(first)
        yield* Fiber.interrupt(others[3]!)
        // readers go on seeing the old set as a whole
        assert.deepStrictEqual(keysOf(loader), ["first"])
        yield* TestClock.adjust("2 seconds")
        const outcomes = yield* Effect.forEach(others.filter((_, index) => index !== 3), Fiber.join)
        assert.deepStrictEqual(new Set(outcomes), new Set(["updated"]))
        assert.deepStrictEqual(keysOf(loader), ["second"])
        assert.strictEqual((yield* asked).length, 2)
      })
    ))

  it.scoped("FLAGS-DEFS-08 readiness is exposed, and nobody who is never ready costs a request", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Status({ status: 500 }))
        const loader = yield* start()
        assert.isFalse(loader.current().attempted)
        yield* loader.settled
        assert.isTrue(loader.current().attempted)
        for (let evaluation = 0; evaluation < 1000; evaluation++) {
          assert.isUndefined(loader.current().flags)
          yield* loader.settled
          assert.isFalse(yield* loader.definitions.isReady)
        }
        assert.strictEqual((yield* asked).length, 1)
        const late = yield* Effect.fork(loader.definitions.awaitReady("5 seconds"))
        const patient = yield* Effect.fork(loader.definitions.awaitReady("1 minute"))
        yield* rest
        yield* TestClock.adjust("5 seconds")
        assert.isFalse(yield* Fiber.join(late))
        yield* server.heal
        yield* TestClock.adjust("25 seconds")
        assert.isTrue(yield* Fiber.join(patient))
        assert.isTrue(yield* loader.definitions.isReady)
        assert.strictEqual((yield* asked).length, 2)
      })
    ))

  it.scoped("FLAGS-DEFS-08 polling runs until the end; then nobody is left waiting and nothing is asked", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.enqueue(Fault.Stall())
        const waiting = yield* Effect.fork(loader.definitions.refresh)
        const ready = yield* Effect.fork(loader.definitions.awaitReady("1 hour"))
        yield* rest
        yield* loader.close
        yield* loader.close
        assert.strictEqual(yield* Fiber.join(waiting), "inactive")
        assert.isTrue(yield* Fiber.join(ready))
        assert.strictEqual(yield* loader.definitions.refresh, "inactive")
        assert.deepStrictEqual(keysOf(loader), ["first"])
        const before = (yield* asked).length
        yield* TestClock.adjust("1 hour")
        yield* rest
        assert.strictEqual((yield* asked).length, before)
      })
    ))

  it.scoped("FLAGS-DEFS-08 the scope ends the polling", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const loader = yield* Effect.scoped(Effect.tap(start(), ({ settled }) => settled))
        yield* TestClock.adjust("1 hour")
        yield* rest
        assert.strictEqual((yield* asked).length, 1)
        assert.strictEqual(yield* loader.definitions.refresh, "inactive")
      })
    ))

  for (
    const [what, body] of [
      ["no JSON", "<html>"],
      ["no object", [1, 2]],
      ["no flags", { group_type_mapping: {}, cohorts: {} }],
      ["flags that are no list", { flags: { a: 1 } }],
      ["nothing", ""]
    ] as const
  ) {
    it.scoped(`FLAGS-DEFS-22 a body with ${what} is an error that replaces nothing`, () =>
      inWorld(({ asked, server, start, warnings }) =>
        Effect.gen(function*() {
          const loader = yield* start()
          yield* loader.settled
          yield* server.enqueue(Fault.Status({ status: 200, body, headers: { etag: "\"broken\"" } }))
          assert.strictEqual(yield* loader.definitions.refresh, "failed")
          assert.deepStrictEqual(keysOf(loader), ["first"])
          assert.isTrue(loader.current().stale)
          assert.strictEqual(warnings().length, 1)
          assert.match(warnings()[0] ?? "", /malformed/)
          assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
          assert.notStrictEqual((yield* asked)[2]?.etag, "\"broken\"")
        })
      ))
  }

  it.scoped("FLAGS-DEFS-22 a set whose flags are partly broken is used, with a warning", () =>
    inWorld(({ server, start, warnings }) =>
      Effect.gen(function*() {
        yield* server.setDefinitions({ ...set("good"), flags: [...set("good").flags, { active: true }, 7] })
        const loader = yield* start()
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["good"])
        assert.deepStrictEqual(warnings(), [
          "flag definitions hold what cannot be used: flags.1 has no key; flags.2 has no key"
        ])
      })
    ))

  it.scoped("FLAGS-DEFS-23 a 200 without an ETag clears that of before", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.enqueue(Fault.Status({ status: 200, body: set("second"), headers: { etag: "" } }))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        yield* loader.definitions.refresh
        assert.deepStrictEqual((yield* asked)[2], { status: 200, etag: undefined })
      })
    ))

  it.scoped("FLAGS-DEFS-24 a 304 to a request without an ETag is no answer", () =>
    inWorld(({ server, start, warnings }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Status({ status: 304 }))
        const loader = yield* start()
        yield* loader.settled
        assert.isFalse(yield* loader.definitions.isReady)
        assert.isTrue(loader.current().stale)
        assert.strictEqual(loader.current().generation, 0)
        assert.match(warnings()[0] ?? "", /304/)
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
      })
    ))

  it.scoped("FLAGS-DEFS-24 an answer that comes late is not taken over a later one", () =>
    inWorld(({ asked, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.setDefinitions(set("old"))
        yield* server.enqueue(Fault.Delay({ duration: "20 seconds" }))
        const late = yield* Effect.fork(loader.definitions.refresh)
        yield* rest
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(late), "failed")
        yield* server.setDefinitions(set("new"))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        yield* TestClock.adjust("10 seconds")
        yield* rest
        assert.deepStrictEqual(keysOf(loader), ["new"])
        assert.strictEqual((yield* asked).length, 3)
      })
    ))

  it.scoped("every set is told to those who subscribed before it, and none twice", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { definitions, settled } = yield* start()
        yield* settled
        const heard = yield* Effect.fork(Stream.runCollect(Stream.take(definitions.changes, 2)))
        yield* rest
        yield* definitions.refresh
        yield* server.setDefinitions(set("second"))
        yield* definitions.refresh
        const late = yield* Effect.fork(Stream.runCollect(definitions.changes))
        yield* rest
        yield* server.setDefinitions(set("third"))
        yield* definitions.refresh
        const keys = Chunk.map(yield* Fiber.join(heard), ({ flags }) => flags[0]?.key)
        assert.deepStrictEqual(Chunk.toReadonlyArray(keys), ["second", "third"])
        yield* rest
        yield* Fiber.interrupt(late)
      })
    ))

  it.scoped("a stream of changes ends with the loader", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const heard = yield* Effect.scoped(Effect.gen(function*() {
          const { definitions, settled } = yield* start()
          yield* settled
          const heard = yield* Effect.forkDaemon(Stream.runCollect(definitions.changes))
          yield* rest
          yield* server.setDefinitions(set("second"))
          yield* definitions.refresh
          yield* rest
          return heard
        }))
        assert.strictEqual((yield* Fiber.join(heard)).length, 1)
      })
    ))

  it.scoped("an HTTP client that dies is a failure, and polling goes on", () =>
    inWorld(({ logs, server, start }) =>
      Effect.gen(function*() {
        const loader = yield* start()
        yield* loader.settled
        yield* server.failWhile(() => {
          throw new Error(secret)
        })
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        yield* server.heal
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        assert.notInclude(JSON.stringify(logs), secret)
      })
    ))

  it.scoped("the polling fibers see no scope of whoever built the layer, nor of who asks for a refresh", () =>
    inWorld(({ client, start }) =>
      Effect.gen(function*() {
        const seen: Array<unknown> = []
        const watching = HttpClient.transform(client, (response) =>
          Effect.zipRight(
            Effect.map(CurrentScope.get, ({ depth }) => seen.push(depth)),
            response
          ))
        const loader = yield* withScope(
          Effect.tap(start({}, undefined, watching), ({ definitions }) => definitions.refresh),
          "fresh",
          { distinctId: "the builder", captureExceptions: false }
        )
        yield* withScope(loader.definitions.refresh, "fresh", { captureExceptions: false })
        assert.deepStrictEqual(seen, [0, 0])
      })
    ))
})
