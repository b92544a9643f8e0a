/** Every way to an event, seen through the recording client. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { fresh, inherited, Posthog, PosthogTest, setGroup, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { refused } from "effect-posthog/domain/CaptureOutcome"
import * as Library from "effect-posthog/event/Library"
import { layerClient, warnings, withLines } from "../support/client.js"

const quiet = { captureExceptions: false } as const
const alice = { distinctId: "alice", captureExceptions: false } as const

const recorded = <A, R>(program: Effect.Effect<A, never, R>) => Effect.zipRight(program, PosthogTest.events)

const only = <A, R>(program: Effect.Effect<A, never, R>) =>
  Effect.map(recorded(program), (events) => {
    assert.strictEqual(events.length, 1)
    return events[0]!
  })

const nothingFrom = <A, R>(program: Effect.Effect<A, never, R>) =>
  Effect.map(recorded(program), (events) => assert.strictEqual(events.length, 0))

/** Values that TypeScript keeps out and JavaScript lets in. */
const untyped = (value: unknown): never => value as never

describe("capture", () => {
  it.effect("CAP-01, CAP-19, CAP-23: one event arrives with the id, the properties, $lib and a uuid it was captured with", () =>
    Effect.gen(function*() {
      const outcome = yield* Posthog.capture("paid", { distinctId: "alice", properties: { total: 42 } })
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      const [event, ...more] = yield* server.events
      assert.strictEqual(more.length, 0)
      assert.strictEqual(event?.event, "paid")
      assert.strictEqual(event?.distinct_id, "alice")
      assert.strictEqual(outcome._tag === "Captured" ? outcome.eventId : "", event?.uuid)
      assert.deepStrictEqual(event?.properties, {
        total: 42,
        $lib: Library.name,
        $lib_version: Library.version,
        $is_server: true,
        $geoip_disable: true
      })
      const [request] = yield* server.requests
      assert.strictEqual(request?.path, "/batch/")
      const body = request?.body as { [key: string]: unknown }
      assert.deepStrictEqual(Object.keys(body).toSorted(), ["api_key", "batch", "sent_at"])
      assert.strictEqual(body["api_key"], "phc_test")
    }).pipe(Effect.provide(layerClient())))

  it.effect("CAP-03: an empty, blank or non-string event name is refused with a warning and nothing is queued", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        for (const name of ["", "  ", untyped(7), untyped(null), untyped({})]) {
          assert.deepStrictEqual(yield* Posthog.capture(name, { distinctId: "alice" }), refused("invalidEvent"))
        }
        assert.strictEqual(warnings(lines).length, 5)
        assert.strictEqual((yield* PosthogTest.events).length, 0)
      }).pipe(Effect.provide(PosthogTest.layer))
    ))

  it.effect("CAP-03: a distinct id that is present but empty, blank or no text is refused", () =>
    Effect.gen(function*() {
      for (const distinctId of ["", "  ", untyped({}), untyped(Number.NaN)]) {
        assert.deepStrictEqual(yield* Posthog.capture("paid", { distinctId }), refused("invalidDistinctId"))
      }
      assert.strictEqual((yield* PosthogTest.events).length, 0)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a number as distinct id is taken as its decimal text", () =>
    Effect.map(
      only(Posthog.capture("paid", { distinctId: untyped(7) })),
      (event) => assert.strictEqual(event.distinctId, "7")
    ).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CAP-04: the explicit distinct id wins over the scope's, the scope's over nobody's", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("explicit", { distinctId: "bob" }).pipe(withScope(fresh, alice))
      yield* Posthog.capture("scope").pipe(withScope(fresh, alice))
      yield* Posthog.capture("nobody")
      const [explicit, scope, nobody] = yield* PosthogTest.events
      assert.strictEqual(explicit!.distinctId, "bob")
      assert.strictEqual(scope!.distinctId, "alice")
      assert.notProperty(scope!.properties, "$process_person_profile")
      assert.match(nobody!.distinctId, /^[0-9a-f-]{36}$/)
      assert.strictEqual(nobody!.properties["$process_person_profile"], false)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("two personless events have two ids, and a caller's $process_person_profile is kept", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("a")
      yield* Posthog.capture("b", { properties: { $process_person_profile: true } })
      const [a, b] = yield* PosthogTest.events
      assert.notStrictEqual(a!.distinctId, b!.distinctId)
      assert.strictEqual(b!.properties["$process_person_profile"], true)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CAP-05: explicit properties win over tags, tags over super properties, those over the system's", () =>
    Effect.map(
      only(
        Posthog.capture("e", { properties: { a: "explicit" } }).pipe(
          withScope(inherited, { tags: { a: "tag", b: "tag" }, captureExceptions: false })
        )
      ),
      ({ properties }) => {
        assert.strictEqual(properties["a"], "explicit")
        assert.strictEqual(properties["b"], "tag")
        assert.strictEqual(properties["c"], "super")
        assert.strictEqual(properties["$is_server"], "super")
        assert.deepStrictEqual(properties["$context_tags"], ["a", "b"])
      }
    ).pipe(
      Effect.provide(
        PosthogTest.layerWith({ superProperties: { a: "super", b: "super", c: "super", $is_server: "super" } })
      )
    ))

  it.effect("CAP-06: $lib and $lib_version are the library's, whoever else sets them", () =>
    Effect.map(
      only(
        Posthog.capture("e", { properties: { $lib: "mine", x: 1 } }).pipe(
          withScope(fresh, { tags: { $lib_version: "9" }, captureExceptions: false })
        )
      ),
      ({ properties }) => {
        assert.strictEqual(properties["$lib"], Library.name)
        assert.strictEqual(properties["$lib_version"], Library.version)
        assert.strictEqual(properties["x"], 1)
      }
    ).pipe(Effect.provide(PosthogTest.layerWith({ superProperties: { $lib: "super" } }))))

  it.effect("CAP-07: nothing of the host is added unless systemProperties asks for it", () =>
    Effect.gen(function*() {
      const plain = yield* only(Posthog.capture("e")).pipe(Effect.provide(PosthogTest.layer))
      const asked = yield* only(Posthog.capture("e")).pipe(
        Effect.provide(PosthogTest.layerWith({ systemProperties: true }))
      )
      assert.notProperty(plain.properties, "$os")
      assert.isString(asked.properties["$os"])
      assert.isString(asked.properties["$os_version"])
    }))

  it.effect("CAP-08: groups become $groups, the call's over the scope's, type by type", () =>
    Effect.gen(function*() {
      yield* setGroup("company", "acme")
      yield* setGroup("team", "red")
      yield* Posthog.capture("scope")
      yield* Posthog.capture("both", { groups: { team: "blue", plan: 7 } })
      yield* Posthog.capture("explicit", { properties: { $groups: { own: "x" } }, groups: { team: "blue" } })
      const [scope, both, explicit] = yield* PosthogTest.events
      assert.deepStrictEqual(scope!.properties["$groups"], { company: "acme", team: "red" })
      assert.deepStrictEqual(both!.properties["$groups"], { company: "acme", team: "blue", plan: "7" })
      assert.deepStrictEqual(explicit!.properties["$groups"], { own: "x" })
    }).pipe(withScope(fresh, quiet), Effect.provide(PosthogTest.layer)))

  it.effect("CAP-09: the timestamp is the clock's or the caller's, in UTC; no moment at all is replaced by now", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_735_689_600_123)
      yield* Posthog.capture("now")
      yield* Posthog.capture("given", { timestamp: "2025-01-02T08:34:05.5+05:30" })
      yield* Posthog.capture("broken", { timestamp: "not a time" })
      const events = yield* PosthogTest.events
      assert.deepStrictEqual(events.map((event) => event.timestamp), [
        "2025-01-01T00:00:00.123Z",
        "2025-01-02T03:04:05.5Z",
        "2025-01-01T00:00:00.123Z"
      ])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CAP-10: the caller's uuid is kept; what is none is replaced by a fresh UUIDv7", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("given", { uuid: "0198c0de-0000-7000-8000-000000000abc" })
      yield* Posthog.capture("broken", { uuid: "nonsense" })
      const [given, broken] = yield* PosthogTest.events
      assert.strictEqual(given!.uuid, "0198c0de-0000-7000-8000-000000000abc")
      assert.match(broken!.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CAP-13: bad properties are repaired one by one and never throw", () =>
    Effect.gen(function*() {
      const circular: { [key: string]: unknown } = {}
      circular["self"] = circular
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      yield* Posthog.capture("bad", {
        properties: untyped({
          circular,
          big: 10n,
          fn: () => 1,
          symbol: Symbol("x"),
          date: new Date(0),
          map: new Map([["a", 1]]),
          nothing: undefined,
          nan: Number.NaN,
          half: "x\ud800",
          get throws() {
            throw new Error("no")
          },
          fine: 1
        })
      })
      yield* Posthog.capture("proxy", { properties: untyped(proxy) })
      yield* Posthog.capture("number", { properties: untyped(7) })
      yield* Posthog.capture("null", { properties: untyped(null) })
      yield* Posthog.capture("options", untyped(null))
      assert.deepStrictEqual(yield* Posthog.capture("unreadable", untyped(proxy)), refused("unreadable"))
      const events = yield* PosthogTest.events
      const own = Object.fromEntries(
        Object.entries(events[0]!.properties).filter(([key]) => !key.startsWith("$"))
      )
      assert.deepStrictEqual(own, {
        circular: { self: "[Circular]" },
        big: 10,
        date: "1970-01-01T00:00:00.000Z",
        map: { a: 1 },
        nan: null,
        half: "x\ufffd",
        throws: "[Unreadable]",
        fine: 1
      })
      for (const event of events) {
        assert.strictEqual(event.properties["$lib"], Library.name)
      }
      assert.deepStrictEqual(events.map(({ event }) => event), ["bad", "proxy", "number", "null", "options"])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("an event larger than maxEventBytes is refused, and the ones beside it are not", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("small", { properties: { a: "x" } })
      assert.deepStrictEqual(
        yield* Posthog.capture("large", { properties: { a: "x".repeat(10_000_000) } }),
        refused("tooLarge")
      )
      // fewer UTF-16 units than the limit, more bytes of UTF-8
      assert.deepStrictEqual(
        yield* Posthog.capture("wide", { properties: { a: "€".repeat(400_000) } }),
        refused("tooLarge")
      )
      yield* Posthog.capture("small", { properties: { a: "€".repeat(200_000) } })
      assert.deepStrictEqual((yield* PosthogTest.events).map(({ event }) => event), ["small", "small"])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("the event is immutable from the moment capture returns", () =>
    Effect.gen(function*() {
      const properties = { nested: { items: [1, 2] }, total: 1 }
      yield* Posthog.capture("e", { properties })
      properties.total = 99
      properties.nested.items.push(3)
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event!.properties["total"], 1)
      assert.deepStrictEqual(event!.properties["nested"], { items: [1, 2] })
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("a tag is a copy: what the caller does to the object later changes no event", () =>
    Effect.gen(function*() {
      const value = { items: [1] }
      yield* tag("cart", value)
      value.items.push(2)
      yield* Posthog.capture("e")
      assert.deepStrictEqual((yield* PosthogTest.events)[0]!.properties["cart"], { items: [1] })
    }).pipe(withScope(fresh, quiet), Effect.provide(PosthogTest.layer)))

  it.effect("CAP-20: capturing $exception by hand is let through with a warning that names captureException", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* Posthog.capture("$exception", { distinctId: "alice" })
        assert.strictEqual((yield* PosthogTest.events).length, 1)
        assert.include(warnings(lines)[0], "captureException")
      }).pipe(Effect.provide(PosthogTest.layer))
    ))

  it.effect("CAP-21: a hundred fibers capture at once and no event takes anything of another", () =>
    Effect.gen(function*() {
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, n) => n),
        (n) =>
          Effect.zipRight(Effect.yieldNow(), Posthog.capture("e")).pipe(
            withScope(fresh, { distinctId: `user-${n}`, tags: { n }, captureExceptions: false })
          ),
        { concurrency: "unbounded", discard: true }
      )
      const events = yield* PosthogTest.events
      assert.strictEqual(events.length, 100)
      for (const event of events) {
        assert.strictEqual(event.distinctId, `user-${event.properties["n"]}`)
      }
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CAP-23: isServer, disableGeoip and historicalMigration steer what is sent", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("e", { distinctId: "alice" })
      yield* Posthog.capture("e", { distinctId: "alice", disableGeoip: true })
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      const [first, second] = yield* server.events
      assert.notProperty(first!.properties, "$is_server")
      assert.notProperty(first!.properties, "$geoip_disable")
      assert.strictEqual(second!.properties["$geoip_disable"], true)
      const body = (yield* server.requests)[0]!.body as { [key: string]: unknown }
      assert.strictEqual(body["historical_migration"], true)
    }).pipe(
      Effect.provide(layerClient({ isServer: false, disableGeoip: false, historicalMigration: true }))
    ))

  it.effect("CAP-25: $set, $set_once, $unset, $session_id, $groups and the like pass through as properties", () =>
    Effect.map(
      only(
        Posthog.capture("e", {
          distinctId: "alice",
          properties: {
            $set: { a: 1 },
            $set_once: { b: 2 },
            $unset: ["c"],
            $session_id: "mine",
            $cookieless_mode: true,
            $process_person_profile: false
          }
        }).pipe(withScope(fresh, { sessionId: "scope", captureExceptions: false }))
      ),
      ({ properties }) => {
        assert.deepStrictEqual(properties["$set"], { a: 1 })
        assert.deepStrictEqual(properties["$set_once"], { b: 2 })
        assert.deepStrictEqual(properties["$unset"], ["c"])
        assert.strictEqual(properties["$session_id"], "mine")
        assert.strictEqual(properties["$cookieless_mode"], true)
        assert.strictEqual(properties["$process_person_profile"], false)
      }
    ).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("SUPER-01: super properties are on every captured event, below the caller's", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("a", { distinctId: "alice" })
      yield* Posthog.capture("b", { distinctId: "alice", properties: { app: "other" } })
      const [a, b] = yield* PosthogTest.events
      assert.strictEqual(a!.properties["app"], "shop")
      assert.strictEqual(b!.properties["app"], "other")
    }).pipe(Effect.provide(PosthogTest.layerWith({ superProperties: { app: "shop" } }))))

  it.effect("sections of the scope show as properties, below tags and above super properties", () =>
    Effect.gen(function*() {
      const { Section, setSection } = yield* Effect.promise(() => import("effect-posthog"))
      const Tenant = Section.make<{ readonly id: string }>({
        name: "tenant",
        merge: (_, inner) => inner,
        properties: ({ id }) => ({ tenant_id: id, shared: "section" })
      })
      yield* setSection(Tenant, { id: "t-1" })
      yield* Posthog.capture("a")
      yield* tag("shared", "tag")
      yield* Posthog.capture("b")
      const [a, b] = yield* PosthogTest.events
      assert.strictEqual(a!.properties["tenant_id"], "t-1")
      assert.strictEqual(a!.properties["shared"], "section")
      assert.strictEqual(b!.properties["shared"], "tag")
      assert.deepStrictEqual(b!.properties["$context_tags"], ["shared"])
    }).pipe(withScope(fresh, quiet), Effect.provide(PosthogTest.layerWith({ superProperties: { shared: "super" } }))))
})

