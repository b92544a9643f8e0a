/** What flags are for somebody, as `/flags` answers it and as it is explained. */
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as FlagAnswers from "../../../src/devserver/page/FlagAnswers.js"
import * as FlagBoard from "../../../src/devserver/page/FlagBoard.js"

const time = { unsafeCurrentTimeMillis: () => 0 }

const board = (...flags: ReadonlyArray<Record<string, unknown>>) =>
  Either.getOrThrow(FlagBoard.parse(JSON.stringify({ flags, group_type_mapping: { 0: "company" }, cohorts: {} })))

const flag = (key: string, condition: Record<string, unknown>, over: Record<string, unknown> = {}) => ({
  key,
  active: true,
  filters: { groups: [{ rollout_percentage: 100, ...condition }], ...over }
})

const plan = { properties: [{ key: "plan", value: "pro", operator: "exact", type: "person" }] }

const answer = (of: FlagBoard.Board, request: Record<string, unknown> = {}, known = {}) =>
  FlagAnswers.answer(of, { distinct_id: "ada", ...request }, known, time)

describe("what /flags answers", () => {
  it("goes by what was sent, then by what is known of the person", () => {
    const flags = board(flag("beta", plan))
    const value = (request: Record<string, unknown>, known = {}) => answer(flags, request, known).values["beta"]
    assert.deepInclude(value({}, { plan: "pro" }), { enabled: true })
    assert.deepInclude(value({ person_properties: { plan: "free" } }, { plan: "pro" }), { enabled: false })
    assert.deepInclude(value({ person_properties: { plan: "pro" } }), {
      enabled: true,
      reason: { code: "condition_match", condition_index: 0, description: "Matched condition set 1" }
    })
    // PostHog knows all properties: one that is missing does not match
    assert.deepInclude(value({}), { enabled: false })
    assert.isFalse(answer(flags).incomplete)
  })

  it("leaves out what only PostHog can evaluate, and says that something is missing", () => {
    const cohort = { properties: [{ key: "id", value: 99, operator: "in", type: "cohort" }] }
    const { incomplete, values } = answer(board(flag("everybody", {}), flag("in-cohort", cohort)))
    assert.deepStrictEqual([Object.keys(values), incomplete], [["everybody"], true])
  })

  it("has variants, payloads and groups", () => {
    const flags = board(
      flag("pricing", {}, {
        multivariate: { variants: [{ key: "low", rollout_percentage: 100 }] },
        payloads: { low: "{\"price\":9}" }
      }),
      flag("for-acme", { properties: [{ key: "size", value: 3, operator: "gte", type: "group" }] }, {
        aggregation_group_type_index: 0
      })
    )
    const { values } = answer(flags, { groups: { company: "acme" }, group_properties: { company: { size: 5 } } })
    assert.deepInclude(values["pricing"], { variant: "low", payload: { price: 9 } })
    assert.deepInclude(values["for-acme"], { enabled: true })
    assert.deepInclude(answer(flags).values["for-acme"], { enabled: false })
  })
})

describe("an explanation", () => {
  it("tells of each condition how it came out, and which were not reached", () => {
    const flags = board({
      key: "beta",
      active: true,
      filters: {
        groups: [
          { ...plan, rollout_percentage: 100 },
          { properties: [], rollout_percentage: 0 },
          { properties: [], rollout_percentage: 100 },
          { properties: [], rollout_percentage: 50 }
        ]
      }
    })
    const [explained] = FlagAnswers.explain(flags, { distinctId: "ada", personProperties: { plan: "free" } }, {}, time)
    assert.strictEqual(explained?.value, true)
    assert.strictEqual(explained?.reason, "condition 3 matches")
    assert.deepStrictEqual(explained?.conditions.map(({ description, outcome }) => [description, outcome]), [
      ["plan is pro", "notMatched"],
      ["everybody", "outsideRollout"],
      ["everybody", "matched"],
      ["everybody", "notReached"]
    ])
    assert.include(explained?.conditions[1]?.detail, "rollout 0%: out")
  })

  it("says of a flag that is off that it is", () => {
    const [explained] = FlagAnswers.explain(
      board({ ...flag("beta", {}), active: false }),
      { distinctId: "a" },
      {},
      time
    )
    assert.deepStrictEqual([explained?.value, explained?.reason], [false, "the flag is switched off"])
  })
})

describe("a board of flags", () => {
  it("is changed without a change to anything else that stands in it", () => {
    const before = board({ ...flag("beta", { ...plan, note: 1 }), team: "a" }, flag("other", {}))
    const after = FlagBoard.change(before, "beta", { active: false, rollout: { condition: 0, percent: 12.5 } })
    assert.deepStrictEqual(after?.raw, {
      ...before.raw,
      flags: [
        { ...flag("beta", { ...plan, note: 1, rollout_percentage: 12.5 }), active: false, team: "a" },
        flag("other", {})
      ]
    })
    assert.isUndefined(FlagBoard.change(before, "nobody", { active: true }))
  })

  it("says what cannot be used, and goes on with the rest", () => {
    const { problem } = board(flag("beta", {}), { active: true }, {
      key: "broken",
      active: true,
      filters: { groups: 1 }
    })
    assert.strictEqual(problem, "flags.1 has no key; flag \"broken\" is malformed at filters.groups")
    assert.isTrue(Either.isLeft(FlagBoard.parse("[]")))
    assert.isTrue(Either.isLeft(FlagBoard.parse("{")))
  })

  it("describes conditions in words", () => {
    const flags = board(flag("x", {
      properties: [
        { key: "email", value: "@acme.dev", operator: "icontains", type: "person" },
        { key: "id", value: 7, operator: "in", type: "cohort" },
        { key: "beta", value: true, operator: "flag_evaluates_to", type: "flag" },
        { key: "age", operator: "is_set", type: "person" },
        { key: "city", value: ["Bonn", "Ulm"], operator: "is_not", type: "person" },
        7
      ],
      variant: "low"
    }))
    assert.strictEqual(
      FlagBoard.list(flags)[0]?.conditions[0]?.description,
      "email contains @acme.dev and in cohort 7 and flag beta evaluates to true and age is set and " +
        "city is not Bonn or Ulm and a filter that cannot be read, always low"
    )
  })
})
