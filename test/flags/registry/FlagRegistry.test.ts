import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Option, Schema } from "effect"
import { Flag, Flags, fresh, Posthog, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { FlagResult, FlagValue, FlagValues } from "effect-posthog/devserver/FlagRoutes"
import { FlagPayloadInvalid } from "effect-posthog/flags/evaluation/FlagError"
import type { FeatureFlags } from "effect-posthog/flags/FeatureFlags"
import { layerClient, warnings, withLines } from "../../support/client.js"

const Price = Schema.Struct({ price: Schema.Number })

/** A registry of its own for each test: it remembers what it has warned of. */
const makeFlags = () =>
  Flags.registry({
    "new-checkout": Flag.boolean({ default: false }),
    "kept-on": Flag.boolean({ default: true }),
    "banner": Flag.boolean({
      default: false,
      payload: Schema.Struct({ text: Schema.String }),
      defaultPayload: { text: "none" }
    }),
    "pricing": Flag.variants(["control", "low", "high"], { default: "control", payload: Price }),
    "total-pricing": Flag.variants(["control", "low"], {
      default: "control",
      payload: Price,
      defaultPayload: { price: 9 }
    })
  })

type Context = FeatureFlags | Posthog.Posthog | DevServer.DevServer

const inScope = withScope(fresh, { distinctId: "user-1", captureExceptions: false })

/** In the scope of a person, against an embedded PostHog of its own that serves these flags. */
const run = <A, E>(flags: FlagValues, effect: Effect.Effect<A, E, Context>) =>
  effect.pipe(inScope, Effect.provide(layerClient({}, { flags })))

/** The same with the client and the PostHog that are there. */
const serve = <A, E, R>(flags: FlagValues, effect: Effect.Effect<A, E, R>) =>
  Effect.zipRight(Effect.flatMap(DevServer.DevServer, (server) => server.setFlags(flags)), inScope(effect))

/** Every answer is a 503, which no client repeats (HTTP-12). */
const runUnavailable = <A, E>(effect: Effect.Effect<A, E, Context>) =>
  run(
    {},
    Effect.zipRight(
      Effect.flatMap(DevServer.DevServer, (server) => server.failWhile(({ path }) => path.startsWith("/flags"))),
      effect
    )
  )

/** Which flags were reported as read, in order. */
const reported = Effect.gen(function*() {
  yield* Posthog.flush
  const events = yield* Effect.flatMap(DevServer.DevServer, (server) => server.events)
  return events.filter(({ event }) => event === "$feature_flag_called").map(({ properties }) =>
    properties["$feature_flag"]
  )
})

const requests = Effect.map(
  Effect.flatMap(DevServer.DevServer, (server) => server.requests),
  (all) => all.filter(({ path }) => path.startsWith("/flags"))
)

describe("a registry", () => {
  it("knows its keys and declarations", () => {
    const flags = makeFlags()
    assert.deepStrictEqual(flags.keys, ["new-checkout", "kept-on", "banner", "pricing", "total-pricing"])
    assert.strictEqual(flags.definitions.pricing.default, "control")
    assert.deepStrictEqual(flags.definitions.pricing.variants, ["control", "low", "high"])
  })

  it.effect("a variant of a flag that is declared on or off is on (FLAGS-ISEN-01)", () =>
    run(
      { "new-checkout": "blue", "kept-on": false, "banner": true },
      Effect.gen(function*() {
        const flags = makeFlags()
        assert.isTrue(yield* flags.isEnabled("new-checkout"))
        assert.isFalse(yield* flags.isEnabled("kept-on"))
        assert.isTrue(yield* flags.isEnabled("banner"))
      })
    ))

  it.effect("the declared default is the answer where there is none, and only there (FLAGS-ISEN-02, FLAGS-ISEN-03)", () =>
    Effect.gen(function*() {
      const flags = makeFlags()
      const all = Effect.all([flags.isEnabled("new-checkout"), flags.isEnabled("kept-on"), flags.variant("pricing")])
      assert.deepStrictEqual(yield* run({}, all), [false, true, "control"])
      assert.deepStrictEqual(yield* runUnavailable(all), [false, true, "control"])
      assert.deepStrictEqual(
        yield* run({ "new-checkout": true, "kept-on": false, "pricing": "high" }, all),
        [true, false, "high"]
      )
    }))

  it.effect("passes the options on, wherever a key is named", () =>
    run(
      {},
      Effect.gen(function*() {
        const flags = makeFlags()
        yield* flags.variant("pricing", { distinctId: "a" })
        yield* flags.payload("total-pricing", { distinctId: "b" })
        yield* Effect.void.pipe(flags.whenEnabled("banner", { distinctId: "c" }))
        yield* flags.whenDisabled(Effect.void, "banner", { distinctId: "d" })
        yield* flags.ifEnabled("banner", { onTrue: Effect.void, onFalse: Effect.void }, { distinctId: "e" })
        yield* flags.match("total-pricing", { control: Effect.void, low: Effect.void }, { distinctId: "f" })
        yield* flags.isEnabled("banner", { onlyEvaluateLocally: true })
        yield* flags.isEnabled("banner")
        const bodies = (yield* requests).map(({ body }) => body)
        assert.deepStrictEqual(
          bodies.map((body) => typeof body === "object" && body !== null && "distinct_id" in body && body.distinct_id),
          ["a", "b", "c", "d", "e", "f", "user-1"]
        )
      })
    ))

  it.effect("reading a value is reported, reading a payload is not (FLAGS-GET-05, FLAGS-GET-07)", () =>
    run(
      { pricing: { variant: "low", payload: { price: 7 } }, banner: true },
      Effect.gen(function*() {
        const flags = makeFlags()
        yield* flags.payload("pricing")
        yield* flags.payload("pricing", { sendEvents: true })
        assert.deepStrictEqual(yield* reported, [])
        yield* flags.isEnabled("banner", { sendEvents: false })
        yield* flags.variant("pricing")
        yield* flags.variant("pricing")
        assert.deepStrictEqual(yield* reported, ["pricing"])
      })
    ))
})

describe("combinators", () => {
  it.effect("run what the flag says, once, and leave the rest alone", () =>
    run(
      { "new-checkout": true, "banner": false, "pricing": "low" },
      Effect.gen(function*() {
        const flags = makeFlags()
        const ran: Array<string> = []
        const step = (name: string) => Effect.sync(() => ran.push(name)).pipe(Effect.as(name))
        assert.deepStrictEqual(yield* step("a").pipe(flags.whenEnabled("new-checkout")), Option.some("a"))
        assert.deepStrictEqual(yield* flags.whenEnabled(step("b"), "banner"), Option.none())
        assert.deepStrictEqual(yield* step("c").pipe(flags.whenDisabled("new-checkout")), Option.none())
        assert.deepStrictEqual(yield* flags.whenDisabled(step("d"), "banner"), Option.some("d"))
        assert.strictEqual(
          yield* flags.ifEnabled("new-checkout", { onTrue: step("e"), onFalse: step("f") }),
          "e"
        )
        assert.strictEqual(
          yield* flags.match("pricing", { control: step("g"), low: step("h"), high: step("i") }),
          "h"
        )
        assert.deepStrictEqual(ran, ["a", "d", "e", "h"])
      })
    ))

  it.effect("the failure of a branch is the failure of the match", () =>
    run(
      { pricing: "low" },
      Effect.gen(function*() {
        const failure = yield* Effect.flip(
          makeFlags().match("pricing", {
            control: Effect.succeed(1),
            low: Effect.fail("no" as const),
            high: Effect.succeed(2)
          })
        )
        assert.strictEqual(failure, "no")
      })
    ))
})

describe("a flag that is not what was declared", () => {
  const ours = (line: string) => line.startsWith("flag \"")

  it.effect("is its default: off quietly, held out quietly, on and unknown variants with one warning", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const flags = makeFlags()
        const readAs = (value: FlagValue) => run({ pricing: value }, flags.variant("pricing"))
        const heldOut: FlagResult = {
          variant: "holdout-727",
          reason: { code: "holdout_condition_value", condition_index: null, description: "Held out" }
        }
        assert.strictEqual(yield* readAs(false), "control")
        assert.strictEqual(yield* readAs(heldOut), "control")
        assert.deepStrictEqual(warnings(lines).filter(ours), [])
        assert.strictEqual(yield* readAs("highest"), "control")
        assert.strictEqual(yield* readAs("highest"), "control")
        assert.strictEqual(yield* readAs(true), "control")
        assert.deepStrictEqual(warnings(lines).filter(ours), [
          "flag \"pricing\" is its default: it is \"highest\", no declared variant"
        ])
      })
    ))

  it.effect("says at debug level why it has no value", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        yield* runUnavailable(makeFlags().isEnabled("new-checkout"))
        assert.deepStrictEqual(lines.filter(({ message }) => ours(message)), [
          {
            level: "DEBUG",
            message: "flag \"new-checkout\" is its default: PostHog did not evaluate flags: status 503"
          }
        ])
      })
    ))
})