describe("person properties", () => {
  it.effect("PERSON-01: set and setOnce make one $set event each, with the scope's tags as person properties", () =>
    Effect.gen(function*() {
      yield* Posthog.set({ plan: "pro", b: 2 })
      yield* Posthog.setOnce({ first: "x" })
      const [set, once] = yield* PosthogTest.events
      assert.strictEqual(set!.event, "$set")
      assert.strictEqual(set!.distinctId, "alice")
      assert.deepStrictEqual(set!.properties["$set"], { a: 1, b: 2, plan: "pro" })
      assert.deepStrictEqual(once!.properties["$set_once"], { a: 1, b: 1, first: "x" })
      assert.notProperty(set!.properties, "$context_tags")
      assert.strictEqual(set!.properties["$session_id"], "s-1")
    }).pipe(
      withScope(fresh, { ...alice, sessionId: "s-1", tags: { a: 1, b: 1 } }),
      Effect.provide(PosthogTest.layer)
    ))

  it.effect("with tagsInSet off the scope's tags stay out of person properties", () =>
    Effect.map(
      only(Posthog.set({ plan: "pro" }).pipe(withScope(fresh, { ...alice, tags: { a: 1 } }))),
      ({ properties }) => assert.deepStrictEqual(properties["$set"], { plan: "pro" })
    ).pipe(Effect.provide(PosthogTest.layerWith({ tagsInSet: false }))))

  it.effect("PERSON-01: nobody in particular and nothing to set are no event and no failure", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Posthog.set({ plan: "pro" }), refused("personless"))
      assert.deepStrictEqual(yield* Posthog.unset("plan"), refused("personless"))
      assert.deepStrictEqual(yield* Posthog.set({}, { distinctId: "alice" }), refused("nothingToSet"))
      assert.deepStrictEqual(yield* Posthog.set({ a: 1 }, { distinctId: "" }), refused("invalidDistinctId"))
      assert.strictEqual((yield* PosthogTest.events).length, 0)
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("PERSON-03: unset takes one name or several and passes over blank ones", () =>
    Effect.gen(function*() {
      yield* Posthog.unset("plan", { distinctId: "alice" })
      yield* Posthog.unset(["a", " ", "b"], { distinctId: "alice" })
      assert.deepStrictEqual(yield* Posthog.unset([" "], { distinctId: "alice" }), refused("nothingToSet"))
      const events = yield* PosthogTest.events
      assert.deepStrictEqual(events.map(({ properties }) => properties["$unset"]), [["plan"], ["a", "b"]])
    }).pipe(Effect.provide(PosthogTest.layer)))
})

