import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Schema, TestClock } from "effect"
import { ExceptionCapture, Flag, Flags, fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as EventCatalog from "effect-posthog/catalog/EventCatalog"

const provided = Effect.provide(PosthogTest.layer)

/** How an effect fails. */
const failureOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(effect)

describe("expectations", () => {
  const three = Effect.gen(function*() {
    yield* Posthog.capture("app opened", { distinctId: "ada" })
    yield* Posthog.capture("order paid", { distinctId: "ada", properties: { total: 41, items: [{ sku: "a", n: 1 }] } })
    yield* Posthog.capture("order paid", { distinctId: "bob", properties: { total: 42, currency: "EUR" } })
  })

  it.effect("give the first event that is as expected, by value, pattern or function", () =>
    Effect.gen(function*() {
      yield* three
      const event = yield* PosthogTest.expectEvent("order paid", {
        distinctId: /^b/,
        properties: { total: (total) => Number(total) > 41, currency: "EUR", coupon: undefined }
      })
      assert.strictEqual(event.distinctId, "bob")
      yield* PosthogTest.expectEvent("order paid", { properties: { items: [{ sku: "a" }] } })
      yield* PosthogTest.expectEvents(["app opened", "order paid", "order paid"])
      yield* PosthogTest.expectNoEvent("order paid", { distinctId: "eve" })
      yield* PosthogTest.expectNoEvent("refunded")
    }).pipe(provided))

  it.effect("that are not met say what was expected, what came nearest, and what else there was", () =>
    Effect.gen(function*() {
      yield* three
      const failure = yield* failureOf(PosthogTest.expectEvent("order paid", {
        distinctId: "ada",
        properties: { "total": 42, currency: /^E/, items: [{ sku: "b" }], "sub total": 1 }
      }))
      assert.strictEqual(failure._tag, "ExpectationFailed")
      assert.strictEqual(failure.reason, "noMatch")
      assert.strictEqual(
        failure.message,
        `None of 2 events "order paid" is as expected. The nearest (number 3 of 3 captured):

  distinctId
    - expected: "ada"
    + captured: "bob"
  properties.items
    - expected: [{"sku":"b"}]
    + captured: nothing
  properties["sub total"]
    - expected: 1
    + captured: nothing

Captured: "app opened", "order paid" × 2`
      )
      assert.deepStrictEqual(failure.actual, { distinctId: "bob", properties: { total: 42, currency: "EUR" } })
    }).pipe(provided))

  it.effect("of a name that was not captured suggest the one that was meant", () =>
    Effect.gen(function*() {
      yield* three
      const failure = yield* failureOf(PosthogTest.expectEvent("order payed"))
      assert.strictEqual(failure.reason, "notCaptured")
      assert.strictEqual(
        failure.message,
        "No event \"order payed\" was captured. Did you mean \"order paid\"?\n\n" +
          "Captured: \"app opened\", \"order paid\" × 2"
      )
      yield* PosthogTest.clear
      assert.strictEqual(
        (yield* failureOf(PosthogTest.expectEvent("order paid"))).message,
        "No event \"order paid\" was captured.\n\nNothing was captured."
      )
    }).pipe(provided))

  it.effect("of the events in order show which are missing and which are too many", () =>
    Effect.gen(function*() {
      yield* three
      const failure = yield* failureOf(PosthogTest.expectEvents(["app opened", "order shipped"]))
      assert.strictEqual(failure.reason, "otherEvents")
      assert.strictEqual(
        failure.message,
        `Other events were captured (- expected, + captured):

    "app opened"
  - "order shipped"
  + "order paid"
  + "order paid"`
      )
      const unwanted = yield* failureOf(PosthogTest.expectNoEvent("order paid", { distinctId: "bob" }))
      assert.strictEqual(unwanted.reason, "captured")
      assert.match(
        unwanted.message,
        /^No event "order paid" was expected, but number 3 of 3 captured is one:\n\n {2}\{/
      )
    }).pipe(provided))

  it.effect("of a catalogue's event are checked by the compiler, and are about what is on the wire", () =>
    Effect.gen(function*() {
      const Shop = EventCatalog.make({
        "order paid": Schema.Struct({ total: Schema.Number, paidAt: Schema.Date })
      })
      yield* Shop.capture("order paid", { total: 42, paidAt: new Date(0) })
      yield* PosthogTest.expectEventOf(Shop, "order paid", {
        properties: { total: 42, paidAt: "1970-01-01T00:00:00.000Z" }
      })
      yield* PosthogTest.expectEventOf(Shop, "order paid", { properties: { total: (total) => total === 42 } })
      const wrong = [
        // @ts-expect-error no such event
        () => PosthogTest.expectEventOf(Shop, "order payed"),
        // @ts-expect-error another type on the wire
        () => PosthogTest.expectEventOf(Shop, "order paid", { properties: { paidAt: new Date(0) } }),
        // @ts-expect-error no such property
        () => PosthogTest.expectEventOf(Shop, "order paid", { properties: { sum: 42 } })
      ]
      assert.strictEqual(wrong.length, 3)
    }).pipe(provided))

  it.effect("wait for an event that comes later, whoever captures it, under a clock that stands still", () =>
    Effect.gen(function*() {
      const waiting = yield* Effect.fork(PosthogTest.awaitEvent("late", { distinctId: "ada" }))
      yield* Effect.fork(Effect.delay(Posthog.capture("late", { distinctId: "ada" }), "1 hour"))
      yield* Posthog.capture("late", { distinctId: "bob" })
      yield* TestClock.adjust("59 minutes")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("1 minute")
      const event = yield* Fiber.join(waiting)
      assert.strictEqual(event.timestamp, "1970-01-01T01:00:00.000Z")
      assert.strictEqual((yield* PosthogTest.awaitEvent("late")).distinctId, "bob")
    }).pipe(provided))

  it.effect("see exceptions, which are events a moment later", () =>
    Effect.gen(function*() {
      yield* ExceptionCapture.capture(new Error("no"), { distinctId: "ada" })
      yield* PosthogTest.expectEvent("$exception", { distinctId: "ada" })
    }).pipe(provided))
})

describe("flags", () => {
  const ShopFlags = Flags.registry({
    "new-checkout": Flag.boolean({ default: true }),
    "pricing": Flag.variants(["control", "low", "high"], {
      default: "control",
      payload: Schema.Struct({ since: Schema.Date }),
      defaultPayload: { since: new Date(0) }
    })
  })
  const test = PosthogTest.flagsOf(ShopFlags)

  it.effect("are what a test sets them to: for everybody, for some people, as a variant", () =>
    Effect.gen(function*() {
      const checkout = (distinctId: string) => Flags.isEnabled("checkout", { distinctId, default: false })
      yield* PosthogTest.setFlag("checkout", true)
      assert.deepStrictEqual(yield* Effect.forEach(["ada", "bob", "eve"], checkout), [true, true, true])
      yield* PosthogTest.setFlag("checkout", false, { distinctId: ["bob", "eve"] })
      assert.deepStrictEqual(yield* Effect.forEach(["ada", "bob", "eve"], checkout), [true, false, false])
      yield* PosthogTest.setFlag("checkout", false)
      yield* PosthogTest.setFlag("checkout", "blue", { distinctId: "eve", payload: { steps: 3 } })
      assert.deepStrictEqual(yield* Effect.forEach(["ada", "bob", "eve"], checkout), [false, false, true])
      const flag = yield* Flags.flag("checkout", { distinctId: "eve" })
      assert.strictEqual(flag.value, "blue")
      assert.deepStrictEqual(flag.payload, { steps: 3 })
    }).pipe(provided))

  it.effect("of a registry are set with its types, and their payloads encoded with its schemas", () =>
    Effect.gen(function*() {
      assert.isTrue(yield* ShopFlags.isEnabled("new-checkout", { distinctId: "ada" }))
      yield* test.set("new-checkout", false)
      yield* test.set("pricing", "low", { distinctId: "ada", payload: { since: new Date(1) } })
      assert.isFalse(yield* ShopFlags.isEnabled("new-checkout", { distinctId: "ada" }))
      assert.strictEqual(yield* ShopFlags.variant("pricing", { distinctId: "ada" }), "low")
      assert.strictEqual(yield* ShopFlags.variant("pricing", { distinctId: "bob" }), "control")
      assert.deepStrictEqual(yield* ShopFlags.payload("pricing", { distinctId: "ada" }), { since: new Date(1) })
      yield* test.set("pricing", "high")
      assert.strictEqual(yield* ShopFlags.variant("pricing", { distinctId: "bob" }), "high")
      const wrong = [
        // @ts-expect-error no such flag
        () => test.set("checkout", true),
        // @ts-expect-error no variant
        () => test.set("pricing", "medium"),
        // @ts-expect-error a flag of variants is none that is on
        () => test.set("pricing", true),
        // @ts-expect-error a flag that is on or off has no variants
        () => test.set("new-checkout", "low"),
        // @ts-expect-error another payload
        () => test.set("pricing", "low", { payload: { since: "now" } }),
        // @ts-expect-error a flag without a payload
        () => test.set("new-checkout", true, { payload: 1 })
      ]
      assert.strictEqual(wrong.length, 6)
    }).pipe(provided))

  it.effect("that cannot be evaluated give their defaults, or fail as inconclusive", () =>
    Effect.gen(function*() {
      yield* test.set("new-checkout", false)
      yield* test.fail("new-checkout", { distinctId: "ada" })
      assert.isTrue(yield* ShopFlags.isEnabled("new-checkout", { distinctId: "ada" }))
      assert.isFalse(yield* ShopFlags.isEnabled("new-checkout", { distinctId: "bob" }))
      const failure = yield* failureOf(Flags.flag("new-checkout", { distinctId: "ada" }))
      assert.strictEqual(failure._tag, "FlagInconclusive")
      yield* PosthogTest.failFlag("new-checkout")
      assert.isTrue(yield* ShopFlags.isEnabled("new-checkout", { distinctId: "bob" }))
    }).pipe(provided))

  it.effect("are read as real ones are: in a snapshot, from the scope, and their first read is captured", () =>
    Effect.gen(function*() {
      yield* PosthogTest.setFlag("pricing", "low")
      const flags = yield* Flags.evaluate()
      assert.deepStrictEqual(yield* flags.variant("pricing"), Option.some("low"))
      yield* flags.variant("pricing")
      yield* Posthog.capture("offer shown", { flags })
      yield* PosthogTest.expectEvents(["$feature_flag_called", "offer shown"])
      yield* PosthogTest.expectEvent("$feature_flag_called", {
        distinctId: "ada",
        properties: { $feature_flag: "pricing", $feature_flag_response: "low" }
      })
      yield* PosthogTest.expectEvent("offer shown", { properties: { "$feature/pricing": "low" } })
    }).pipe(withScope(fresh, { distinctId: "ada", captureExceptions: false }), provided))

  it.effect("stand over the definitions that a test starts with, person by person", () =>
    Effect.gen(function*() {
      const of = (key: string, distinctId: string, plan = "pro") =>
        Flags.isEnabled(key, { distinctId, default: false, personProperties: { plan } })
      assert.isTrue(yield* of("pro-only", "ada"))
      yield* PosthogTest.setFlag("pro-only", false, { distinctId: "ada" })
      yield* PosthogTest.setFlag("pro-only", true, { distinctId: "eve" })
      assert.isFalse(yield* of("pro-only", "ada"))
      assert.isTrue(yield* of("pro-only", "bob"))
      assert.isFalse(yield* of("pro-only", "bob", "free"))
      assert.isTrue(yield* of("pro-only", "eve", "free"))
      assert.isTrue(yield* of("other", "ada"))
      assert.isTrue(yield* of("given", "ada"))
    }).pipe(Effect.provide(PosthogTest.layerWith({
      flags: { given: true },
      featureFlags: {
        initialDefinitions: {
          flags: [
            {
              key: "pro-only",
              active: true,
              filters: {
                groups: [{ properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }] }]
              }
            },
            { key: "other", active: true, filters: { groups: [{ properties: [], rollout_percentage: 100 }] } }
          ]
        }
      }
    }))))

  it.effect("that nobody set are missing, and no poll comes in a century", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* failureOf(Flags.flag("a", { distinctId: "ada" })))._tag, "FlagsUnavailable")
      yield* TestClock.adjust("36500 days")
      yield* PosthogTest.setFlag("a", true)
      assert.isTrue(yield* Flags.isEnabled("a", { distinctId: "ada", default: false }))
    }).pipe(provided))
})

