import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, HashMap, Logger, LogLevel, Option } from "effect"
import {
  currentDeviceId,
  currentDistinctId,
  currentGroupPropertiesForFlags,
  currentGroups,
  currentPersonPropertiesForFlags,
  currentScope,
  currentSection,
  currentSessionId,
  currentTags,
  fresh,
  identifyScope,
  inherited,
  resetGroupPropertiesForFlags,
  resetPersonPropertiesForFlags,
  setDevice,
  setGroup,
  setGroupPropertiesForFlags,
  setPersonPropertiesForFlags,
  setSection,
  setSession,
  tag,
  tags,
  untag,
  withScope
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import type { Properties, PropertyValue } from "effect-posthog/domain/PropertyValue"
import * as CurrentScope from "effect-posthog/scope/CurrentScope"
import * as Section from "effect-posthog/scope/Section"

const quiet = { captureExceptions: false } as const

/** Things that the types forbid and that arrive all the same. */
const hostile = <A>(value: unknown) => value as A

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const tagsAre = (expected: JsonObject) =>
  Effect.map(currentTags, (tags) => assert.deepStrictEqual({ ...tags }, expected))

const personIs = (expected: JsonObject) =>
  Effect.map(currentPersonPropertiesForFlags, (properties) => assert.deepStrictEqual(plain(properties), expected))

const groupPropertiesAre = (expected: { readonly [type: string]: JsonObject }) =>
  Effect.map(currentGroupPropertiesForFlags, (properties) => assert.deepStrictEqual(plain(properties), expected))

interface Line {
  readonly level: string
  readonly message: string
  readonly annotations: { readonly [key: string]: unknown }
}

const logged = <A, E, R>(self: Effect.Effect<A, E, R>) => {
  const lines: Array<Line> = []
  const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
    lines.push({
      level: logLevel.label,
      message: Array.isArray(message) ? message.join(" ") : String(message),
      annotations: Object.fromEntries(HashMap.toEntries(annotations))
    })
  })
  return Effect.as(self, lines).pipe(
    Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
    Logger.withMinimumLogLevel(LogLevel.All)
  )
}

const Request = Section.make<{ readonly method: string; readonly path?: string }>({
  name: "request",
  merge: (outer, inner) => ({ ...outer, ...inner }),
  properties: ({ method }) => ({ method })
})

const setters: ReadonlyArray<readonly [name: string, set: Effect.Effect<void>]> = [
  ["tag", tag("a", 1)],
  ["tags", tags({ a: 1, b: 2 })],
  ["untag", untag("a")],
  ["identifyScope", identifyScope("user")],
  ["setSession", setSession("session")],
  ["setDevice", setDevice("device")],
  ["setGroup", setGroup("company", "acme")],
  ["setPersonPropertiesForFlags", setPersonPropertiesForFlags({ plan: "pro" })],
  ["resetPersonPropertiesForFlags", resetPersonPropertiesForFlags],
  ["setGroupPropertiesForFlags", setGroupPropertiesForFlags("company", "acme", { plan: "pro" })],
  ["resetGroupPropertiesForFlags", resetGroupPropertiesForFlags()],
  ["setSection", setSection(Request, { method: "GET" })]
]

describe("outside every scope", () => {
  for (const [name, set] of setters) {
    it.effect(`${name} changes nothing and says so once, at debug level (FLAGS-OVR-06)`, () =>
      Effect.gen(function*() {
        const before = yield* CurrentScope.get
        const lines = yield* logged(set)
        assert.strictEqual(yield* CurrentScope.get, before)
        assert.strictEqual(before.depth, 0)
        assert.lengthOf(lines, 1)
        assert.strictEqual(lines[0]!.level, "DEBUG")
        assert.include(lines[0]!.message, "changed nothing: there is no scope here")
        assert.deepStrictEqual(lines[0]!.annotations, { package: "effect-posthog", module: "scope" })
      }))
  }

  it.effect("what one fiber sets there another cannot see", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(tag("a", 1))
      yield* Fiber.join(fiber)
      yield* tagsAre({})
      yield* withScope(tagsAre({}), inherited, quiet)
    }))

  it.effect("inside a scope the setters log nothing", () =>
    Effect.gen(function*() {
      const lines = yield* logged(Effect.forEach(setters, ([, set]) => set).pipe(withScope(fresh, quiet)))
      assert.deepStrictEqual(lines, [])
    }))
})