describe("identify", () => {
  it.effect("IDENT-01, IDENT-04: one $identify event with the argument as distinct id and the properties under $set", () =>
    Effect.gen(function*() {
      const outcome = yield* Posthog.identify("bob", { properties: { email: "b@x.io" } }).pipe(
        withScope(fresh, { ...alice, tags: { a: 1 } })
      )
      assert.strictEqual(outcome._tag, "Captured")
      const [event, ...more] = yield* PosthogTest.events
      assert.strictEqual(more.length, 0)
      assert.strictEqual(event!.event, "$identify")
      assert.strictEqual(event!.distinctId, "bob")
      assert.deepStrictEqual(event!.properties["$set"], { email: "b@x.io" })
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("IDENT-02: without a distinct id, or with a blank one, nothing is queued and a warning is logged", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        for (const id of ["", "  ", untyped(undefined), untyped(null)]) {
          assert.deepStrictEqual(yield* Posthog.identify(id, { properties: { a: 1 } }), refused("invalidDistinctId"))
        }
        assert.strictEqual(warnings(lines).length, 4)
        assert.strictEqual((yield* PosthogTest.events).length, 0)
      }).pipe(withScope(fresh, alice), Effect.provide(PosthogTest.layer))
    ))

  it.effect("IDENT-03: setOnce is an option of its own; nothing but the system's properties is added", () =>
    Effect.map(
      only(
        Posthog.identify("bob", { setOnce: { first: 1 } }).pipe(
          withScope(fresh, { ...alice, sessionId: "s", tags: { a: 1 } })
        )
      ),
      ({ properties }) =>
        assert.deepStrictEqual(properties, {
          $set: {},
          $set_once: { first: 1 },
          $is_server: true,
          $geoip_disable: true,
          $lib: Library.name,
          $lib_version: Library.version
        })
    ).pipe(Effect.provide(PosthogTest.layer)))
})

