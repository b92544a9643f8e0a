import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { fresh, Posthog, type PosthogConfig, PosthogTest, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { refused } from "effect-posthog/domain/CaptureOutcome"
import type { BeforeSend } from "effect-posthog/event/BeforeSend"
import { layerClient, warnings, withLines } from "../support/client.js"

const untyped = (value: unknown): never => value as never

const withHooks = (beforeSend: PosthogConfig.Options["beforeSend"]) => PosthogTest.layerWith({ beforeSend })

const capture = Posthog.capture("paid", { distinctId: "alice", properties: { total: 42, secret: "x" } })

describe("before-send hooks", () => {
  it.effect("HOOK-01, CAP-11: before-send can mutate an assembled event before enqueue", () =>
    Effect.gen(function*() {
      yield* capture
      const [event] = yield* PosthogTest.events
      assert.notProperty(event!.properties, "secret")
      assert.strictEqual(event!.properties["added"], "$lib:effect-posthog")
    }).pipe(Effect.provide(withHooks((event) => {
      delete event.properties["secret"]
      event.properties["added"] = `$lib:${String(event.properties["$lib"])}`
      return event
    }))))

  it.effect("HOOK-02, CAP-11: before-send can drop an event with null; it is logged, counted and reported", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* capture, refused("beforeSend"))
      assert.strictEqual((yield* PosthogTest.events).length, 0)
      const [dropped] = yield* PosthogTest.dropped
      assert.strictEqual(dropped!.reason, "beforeSend")
      assert.strictEqual(dropped!.event, "paid")
      assert.strictEqual((yield* Posthog.stats).dropped, 1)
    }).pipe(Effect.provide(withHooks(() => null))))

  it.effect("HOOK-03: a throwing hook stops the chain: a warning, no later hook, no event, and nothing thrown", () => {
    const ran: Array<string> = []
    return withLines((lines) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* capture, refused("beforeSendFailed"))
        yield* Posthog.flush
        assert.deepStrictEqual(ran, ["first", "second"])
        const server = yield* DevServer.DevServer
        assert.strictEqual((yield* server.requests).length, 0)
        assert.strictEqual(warnings(lines).length, 1)
        assert.notInclude(warnings(lines)[0], "secret words")
      }).pipe(Effect.provide(layerClient({
        beforeSend: [
          (event) => {
            ran.push("first")
            return event
          },
          () => {
            ran.push("second")
            throw new Error("secret words")
          },
          (event) => {
            ran.push("third")
            return event
          }
        ]
      })))
    )
  })

  it.effect("CAP-12, CAP-17: with immediate delivery too a throwing hook reaches nobody and sends nothing", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Posthog.captureImmediate("paid"), refused("beforeSendFailed"))
        const server = yield* DevServer.DevServer
        assert.strictEqual((yield* server.requests).length, 0)
        assert.strictEqual((yield* Posthog.stats).pending, 0)
        assert.strictEqual(warnings(lines).length, 1)
      }).pipe(Effect.provide(layerClient({
        beforeSend: () => {
          throw new Error("no")
        }
      })))
    ))

  it.effect("HOOK-04: hooks run in order, each on what the one before returned; null ends the chain", () => {
    const seen: Array<unknown> = []
    const add = (name: string): BeforeSend => (event) => {
      seen.push([name, event.properties["by"]])
      return event.event === "stop" && name === "b" ? null : { ...event, properties: { ...event.properties, by: name } }
    }
    return Effect.gen(function*() {
      yield* Posthog.capture("go")
      yield* Posthog.capture("stop")
      assert.deepStrictEqual(seen, [["a", undefined], ["b", "a"], ["c", "b"], ["a", undefined], ["b", "a"]])
      const [event, ...more] = yield* PosthogTest.events
      assert.strictEqual(event!.properties["by"], "c")
      assert.strictEqual(more.length, 0)
    }).pipe(Effect.provide(withHooks([add("a"), add("b"), add("c")])))
  })

  it.effect("HOOK-05: a hook sees identity, merged properties, metadata, time and uuid, and may change each of them", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("paid", { properties: { total: 42 } }).pipe(
        withScope(fresh, { distinctId: "alice", sessionId: "s", tags: { a: 1 }, captureExceptions: false })
      )
      const [event] = yield* PosthogTest.events
      assert.deepStrictEqual(
        { event: event!.event, id: event!.distinctId, at: event!.timestamp, uuid: event!.uuid },
        {
          event: "renamed",
          id: "alice/seen",
          at: "2025-01-02T03:04:05.000Z",
          uuid: "0198c0de-0000-7000-8000-000000000abc"
        }
      )
      assert.deepStrictEqual(event!.properties["seen"], [
        "$context_tags",
        "$lib",
        "$lib_version",
        "$session_id",
        "a",
        "total"
      ])
    }).pipe(Effect.provide(withHooks((event) => ({
      event: "renamed",
      distinctId: `${event.distinctId}/seen`,
      timestamp: "2025-01-02T08:34:05+05:30",
      uuid: "0198c0de-0000-7000-8000-000000000abc",
      properties: {
        seen: Object.keys(event.properties).filter((key) => !["$is_server", "$geoip_disable"].includes(key)).toSorted()
      }
    })))))

  it.effect("a uuid or timestamp that is none is put back; a result that is no event is refused", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("kept", { uuid: "0198c0de-0000-7000-8000-000000000abc", timestamp: 0 })
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event!.uuid, "0198c0de-0000-7000-8000-000000000abc")
      assert.strictEqual(event!.timestamp, "1970-01-01T00:00:00.000Z")
      for (const result of ["text", 7, [], {}, { event: "", distinctId: "a" }, { event: "e", distinctId: "" }]) {
        assert.deepStrictEqual(
          yield* capture.pipe(Effect.provide(withHooks(() => untyped(result)))),
          refused("beforeSendFailed")
        )
      }
      assert.deepStrictEqual(
        yield* capture.pipe(Effect.provide(withHooks(() => untyped(Promise.resolve(null))))),
        refused("beforeSendFailed")
      )
    }).pipe(Effect.provide(withHooks((event) => ({ ...event, uuid: "nonsense", timestamp: "never" })))))

  it.effect("HOOK-06: an event that a hook left without properties is sent with a warning", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* capture
        assert.strictEqual((yield* PosthogTest.events).length, 1)
        assert.include(warnings(lines)[0], "without properties")
      }).pipe(Effect.provide(withHooks((event) => ({ ...event, properties: {} }))))
    ))

  it.effect("HOOK-07: every kind of event passes the hooks, and opting out comes before them", () => {
    const seen: Array<string> = []
    return Effect.gen(function*() {
      yield* Posthog.capture("e")
      yield* Posthog.set({ a: 1 }, { distinctId: "alice" })
      yield* Posthog.identify("alice")
      yield* Posthog.alias("alice", "bob")
      yield* Posthog.groupIdentify("company", "acme")
      yield* Effect.flatMap(Posthog.Posthog, (client) => client.captureException(new Error("x")))
      // an exception is prepared first
      yield* Posthog.flush
      yield* Posthog.captureImmediate("now")
      yield* Posthog.optOut
      yield* Posthog.capture("no")
      assert.deepStrictEqual(seen, ["e", "$set", "$identify", "$create_alias", "$groupidentify", "$exception", "now"])
    }).pipe(Effect.provide(withHooks((event) => {
      seen.push(event.event)
      return event
    })))
  })

  it.effect("HOOK-08: a plain hook has run when capture returns, and one event's hook touches no other event", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("a", { properties: { shared: { n: 1 } } })
      assert.strictEqual((yield* PosthogTest.events).length, 1)
      yield* Posthog.capture("b", { properties: { shared: { n: 1 } } })
      const events = yield* PosthogTest.events
      assert.deepStrictEqual(events.map(({ properties }) => properties["shared"]), [{ n: "a" }, { n: "b" }])
    }).pipe(Effect.provide(withHooks((event) => {
      const shared = event.properties["shared"] as { n: unknown }
      shared.n = event.event
      return event
    }))))

  it.effect("HOOK-09: the hook sees $groups and $lib, so it can scrub them", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("e", { groups: { company: "acme" } })
      const [event] = yield* PosthogTest.events
      assert.notProperty(event!.properties, "$groups")
      assert.notProperty(event!.properties, "$lib")
    }).pipe(Effect.provide(withHooks((event) => {
      assert.deepStrictEqual(event.properties["$groups"], { company: "acme" })
      delete event.properties["$groups"]
      delete event.properties["$lib"]
      return event
    }))))
})