describe("tags", () => {
  it.effect("a tag overwrites the one before; several are set in one step", () =>
    Effect.gen(function*() {
      yield* tag("a", 1)
      yield* tag("a", "again")
      yield* tags({ b: true, c: null, d: [1, { e: 2 }] })
      yield* tagsAre({ a: "again", b: true, c: null, d: [1, { e: 2 }] })
    }).pipe(withScope(fresh, quiet)))

  it.effect("an inner tag hides the outer one until the scope is left", () =>
    Effect.gen(function*() {
      yield* Effect.zipRight(tag("a", 2), tagsAre({ a: 2, b: 1 })).pipe(withScope(inherited, quiet))
      yield* tagsAre({ a: 1, b: 1 })
    }).pipe(withScope(fresh, { tags: { a: 1, b: 1 }, ...quiet })))

  it.effect("untag takes an outer tag away until the scope is left, and it can be set again", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* untag("a")
        yield* tagsAre({ b: 1 })
        yield* withScope(tagsAre({ b: 1 }), inherited, quiet)
        yield* tag("a", 3)
        yield* tagsAre({ a: 3, b: 1 })
        yield* untag("a")
        yield* untag("never there")
      }).pipe(withScope(inherited, quiet))
      yield* tagsAre({ a: 1, b: 1 })
    }).pipe(withScope(fresh, { tags: { a: 1, b: 1 }, ...quiet })))

  it.effect("an undefined value sets nothing", () =>
    Effect.gen(function*() {
      yield* tag("a", hostile<PropertyValue>(undefined))
      yield* tags(hostile<Properties>({ b: undefined, c: () => 1, d: Symbol("d") }))
      yield* tagsAre({ a: 1 })
    }).pipe(withScope(fresh, { tags: { a: 1 }, ...quiet })))

  it.effect("the value is what it was when it was set, whatever becomes of the caller's object", () =>
    Effect.gen(function*() {
      const value = { items: [1] }
      yield* tag("cart", value)
      value.items.push(2)
      yield* tagsAre({ cart: { items: [1] } })
    }).pipe(withScope(fresh, quiet)))

  it.effect("an effect that sets a tag reads the value where it runs, not where it was made", () => {
    const properties: Record<string, number> = { a: 1 }
    const set = tags(properties)
    properties["a"] = 2
    return Effect.zipRight(set, tagsAre({ a: 2 })).pipe(withScope(fresh, quiet))
  })

  it.effect("__proto__, constructor and toString are keys like any other", () =>
    Effect.gen(function*() {
      yield* tag("__proto__", { polluted: true })
      yield* tag("constructor", 1)
      yield* tag("toString", 2)
      const tags = yield* currentTags
      assert.deepStrictEqual(Object.keys(tags).toSorted(), ["__proto__", "constructor", "toString"])
      assert.deepStrictEqual({ ...hostile<object>(tags["__proto__"]) }, { polluted: true })
      assert.isUndefined(hostile<{ readonly polluted?: boolean }>({}).polluted)
      yield* untag("__proto__")
      assert.deepStrictEqual(Object.keys(yield* currentTags).toSorted(), ["constructor", "toString"])
    }).pipe(withScope(fresh, quiet)))

  it.effect("half surrogate pairs are repaired, in keys and in values", () =>
    Effect.gen(function*() {
      yield* tag("k\ud800", "v\udc00")
      yield* tagsAre({ "k\ufffd": "v\ufffd" })
      yield* untag("k\ud800")
      yield* tagsAre({})
    }).pipe(withScope(fresh, quiet)))

  it.effect("a hostile value never throws: revoked proxies, throwing getters, circles, symbols, functions, BigInt", () =>
    Effect.gen(function*() {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const circular: Record<string, unknown> = { name: "circle" }
      circular["self"] = circular
      yield* tag("revoked", hostile<PropertyValue>(proxy))
      yield* tags(hostile<Properties>(proxy))
      yield* tag("circle", hostile<PropertyValue>(circular))
      yield* tag("big", 12n)
      yield* tag("date", new Date(0))
      yield* tag("nan", NaN)
      yield* tags(hostile<Properties>({
        get broken() {
          throw new Error("getter")
        },
        fine: 1
      }))
      yield* tags(hostile<Properties>(null))
      yield* tags(hostile<Properties>("text"))
      yield* tags(hostile<Properties>(7))
      const { revoked: _, ...rest } = plain(yield* currentTags) as JsonObject
      assert.deepStrictEqual(
        Object.fromEntries(Object.entries(rest).filter(([key]) => !/^\d$/.test(key))),
        {
          circle: { name: "circle", self: "[Circular]" },
          big: 12,
          date: "1970-01-01T00:00:00.000Z",
          nan: null,
          broken: "[Unreadable]",
          fine: 1
        }
      )
    }).pipe(withScope(fresh, quiet)))

  it.effect("a key that is no text never throws", () =>
    Effect.gen(function*() {
      yield* tag(hostile<string>(7), "number")
      yield* tag(hostile<string>(undefined), "undefined")
      yield* tag(hostile<string>(Symbol("s")), "symbol")
      yield* untag(hostile<string>(7))
      yield* untag(hostile<string>(Symbol("s")))
      yield* tagsAre({ undefined: "undefined" })
    }).pipe(withScope(fresh, quiet)))
})