describe("failures", () => {
  it.effect("a capture is refused with the reason that a test wants, of one event or all, so often", () =>
    Effect.gen(function*() {
      const outcome = (event: string) =>
        Effect.map(
          Posthog.capture(event, { distinctId: "ada" }),
          (each) => each._tag === "Refused" ? each.reason : each._tag
        )
      yield* PosthogTest.refuse("bufferFull", { event: "paid", times: 1 })
      assert.deepStrictEqual(yield* Effect.forEach(["opened", "paid", "paid"], outcome), [
        "Captured",
        "bufferFull",
        "Captured"
      ])
      yield* PosthogTest.refuse("optedOut")
      assert.strictEqual(yield* outcome("paid"), "optedOut")
      assert.deepStrictEqual(yield* Posthog.identify("ada"), { _tag: "Refused", reason: "optedOut" })
      assert.deepStrictEqual(yield* Posthog.captureImmediate("paid", { distinctId: "ada" }), {
        _tag: "Refused",
        reason: "optedOut"
      })
      assert.strictEqual((yield* Posthog.stats).refused, 4)
      yield* PosthogTest.recover
      assert.strictEqual(yield* outcome("paid"), "Captured")
      yield* PosthogTest.expectEvents(["opened", "paid", "paid"])
    }).pipe(provided))

  it.effect("while PostHog does not answer events wait, and arrive when it does", () =>
    Effect.gen(function*() {
      yield* PosthogTest.failDelivery("unavailable")
      yield* Posthog.capture("a", { distinctId: "ada" })
      assert.strictEqual((yield* Posthog.captureImmediate("b", { distinctId: "ada" }))._tag, "Pending")
      // looking at the events is no attempt to deliver them
      yield* PosthogTest.expectEvents(["a", "b"])
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 2 })
      yield* PosthogTest.recover
      const { captured, delivered, pending } = yield* Posthog.stats
      assert.deepStrictEqual({ captured, delivered, pending }, { captured: 2, delivered: 2, pending: 0 })
    }).pipe(provided))

  it.effect("events that PostHog does not take are dropped by the flush, and reported", () => {
    const reported: Array<string> = []
    return Effect.gen(function*() {
      yield* PosthogTest.failDelivery("rejected")
      yield* Posthog.capture("a", { distinctId: "ada" })
      yield* PosthogTest.expectEvents(["a"])
      assert.deepStrictEqual(yield* PosthogTest.dropped, [])
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 1, pending: 0 })
      assert.strictEqual((yield* Posthog.captureImmediate("b", { distinctId: "ada" }))._tag, "Dropped")
      assert.deepStrictEqual((yield* PosthogTest.dropped).map(({ event, reason }) => [event, reason]), [
        ["a", "rejected"],
        ["b", "rejected"]
      ])
      assert.deepStrictEqual(reported, ["a", "b"])
      const { captured, delivered, dropped, droppedBy, pending } = yield* Posthog.stats
      assert.strictEqual(captured, delivered + dropped + pending)
      assert.deepStrictEqual(droppedBy, { rejected: 2 })
    }).pipe(Effect.provide(PosthogTest.layerWith({
      onDropped: ({ event }) => Effect.sync(() => reported.push(event))
    })))
  })
})