describe("alias", () => {
  it.effect("ALIAS-01, ALIAS-02: one $create_alias event of the existing id, both ids in its properties", () =>
    Effect.map(only(Posthog.alias("alice", "alice@x.io")), (event) => {
      assert.strictEqual(event.event, "$create_alias")
      assert.strictEqual(event.distinctId, "alice")
      assert.strictEqual(event.properties["alias"], "alice@x.io")
      assert.strictEqual(event.properties["distinct_id"], "alice")
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("ALIAS-03: with either id missing nothing is queued and a warning is logged", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Posthog.alias("", "b"), refused("invalidAlias"))
        assert.deepStrictEqual(yield* Posthog.alias("a", " "), refused("invalidAlias"))
        assert.deepStrictEqual(yield* Posthog.alias("a", untyped(undefined)), refused("invalidAlias"))
        assert.strictEqual(warnings(lines).length, 3)
        assert.strictEqual((yield* PosthogTest.events).length, 0)
      }).pipe(Effect.provide(PosthogTest.layer))
    ))
})

describe("groupIdentify", () => {
  it.effect("GROUPID-01: one $groupidentify event with type, key and the properties under $group_set", () =>
    Effect.map(only(Posthog.groupIdentify("company", "acme", { properties: { plan: "pro" } })), (event) => {
      assert.strictEqual(event.event, "$groupidentify")
      assert.strictEqual(event.properties["$group_type"], "company")
      assert.strictEqual(event.properties["$group_key"], "acme")
      assert.deepStrictEqual(event.properties["$group_set"], { plan: "pro" })
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("GROUPID-02: with type or key missing nothing is queued and a warning is logged", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* Posthog.groupIdentify("", "acme"), refused("invalidGroup"))
        assert.deepStrictEqual(yield* Posthog.groupIdentify("company", " "), refused("invalidGroup"))
        assert.deepStrictEqual(yield* Posthog.groupIdentify("company", untyped(null)), refused("invalidGroup"))
        assert.strictEqual(warnings(lines).length, 3)
        assert.strictEqual((yield* PosthogTest.events).length, 0)
      }).pipe(Effect.provide(PosthogTest.layer))
    ))

  it.effect("GROUPID-03: without properties $group_set is {}; the distinct id is explicit, the scope's, or $type_key", () =>
    Effect.gen(function*() {
      yield* Posthog.groupIdentify("company", "acme")
      yield* Posthog.groupIdentify("company", 7, { distinctId: "bob" })
      yield* Posthog.groupIdentify("company", "acme").pipe(
        withScope(fresh, { ...alice, tags: { a: 1 }, sessionId: "s" })
      )
      yield* Posthog.capture("later")
      const [plain, explicit, scope, later] = yield* PosthogTest.events
      assert.deepStrictEqual(plain!.properties["$group_set"], {})
      assert.strictEqual(plain!.distinctId, "$company_acme")
      assert.strictEqual(explicit!.distinctId, "bob")
      assert.strictEqual(explicit!.properties["$group_key"], "7")
      assert.strictEqual(scope!.distinctId, "alice")
      assert.strictEqual(scope!.properties["$session_id"], "s")
      assert.notProperty(scope!.properties, "a")
      assert.notProperty(later!.properties, "$groups")
    }).pipe(Effect.provide(PosthogTest.layer)))
})

