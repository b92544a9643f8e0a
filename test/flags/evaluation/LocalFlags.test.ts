/** The core of local evaluation: what a flag is, why, and what a payload belongs to. */
import { assert, describe, it } from "@effect/vitest"
import type { FlagEvaluation } from "../../../src/flags/evaluation/FlagEvaluation.js"
import { body, compile, evaluate, flag, inconclusive, is, noon, one, show, subject } from "./support.js"

const variants = (...shares: ReadonlyArray<readonly [string, number]>) => ({
  variants: shares.map(([key, rollout_percentage]) => ({ key, rollout_percentage }))
})

const evaluation = (filters: unknown, distinctId = "user-1"): FlagEvaluation => {
  const outcome = compile(body([flag("f", filters)])).evaluate("f", subject({ distinctId }), noon)
  return outcome?._tag === "FlagEvaluation" ? outcome : assert.fail("inconclusive")
}

describe("LocalFlags", () => {
  it("FLAGS-LOCAL-01: an active boolean flag that is rolled out to somebody is true", () => {
    assert.strictEqual(one({ groups: [{ properties: [], rollout_percentage: 100 }] }), true)
    assert.strictEqual(one({ groups: [{ rollout_percentage: null }] }), true)
    assert.strictEqual(one({ groups: [{}] }), true)
  })

  it("FLAGS-LOCAL-03: a group flag without its group is inconclusive", () => {
    const filters = { aggregation_group_type_index: 0, groups: [{ rollout_percentage: 100 }] }
    assert.deepStrictEqual(one(filters), inconclusive("missingGroup", "company"))
    assert.deepStrictEqual(one(filters, { groups: { project: "p" } }), inconclusive("missingGroup", "company"))
    assert.deepStrictEqual(one(filters, { groups: { company: "" } }), inconclusive("missingGroup", "company"))
    assert.strictEqual(one(filters, { groups: { company: "acme" } }), true)
  })

  it("FLAGS-LOCAL-04: the payload is that of the matched value, or of a value that is supplied", () => {
    const payloads = {
      true: "{\"on\":1}",
      a: "0",
      b: "not json",
      c: { kept: [1] },
      d: "",
      e: "null",
      false: "\"off\"",
      "holdout-7": "[7]"
    }
    const flags = compile(
      body([flag("f", { groups: [], payloads }), flag("bare"), flag("broken", { groups: 1, payloads })])
    )
    const expected: ReadonlyArray<readonly [boolean | string, unknown]> = [
      [true, { on: 1 }],
      ["a", 0],
      ["b", "not json"],
      ["c", { kept: [1] }],
      ["d", ""],
      ["e", null],
      [false, undefined],
      ["holdout-7", [7]],
      ["constructor", undefined]
    ]
    for (const [value, payload] of expected) {
      assert.deepStrictEqual(flags.payload("f", value), payload)
      assert.deepStrictEqual(flags.payload("broken", value), payload)
    }
    assert.isUndefined(flags.payload("bare", true))
    assert.isUndefined(flags.payload("no-such-flag", true))
    assert.deepStrictEqual(evaluation({ groups: [{}], payloads }).payload, { on: 1 })
    assert.strictEqual(evaluation({ groups: [{}], payloads, multivariate: variants(["a", 100]) }).payload, 0)
    assert.strictEqual(evaluation({ groups: [{}], payloads, multivariate: variants(["d", 100]) }).payload, "")
    assert.isUndefined(evaluation({ groups: [], payloads }).payload)
  })

  it("FLAGS-LOCAL-05: an inactive flag is false before anything else", () => {
    for (const active of [false, null, undefined]) {
      const fields = { active, ensure_experience_continuity: true, bucketing_identifier: "device_id" }
      const filters = {
        groups: [{ properties: [is("x", 1, "nonsense")] }],
        super_groups: [{}],
        aggregation_group_type_index: 9
      }
      assert.strictEqual(evaluate([flag("f", filters, fields)], { distinctId: undefined }), false)
    }
  })

  it("FLAGS-LOCAL-07: what only the service knows is inconclusive, never invented", () => {
    assert.deepStrictEqual(
      evaluate([flag("f", { groups: [{}] }, { ensure_experience_continuity: true })]),
      inconclusive("experienceContinuity", "f")
    )
    const inCohort = { groups: [{ properties: [{ type: "cohort", key: "id", value: 5 }] }] }
    assert.deepStrictEqual(one(inCohort), inconclusive("missingCohort", "5"))
    assert.deepStrictEqual(
      one({ groups: [{ properties: [is("plan", "pro")] }] }),
      inconclusive("missingProperty", "plan")
    )
    const behavioural = { type: "behavioral", key: "paid", value: "performed_event" }
    assert.deepStrictEqual(
      one({ groups: [{ properties: [behavioural] }] }),
      inconclusive("unsupportedFilter", "behavioral")
    )
  })

  it("FLAGS-LOCAL-08: an unknown operator makes only its flag inconclusive", () => {
    const flags = compile(body([
      flag("f", { groups: [{ properties: [is("plan", "pro", "smells_like")] }] }),
      flag("g", { groups: [{ properties: [is("plan", "pro")] }] })
    ]))
    const outcomes = flags.evaluateAll(subject({ personProperties: { plan: "pro" } }), noon)
    assert.deepStrictEqual(show(outcomes.get("f")), inconclusive("unknownOperator", "smells_like"))
    assert.strictEqual(show(outcomes.get("g")), true)
  })

  it("every reason says what decided, and that it was decided here", () => {
    const reason = (filters: unknown) => evaluation(filters).reason
    const here = { description: "Evaluated locally" }
    assert.deepStrictEqual(reason({ groups: [{ properties: [is("distinct_id", "x")] }, {}] }), {
      code: "condition_match",
      condition: 1,
      split: false,
      ...here
    })
    assert.deepStrictEqual(reason({ groups: [{ rollout_percentage: 99.999 }] }), {
      code: "condition_match",
      condition: 0,
      split: true,
      ...here
    })
    assert.isTrue(reason({ groups: [{}], multivariate: variants(["a", 100]) }).split)
    assert.isFalse(reason({ groups: [{ variant: "a" }], multivariate: variants(["a", 100]) }).split)
    assert.deepStrictEqual(reason({ groups: [{ properties: [is("distinct_id", "x")] }] }), {
      code: "no_condition_match",
      condition: undefined,
      split: false,
      ...here
    })
    assert.deepStrictEqual(reason({ groups: [{ properties: [is("distinct_id", "x")] }, { rollout_percentage: 0 }] }), {
      code: "out_of_rollout_bound",
      condition: 1,
      split: true,
      ...here
    })
    assert.deepStrictEqual(reason({ groups: [], holdout: { id: 7, exclusion_percentage: 100 } }), {
      code: "holdout_condition_value",
      condition: undefined,
      split: false,
      ...here
    })
    const inactive = compile(body([flag("f", {}, { active: false, id: 12, has_experiment: true, version: 3 })]))
      .evaluate("f", subject(), noon)
    assert.deepStrictEqual<unknown>(inactive, {
      _tag: "FlagEvaluation",
      key: "f",
      value: false,
      payload: undefined,
      reason: { code: "disabled", condition: undefined, split: false, ...here },
      source: "local",
      id: 12,
      version: undefined,
      hasExperiment: true
    })
  })

  it("FLAGS-LOCAL-11: equal evaluations are the same object, and only keys that exist are evaluated", () => {
    const flags = compile(body([flag("f", { groups: [{}] }), flag("g"), flag("h")]))
    assert.strictEqual(
      flags.evaluate("f", subject(), noon),
      flags.evaluate("f", subject({ distinctId: "other" }), noon)
    )
    assert.deepStrictEqual([...flags.evaluateAll(subject(), noon, ["h", "x", "f", "h", "__proto__"]).keys()], [
      "h",
      "f"
    ])
    assert.isUndefined(flags.evaluate("x", subject(), noon))
  })
})
