/** Which condition decides, about whom, and what it gives. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, evaluate, flag, inconclusive, is, noon, one, show, subject } from "./support.js"

const yes = is("plan", "pro")
const no = is("plan", "free")
const unknown = is("missing", "x")
const pro = { personProperties: { plan: "pro" } }
const ab = {
  variants: [{ key: "a", rollout_percentage: 100 }, { key: "b", rollout_percentage: 0 }]
}

describe("conditions", () => {
  it("FLAGS-LOCAL-17: filters are ANDed, conditions are alternatives, an empty one goes to its rollout", () => {
    const groups = (...list: ReadonlyArray<ReadonlyArray<object>>) => ({
      groups: list.map((properties) => ({ properties }))
    })
    assert.strictEqual(one(groups([yes, yes]), pro), true)
    assert.strictEqual(one(groups([yes, no]), pro), false)
    assert.strictEqual(one(groups([no], [yes]), pro), true)
    assert.strictEqual(one(groups([no], [no]), pro), false)
    assert.strictEqual(one(groups([]), pro), true)
    assert.strictEqual(one({ groups: [{ properties: [], rollout_percentage: 0 }] }, pro), false)
    assert.strictEqual(one({ groups: [] }), false)
    assert.strictEqual(one({}), false)
    assert.strictEqual(one(null), false)
  })

  it("FLAGS-LOCAL-17: a later definite false beats an earlier unknown", () => {
    assert.strictEqual(one({ groups: [{ properties: [unknown, no] }] }, pro), false)
    assert.strictEqual(one({ groups: [{ properties: [no, unknown] }] }, pro), false)
    assert.deepStrictEqual(
      one({ groups: [{ properties: [unknown, yes] }] }, pro),
      inconclusive("missingProperty", "missing")
    )
    // the rollout is not looked at before the filters are certain
    assert.deepStrictEqual(
      one({ groups: [{ properties: [unknown], rollout_percentage: 0 }] }, pro),
      inconclusive("missingProperty", "missing")
    )
  })

  it("FLAGS-LOCAL-18: the first condition that matches and includes decides, an override does not come first", () => {
    const groups = [{ properties: [yes], rollout_percentage: 0 }, { properties: [yes] }, {
      properties: [yes],
      variant: "b"
    }]
    assert.strictEqual(one({ groups, multivariate: ab }, pro), "a")
  })

  it("FLAGS-LOCAL-19: an override counts if the flag has that variant; a match without variants is true", () => {
    const filters = (variant: unknown) => ({ groups: [{ variant }], multivariate: ab })
    assert.strictEqual(one(filters("b")), "b")
    for (const variant of ["unknown", "", "B", null, undefined]) {
      assert.strictEqual(one(filters(variant)), "a")
    }
    for (const multivariate of [undefined, null, {}, { variants: null }, { variants: [] }]) {
      assert.strictEqual(one({ groups: [{ variant: "b" }], multivariate }), true)
    }
  })

  it("FLAGS-LOCAL-20: early exit ends only where the filters match and the rollout excludes", () => {
    const excluded = { properties: [yes], rollout_percentage: 0 }
    const at = (...groups: ReadonlyArray<object>) => one({ early_exit: true, groups, multivariate: ab }, pro)
    assert.strictEqual(at(excluded, {}), false)
    assert.strictEqual(at({ properties: [no] }, {}), "a")
    assert.strictEqual(at({ properties: [unknown] }, {}), "a")
    assert.deepStrictEqual(at({ properties: [unknown] }, excluded, {}), inconclusive("missingProperty", "missing"))
    for (const early_exit of [false, null, undefined]) {
      assert.strictEqual(one({ early_exit, groups: [excluded, {}] }, pro), true)
    }
  })

  it("FLAGS-LOCAL-21 FLAGS-LOCAL-73: a condition that cannot be told stops no later one; without a match it wins", () => {
    const missingCohort = { properties: [{ type: "cohort", key: "id", value: 99 }] }
    for (const doubtful of [{ properties: [unknown] }, missingCohort]) {
      assert.strictEqual(one({ groups: [doubtful, { properties: [yes] }] }, pro), true)
    }
    assert.deepStrictEqual(
      one({ groups: [{ properties: [no] }, missingCohort, { properties: [no] }] }, pro),
      inconclusive("missingCohort", "99")
    )
  })

  it("FLAGS-LOCAL-22: a condition's own aggregation; absent inherits, null is the person, a number a group", () => {
    const company = { properties: [is("plan", "team")] }
    const who = {
      ...pro,
      groups: { company: "acme", project: "p1" },
      groupProperties: { company: { plan: "team" }, project: { plan: "hobby" } }
    }
    const at = (condition: object, aggregation_group_type_index?: number | null) =>
      one({ aggregation_group_type_index, groups: [condition] }, who)
    assert.strictEqual(at(company, 0), true)
    assert.strictEqual(at({ ...company, aggregation_group_type_index: null }, 0), false)
    assert.strictEqual(at({ properties: [yes], aggregation_group_type_index: null }, 0), true)
    assert.strictEqual(at({ ...company, aggregation_group_type_index: 0 }), true)
    assert.strictEqual(at({ ...company, aggregation_group_type_index: 1 }, 0), false)
    assert.strictEqual(at(company), false)
  })

  it("FLAGS-LOCAL-23: group conditions read the group, cohorts the person, $group_key is the group's key", () => {
    const who = { ...pro, groups: { company: "acme" }, groupProperties: { company: { plan: "team" } } }
    const at = (filter: object) =>
      one({ aggregation_group_type_index: 0, groups: [{ properties: [filter] }] }, who, {
        cohorts: { 1: { type: "AND", values: [yes] } }
      })
    assert.strictEqual(at(is("plan", "team")), true)
    assert.strictEqual(at(yes), false)
    assert.strictEqual(at({ type: "cohort", key: "id", value: 1 }), true)
    assert.strictEqual(at(is("$group_key", "acme")), true)
    assert.deepStrictEqual(at(is("distinct_id", "user-1")), inconclusive("missingProperty", "distinct_id"))
    // a filter's own type says nothing: the condition does
    assert.strictEqual(one({ groups: [{ properties: [{ ...yes, type: "group", group_type_index: 0 }] }] }, pro), true)
    const noProperties = { groups: { company: "acme" } }
    const filters = { aggregation_group_type_index: 0, groups: [{ properties: [is("$group_key", "acme")] }] }
    assert.strictEqual(one(filters, noProperties), true)
    assert.strictEqual(one(filters, { ...noProperties, groupProperties: { company: { $group_key: "other" } } }), false)
  })

  it("FLAGS-LOCAL-24: the aggregation chooses whom the rollout and the variants hash, and groups never hash a device", () => {
    const multivariate = { variants: [{ key: "a", rollout_percentage: 50 }, { key: "b", rollout_percentage: 50 }] }
    const condition = { rollout_percentage: 50 }
    const flags = compile(body([
      flag("f", {
        multivariate,
        groups: [{ ...condition, aggregation_group_type_index: 0 }, {
          ...condition,
          aggregation_group_type_index: null
        }]
      }, { bucketing_identifier: "device_id" }),
      flag("reference", { multivariate, groups: [condition] })
    ]))
    const who = { distinctId: "user-1", deviceId: "device-1", groups: { company: "acme" } }
    const [company, person] = flags.explain("f", subject(who), noon)?.conditions ?? []
    const bucketOf = (distinctId: string) =>
      compile(body([flag("f", { multivariate, groups: [condition] })]))
        .explain("f", subject({ distinctId }), noon)?.conditions[0]
    assert.strictEqual(company?.bucketing.identifier, "acme")
    assert.strictEqual(company?.rollout.bucket, bucketOf("acme")?.rollout.bucket)
    assert.strictEqual(company?.variant?.bucket, bucketOf("acme")?.variant?.bucket)
    assert.strictEqual(person?.bucketing.identifier, "device-1")
    assert.strictEqual(person?.rollout.bucket, bucketOf("device-1")?.rollout.bucket)
    assert.strictEqual(person?.variant?.bucket, bucketOf("device-1")?.variant?.bucket)
  })

  it("FLAGS-LOCAL-25: without a device, person conditions of a device flag are inconclusive, group conditions work", () => {
    const byDevice = (groups: ReadonlyArray<object>, who: object = {}) =>
      evaluate([flag("f", { groups }, { bucketing_identifier: "device_id" })], who)
    const missing = inconclusive("missingDeviceId", "")
    assert.deepStrictEqual(byDevice([{ rollout_percentage: 100 }]), missing)
    assert.deepStrictEqual(byDevice([{ properties: [no] }], pro), missing)
    assert.deepStrictEqual(byDevice([{}], { deviceId: "" }), missing)
    assert.strictEqual(byDevice([{}], { deviceId: "d" }), true)
    const company = { aggregation_group_type_index: 0 }
    assert.strictEqual(byDevice([{}, company], { groups: { company: "acme" } }), true)
    assert.strictEqual(
      evaluate([flag("f", { groups: [{}], aggregation_group_type_index: 0 }, { bucketing_identifier: "device_id" })], {
        groups: { company: "acme" }
      }),
      true
    )
    assert.strictEqual(evaluate([flag("f", { groups: [{}] }, { bucketing_identifier: "other" })]), true)
  })

  it("FLAGS-LOCAL-26: the device is the subject's, otherwise the person property $device_id", () => {
    const flags = compile(
      body([flag("f", { groups: [{ rollout_percentage: 50 }] }, { bucketing_identifier: "device_id" })])
    )
    const identifier = (who: object) => flags.explain("f", subject(who), noon)?.conditions[0]?.bucketing.identifier
    assert.strictEqual(identifier({ personProperties: { $device_id: "d-1" } }), "d-1")
    assert.strictEqual(identifier({ deviceId: "d-2", personProperties: { $device_id: "d-1" } }), "d-2")
  })

  it("FLAGS-LOCAL-27: a group type that the mapping does not name is inconclusive", () => {
    const who = { groups: { company: "acme", "7": "x" } }
    for (const index of [2, 7, -1, 0.5]) {
      const unknownType = inconclusive("unknownGroupType", String(index))
      assert.deepStrictEqual(one({ aggregation_group_type_index: index, groups: [{}] }, who), unknownType)
      assert.deepStrictEqual(one({ groups: [{ aggregation_group_type_index: index }] }, who), unknownType)
    }
    assert.deepStrictEqual(
      one({ aggregation_group_type_index: 0, groups: [{}] }, who, { group_type_mapping: undefined }),
      inconclusive("unknownGroupType", "0")
    )
    // `constructor` is no group that was passed
    const named = { group_type_mapping: { 0: "constructor" } }
    assert.deepStrictEqual(
      one({ aggregation_group_type_index: 0, groups: [{}] }, { groups: {} }, named),
      inconclusive("missingGroup", "constructor")
    )
  })

  it("negation counts inside of cohorts only", () => {
    for (const filter of [{ ...yes, negation: true }, { type: "cohort", value: 1, negation: true }]) {
      const cohorts = { 1: { type: "AND", values: [yes] } }
      assert.strictEqual(one({ groups: [{ properties: [filter] }] }, pro, { cohorts }), true)
    }
  })

  it("FLAGS-LOCAL-08: a filter of another form is inconclusive by itself", () => {
    for (const filter of [null, 7, "x", [], { value: 1 }, { key: "", value: 1 }, { key: 7 }, { key: "a", type: 7 }]) {
      const outcome = one({ groups: [{ properties: [filter] }] }, pro)
      assert.containsAllKeys(outcome, ["inconclusive"])
      assert.strictEqual(one({ groups: [{ properties: [filter, no] }] }, pro), false)
      assert.strictEqual(one({ groups: [{ properties: [filter] }, {}] }, pro), true)
    }
    assert.strictEqual(show(undefined), undefined)
  })

  it("FLAGS-LOCAL-78: super groups and feature enrollment are inconclusive", () => {
    const at = (fields: object) => one({ groups: [{}], ...fields })
    assert.deepStrictEqual(
      at({ super_groups: [{ properties: [] }] }),
      inconclusive("unsupportedFilter", "super_groups")
    )
    assert.deepStrictEqual(at({ feature_enrollment: true }), inconclusive("unsupportedFilter", "feature_enrollment"))
    for (
      const fields of [{ super_groups: [] }, { super_groups: null }, { feature_enrollment: false }, {
        holdout_groups: [1]
      }]
    ) {
      assert.strictEqual(at(fields), true)
    }
  })
})
