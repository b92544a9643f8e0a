/** Who belongs to a cohort, as far as that can be told here. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, evaluate, flag, inconclusive, is, noon, show, subject } from "./support.js"

const yes = is("plan", "pro")
const no = is("plan", "free")
const unknown = is("missing", "x")
const who = { personProperties: { plan: "pro" } }
const missing = inconclusive("missingProperty", "missing")
const malformed = inconclusive("malformedCohort", "1")

const member = (value: unknown = 1, operator?: unknown, fields: object = {}) => ({
  type: "cohort",
  key: "id",
  value,
  operator,
  ...fields
})
const asks = (filter: object, cohorts: unknown) =>
  evaluate([flag("f", { groups: [{ properties: [filter] }] })], who, { cohorts })
const inCohort = (definition: unknown, more: object = {}) => asks(member(), { 1: definition, ...more })
const and = (...values: ReadonlyArray<unknown>) => ({ type: "AND", values })
const or = (...values: ReadonlyArray<unknown>) => ({ type: "OR", values })

describe("cohorts", () => {
  it("FLAGS-LOCAL-68: in unless it says not_in, and both need to know", () => {
    const cohorts = { 1: and(yes), 2: and(no), 3: and(unknown) }
    for (const operator of [undefined, null, "in", "exact"]) {
      assert.strictEqual(asks(member(1, operator), cohorts), true)
      assert.strictEqual(asks(member("2", operator), cohorts), false)
      assert.deepStrictEqual(asks(member(3, operator), cohorts), missing)
    }
    assert.strictEqual(asks(member(1, "not_in"), cohorts), false)
    assert.strictEqual(asks(member(2, "not_in"), cohorts), true)
    assert.deepStrictEqual(asks(member(3, "not_in"), cohorts), missing)
    assert.deepStrictEqual(asks(member(1, "is_not"), cohorts), inconclusive("unknownOperator", "is_not"))
    assert.deepStrictEqual(asks(member(1, 7), cohorts), inconclusive("unknownOperator", "operator"))
    for (const operator of ["in", "not_in"]) {
      assert.deepStrictEqual(
        evaluate([flag("f", { groups: [{ properties: [is("plan", 1, operator)] }] })], who),
        inconclusive("unknownOperator", operator)
      )
    }
  })

  it("FLAGS-LOCAL-69 FLAGS-LOCAL-73: static, missing, cyclic or without context is inconclusive both ways", () => {
    for (const operator of ["in", "not_in"]) {
      assert.deepStrictEqual(asks(member(7, operator), {}), inconclusive("missingCohort", "7"))
      assert.deepStrictEqual(asks(member("constructor", operator), {}), inconclusive("missingCohort", "constructor"))
      assert.deepStrictEqual(asks(member(1, operator), { 1: and(member(1)) }), inconclusive("cohortCycle", "1"))
      assert.deepStrictEqual(
        asks(member(1, operator), { 1: and(member(2)), 2: or(member(1)) }),
        inconclusive("cohortCycle", "2")
      )
      assert.deepStrictEqual(asks(member(1, operator), { 1: and(unknown) }), missing)
      assert.deepStrictEqual(
        asks(member(null, operator), { null: and() }),
        inconclusive("malformedDefinition", "cohort")
      )
    }
  })

  it("FLAGS-LOCAL-69: what does not depend on the cycle is decided, from wherever it is entered", () => {
    const cohorts = { 1: or(member(2), yes), 2: and(member(1)), 3: and(member(2)) }
    const flags = compile(
      body([1, 2, 3].map((id) => flag(`in ${id}`, { groups: [{ properties: [member(id)] }] })), { cohorts })
    )
    const expected = [true, inconclusive("cohortCycle", "1"), inconclusive("cohortCycle", "1")]
    assert.deepStrictEqual([...flags.evaluateAll(subject(who), noon).values()].map(show), expected)
    for (const [index, id] of [1, 2, 3].entries()) {
      assert.deepStrictEqual(show(flags.evaluate(`in ${id}`, subject(who), noon)), expected[index])
    }
  })

  it("FLAGS-LOCAL-70: OR and AND of three answers", () => {
    const table: ReadonlyArray<readonly [unknown, unknown]> = [
      [or(), false],
      [and(), true],
      [{}, true],
      [or(no, yes), true],
      [or(unknown, yes), true],
      [or(yes, unknown), true],
      [or(no, unknown), missing],
      [or(unknown, no), missing],
      [or(no, no), false],
      [and(yes, yes), true],
      [and(yes, no), false],
      [and(unknown, no), false],
      [and(no, unknown), false],
      [and(unknown, yes), missing],
      [{ type: "property", values: [yes, no] }, false],
      [{ type: "property", values: [yes] }, true],
      [and(or(no, yes), or(unknown, yes)), true],
      [or(and(yes, no), and(unknown, yes)), missing],
      [and(yes, or(no)), false],
      [and(or(yes), yes), true],
      [or(is("plan", "x", "no_such_operator"), yes), true],
      [and(member(99), no), false],
      [and(no, member(99)), false],
      [or(member(99), yes), true],
      [or(member(99), no), inconclusive("missingCohort", "99")]
    ]
    for (const [definition, expected] of table) {
      assert.deepStrictEqual(inCohort(definition), expected, JSON.stringify(definition))
    }
  })

  it("FLAGS-LOCAL-71: negation of a leaf turns what is certain, and not_in once more", () => {
    assert.strictEqual(inCohort(and({ ...yes, negation: true })), false)
    assert.strictEqual(inCohort(and({ ...no, negation: true })), true)
    assert.deepStrictEqual(inCohort(and({ ...unknown, negation: true })), missing)
    const other = { 2: and(yes), 3: and(no) }
    assert.strictEqual(inCohort(and(member(2)), other), true)
    assert.strictEqual(inCohort(and(member(2, "not_in")), other), false)
    assert.strictEqual(inCohort(and(member(2, "in", { negation: true })), other), false)
    assert.strictEqual(inCohort(and(member(2, "not_in", { negation: true })), other), true)
    assert.deepStrictEqual(
      inCohort(and(member(9, "in", { negation: true })), other),
      inconclusive("missingCohort", "9")
    )
    // that of a group means nothing
    assert.strictEqual(inCohort(and({ ...and(yes), negation: true })), true)
  })

  it("FLAGS-LOCAL-72: unknown group types, leaves without a key and other forms are inconclusive", () => {
    for (
      const definition of [
        null,
        7,
        "x",
        [],
        { type: "XOR", values: [yes] },
        { type: "and", values: [yes] },
        { values: [yes] },
        { type: "AND" },
        { type: "AND", values: null },
        { type: "AND", values: {} },
        and({}),
        and({ value: "pro" }),
        and({ type: "AND", key: "plan", value: "pro" }),
        and(null),
        and([yes]),
        and({ ...yes, key: "" }),
        and({ type: "XOR", values: [yes] })
      ]
    ) {
      const expected = show(
        compile(body([flag("f", { groups: [{ properties: [member()] }] })], { cohorts: { 1: definition } }))
          .evaluate("f", subject(who), noon)
      )
      assert.strictEqual(
        (expected as { inconclusive?: unknown }).inconclusive,
        "malformedCohort",
        JSON.stringify(definition)
      )
    }
    assert.deepStrictEqual(inCohort(null), malformed)
    assert.strictEqual(inCohort(or({}, yes)), true)
    const behavioural = { type: "behavioral", key: "paid", value: "performed_event" }
    assert.deepStrictEqual(inCohort(or(behavioural, no)), inconclusive("unsupportedFilter", "behavioral"))
  })

  it("FLAGS-LOCAL-72: ten thousand groups in each other overflow nothing and are inconclusive", () => {
    let definition: unknown = yes
    for (let depth = 0; depth < 10_000; depth++) {
      definition = depth % 2 === 0 ? and(definition) : or(definition)
    }
    assert.deepStrictEqual(inCohort(definition), inconclusive("tooDeep", "1"))
    let shallow: unknown = yes
    for (let depth = 0; depth < 100; depth++) {
      shallow = and(shallow)
    }
    assert.strictEqual(inCohort(shallow), true)
    // never truncated silently: what can be decided without the deep part is, the rest is not
    assert.strictEqual(inCohort(or(definition, yes)), true)
    assert.deepStrictEqual(inCohort(and(definition, yes)), inconclusive("tooDeep", "1"))
  })

  it("FLAGS-LOCAL-72: ten thousand cohorts in a row overflow nothing and are inconclusive", () => {
    const cohorts = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, id) => [String(id), and(id === 9999 ? yes : member(id + 1))])
    )
    const outcome = asks(member(0), cohorts)
    assert.strictEqual((outcome as { inconclusive?: unknown }).inconclusive, "tooDeep")
    assert.strictEqual(asks(member(9950), cohorts), true)
  })

  it("a definition that holds itself is inconclusive", () => {
    const group: { type: string; values: Array<unknown> } = { type: "AND", values: [yes] }
    group.values.push(group)
    assert.strictEqual((inCohort(group) as { inconclusive?: unknown }).inconclusive, "tooDeep")
  })

  it("a cohort is evaluated once in a pass, however many refer to it", () => {
    const cohorts = Object.fromEntries(
      Array.from(
        { length: 60 },
        (_, id) => [String(id), id === 0 ? and(yes) : and(member(id - 1), member(id - 1, "not_in", { negation: true }))]
      )
    )
    const flags = compile(body([flag("f", { groups: [{ properties: [member(59)] }] })], { cohorts }))
    assert.strictEqual(show(flags.evaluate("f", subject(who), noon)), true)
    assert.isAtMost(flags.lastSteps(), flags.size)
    assert.isBelow(flags.size, 300)
  })

  it("cohorts ask for flags too, and a cycle through both is seen", () => {
    const needs = (key: string) => ({
      type: "flag",
      key,
      operator: "flag_evaluates_to",
      value: true,
      dependency_chain: [key]
    })
    const on = flag("on", { groups: [{}] })
    const f = flag("f", { groups: [{ properties: [member()] }] })
    assert.strictEqual(evaluate([on, f], who, { cohorts: { 1: and(needs("on")) } }), true)
    assert.strictEqual(evaluate([on, f], who, { cohorts: { 1: and({ ...needs("on"), negation: true }) } }), false)
    assert.deepStrictEqual(
      evaluate([f], who, { cohorts: { 1: and(needs("f")) } }),
      inconclusive("cohortCycle", "1")
    )
  })

  it("between belongs to cohorts", () => {
    const between = { type: "person", key: "age", operator: "between", value: [18, 30] }
    const aged = { personProperties: { age: 20 } }
    const f = (filter: object) => [flag("f", { groups: [{ properties: [filter] }] })]
    assert.strictEqual(evaluate(f(member()), aged, { cohorts: { 1: and(between) } }), true)
    assert.deepStrictEqual(evaluate(f(between), aged), inconclusive("unknownOperator", "between"))
  })
})
