/** People who are kept out. */
import { assert, describe, it } from "@effect/vitest"
import { evaluate, flag, inconclusive, is, one } from "./support.js"

const holdout = (exclusion_percentage: unknown, id: unknown = 727) => ({ id, exclusion_percentage })
const unmatched = { groups: [{ properties: [is("missing", "x")] }] }

describe("holdouts", () => {
  it("FLAGS-LOCAL-74: comes after the inactive check and before any condition; absent or null is none", () => {
    const all = { ...unmatched, holdout: holdout(100) }
    assert.strictEqual(one(all), "holdout-727")
    assert.strictEqual(evaluate([flag("f", all, { active: false })]), false)
    for (const none of [undefined, null, {}, holdout(null), holdout(50, null)]) {
      assert.strictEqual(one({ groups: [{}], holdout: none }), true)
    }
    // having one neither decides nor prevents anything for those who are not held out
    assert.strictEqual(one({ groups: [{}], holdout: holdout(20) }, { distinctId: "user-5" }), true)
    assert.deepStrictEqual(
      one({ ...unmatched, holdout: holdout(20) }, { distinctId: "user-5" }),
      inconclusive("missingProperty", "missing")
    )
  })

  it("FLAGS-LOCAL-75 FLAGS-LOCAL-76: 20 percent holds out user-1 and not user-5, whatever the flag and the holdout", () => {
    for (const [key, id] of [["f", 1], ["another", 2]] as const) {
      const at = (distinctId: string) =>
        evaluate([
          flag(key, { groups: [{}], holdout: holdout(20, id) }),
          flag("f", { groups: [{}], holdout: holdout(20, id) })
        ], {
          distinctId
        })
      assert.strictEqual(at("user-1"), `holdout-${id}`)
      assert.strictEqual(at("user-5"), true)
    }
  })

  it("FLAGS-LOCAL-76: fractions count, the bound is included, everything else is clamped", () => {
    // holdout-user-5 falls at 0.6563813925994418
    const at = (percentage: number) => one({ groups: [{}], holdout: holdout(percentage) }, { distinctId: "user-5" })
    const exact = 65.63813925994418
    assert.strictEqual(exact / 100, 0.6563813925994418)
    assert.deepStrictEqual([65.6381, exact, 65.6382].map(at), [true, "holdout-727", "holdout-727"])
    assert.deepStrictEqual([-10, 0, 100, 1e9].map(at), [true, true, "holdout-727", "holdout-727"])
    // at 100 no hash is needed, so nobody has to be known
    assert.strictEqual(one({ groups: [{}], holdout: holdout(100) }, { distinctId: undefined }), "holdout-727")
    assert.deepStrictEqual(
      one({ groups: [{}], holdout: holdout(50) }, { distinctId: undefined }),
      inconclusive("missingDistinctId", "")
    )
  })

  it("FLAGS-LOCAL-77: the identity is the flag's, not a condition's, and the value can be depended on", () => {
    const filters = { groups: [{ aggregation_group_type_index: 0 }], holdout: holdout(20) }
    assert.strictEqual(one(filters, { distinctId: "user-1", groups: { company: "user-5" } }), "holdout-727")
    assert.strictEqual(one(filters, { distinctId: "user-5", groups: { company: "user-1" } }), true)
    const byGroup = {
      aggregation_group_type_index: 0,
      groups: [{ aggregation_group_type_index: null }],
      holdout: holdout(20)
    }
    assert.strictEqual(one(byGroup, { distinctId: "user-5", groups: { company: "user-1" } }), "holdout-727")
    assert.deepStrictEqual(one(byGroup, { distinctId: "user-1" }), inconclusive("missingGroup", "company"))
    const byDevice = (deviceId: string | undefined) =>
      evaluate([flag("f", { groups: [{}], holdout: holdout(20) }, { bucketing_identifier: "device_id" })], {
        distinctId: "user-5",
        deviceId
      })
    assert.strictEqual(byDevice("user-1"), "holdout-727")
    assert.deepStrictEqual(byDevice(undefined), inconclusive("missingDeviceId", ""))

    const dependent = (value: unknown) => [
      flag("held", { groups: [{}], holdout: holdout(100) }),
      flag("f", {
        groups: [{
          properties: [{ type: "flag", key: "held", operator: "flag_evaluates_to", value, dependency_chain: ["held"] }]
        }]
      })
    ]
    assert.strictEqual(evaluate(dependent("holdout-727")), true)
    assert.strictEqual(evaluate(dependent(true)), true)
    assert.strictEqual(evaluate(dependent(false)), false)
    assert.strictEqual(evaluate(dependent("holdout-1")), false)
  })
})