describe("ids", () => {
  const ids = [
    ["distinctId", identifyScope, currentDistinctId],
    ["sessionId", setSession, currentSessionId],
    ["deviceId", setDevice, currentDeviceId]
  ] as const

  for (const [name, set, get] of ids) {
    it.effect(`${name}: the innermost that is set, until its scope is left`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* get, Option.none())
        yield* set("outer")
        yield* Effect.gen(function*() {
          assert.deepStrictEqual(yield* get, Option.some("outer"))
          yield* set("inner")
          assert.deepStrictEqual(yield* get, Option.some("inner"))
        }).pipe(withScope(inherited, quiet))
        assert.deepStrictEqual(yield* get, Option.some("outer"))
        assert.deepStrictEqual(yield* withScope(get, fresh, quiet), Option.none())
      }).pipe(withScope(fresh, quiet)))

    it.effect(`${name}: an empty, blank or impossible one changes nothing and is a warning`, () =>
      Effect.gen(function*() {
        yield* set("kept")
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        const bad: ReadonlyArray<unknown> = [
          "",
          " ",
          "\t\n",
          null,
          undefined,
          NaN,
          Infinity,
          {},
          [],
          true,
          Symbol("s"),
          proxy
        ]
        for (const value of bad) {
          const lines = yield* logged(set(hostile<string>(value)))
          assert.lengthOf(lines, 1)
          assert.strictEqual(lines[0]!.level, "WARN")
          assert.include(lines[0]!.message, name)
          assert.deepStrictEqual(yield* get, Option.some("kept"))
        }
      }).pipe(withScope(fresh, quiet)))

    it.effect(`${name}: a number is taken as its text, half surrogate pairs are repaired, blanks around it stay`, () =>
      Effect.gen(function*() {
        yield* set(hostile<string>(42))
        assert.deepStrictEqual(yield* get, Option.some("42"))
        yield* set("a\ud800")
        assert.deepStrictEqual(yield* get, Option.some("a\ufffd"))
        yield* set(" a ")
        assert.deepStrictEqual(yield* get, Option.some(" a "))
      }).pipe(withScope(fresh, quiet)))
  }
})

describe("groups", () => {
  it.effect("one group for each type; types coexist, a number is its text", () =>
    Effect.gen(function*() {
      yield* setGroup("company", "acme")
      yield* setGroup("team", 7)
      yield* setGroup("company", "other")
      assert.deepStrictEqual({ ...(yield* currentGroups) }, { company: "other", team: "7" })
    }).pipe(withScope(fresh, quiet)))

  it.effect("blank types and blank or impossible keys change nothing", () =>
    Effect.gen(function*() {
      yield* setGroup("company", "acme")
      yield* setGroup("", "x")
      yield* setGroup("  ", "x")
      yield* setGroup("company", " ")
      yield* setGroup("company", hostile<string>(null))
      yield* setGroup("company", NaN)
      assert.deepStrictEqual({ ...(yield* currentGroups) }, { company: "acme" })
    }).pipe(withScope(fresh, quiet)))
})