describe("a payload", () => {
  it.effect("is decoded", () =>
    Effect.map(
      run({ pricing: { variant: "low", payload: { price: 7, more: true } } }, makeFlags().payload("pricing")),
      (payload) => assert.deepStrictEqual(payload, { price: 7 })
    ))

  it.effect("that is missing, invalid, of no declared variant, or not to be had is a typed failure (FLAGS-EVAL-14)", () =>
    Effect.gen(function*() {
      const flags = makeFlags()
      const reason = Effect.map(Effect.flip(flags.payload("pricing")), (failure) => {
        assert.instanceOf(failure, FlagPayloadInvalid)
        assert.strictEqual(failure.key, "pricing")
        return failure.reason
      })
      const reasonFor = (value: FlagValue) => run({ pricing: value }, reason)
      assert.strictEqual(yield* reasonFor("low"), "missing")
      assert.include(yield* reasonFor({ variant: "low", payload: { price: "7" } }), "Expected number, actual \"7\"")
      assert.strictEqual(
        yield* reasonFor({ variant: "highest", payload: { price: 7 } }),
        "\"highest\" is no declared variant"
      )
      assert.strictEqual(yield* reasonFor(false), "false is no declared variant")
      assert.strictEqual(yield* run({}, reason), "There is no flag \"pricing\"")
      assert.strictEqual(yield* runUnavailable(reason), "PostHog did not evaluate flags: status 503")
    }))

  it.effect("is the default payload in all of these cases where one is declared, with one warning for what is refused", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const flags = makeFlags()
        const total = flags.payload("total-pricing")
        const read = (value: FlagValue) => run({ "total-pricing": value }, total)
        const refusals = () => warnings(lines).filter((line) => line.startsWith("The payload of flag"))
        assert.deepStrictEqual(yield* read({ variant: "low", payload: { price: 7 } }), { price: 7 })
        assert.deepStrictEqual(yield* read("low"), { price: 9 })
        assert.deepStrictEqual(yield* read({ variant: "highest", payload: { price: 7 } }), { price: 9 })
        assert.deepStrictEqual(yield* runUnavailable(total), { price: 9 })
        assert.deepStrictEqual(refusals(), [])
        assert.deepStrictEqual(yield* read({ variant: "low", payload: { price: "7" } }), { price: 9 })
        assert.deepStrictEqual(yield* read({ variant: "low", payload: [] }), { price: 9 })
        assert.strictEqual(refusals().length, 1)
        assert.deepStrictEqual(
          yield* run({ banner: { payload: { text: "hi" } } }, flags.payload("banner")),
          { text: "hi" }
        )
      })
    ))

  it.effect("that is falsy is there all the same (FLAGS-GET-12)", () =>
    Effect.gen(function*() {
      for (const payload of [0, false, null, []]) {
        const flags = Flags.registry({
          any: Flag.boolean({ default: false, payload: Schema.Unknown, defaultPayload: "no" })
        })
        assert.deepStrictEqual(yield* run({ any: { payload } }, flags.payload("any")), payload)
      }
    }))
})