describe("hooks that are Effects", () => {
  it.effect("run after capture has returned, and flush waits for them", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const outcome = yield* capture
        assert.strictEqual(outcome._tag, "Captured")
        const server = yield* DevServer.DevServer
        assert.deepStrictEqual(
          yield* Effect.map(Posthog.stats, ({ captured, delivered, pending }) => ({ captured, delivered, pending })),
          { captured: 1, delivered: 0, pending: 1 }
        )
        const flushing = yield* Effect.fork(Posthog.flush)
        yield* Effect.yieldNow()
        assert.strictEqual((yield* server.requests).length, 0)
        yield* Deferred.succeed(gate, void 0)
        yield* Fiber.join(flushing)
        const [event] = yield* server.events
        assert.strictEqual(event!.properties["later"], true)
      }).pipe(Effect.provide(layerClient({
        beforeSend: (event) =>
          Effect.as(Deferred.await(gate), { ...event, properties: { ...event.properties, later: true } })
      })))
    }))

  it.effect("HOOK-03: one that fails or dies drops the event with a warning", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        for (const hook of [() => Effect.fail("no"), () => Effect.die("no")]) {
          yield* Effect.zipRight(capture, Posthog.flush).pipe(
            Effect.zipRight(PosthogTest.events),
            Effect.map((events) => assert.strictEqual(events.length, 0)),
            Effect.zipRight(PosthogTest.dropped),
            Effect.map(([dropped]) => assert.strictEqual(dropped!.reason, "beforeSendFailed")),
            Effect.provide(withHooks(hook))
          )
        }
        assert.strictEqual(warnings(lines).length, 2)
      })
    ))

  it.effect("a plain hook after an Effect sees what that one made", () =>
    Effect.gen(function*() {
      yield* capture
      yield* Posthog.flush
      assert.strictEqual((yield* PosthogTest.events)[0]!.event, "paid/a/b")
    }).pipe(Effect.provide(withHooks([
      (event) => Effect.succeed({ ...event, event: `${event.event}/a` }),
      (event) => ({ ...event, event: `${event.event}/b` })
    ]))))

  it.effect("no more than maxPreparing wait; the next event is refused and reported", () =>
    Effect.gen(function*() {
      const outcomes = yield* Effect.all([capture, capture, capture])
      assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Captured", "Captured", "Refused"])
      assert.deepStrictEqual(outcomes[2], refused("preparationFull"))
    }).pipe(
      Effect.provide(PosthogTest.layerWith({ beforeSend: () => Effect.never, maxPreparing: 2, shutdownTimeout: 0 }))
    ))

  it.effect("captureImmediate waits for them", () =>
    Effect.gen(function*() {
      const outcome = yield* Posthog.captureImmediate("now")
      assert.strictEqual(outcome._tag, "Delivered")
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.events)[0]!.event, "now/later")
    }).pipe(Effect.provide(layerClient({
      beforeSend: (event) => Effect.as(Effect.yieldNow(), { ...event, event: `${event.event}/later` })
    }))))
})