describe("person properties for flags", () => {
  it.effect("FLAGS-OVR-01: they are additive, the same key overwrites", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "free", seats: 1 })
      yield* setPersonPropertiesForFlags({ plan: "pro", country: "de" })
      yield* personIs({ plan: "pro", seats: 1, country: "de" })
    }).pipe(withScope(fresh, quiet)))

  it.effect("FLAGS-OVR-03: the reset forgets them, also those of outer scopes, until its scope is left", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* setPersonPropertiesForFlags({ inner: 1 })
        yield* resetPersonPropertiesForFlags
        yield* personIs({})
        yield* withScope(personIs({}), inherited, quiet)
        yield* setPersonPropertiesForFlags({ after: 1 })
        yield* personIs({ after: 1 })
      }).pipe(withScope(inherited, quiet))
      yield* personIs({ outer: 1 })
      yield* resetPersonPropertiesForFlags
      yield* personIs({})
    }).pipe(withScope(fresh, { personProperties: { outer: 1 }, ...quiet })))

  it.effect("FLAGS-OVR-03: a reset takes only what is visible: what a sibling sets meanwhile is merged", () =>
    Effect.gen(function*() {
      yield* resetPersonPropertiesForFlags
      yield* Effect.all([setPersonPropertiesForFlags({ plan: "pro" }), resetPersonPropertiesForFlags], {
        concurrency: "unbounded",
        discard: true
      })
      yield* personIs({ plan: "pro" })
    }).pipe(withScope(fresh, { personProperties: { plan: "free" }, ...quiet })))

  it.effect("FLAGS-OVR-06: empty and invalid maps are ignored", () =>
    Effect.gen(function*() {
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      yield* setPersonPropertiesForFlags({})
      yield* setPersonPropertiesForFlags(hostile<Properties>(null))
      yield* setPersonPropertiesForFlags(hostile<Properties>(undefined))
      yield* setPersonPropertiesForFlags(hostile<Properties>(42))
      yield* setPersonPropertiesForFlags(hostile<Properties>({ plan: undefined }))
      yield* personIs({ plan: "pro" })
    }).pipe(withScope(fresh, quiet)))

  it.effect("FLAGS-OVR-06: they are never shared between scopes that stand beside each other", () =>
    Effect.gen(function*() {
      const request = (plan: string) =>
        Effect.gen(function*() {
          yield* setPersonPropertiesForFlags({ plan, [plan]: true })
          yield* Effect.yieldNow()
          yield* personIs({ plan, [plan]: true })
        }).pipe(withScope(fresh, quiet))
      yield* Effect.all([request("free"), request("pro")], { concurrency: "unbounded" })
      yield* personIs({})
    }))
})

