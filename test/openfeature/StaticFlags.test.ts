import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as FlagDefinitions from "effect-posthog/flags/evaluation/FlagDefinitions"
import * as StaticFlags from "effect-posthog/openfeature/StaticFlags"

const isStatic = (...flags: ReadonlyArray<Record<string, unknown>>) =>
  StaticFlags.make()(
    Either.getOrThrow(
      FlagDefinitions.decode({ flags: flags.map((flag) => ({ key: "flag", active: true, ...flag })) })
    ),
    "flag"
  )

const first = (condition: Record<string, unknown>, filters: Record<string, unknown> = {}) =>
  isStatic({ filters: { groups: [condition], ...filters } })

describe("flags that are on for everybody", () => {
  it("the first condition asks nothing", () => {
    assert.isTrue(first({}))
    assert.isTrue(first({ properties: [], rollout_percentage: 100 }))
    assert.isTrue(first({ properties: null, rollout_percentage: null }))
    assert.isTrue(first({ aggregation_group_type_index: null }, { aggregation_group_type_index: 0 }))
  })

  it("a property, a percentage, a group, a device, a holdout and being inactive are questions", () => {
    assert.isFalse(first({ properties: [{ key: "plan", type: "person", operator: "exact", value: ["pro"] }] }))
    assert.isFalse(first({ rollout_percentage: 99.99 }))
    assert.isFalse(first({ rollout_percentage: 0 }))
    assert.isFalse(first({}, { aggregation_group_type_index: 0 }))
    assert.isFalse(first({ aggregation_group_type_index: 0 }))
    assert.isFalse(first({}, { holdout: { id: 1, exclusion_percentage: 5 } }))
    assert.isFalse(isStatic({ filters: { groups: [{}] }, bucketing_identifier: "device_id" }))
    assert.isFalse(isStatic({ filters: { groups: [{}] }, active: false }))
    assert.isFalse(isStatic({ filters: { groups: [] } }))
    assert.isFalse(isStatic({ filters: {} }))
    assert.isFalse(isStatic({ filters: { groups: 1 } }))
    assert.isFalse(isStatic())
  })

  it("of two with one key the last counts", () => {
    const everybody = { filters: { groups: [{}] } }
    const nobody = { filters: { groups: [{ rollout_percentage: 0 }] } }
    assert.isFalse(isStatic(everybody, nobody))
    assert.isTrue(isStatic(nobody, everybody))
  })
})
