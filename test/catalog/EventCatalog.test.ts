import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Arbitrary, ConfigProvider, Context, Effect, FastCheck, Layer, Metric, Option, Redacted, Schema } from "effect"
import { fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
import * as EventValidation from "effect-posthog/catalog/EventValidation"
import * as DeliveryMetrics from "effect-posthog/delivery/DeliveryMetrics"
import { createHash } from "node:crypto"
import { withLines } from "../support/client.js"
import { Shop } from "./support.js"

const first = Effect.map(PosthogTest.events, (events) => events[0]?.properties ?? {})

/** The properties of an event that are the caller's. */
const own = (properties: { readonly [key: string]: unknown }) =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("$")))

const recording = PosthogTest.layer
const on = EventValidation.layer("on")
const off = EventValidation.layer("off")
const live = Layer.merge(recording, on)
const production = Layer.provideMerge(off, recording)

const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`

describe("the types of a catalogue", () => {
  it("know the names, and the properties of each", () => {
    expectTypeOf(Shop.names).toEqualTypeOf<
      ReadonlyArray<"checkout started" | "checkout paid" | "signed up" | "app opened">
    >()
    expectTypeOf(Shop.capture("checkout started", { total: 42 })).toEqualTypeOf<
      Effect.Effect<EventCatalog.CatalogOutcome, never, Posthog.Posthog>
    >()
    expectTypeOf(Shop.capture("checkout started")).toEqualTypeOf<
      (
        properties: { readonly total: number },
        options?: EventCatalog.EventOptions
      ) => Effect.Effect<EventCatalog.CatalogOutcome, never, Posthog.Posthog>
    >()
    const refused = [
      // @ts-expect-error no such event
      () => Shop.capture("checkout begun", { total: 42 }),
      // @ts-expect-error a property of another type
      () => Shop.capture("checkout started", { total: "42" }),
      // @ts-expect-error a missing property
      () => Shop.capture("checkout started", {}),
      // @ts-expect-error a property that is not declared
      () => Shop.capture("checkout started", { total: 42, tax: 1 }),
      // @ts-expect-error the type side is what the program has: a Date
      () => Shop.capture("checkout paid", { method: "card", paidAt: "2026-01-01" }),
      // @ts-expect-error none of the literals
      () => Shop.capture("checkout paid", { method: "cash", paidAt: new Date(0) }),
      // @ts-expect-error properties are not an option
      () => Shop.capture("checkout started", { total: 42 }, { properties: {} }),
      // @ts-expect-error a name alone is no effect yet
      () => Effect.runSyncExit(Shop.capture("checkout started"))
    ]
    assert.strictEqual(refused.length, 8)
  })

  it("refuse schemas that encode to anything but an object of property values", () => {
    const refused = [
      // @ts-expect-error a number is no bag of properties
      () => EventCatalog.make({ "a": Schema.Number }),
      // @ts-expect-error a symbol is no property value
      () => EventCatalog.make({ "a": Schema.Struct({ b: Schema.SymbolFromSelf }) })
    ]
    assert.strictEqual(refused.length, 2)
    EventCatalog.make({ "a": Schema.Struct({ at: Schema.DateFromSelf, big: Schema.BigIntFromSelf }) })
  })

  it("refuse to merge catalogues that declare the same event", () => {
    const More = EventCatalog.make({ "shipped": Schema.Struct({ parcels: Schema.Int }) })
    const All = EventCatalog.merge(Shop, More)
    expectTypeOf(All.capture).parameter(0).toEqualTypeOf<
      "checkout started" | "checkout paid" | "signed up" | "app opened" | "shipped"
    >()
    const Clash = EventCatalog.make({ "shipped": Schema.Struct({}) })
    // @ts-expect-error both declare "shipped"
    assert.deepStrictEqual(EventCatalog.merge(More, Clash).names, ["shipped"])
    assert.deepStrictEqual(More.names, ["shipped"])
  })

  it("know whole events, for consumers", () => {
    const schema = EventCatalog.schema(EventCatalog.make({
      "a": Schema.Struct({ n: Schema.NumberFromString }),
      "b": Schema.Struct({})
    }))
    expectTypeOf<typeof schema.Type>().toEqualTypeOf<
      | {
        readonly event: "a"
        readonly uuid: string
        readonly distinctId: string
        readonly timestamp: string
        readonly properties: { readonly n: number }
      }
      | {
        readonly event: "b"
        readonly uuid: string
        readonly distinctId: string
        readonly timestamp: string
        readonly properties: {}
      }
    >()
  })
})

describe("capture", () => {
  it.effect("sends what the schema encodes to, with the options of any capture", () =>
    Effect.gen(function*() {
      const outcome = yield* Shop.capture(
        "checkout paid",
        { method: "card", paidAt: new Date(0) },
        { distinctId: "ada" }
      )
      assert.strictEqual(outcome._tag, "Captured")
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event?.distinctId, "ada")
      assert.deepStrictEqual(own(event?.properties ?? {}), { method: "card", paidAt: "1970-01-01T00:00:00.000Z" })
    }).pipe(Effect.provide(live)))

  it.effect("is a function of the properties where the name is all that is given", () =>
    Effect.gen(function*() {
      const paid = yield* Effect.succeed({ total: 42 }).pipe(Effect.tap(Shop.capture("checkout started")))
      assert.deepStrictEqual(paid, { total: 42 })
      assert.strictEqual((yield* first)["total"], 42)
    }).pipe(Effect.provide(live)))

  it.effect("is in the scope that it stands in", () =>
    Effect.gen(function*() {
      yield* Shop.capture("app opened", {}).pipe(
        withScope(fresh, { distinctId: "ada", tags: { tenant: "acme" }, captureExceptions: false })
      )
      const [event] = yield* PosthogTest.events
      assert.strictEqual(event?.distinctId, "ada")
      assert.strictEqual(event?.properties["tenant"], "acme")
    }).pipe(Effect.provide(live)))

  it.effect("leaves out what is not declared, also where the compiler did not see it", () =>
    Effect.gen(function*() {
      const wide = { total: 42, secret: "s" }
      yield* Shop.capture("checkout started", wide)
      assert.deepStrictEqual(own(yield* first), { total: 42 })
    }).pipe(Effect.provide(live)))
})

/** What a program that the compiler did not check may pass. */
const anything = (value: unknown) => value as never

describe("an event that does not fit its schema", () => {
  it.effect("is refused where events are checked, with a log line that names no value", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const outcome = yield* Shop.capture("checkout paid", anything({ method: "ada@lovelace.dev", coupon: 7 }))
        assert.deepStrictEqual(outcome, {
          _tag: "Refused",
          reason: "schemaViolation",
          event: "checkout paid",
          issues: [
            { path: ["method"], problem: `expected "card" | "invoice", got a string` },
            { path: ["paidAt"], problem: "is missing" },
            { path: ["coupon"], problem: "expected string | undefined, got a number" }
          ]
        })
        assert.deepStrictEqual(yield* PosthogTest.events, [])
        const warnings = lines.filter(({ level }) => level === "WARN").map(({ message }) => message)
        assert.deepStrictEqual(warnings, [
          "event \"checkout paid\" does not fit its schema (method: expected \"card\" | \"invoice\", got a string; " +
          "paidAt: is missing; coupon: expected string | undefined, got a number): it was refused"
        ])
      }).pipe(Effect.provide(live))
    ))

  it.effect("is counted as refused", () =>
    Effect.gen(function*() {
      const counter = Metric.tagged(DeliveryMetrics.refused, "reason", "schemaViolation")
      const before = yield* Metric.value(counter)
      yield* Shop.capture("checkout started", anything({ total: "42" }))
      const after = yield* Metric.value(counter)
      assert.strictEqual(after.count - before.count, 1)
    }).pipe(Effect.provide(live)))

  it.effect("is sent as it is where they are not, without its personal data", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const outcome = yield* Shop.capture(
          "signed up",
          anything({ email: "ada@lovelace.dev", phone: "555", nickname: 7, address: { street: "x" }, extra: 1 })
        )
        assert.strictEqual(outcome._tag, "Captured")
        assert.deepStrictEqual(own(yield* first), { phone: sha256("555"), nickname: 7, address: {} })
        assert.deepStrictEqual(lines.filter(({ level }) => level === "WARN"), [])
        assert.isTrue(lines.some(({ level, message }) =>
          level === "DEBUG" && message.endsWith("): it is sent as it is") && !message.includes("lovelace")
        ))
      }).pipe(Effect.provide(production))
    ))

  it.effect("finds personal data by the name that the program has for it, where it could not be encoded", () =>
    Effect.gen(function*() {
      const Renamed = EventCatalog.make({
        "renamed": Schema.Struct({
          email: Schema.propertySignature(Schema.String.annotations(EventCatalog.property({ pii: "drop" }))).pipe(
            Schema.fromKey("email_address")
          ),
          total: Schema.Number
        })
      })
      yield* Renamed.capture("renamed", anything({ email: "ada@lovelace.dev", total: "x" }))
      assert.deepStrictEqual(own(yield* first), { total: "x" })
    }).pipe(Effect.provide(production)))

  it.effect("breaks nothing when the schema's own code throws, or needs more than one step", () =>
    Effect.gen(function*() {
      const Hostile = EventCatalog.make({
        "throws": Schema.Struct({
          a: Schema.String.pipe(Schema.filter((): boolean => {
            throw new Error("no")
          }))
        }),
        "waits": Schema.Struct({
          a: Schema.transformOrFail(Schema.String, Schema.String, {
            strict: true,
            decode: (text) => Effect.delay(Effect.succeed(text), "1 second"),
            encode: (text) => Effect.delay(Effect.succeed(text), "1 second")
          })
        })
      })
      const problems = (outcome: EventCatalog.CatalogOutcome) =>
        outcome._tag === "Refused" && outcome.reason === "schemaViolation" ? outcome.issues : outcome
      assert.deepStrictEqual(problems(yield* Hostile.capture("throws", { a: "x" })), [
        { path: [], problem: "its schema threw" }
      ])
      assert.deepStrictEqual(problems(yield* Hostile.capture("waits", { a: "x" })), [
        { path: ["a"], problem: "cannot be checked in one synchronous step" }
      ])
    }).pipe(Effect.provide(live)))

  it.effect("of a name that the catalogue does not have, is one too", () =>
    Effect.gen(function*() {
      const outcome = yield* Shop.capture(anything("toString"), anything({}))
      assert.strictEqual(outcome._tag === "Refused" ? outcome.reason : "", "schemaViolation")
    }).pipe(Effect.provide(live)))
})

describe("whether events are checked", () => {
  const outcome = Effect.map(Shop.capture("checkout started", anything({ total: "42" })), ({ _tag }) => _tag)

  it.effect("is so in tests, and not where nothing says so", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Effect.provide(outcome, PosthogTest.layer), "Refused")
      const context = yield* Layer.build(PosthogTest.layer)
      const client = Context.get(context, Posthog.Posthog)
      // a client as production has it, without the mode that the testing kit sets
      assert.strictEqual(yield* Effect.provideService(outcome, Posthog.Posthog, client), "Captured")
    }).pipe(Effect.scoped))

  it.effect("follows the environment that the client's options name, where the mode is auto", () =>
    Effect.gen(function*() {
      const within = (environment: string) =>
        Effect.provide(
          outcome,
          Layer.provideMerge(
            EventValidation.layer("auto"),
            PosthogTest.layerWith({ service: { name: "shop", environment } })
          )
        )
      assert.deepStrictEqual(yield* Effect.forEach(["development", "test", "production", "staging"], within), [
        "Refused",
        "Refused",
        "Captured",
        "Captured"
      ])
    }))

  it.effect("can be read from the configuration", () =>
    Effect.gen(function*() {
      const mode = (entries: Record<string, string>) =>
        Effect.provide(EventValidation.isOn, EventValidation.layerConfig).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))
        )
      assert.isFalse(yield* mode({}))
      assert.isTrue(yield* mode({ NODE_ENV: "test" }))
      assert.isFalse(yield* mode({ NODE_ENV: "production" }))
      assert.isTrue(yield* mode({ NODE_ENV: "production", POSTHOG_VALIDATE_EVENTS: "on" }))
      assert.isFalse(yield* mode({ NODE_ENV: "test", POSTHOG_VALIDATE_EVENTS: "off" }))
      assert.strictEqual((yield* Effect.exit(mode({ POSTHOG_VALIDATE_EVENTS: "maybe" })))._tag, "Failure")
    }))
})

describe("personal data", () => {
  const ada = {
    email: "ada@lovelace.dev",
    phone: "555",
    nickname: "countess",
    plan: "pro",
    address: { street: "St James's Square 12", city: "London" }
  }

  it.effect("is dropped, hashed or kept as the annotations say, also within a property", () =>
    Effect.gen(function*() {
      yield* Shop.capture("signed up", ada)
      assert.deepStrictEqual(own(yield* first), {
        phone: sha256("555"),
        nickname: "countess",
        plan_name: "pro",
        address: { city: "London" }
      })
    }).pipe(Effect.provide(live)))

  it.effect("is what `redact` says where the annotation is only true; a key makes hashes that cannot be tried", () =>
    Effect.gen(function*() {
      const events = { "a": Schema.Struct({ b: Schema.String.annotations(EventCatalog.property({ pii: true })) }) }
      const Hashed = EventCatalog.make(events, { redact: "hash" })
      const Keyed = EventCatalog.make(events, { redact: "hash", hashKey: Redacted.make("k") })
      const Kept = EventCatalog.make(events, { redact: "keep" })
      yield* Effect.forEach([Hashed, Keyed, Kept, EventCatalog.make(events)], (each) => each.capture("a", { b: "x" }))
      const values = (yield* PosthogTest.events).map(({ properties }) => properties["b"])
      assert.strictEqual(values[0], sha256("x"))
      assert.match(String(values[1]), /^sha256:[0-9a-f]{64}$/)
      assert.notStrictEqual(values[1], values[0])
      assert.deepStrictEqual(values.slice(2), ["x", undefined])
    }).pipe(Effect.provide(live)))

  it.effect("is found in lists, tuples, records, unions, classes, transformations and recursive schemas", () =>
    Effect.gen(function*() {
      const pii = Schema.String.annotations(EventCatalog.property({ pii: "drop" }))
      interface Node {
        readonly name: string
        readonly children: ReadonlyArray<Node>
      }
      const Node: Schema.Schema<Node> = Schema.Struct({
        name: pii,
        children: Schema.Array(Schema.suspend((): Schema.Schema<Node> => Node))
      })
      class Person extends Schema.Class<Person>("Person")({ name: pii, age: Schema.Number }) {}
      const Many = EventCatalog.make({
        "many": Schema.Struct({
          list: Schema.Array(Schema.Struct({ a: pii, b: Schema.Number })),
          plain: Schema.Array(pii),
          tuple: Schema.Tuple(Schema.Number, pii),
          record: Schema.Record({ key: Schema.String, value: pii }),
          union: Schema.Union(Schema.Struct({ a: pii }), Schema.Struct({ b: Schema.Number })),
          person: Person,
          trimmed: Schema.Trim.annotations(EventCatalog.property({ pii: "drop" })),
          withDefault: Schema.optionalWith(Schema.String, { default: () => "" }).annotations(
            EventCatalog.property({ pii: "drop" })
          ),
          tree: Node,
          refined: pii.pipe(Schema.minLength(1))
        })
      })
      yield* Many.capture("many", {
        list: [{ a: "secret", b: 1 }],
        plain: ["secret"],
        tuple: [1, "secret"],
        record: { k: "secret" },
        union: { a: "secret" },
        person: new Person({ name: "secret", age: 3 }),
        trimmed: "secret",
        withDefault: "secret",
        tree: { name: "secret", children: [{ name: "secret", children: [] }] },
        refined: "secret"
      })
      const properties = own(yield* first)
      assert.deepStrictEqual(properties, {
        list: [{ b: 1 }],
        plain: [],
        tuple: [1, null],
        record: {},
        union: {},
        person: { age: 3 },
        tree: { children: [{ children: [] }] }
      })
    }).pipe(Effect.provide(live)))
})

describe("the hook of a catalogue", () => {
  const hooked = (options?: EventCatalog.HookOptions) =>
    PosthogTest.layerWith({ beforeSend: EventCatalog.beforeSend(Shop, options) })
  const ada = {
    email: "ada@lovelace.dev",
    phone: "555",
    nickname: "countess",
    plan_name: "pro",
    address: { city: "London" }
  }

  it.effect("redacts what was captured otherwise, and what the catalogue captured no further", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("signed up", { properties: ada })
      yield* Shop.capture("signed up", { ...ada, plan: "pro", address: { street: "x", city: "London" } })
      const expected = { phone: sha256("555"), nickname: "countess", plan_name: "pro", address: { city: "London" } }
      assert.deepStrictEqual((yield* PosthogTest.events).map(({ properties }) => own(properties)), [expected, expected])
    }).pipe(Effect.provide(hooked({ check: true }))))

  it.effect("redacts a tag of the scope that is named as a personal property is", () =>
    Effect.gen(function*() {
      yield* Shop.capture("signed up", { ...ada, plan: "pro", address: { street: "x", city: "London" } }).pipe(
        withScope(fresh, { tags: { email: "tag@lovelace.dev" }, captureExceptions: false })
      )
      assert.notInclude(JSON.stringify((yield* first)["email"] ?? ""), "lovelace")
    }).pipe(Effect.provide(hooked())))

  it.effect("refuses what does not fit where it is told to check, and says why", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const outcome = yield* Posthog.capture("checkout started", { properties: { total: "ada@lovelace.dev" } })
        assert.deepStrictEqual(outcome, { _tag: "Refused", reason: "beforeSendFailed" })
        assert.deepStrictEqual(lines.filter(({ level }) => level === "WARN").map(({ message }) => message), [
          "event \"checkout started\" was dropped: a before-send hook failed with " +
          "CatalogViolation (total: expected number, got a string)"
        ])
      }).pipe(Effect.provide(hooked({ check: true })))
    ))

  it.effect("passes what does not fit where it only reports, and where it does not check", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const wrong = Posthog.capture("signed up", { properties: { ...ada, nickname: 7 } })
        yield* Effect.provide(Effect.zipRight(wrong, first), hooked())
        assert.deepStrictEqual(lines.filter(({ level }) => level === "WARN"), [])
        const properties = yield* Effect.provide(
          Effect.zipRight(wrong, first),
          hooked({ check: true, onViolation: "report" })
        )
        assert.strictEqual(properties["nickname"], 7)
        assert.isUndefined(properties["email"])
        assert.deepStrictEqual(lines.filter(({ level }) => level === "WARN").map(({ message }) => message), [
          "event \"signed up\" does not fit its schema (nickname: expected string, got a number)"
        ])
      })
    ))

  it.effect("keeps events that are not in the catalogue, or refuses them; PostHog's own are kept", () =>
    Effect.gen(function*() {
      const capture = Effect.forEach(
        ["unknown", "$pageview"],
        (name) => Effect.map(Posthog.capture(name, { distinctId: "a" }), ({ _tag }) => _tag)
      )
      assert.deepStrictEqual(yield* Effect.provide(capture, hooked()), ["Captured", "Captured"])
      assert.deepStrictEqual(yield* Effect.provide(capture, hooked({ unknown: "refuse" })), ["Refused", "Captured"])
    }))
})

describe("whatever a schema can hold", () => {
  const Everything = EventCatalog.make({
    "everything": Schema.Struct({
      text: Schema.String,
      int: Schema.Int,
      flag: Schema.optional(Schema.Boolean),
      date: Schema.ValidDateFromSelf.pipe((self) => Schema.DateFromString.pipe(Schema.compose(self))),
      big: Schema.BigInt,
      list: Schema.Array(Schema.NumberFromString),
      maybe: Schema.optionalWith(Schema.String, { as: "Option" }),
      choice: Schema.Union(Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.Finite })),
      renamed: Schema.propertySignature(Schema.Finite).pipe(Schema.fromKey("re_named"))
    })
  })
  const Personal = EventCatalog.make({
    "personal": Schema.Struct({
      email: Schema.NonEmptyString.annotations(EventCatalog.property({ pii: "drop" })),
      hashed: Schema.NonEmptyString.annotations(EventCatalog.property({ pii: "hash" })),
      people: Schema.Array(Schema.Struct({
        name: Schema.String.annotations(EventCatalog.property({ pii: "drop" })),
        age: Schema.Int
      })),
      rest: Schema.Record({
        key: Schema.String,
        value: Schema.String.annotations(EventCatalog.property({ pii: true }))
      })
    })
  })

  it.effect("is accepted, and arrives as it is encoded", () =>
    Effect.gen(function*() {
      const schema = Everything.events.everything
      const samples = FastCheck.sample(Arbitrary.make(schema), 300)
      for (const sample of samples) {
        assert.strictEqual((yield* Everything.capture("everything", sample))._tag, "Captured")
      }
      const events = yield* PosthogTest.events
      const encode = Schema.encodeSync(schema)
      // through JSON: -0 and half surrogate pairs are not on the wire
      const wire = (value: unknown) => JSON.parse(JSON.stringify(value).replace(/\\ud[89a-f][0-9a-f]{2}/g, "\ufffd"))
      assert.deepStrictEqual(
        events.map(({ properties }) => own(properties)),
        samples.map((sample) => wire(encode(sample)))
      )
    }).pipe(Effect.provide(live)))

  it.effect("can be decoded again by a consumer", () =>
    Effect.gen(function*() {
      const schema = EventCatalog.schema(Everything)
      const sample = FastCheck.sample(Arbitrary.make(Everything.events.everything), 50)
      for (const properties of sample) {
        yield* Everything.capture("everything", properties)
      }
      const decode = Schema.decodeUnknown(schema)
      for (const { distinctId, ...event } of yield* PosthogTest.events) {
        const decoded = yield* decode({ ...event, distinct_id: distinctId })
        assert.strictEqual(decoded.event, "everything")
        assert.strictEqual(decoded.distinctId, distinctId)
        assert.isTrue(Option.isOption(decoded.properties.maybe))
      }
    }).pipe(Effect.provide(live)))

  for (const [mode, layer] of [["checked", live], ["not checked", production]] as const) {
    it.effect(`never shows personal data that is dropped, where events are ${mode}`, () =>
      Effect.gen(function*() {
        const secret = "\u2042secret\u2042"
        const samples = FastCheck.sample(Arbitrary.make(Personal.events.personal), 200)
        for (const sample of samples) {
          const marked = {
            ...sample,
            email: secret,
            hashed: secret,
            people: sample.people.map(({ age }) => ({ age, name: secret })),
            rest: Object.fromEntries(Object.keys(sample.rest).map((key) => [key, secret]))
          }
          yield* Personal.capture("personal", marked)
          // and one that cannot be encoded
          yield* Personal.capture("personal", anything({ ...marked, people: [{ age: 0.5, name: secret }] }))
        }
        const events = yield* PosthogTest.events
        assert.isTrue(events.length >= samples.length)
        assert.notInclude(JSON.stringify(events), "secret")
        for (const { properties } of events) {
          assert.strictEqual(properties["hashed"], sha256(secret))
        }
      }).pipe(Effect.provide(layer)))
  }
})