describe("group properties for flags", () => {
  it.effect("FLAGS-OVR-04: they are stored by group type and key; types coexist, the same property overwrites", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("company", "acme", { plan: "free", seats: 1 })
      yield* setGroupPropertiesForFlags("team", 7, { size: 3 })
      yield* setGroupPropertiesForFlags("company", "acme", { plan: "pro" })
      yield* groupPropertiesAre({
        company: { $group_key: "acme", plan: "pro", seats: 1 },
        team: { $group_key: "7", size: 3 }
      })
    }).pipe(withScope(fresh, quiet)))

  it.effect("FLAGS-OVR-04: they merge with those of the outer scope, property by property", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("company", "acme", { plan: "pro" }).pipe(
        Effect.zipRight(groupPropertiesAre({ company: { $group_key: "acme", plan: "pro", seats: 1 } })),
        withScope(inherited, quiet)
      )
      yield* groupPropertiesAre({ company: { plan: "free", seats: 1 } })
    }).pipe(withScope(fresh, { groupProperties: { company: { plan: "free", seats: 1 } }, ...quiet })))

  it.effect("FLAGS-OVR-05: the reset clears one type, or all, until its scope is left", () =>
    Effect.gen(function*() {
      const all = { company: { plan: "free" }, team: { size: 3 } }
      yield* Effect.gen(function*() {
        yield* resetGroupPropertiesForFlags("company")
        yield* groupPropertiesAre({ team: { size: 3 } })
        yield* resetGroupPropertiesForFlags("nobody")
        yield* groupPropertiesAre({ team: { size: 3 } })
        yield* resetGroupPropertiesForFlags()
        yield* groupPropertiesAre({})
        yield* setGroupPropertiesForFlags("company", "acme", { plan: "pro" })
        yield* groupPropertiesAre({ company: { $group_key: "acme", plan: "pro" } })
      }).pipe(withScope(inherited, quiet))
      yield* groupPropertiesAre(all)
      yield* resetGroupPropertiesForFlags()
      yield* groupPropertiesAre({})
    }).pipe(withScope(fresh, { groupProperties: { company: { plan: "free" }, team: { size: 3 } }, ...quiet })))

  it.effect("FLAGS-OVR-05: types whose names contain each other are told apart", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("a\",\"b", "x", { c: 1 })
      yield* setGroupPropertiesForFlags("a", "y", { "b\",\"c": 2 })
      yield* setGroupPropertiesForFlags("__proto__", "z", { __proto__key: 3 })
      yield* resetGroupPropertiesForFlags("a")
      const properties = yield* currentGroupPropertiesForFlags
      assert.deepStrictEqual(Object.keys(properties).toSorted(), ["__proto__", "a\",\"b"])
      assert.deepStrictEqual({ ...properties["__proto__"] }, { $group_key: "z", __proto__key: 3 })
    }).pipe(withScope(fresh, quiet)))

  it.effect("FLAGS-OVR-06: blank types, blank keys and invalid maps are ignored", () =>
    Effect.gen(function*() {
      yield* setGroupPropertiesForFlags("", "acme", { plan: "pro" })
      yield* setGroupPropertiesForFlags("company", " ", { plan: "pro" })
      yield* setGroupPropertiesForFlags("company", hostile<string>(undefined), { plan: "pro" })
      yield* groupPropertiesAre({})
    }).pipe(withScope(fresh, quiet)))

  it.effect("FLAGS-OVR-06: input of the wrong type never throws", () =>
    Effect.gen(function*() {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      yield* setGroupPropertiesForFlags("company", "acme", hostile<Properties>(null))
      yield* setGroupPropertiesForFlags("company", "acme", hostile<Properties>(proxy))
      yield* setGroupPropertiesForFlags(hostile<string>(null), "acme", { plan: "pro" })
      yield* setGroupPropertiesForFlags(hostile<string>(7), "acme", { plan: "pro" })
      yield* setGroup(hostile<string>(Symbol("s")), "acme")
      yield* resetGroupPropertiesForFlags(hostile<string>(Symbol("s")))
      assert.strictEqual((yield* currentScope).depth, 1)
    }).pipe(withScope(fresh, quiet)))
})

describe("sections", () => {
  it.effect("a section merges by its own law with the outer scope's, until the scope is left", () =>
    Effect.gen(function*() {
      yield* setSection(Request, { method: "GET", path: "/" })
      yield* Effect.gen(function*() {
        yield* setSection(Request, { method: "POST" })
        assert.deepStrictEqual(yield* currentSection(Request), Option.some({ method: "POST", path: "/" }))
      }).pipe(withScope(inherited, quiet))
      assert.deepStrictEqual(yield* currentSection(Request), Option.some({ method: "GET", path: "/" }))
      assert.deepStrictEqual(yield* withScope(currentSection(Request), fresh, quiet), Option.none())
    }).pipe(withScope(fresh, quiet)))

  it.effect("setting it again in the same scope replaces it", () =>
    Effect.gen(function*() {
      yield* setSection(Request, { method: "GET", path: "/" })
      yield* setSection(Request, { method: "POST" })
      assert.deepStrictEqual(yield* currentSection(Request), Option.some({ method: "POST" }))
      assert.deepStrictEqual({ ...(yield* currentScope).view.sectionProperties }, { method: "POST" })
    }).pipe(withScope(fresh, quiet)))

  it.effect("where two sections show the same property, the order in which they were set decides nothing", () =>
    Effect.gen(function*() {
      const of = (name: string) => Section.make<JsonObject>({ name, merge: (_, inner) => inner, properties: (x) => x })
      const [early, late] = [of("operation"), of("request")]
      const shown = Effect.map(currentScope, ({ view }) => ({ ...view.sectionProperties }))
      const oneWay = setSection(early, { x: 0 }).pipe(
        Effect.zipRight(setSection(late, { x: 1 })),
        Effect.zipRight(shown)
      )
      const other = setSection(late, { x: 1 }).pipe(
        Effect.zipRight(setSection(early, { x: 0 })),
        Effect.zipRight(shown)
      )
      assert.deepStrictEqual(yield* withScope(oneWay, fresh, quiet), yield* withScope(other, fresh, quiet))
    }))
})
