/** A decision as data, and as text for a person. */
import { assert, describe, it } from "@effect/vitest"
import { renderExplanation } from "../../../src/flags/evaluation/RenderExplanation.js"
import { body, compile, flag, is, noon, subject } from "./support.js"

const flags = compile(body([
  flag("beta", { groups: [{ properties: [is("plan", ["pro", "team"])] }] }),
  flag("checkout", {
    holdout: { id: 7, exclusion_percentage: 1 },
    multivariate: { variants: [{ key: "a", rollout_percentage: 50 }, { key: "b", rollout_percentage: 50 }] },
    groups: [
      { properties: [is("email", "@acme.com", "icontains")], variant: "a" },
      { aggregation_group_type_index: 0 },
      {
        properties: [
          { type: "cohort", key: "id", value: 1 },
          { type: "flag", key: "beta", operator: "flag_evaluates_to", value: true, dependency_chain: ["beta"] }
        ],
        rollout_percentage: 90
      },
      { properties: [{ type: "cohort", key: "id", value: 1, operator: "not_in" }] }
    ]
  }),
  flag("off", {}, { active: false }),
  flag("kept", { groups: [{}] }, { ensure_experience_continuity: true }),
  flag("held", { groups: [{}], holdout: { id: 7, exclusion_percentage: 100 } }),
  flag("early", { early_exit: true, groups: [{ rollout_percentage: 0 }, {}] }),
  flag("late", { groups: [{ rollout_percentage: 0 }, { properties: [is("plan", "free")] }] }),
  flag("never", { groups: [{ properties: [is("plan", "free")] }] })
], {
  cohorts: { 1: { type: "OR", values: [{ ...is("country", "de"), negation: true }, is("plan", "pro")] } }
}))

const person = subject({ distinctId: "user-123", personProperties: { plan: "pro" } })
const explain = (key: string) => flags.explain(key, person, noon) ?? assert.fail("no such flag")

describe("Explanation", () => {
  it("names each condition, each filter with what it read, the buckets, the thresholds and the branch", () => {
    const { branch, conditions, holdout, key, outcome, reason } = explain("checkout")
    assert.deepStrictEqual([key, outcome, branch, reason?.condition], ["checkout", { value: "b" }, "condition", 2])
    assert.strictEqual(holdout?.result, "notHeldOut")
    assert.deepStrictEqual(conditions.map(({ reached }) => reached), [true, true, true, false])
    const [first, second, third] = conditions
    assert.deepInclude(first?.filters[0], {
      _tag: "Property",
      property: "email",
      operator: "icontains",
      expected: "@acme.com",
      actual: undefined
    })
    assert.deepStrictEqual(second?.bucketing, { by: "groupKey", groupType: "company", identifier: undefined })
    assert.deepStrictEqual(third?.variant?.bucket, 0.8334157448386892)
    assert.deepStrictEqual(third?.variant?.ranges, [{ key: "a", from: 0, to: 0.5 }, { key: "b", from: 0.5, to: 1 }])
    assert.deepInclude(third?.rollout, { percentage: 90, threshold: 0.9, included: true })
    assert.deepStrictEqual(third?.filters.map(({ _tag, verdict }) => [_tag, verdict]), [
      ["Cohort", "match"],
      ["Dependency", "match"]
    ])
  })

  it("is printed for a person", () => {
    assert.strictEqual(
      renderExplanation(explain("checkout")).replaceAll(/0\.\d{6,}/g, "0.x"),
      `checkout: "b"
  condition 3 matches
  holdout 7: not held out
    by distinct id: "user-123"
    rollout 1%: out (bucket 0.x, up to 0.01 is in)
  condition 1: inconclusive, missingProperty (email)
    by distinct id: "user-123"
    email icontains "@acme.com": inconclusive, missingProperty (email) (missing)
    variant: "a", as the condition says
      "a" from 0 up to 0.5
      "b" from 0.5 up to 1
  condition 2: inconclusive, missingGroup (company)
    by group key of "company": not known
    no filters
    variant: none
      "a" from 0 up to 0.5
      "b" from 0.5 up to 1
  condition 3: matches: "b"
    by distinct id: "user-123"
    in cohort 1: match
      any of: match
        country not exact "de": inconclusive, missingProperty (country) (missing)
        plan exact "pro": match (it is "pro")
    flag beta evaluates to true: match
      beta: true
        condition 1 matches
        condition 1: matches: true
          by distinct id: "user-123"
          plan exact ["pro","team"]: match (it is "pro")
    rollout 90%: in (bucket 0.x, up to 0.9 is in)
    variant: "b" (bucket 0.x)
      "a" from 0 up to 0.5
      "b" from 0.5 up to 1
  condition 4: does not match (not reached)
    by distinct id: "user-123"
    not in cohort 1: no match
    variant: "b" (bucket 0.x)
      "a" from 0 up to 0.5
      "b" from 0.5 up to 1`
    )
  })

  it("says which branch was taken", () => {
    const lines = (key: string) => renderExplanation(explain(key)).split("\n").slice(0, 2)
    assert.deepStrictEqual(lines("off"), ["off: false", "  the flag is switched off"])
    assert.deepStrictEqual(lines("kept"), [
      "kept: inconclusive, experienceContinuity (kept)",
      "  the definition cannot be evaluated here"
    ])
    assert.deepStrictEqual(lines("held"), ["held: \"holdout-7\"", "  held out, before any condition"])
    assert.deepStrictEqual(lines("early"), [
      "early: false",
      "  condition 1 matches but its rollout excludes, and the flag exits early"
    ])
    assert.deepStrictEqual(lines("late"), [
      "late: false",
      "  no condition gives a value; condition 1 matches but its rollout excludes"
    ])
    assert.deepStrictEqual(lines("never"), ["never: false", "  no condition matches"])
    assert.deepStrictEqual(explain("early").conditions.map(({ reached }) => reached), [true, false])
  })

  it("does not explain one thing twice, so it stays as large as the definitions", () => {
    const deep = compile(body([flag("f", { groups: [{ properties: [{ type: "cohort", key: "id", value: 40 }] }] })], {
      cohorts: Object.fromEntries(
        Array.from({ length: 41 }, (_, id) => [id, {
          type: "AND",
          values: id === 0 ? [] : [{ type: "cohort", value: id - 1 }, { type: "cohort", value: id - 1 }]
        }])
      )
    }))
    const explanation = deep.explain("f", person, noon) ?? assert.fail("no such flag")
    assert.isBelow(renderExplanation(explanation).split("\n").length, 41 * 4)
  })

  it("steps are those of the evaluation, and long values are cut", () => {
    flags.evaluate("checkout", person, noon)
    const steps = flags.lastSteps()
    explain("checkout")
    assert.strictEqual(flags.lastSteps(), steps)
    const long = compile(body([flag("f", { groups: [{ properties: [is("plan", "x".repeat(1000))] }] })]))
    const explanation = long.explain("f", person, noon) ?? assert.fail("no such flag")
    assert.isTrue(renderExplanation(explanation).split("\n").every((line) => line.length < 300))
  })
})
