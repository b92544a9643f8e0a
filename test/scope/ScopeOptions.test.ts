import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { currentScope, fresh, inherited, layerScope, openScope, withScope } from "effect-posthog"
import { toId } from "effect-posthog/domain/Id"
import type { ScopeOptions } from "effect-posthog/scope/ScopeOptions"

const quiet = { captureExceptions: false } as const

/** Things that the types forbid and that arrive all the same. */
const hostile = <A>(value: unknown) => value as A

const viewOf = (options: ScopeOptions) =>
  Effect.map(
    withScope(currentScope, fresh, { ...options, ...quiet }),
    ({ view }): unknown =>
      JSON.parse(JSON.stringify({
        tags: view.tags,
        distinctId: view.distinctId,
        sessionId: view.sessionId,
        deviceId: view.deviceId,
        groups: view.groups,
        personProperties: view.personProperties,
        groupProperties: view.groupProperties
      }))
  )

const nothing = { tags: {}, groups: {}, personProperties: {}, groupProperties: {} }

const shows = (options: unknown, expected: object) =>
  Effect.map(viewOf(hostile(options)), (view) => assert.deepStrictEqual(view, { ...nothing, ...expected }))

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const broken = () => ({
  get value(): never {
    throw new Error("getter")
  }
})

describe("what can be set when a scope is opened", () => {
  it.effect("everything at once; FLAGS-OVR-01 person properties, FLAGS-OVR-04 group properties", () => {
    const all = {
      tags: { a: 1 },
      distinctId: "user",
      sessionId: "session",
      deviceId: "device",
      groups: { company: "acme", team: "7" },
      personProperties: { plan: "pro" },
      groupProperties: { company: { seats: 3 }, team: { size: 2 } }
    }
    return shows({ ...all, groups: { company: "acme", team: 7 } }, all)
  })

  it.effect("nothing, and nothing spelled out", () =>
    Effect.gen(function*() {
      yield* shows({}, {})
      yield* shows({
        tags: undefined,
        distinctId: undefined,
        sessionId: undefined,
        deviceId: undefined,
        groups: undefined,
        personProperties: undefined,
        groupProperties: undefined,
        client: undefined
      }, {})
    }))

  it.effect("withScope takes its effect first or last, its options or none", () =>
    Effect.gen(function*() {
      const tags = { a: 1 }
      const options = { tags, ...quiet }
      const depth = (self: typeof currentScope) => Effect.map(self, (scope) => [scope.depth, { ...scope.view.tags }])
      assert.deepStrictEqual(yield* depth(withScope(currentScope, fresh, options)), [1, { a: 1 }])
      assert.deepStrictEqual(yield* depth(currentScope.pipe(withScope(fresh, options))), [1, { a: 1 }])
      assert.deepStrictEqual(yield* depth(Effect.provide(currentScope, layerScope(inherited, options))), [1, { a: 1 }])
      const opened = Effect.scoped(Effect.zipRight(openScope(inherited, options), currentScope))
      assert.deepStrictEqual(yield* depth(opened), [1, { a: 1 }])
    }))

  it.effect("the same effect run twice opens two scopes", () =>
    Effect.gen(function*() {
      const opened = withScope(currentScope, inherited, quiet)
      assert.notStrictEqual(yield* opened, yield* opened)
      assert.strictEqual((yield* withScope(opened, fresh, quiet)).depth, 2)
    }))

  it.effect("later changes of the caller's objects do not reach the scope", () => {
    const tags: Record<string, Array<number>> = { a: [1] }
    return Effect.gen(function*() {
      const before = yield* currentScope
      tags["a"]?.push(2)
      tags["b"] = []
      assert.deepStrictEqual({ ...before.view.tags }, { a: [1] })
      assert.deepStrictEqual({ ...(yield* currentScope).view.tags }, { a: [1] })
    }).pipe(withScope(fresh, { tags, ...quiet }))
  })
})

