import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as FlagDefinitions from "effect-posthog/flags/evaluation/FlagDefinitions"
import * as ChangedFlags from "effect-posthog/openfeature/ChangedFlags"

const set = (flags: ReadonlyArray<unknown>, more: Record<string, unknown> = {}) =>
  Either.getOrThrow(FlagDefinitions.decode({ flags, ...more }))

const flag = (key: string, version = 1) => ({ key, version })

describe("flags that are defined otherwise", () => {
  it("new ones, changed ones, and those that are gone, by key", () => {
    assert.deepStrictEqual(
      ChangedFlags.between(
        set([flag("same"), flag("gone"), flag("changed"), flag("__proto__")]),
        set([flag("changed", 2), flag("new"), flag("same"), flag("__proto__", 2)])
      ),
      ["__proto__", "changed", "gone", "new"]
    )
  })

  it("none, where only their order is another", () => {
    assert.deepStrictEqual(ChangedFlags.between(set([flag("a"), flag("b")]), set([flag("b"), flag("a")])), [])
  })

  it("it is not said where it may be any: what flags share is another, or is too deep to be compared", () => {
    assert.isUndefined(ChangedFlags.between(set([flag("a")]), set([flag("a")], { cohorts: { "1": {} } })))
    assert.isUndefined(
      ChangedFlags.between(set([flag("a")]), set([flag("a")], { group_type_mapping: { "0": "team" } }))
    )
    let deep: unknown = {}
    for (let i = 0; i < 100_000; i++) {
      deep = { deep }
    }
    assert.isUndefined(ChangedFlags.between(set([flag("a")]), set([{ ...flag("a"), deep }])))
  })

  it("what is no flag is passed over", () => {
    assert.deepStrictEqual(ChangedFlags.between(set([1, null, {}]), set([[], { key: 7 }, flag("a")])), ["a"])
  })
})