describe("a snapshot of a registry", () => {
  const served: FlagValues = {
    "new-checkout": true,
    "kept-on": false,
    "pricing": { variant: "low", payload: { price: 7 } },
    "of-somebody-else": true
  }

  it.effect("is one request for its keys, and none when it is read (FLAGS-EVAL-02, FLAGS-EVAL-05, FLAGS-EVAL-08)", () =>
    run(
      served,
      Effect.gen(function*() {
        const view = yield* makeFlags().evaluate()
        assert.isTrue(yield* view.isEnabled("new-checkout"))
        assert.isFalse(yield* view.isEnabled("kept-on"))
        assert.isFalse(yield* view.isEnabled("banner"))
        assert.strictEqual(yield* view.variant("pricing"), "low")
        assert.strictEqual(yield* view.variant("total-pricing"), "control")
        assert.deepStrictEqual(yield* view.payload("pricing"), { price: 7 })
        assert.deepStrictEqual(yield* view.payload("total-pricing"), { price: 9 })
        assert.deepStrictEqual(yield* Effect.succeed(1).pipe(view.whenEnabled("kept-on")), Option.none())
        assert.strictEqual(
          yield* view.match("pricing", {
            control: Effect.succeed(9),
            low: Effect.succeed(7),
            high: Effect.succeed(12)
          }),
          7
        )
        assert.deepStrictEqual(view.snapshot.keys.toSorted(), ["kept-on", "new-checkout", "pricing"])
        assert.strictEqual((yield* requests).length, 1)
      })
    ))

  it.effect("reports the values that are read, not the payloads, and travels with events (FLAGS-EVAL-16, FLAGS-EVAL-19)", () =>
    run(
      served,
      Effect.gen(function*() {
        const view = yield* makeFlags().evaluate()
        yield* view.payload("pricing")
        assert.deepStrictEqual(yield* reported, [])
        yield* view.variant("pricing")
        yield* view.isEnabled("new-checkout")
        assert.deepStrictEqual(yield* reported, ["pricing", "new-checkout"])
        yield* Posthog.capture("paid", { flags: view })
        yield* Posthog.flush
        const events = yield* Effect.flatMap(DevServer.DevServer, (server) => server.events)
        const paid = events.find(({ event }) => event === "paid")?.properties ?? {}
        assert.deepStrictEqual(
          Object.entries(paid).filter(([key]) => key.startsWith("$feature/")).toSorted(),
          [["$feature/kept-on", false], ["$feature/new-checkout", true], ["$feature/pricing", "low"]]
        )
      })
    ))

  it.effect("where PostHog cannot be asked, is all defaults, and says why at debug level (FLAGS-EVAL-28)", () =>
    withLines((lines) =>
      runUnavailable(Effect.gen(function*() {
        const view = yield* makeFlags().evaluate()
        assert.isTrue(yield* view.isEnabled("kept-on"))
        assert.strictEqual(yield* view.variant("pricing"), "control")
        assert.include(
          lines.map(({ message }) => message),
          "flag \"kept-on\" is its default: PostHog did not evaluate flags: status 503"
        )
        assert.strictEqual(
          (yield* Effect.flip(view.payload("pricing"))).reason,
          "PostHog did not evaluate flags: status 503"
        )
      }))
    ))
})