describe("an id", () => {
  it("is a text that is not blank, or a finite number", () => {
    assert.strictEqual(toId("user"), "user")
    assert.strictEqual(toId(" user "), " user ")
    assert.strictEqual(toId(0), "0")
    assert.strictEqual(toId(-1.5), "-1.5")
    assert.strictEqual(toId("\ud800"), "\ufffd")
    for (
      const value of [
        "",
        " ",
        "\n",
        NaN,
        Infinity,
        null,
        undefined,
        true,
        {},
        [],
        1n,
        Symbol("s"),
        () => "x",
        revoked()
      ]
    ) {
      assert.isUndefined(toId(value))
    }
  })

  it.effect("empty, blank and impossible ids are as if they were not given: the outer ones stay visible", () =>
    Effect.gen(function*() {
      for (const id of ["", "  ", null, {}, [], NaN, true, Symbol("s"), revoked()]) {
        const options = hostile<ScopeOptions>({ distinctId: id, sessionId: id, deviceId: id })
        const { view } = yield* withScope(currentScope, inherited, { ...options, ...quiet })
        assert.deepStrictEqual([view.distinctId, view.sessionId, view.deviceId], ["user", "session", "device"])
      }
    }).pipe(withScope(fresh, { distinctId: "user", sessionId: "session", deviceId: "device", ...quiet })))

  it.effect("numbers are taken as their text", () =>
    shows({ distinctId: 1, sessionId: 2, deviceId: 3, groups: { company: 4 } }, {
      distinctId: "1",
      sessionId: "2",
      deviceId: "3",
      groups: { company: "4" }
    }))
})

describe("hostile options", () => {
  it.effect("FLAGS-OVR-06: bags that are no objects hold nothing", () =>
    Effect.forEach(
      [null, 1, true, () => 1, Symbol("s"), revoked()],
      (bag) => shows({ tags: bag, groups: bag, personProperties: bag, groupProperties: bag }, {}),
      { discard: true }
    ))

  it.effect("FLAGS-OVR-06: invalid values inside are left out or repaired, the others stay", () =>
    shows({
      tags: { a: 1, b: undefined, c: () => 1, d: Symbol("d"), e: 10n, f: NaN, g: new Map([["h", 1]]) },
      groups: { "": "x", " ": "x", company: "", team: null, squad: "s" },
      personProperties: { plan: undefined, seats: 1 },
      groupProperties: { company: { plan: "pro", bad: undefined }, team: undefined }
    }, {
      tags: { a: 1, e: 10, f: null, g: { h: 1 } },
      groups: { squad: "s" },
      personProperties: { seats: 1 },
      groupProperties: { company: { plan: "pro" } }
    }))

  it.effect("a getter that throws costs its own key only: tags, groups, person properties", () =>
    Effect.gen(function*() {
      const tags = Object.defineProperty({ fine: 1 }, "broken", { enumerable: true, get: () => broken().value })
      yield* shows({ tags, personProperties: tags }, {
        tags: { fine: 1, broken: "[Unreadable]" },
        personProperties: { fine: 1, broken: "[Unreadable]" }
      })
    }))

  it.effect("a getter that throws in the group properties costs its own type only", () =>
    Effect.gen(function*() {
      const groupProperties = Object.defineProperty({ team: { size: 3 } }, "company", {
        enumerable: true,
        get: () => broken().value
      })
      yield* shows({ groupProperties }, { groupProperties: { team: { size: 3 } } })
    }))

  it.effect("circles and revoked proxies inside do not throw", () =>
    Effect.gen(function*() {
      const circular: Record<string, unknown> = {}
      circular["self"] = circular
      yield* shows({ tags: { circular } }, { tags: { circular: { self: "[Circular]" } } })
      const exit = yield* Effect.exit(viewOf(hostile({
        tags: { a: revoked() },
        groups: { company: revoked() },
        personProperties: { p: revoked() },
        groupProperties: { company: revoked() }
      })))
      assert.isTrue(Exit.isSuccess(exit))
    }))

  it.effect("__proto__ is a key like any other, everywhere", () => {
    const bag = (value: unknown): unknown => JSON.parse(`{"__proto__":${JSON.stringify(value)}}`)
    return Effect.gen(function*() {
      const view = yield* viewOf(hostile({
        tags: bag({ polluted: 1 }),
        groups: bag("g"),
        personProperties: bag(1),
        groupProperties: bag({ polluted: 1 })
      }))
      assert.deepStrictEqual(
        view,
        JSON.parse(
          `{"tags":{"__proto__":{"polluted":1}},"groups":{"__proto__":"g"},"personProperties":{"__proto__":1},` +
            `"groupProperties":{"__proto__":{"polluted":1}}}`
        )
      )
      assert.isUndefined(hostile<{ readonly polluted?: number }>({}).polluted)
    })
  })
})
