import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { currentTags, fresh, withScope } from "effect-posthog"
import * as CurrentScope from "../../src/scope/CurrentScope.js"

describe("CurrentScope", () => {
  it.effect("who was outside every scope for a while takes nothing from those who share a cached effect", () =>
    Effect.gen(function*() {
      const shared = yield* Effect.cached(
        Effect.as(withScope(Effect.void, fresh, { tags: { inside: true }, captureExceptions: false }), "done")
      )
      // this fiber has been outside, and is the first: what it computes is handed to the other one
      yield* CurrentScope.withoutScope(Effect.void)
      yield* shared
      const tags = yield* withScope(Effect.zipRight(shared, currentTags), fresh, {
        tags: { mine: true },
        captureExceptions: false
      })
      assert.deepStrictEqual({ ...tags }, { mine: true })
    }))

  it.effect("outside every scope there is one value, whichever way a fiber got there", () =>
    Effect.gen(function*() {
      const before = yield* CurrentScope.get
      yield* withScope(Effect.void, fresh, { captureExceptions: false })
      const after = yield* CurrentScope.get
      const outside = yield* withScope(CurrentScope.withoutScope(CurrentScope.get), fresh, { captureExceptions: false })
      assert.strictEqual(after, before)
      assert.strictEqual(outside, before)
    }))
})