describe("the testing kit", () => {
  it.effect("keeps log lines with what is annotated, and forgets when it is told to", () =>
    Effect.gen(function*() {
      yield* Effect.logWarning("careful").pipe(Effect.annotateLogs("order", 7))
      yield* Posthog.capture(" ", { distinctId: "ada" })
      const lines = yield* PosthogTest.logs
      assert.deepStrictEqual(lines.map(({ level, message }) => [level, message]), [
        ["WARN", "careful"],
        ["WARN", "an event was refused: invalidEvent"]
      ])
      assert.deepStrictEqual(lines[0]?.annotations, { order: 7 })
      yield* Posthog.capture("a", { distinctId: "ada" })
      yield* PosthogTest.clear
      assert.deepStrictEqual(yield* PosthogTest.logs, [])
      assert.deepStrictEqual(yield* PosthogTest.events, [])
    }).pipe(provided))

  it.effect("shares nothing between tests that run at the same time, not even by one layer", () =>
    Effect.gen(function*() {
      const test = (n: number) =>
        Effect.gen(function*() {
          const me = `person-${n}`
          yield* PosthogTest.setFlag("mine", n % 2 === 0)
          if (n % 3 === 0) {
            yield* PosthogTest.refuse("optedOut", { event: "second" })
          }
          if (n % 5 === 0) {
            yield* PosthogTest.failDelivery("rejected")
          }
          yield* Posthog.capture("first", { distinctId: me })
          yield* Effect.yieldNow()
          yield* Posthog.capture("second", { distinctId: me })
          yield* Effect.logInfo(me)
          assert.strictEqual(
            yield* Flags.isEnabled("mine", { distinctId: me, default: false, sendEvents: false }),
            n % 2 === 0
          )
          yield* PosthogTest.expectEvents(n % 3 === 0 ? ["first"] : ["first", "second"])
          assert.isTrue((yield* PosthogTest.events).every(({ distinctId }) => distinctId === me))
          assert.strictEqual((yield* Posthog.flush).dropped, n % 5 === 0 ? n % 3 === 0 ? 1 : 2 : 0)
          assert.deepStrictEqual((yield* PosthogTest.logs).map(({ message }) => message), [me])
        }).pipe(provided)
      yield* Effect.forEach(Array.from({ length: 60 }, (_, n) => n), test, { concurrency: "unbounded", discard: true })
    }))

  it.effect("fails a test as any effect fails", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(PosthogTest.expectEvent("a"))
      assert.isTrue(Exit.isFailure(exit))
    }).pipe(provided))
})