describe("hostile names", () => {
  const names = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", "then"] as const

  it.effect("are keys and variants like any other (FLAGS-EVAL-32)", () =>
    Effect.forEach(names, (name) => {
      const flags = Flags.registry({ [name]: Flag.variants(names, { default: "then" }) })
      // Object.fromEntries forgets which keys it was given
      const branches = Object.fromEntries(names.map((each) => [each, Effect.succeed(each)])) as Record<
        (typeof names)[number],
        Effect.Effect<string>
      >
      return Effect.gen(function*() {
        assert.deepStrictEqual(flags.keys, [name])
        for (const value of names) {
          assert.strictEqual<string>(yield* serve({ [name]: value }, flags.match(name, branches)), value)
        }
        assert.strictEqual(yield* serve({}, flags.variant(name)), "then")
      })
    }, { discard: true }).pipe(Effect.provide(layerClient())))

  it.effect("an undeclared key, named by a program that nobody type-checked, is off and no lookup in a prototype", () =>
    serve(
      {},
      Effect.forEach(names, (name) =>
        Effect.gen(function*() {
          assert.isFalse(yield* makeFlags().isEnabled(name as never))
          assert.strictEqual<unknown>(yield* makeFlags().variant(name as never), "false")
        }), { discard: true })
    ).pipe(Effect.provide(layerClient())))
})

const anyValue: FastCheck.Arbitrary<FlagValue> = FastCheck.oneof(
  FastCheck.boolean(),
  FastCheck.record({
    enabled: FastCheck.boolean(),
    variant: FastCheck.oneof(FastCheck.constantFrom("control", "low", "high", ""), FastCheck.string()),
    payload: FastCheck.oneof(FastCheck.jsonValue(), FastCheck.constant({ price: 7 }))
  }, { requiredKeys: [] })
)

describe("for any answer", () => {
  it.effect.prop("every read is total, and what it gives is declared", [anyValue], ([value]) => {
    const flags = makeFlags()
    return serve(
      Object.fromEntries(flags.keys.map((key) => [key, value])),
      Effect.gen(function*() {
        const view = yield* flags.evaluate()
        assert.isBoolean(yield* flags.isEnabled("kept-on"))
        const variant = yield* flags.variant("pricing")
        assert.include(["control", "low", "high"], variant)
        assert.strictEqual(yield* view.variant("pricing"), variant)
        assert.strictEqual(
          yield* flags.match("pricing", {
            control: Effect.succeed("control"),
            low: Effect.succeed("low"),
            high: Effect.succeed("high")
          }),
          variant
        )
        assert.isNumber((yield* flags.payload("total-pricing")).price)
        const payload = yield* Effect.either(flags.payload("pricing"))
        if (payload._tag === "Right") {
          assert.isNumber(payload.right.price)
        } else {
          assert.instanceOf(payload.left, FlagPayloadInvalid)
        }
        assert.deepStrictEqual(yield* Effect.either(view.payload("pricing")), payload)
      })
    ).pipe(Effect.provide(layerClient()))
  }, { fastCheck: { numRuns: 50 } })
})
