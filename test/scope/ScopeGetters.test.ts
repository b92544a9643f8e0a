import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
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
  layerScope,
  tag,
  withScope,
  withScopeValue
} from "effect-posthog"
import * as PosthogScope from "effect-posthog/scope/PosthogScope"
import * as Section from "effect-posthog/scope/Section"

const quiet = { captureExceptions: false } as const

const Tenant = Section.make<{ readonly id: string }>({
  name: "tenant",
  merge: (_, inner) => inner,
  properties: ({ id }) => ({ "tenant.id": id })
})

const everything = {
  tags: { b: 1, a: 2 },
  distinctId: "user",
  sessionId: "session",
  deviceId: "device",
  groups: { company: "acme" },
  personProperties: { plan: "pro" },
  groupProperties: { company: { seats: 3 } }
}

describe("outside every scope", () => {
  it.effect("DISTINCT-01: there is no ambient distinct id", () =>
    Effect.map(currentDistinctId, (id) => assert.deepStrictEqual(id, Option.none())))

  it.effect("nothing is visible, and the scope is empty", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual({ ...(yield* currentTags) }, {})
      assert.deepStrictEqual(yield* currentSessionId, Option.none())
      assert.deepStrictEqual(yield* currentDeviceId, Option.none())
      assert.deepStrictEqual({ ...(yield* currentGroups) }, {})
      assert.deepStrictEqual({ ...(yield* currentPersonPropertiesForFlags) }, {})
      assert.deepStrictEqual({ ...(yield* currentGroupPropertiesForFlags) }, {})
      assert.deepStrictEqual(yield* currentSection(Tenant), Option.none())
      const scope = yield* currentScope
      assert.strictEqual(scope.depth, 0)
      assert.deepStrictEqual([...scope.view.tagKeys], [])
      assert.isTrue(PosthogScope.isPosthogScope(scope))
      assert.isFalse(PosthogScope.isPosthogScope({ depth: 0 }))
    }))
})

describe("inside a scope", () => {
  it.effect("every getter shows its part", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual({ ...(yield* currentTags) }, { a: 2, b: 1 })
      assert.deepStrictEqual(yield* currentDistinctId, Option.some("user"))
      assert.deepStrictEqual(yield* currentSessionId, Option.some("session"))
      assert.deepStrictEqual(yield* currentDeviceId, Option.some("device"))
      assert.deepStrictEqual({ ...(yield* currentGroups) }, { company: "acme" })
      assert.deepStrictEqual({ ...(yield* currentPersonPropertiesForFlags) }, { plan: "pro" })
      assert.deepStrictEqual({ ...(yield* currentGroupPropertiesForFlags)["company"] }, { seats: 3 })
      const { depth, view } = yield* currentScope
      assert.strictEqual(depth, 1)
      assert.deepStrictEqual([...view.tagKeys], ["a", "b"])
    }).pipe(withScope(fresh, { ...everything, ...quiet })))

  it.effect("DISTINCT-01: the id is there only where somebody said so", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* currentDistinctId, Option.none())
      assert.deepStrictEqual(
        yield* Effect.zipRight(identifyScope("user"), currentDistinctId).pipe(withScope(inherited, quiet)),
        Option.some("user")
      )
      assert.deepStrictEqual(yield* currentDistinctId, Option.none())
    }).pipe(withScope(fresh, { tags: { a: 1 }, ...quiet })))

  it.effect("the tags' keys are sorted as text", () =>
    Effect.map(
      currentScope,
      ({ view }) => assert.deepStrictEqual([...view.tagKeys], ["10", "9", "B", "__proto__", "a"])
    )
      .pipe(withScope(fresh, {
        tags: Object.fromEntries(["a", "B", "9", "10", "__proto__"].map((key) => [key, 1])),
        ...quiet
      })))

  it.effect("a scope in which nothing was set shows the very view of the one around it", () =>
    Effect.gen(function*() {
      const outer = yield* currentScope
      const inner = yield* withScope(currentScope, inherited, quiet)
      assert.strictEqual(inner.depth, 2)
      assert.strictEqual(inner.view, outer.view)
    }).pipe(withScope(fresh, { ...everything, ...quiet })))
})

describe("the current scope as a value", () => {
  it.effect("it stays what it was, whatever happens to the scope", () =>
    Effect.gen(function*() {
      const kept = yield* Effect.provide(
        Effect.gen(function*() {
          const scope = yield* currentScope
          yield* tag("later", 1)
          return scope
        }),
        layerScope(fresh, { tags: { layer: 1 }, ...quiet })
      )
      assert.deepStrictEqual({ ...kept.view.tags }, { layer: 1 })
      assert.deepStrictEqual({ ...(yield* withScopeValue(currentTags, kept, quiet)) }, { layer: 1 })
    }))

  it.effect("entering it shows that and nothing else; what is set inside does not reach the value", () =>
    Effect.gen(function*() {
      const kept = yield* withScope(currentScope, fresh, { ...everything, ...quiet })
      yield* Effect.gen(function*() {
        const entered = yield* currentScope
        assert.deepStrictEqual(JSON.stringify(entered), JSON.stringify(kept))
        yield* tag("a", "changed")
        assert.strictEqual((yield* currentTags)["a"], "changed")
      }).pipe(withScopeValue(kept, quiet), withScope(fresh, { tags: { elsewhere: 1 }, ...quiet }))
      assert.deepStrictEqual({ ...kept.view.tags }, { a: 2, b: 1 })
    }))

  it.effect("as JSON it shows what is visible, without its client", () =>
    Effect.map(currentScope, (scope) => {
      const { _id, client, tags, ...rest } = JSON.parse(JSON.stringify(scope)) as Record<string, unknown>
      assert.strictEqual(_id, "PosthogScope")
      assert.isUndefined(client)
      assert.deepStrictEqual(tags, everything.tags)
      assert.strictEqual(rest["distinctId"], "user")
    }).pipe(withScope(fresh, { ...everything, ...quiet })))
})
