/** Seed 001, `FlextContext.Utilities.get_context_summary`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import { Correlation, fresh, ProcessService, type ScopeOptions, scopeSummary, withScope } from "effect-posthog"

const quiet = { captureExceptions: false } as const

const summaryOf = (options: ScopeOptions, showUser = false) =>
  scopeSummary({ showUser }).pipe(withScope(fresh, { ...options, ...quiet }))

describe("scopeSummary", () => {
  it.effect("what is set, in the seed's order and format; the user id is masked", () =>
    Effect.gen(function*() {
      const options = {
        correlation: { id: "0123456789abcdef" },
        service: { name: "test-service", version: "1" },
        operation: { name: "pay" },
        request: { userId: "user_123", requestId: "r" }
      }
      assert.strictEqual(
        yield* summaryOf(options),
        "PosthogScope(correlation=01234567..., service=test-service, operation=pay, user=***)"
      )
      assert.strictEqual(
        yield* summaryOf(options, true),
        "PosthogScope(correlation=01234567..., service=test-service, operation=pay, user=user_123)"
      )
    }))

  it.effect("a scope that says nothing is empty, and so is no scope", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* scopeSummary(), "PosthogScope(empty)")
      assert.strictEqual(yield* summaryOf({ tags: { a: 1 } }), "PosthogScope(empty)")
    }))

  it.effect("an id of eight characters or fewer stands without dots", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* summaryOf({ correlation: { id: "abc" } }), "PosthogScope(correlation=abc)")
      assert.strictEqual(yield* summaryOf({ correlation: { id: "12345678" } }), "PosthogScope(correlation=12345678)")
      assert.strictEqual(
        yield* summaryOf({ correlation: { id: "123456789" } }),
        "PosthogScope(correlation=12345678...)"
      )
    }))

  it.effect("of a generated id eight digits show, not the prefix that all of them have", () =>
    Effect.gen(function*() {
      const id = yield* Correlation.generate
      assert.strictEqual(yield* summaryOf({ correlation: { id } }), `PosthogScope(correlation=${id.slice(0, 13)}...)`)
    }))

  it.effect("the service of the process shows where the scope names none", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* scopeSummary(), "PosthogScope(service=shop)")
      assert.strictEqual(yield* summaryOf({ service: { name: "worker" } }), "PosthogScope(service=worker)")
    }).pipe(Effect.provideService(ProcessService, { name: "shop" })))

  it.effect.prop(
    "is one line of bounded length whatever the scope holds",
    [FastCheck.record({ id: FastCheck.string({ unit: "binary", maxLength: 200, size: "max" }) })],
    ([{ id }]) =>
      Effect.map(
        summaryOf(
          { correlation: { id }, service: { name: id }, operation: { name: id }, request: { userId: id } },
          true
        ),
        (summary) => {
          // oxlint-disable-next-line no-control-regex -- they are what must not be there
          assert.notMatch(summary, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/)
          assert.isBelow(summary.length, 500)
          assert.isTrue(summary.isWellFormed())
        }
      )
  )
})
