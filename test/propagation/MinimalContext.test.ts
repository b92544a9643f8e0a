/** Seed 001, selective propagation. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import { fresh, minimalContext, ProcessService, withScope } from "effect-posthog"

const quiet = { captureExceptions: false } as const

describe("minimalContext", () => {
  it.effect("is correlation and service name alone; what is not set is left out", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* minimalContext, {})
      assert.deepStrictEqual(
        yield* withScope(minimalContext, fresh, {
          correlation: { id: "c", parentId: "p" },
          service: { name: "orders", version: "1" },
          request: { userId: "u", requestId: "r" },
          operation: { name: "op" },
          distinctId: "d",
          sessionId: "s",
          tags: { a: 1 },
          ...quiet
        }),
        { "X-Correlation-Id": "c", "X-Service-Name": "orders" }
      )
      assert.deepStrictEqual(yield* Effect.provideService(minimalContext, ProcessService, { name: "shop" }), {
        "X-Service-Name": "shop"
      })
    }))

  it.effect.prop(
    "its values cannot begin another header",
    [FastCheck.string({ unit: "binary" })],
    ([text]) =>
      Effect.map(
        withScope(minimalContext, fresh, {
          correlation: { id: text },
          service: { name: `${text}\r\nX-Admin: 1` },
          ...quiet
        }),
        (headers) => {
          for (const value of Object.values(headers)) {
            assert.match(value, /^[\x20-\x7e]+$/)
            assert.strictEqual(new Headers({ name: value }).get("name"), value)
          }
        }
      )
  )
})