describe("consent", () => {
  it.effect("CAP-02, CONSENT-01: opted out, a capture makes no event and no request and returns at once", () =>
    Effect.gen(function*() {
      yield* Posthog.optOut
      assert.deepStrictEqual(yield* Posthog.capture("e", { distinctId: "alice" }), refused("optedOut"))
      assert.deepStrictEqual(yield* Posthog.captureImmediate("e", { distinctId: "alice" }), refused("optedOut"))
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.requests).length, 0)
    }).pipe(Effect.provide(layerClient())))

  it.effect("CONSENT-02: consent changes at run time, from the next call on; what was captured before is kept", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("before", { distinctId: "alice" })
      yield* Posthog.optOut
      assert.isTrue(yield* Posthog.isOptedOut)
      yield* Posthog.capture("while", { distinctId: "alice" })
      yield* Posthog.optIn
      assert.isFalse(yield* Posthog.isOptedOut)
      yield* Posthog.capture("after", { distinctId: "alice" })
      assert.deepStrictEqual((yield* PosthogTest.events).map(({ event }) => event), ["before", "after"])
    }).pipe(Effect.provide(PosthogTest.layer)))

  it.effect("CONSENT-03: opted out, exceptions, person and group changes make no event either", () =>
    nothingFrom(Effect.all([
      Posthog.set({ a: 1 }, { distinctId: "alice" }),
      Posthog.identify("alice"),
      Posthog.alias("a", "b"),
      Posthog.groupIdentify("company", "acme"),
      Effect.flatMap(Posthog.Posthog, (client) => client.captureException(new Error("x")))
    ])).pipe(Effect.provide(PosthogTest.layerWith({ optedOut: true }))))

  it.effect("CONSENT-04, CAP-02: a disabled client is inert whatever is asked of it", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Posthog.capture("e", { distinctId: "alice" }), refused("disabled"))
      yield* Posthog.optIn
      assert.deepStrictEqual(yield* Posthog.capture("e", { distinctId: "alice" }), refused("disabled"))
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.requests).length, 0)
    }).pipe(Effect.provide(layerClient({ disabled: true }))))
})
