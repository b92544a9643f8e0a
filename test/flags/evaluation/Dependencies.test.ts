/** Flags that depend on flags. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, evaluate, flag, inconclusive, is, noon, one, show, subject } from "./support.js"

const needs = (key: string, value: unknown, fields: object = {}) => ({
  type: "flag",
  key,
  operator: "flag_evaluates_to",
  value,
  dependency_chain: [key],
  ...fields
})

const when = (...properties: ReadonlyArray<object>) => flag("f", { groups: [{ properties }] })
const on = flag("on", { groups: [{}] })
const off = flag("off", { groups: [] })
const variant = flag("variant", {
  groups: [{}],
  multivariate: { variants: [{ key: "blue", rollout_percentage: 100 }] }
})
const doubtful = flag("doubtful", { groups: [{ properties: [is("missing", "x")] }] })

describe("flag dependencies", () => {
  it("FLAGS-LOCAL-28: the filter's key is the flag, its operator flag_evaluates_to and no other", () => {
    assert.strictEqual(evaluate([on, when(needs("on", true))]), true)
    for (const operator of ["exact", "is_not", "in", undefined, null, 7]) {
      assert.deepStrictEqual(
        evaluate([on, when(needs("on", true, { operator }))]),
        inconclusive("unknownOperator", typeof operator === "string" ? operator : "operator")
      )
    }
    assert.deepStrictEqual(
      evaluate([on, when(needs("on", true, { key: 7 }))]),
      inconclusive("malformedDefinition", "key")
    )
    // the operator has no meaning elsewhere
    assert.deepStrictEqual(
      evaluate([when(is("plan", true, "flag_evaluates_to"))], { personProperties: { plan: "x" } }),
      inconclusive("unknownOperator", "flag_evaluates_to")
    )
  })

  it("FLAGS-LOCAL-29: what a value matches", () => {
    const at = (key: string, expected: unknown) => evaluate([on, off, variant, when(needs(key, expected))])
    const table: ReadonlyArray<readonly [string, unknown, boolean]> = [
      ["on", true, true],
      ["on", false, false],
      ["on", "true", false],
      ["off", true, false],
      ["off", false, true],
      ["off", "false", false],
      ["variant", true, true],
      ["variant", false, false],
      ["variant", "blue", true],
      ["variant", "Blue", false],
      ["variant", null, false],
      ["variant", ["blue"], false],
      ["on", 1, false]
    ]
    for (const [key, expected, matches] of table) {
      assert.strictEqual(at(key, expected), matches, `${key} ${JSON.stringify(expected)}`)
    }
    assert.deepStrictEqual(at("on", undefined), inconclusive("invalidFilterValue", "on"))
  })

  it("FLAGS-LOCAL-30: missing, unresolved or in a cycle is inconclusive, inactive is false", () => {
    assert.deepStrictEqual(evaluate([when(needs("nobody", false))]), inconclusive("missingFlag", "nobody"))
    assert.deepStrictEqual(evaluate([when(needs("constructor", false))]), inconclusive("missingFlag", "constructor"))
    assert.deepStrictEqual(
      evaluate([doubtful, when(needs("doubtful", false))]),
      inconclusive("inconclusiveDependency", "doubtful")
    )
    const inactive = flag("inactive", { groups: [{ properties: [needs("f", true)] }] }, { active: false })
    assert.strictEqual(evaluate([inactive, when(needs("inactive", false))]), true)
    assert.strictEqual(evaluate([inactive, when(needs("inactive", true))]), false)
    const remembered = flag("remembered", { groups: [{}] }, { ensure_experience_continuity: true })
    assert.deepStrictEqual(
      evaluate([remembered, when(needs("remembered", true))]),
      inconclusive("inconclusiveDependency", "remembered")
    )
    assert.deepStrictEqual(evaluate([when(needs("f", true))]), inconclusive("dependencyCycle", "f"))
  })

  it("FLAGS-LOCAL-30: cycles are inconclusive from wherever they are entered, and what is outside of them is not", () => {
    const cyclic = (key: string, next: string, ...more: ReadonlyArray<object>) =>
      flag(key, { groups: [{ properties: [needs(next, true)] }, ...more] })
    const flags = compile(body([
      cyclic("a", "b"),
      cyclic("b", "c", { properties: [is("distinct_id", "user-1")] }),
      cyclic("c", "a"),
      cyclic("outside", "b"),
      on
    ]))
    const expected = {
      a: inconclusive("dependencyCycle", "b"),
      b: true,
      c: inconclusive("dependencyCycle", "a"),
      outside: true,
      on: true
    }
    for (const keys of [["a", "b", "c", "outside", "on"], ["on", "outside", "c", "b", "a"], ["b", "a", "c"]]) {
      const outcomes = flags.evaluateAll(subject(), noon, keys)
      for (const key of keys) {
        assert.deepStrictEqual(show(outcomes.get(key)), expected[key as keyof typeof expected], key)
        assert.deepStrictEqual(show(flags.evaluate(key, subject(), noon)), expected[key as keyof typeof expected], key)
      }
    }
  })

  it("FLAGS-LOCAL-31: the chain has to be there, to be known, and to hold the flag", () => {
    const at = (dependency_chain: unknown) =>
      evaluate([on, off, doubtful, when(needs("on", true, { dependency_chain }))])
    const malformed = inconclusive("malformedDefinition", "on: dependency_chain")
    for (const chain of [undefined, null, "on", {}, ["off"], [["on"]]]) {
      assert.deepStrictEqual(at(chain), malformed, JSON.stringify(chain))
    }
    assert.deepStrictEqual(at([]), inconclusive("dependencyCycle", "on"))
    assert.deepStrictEqual(at(["nobody", "on"]), inconclusive("missingFlag", "nobody"))
    assert.deepStrictEqual(at([7, "on"]), inconclusive("missingFlag", "on"))
    assert.deepStrictEqual(at(["doubtful", "on"]), inconclusive("inconclusiveDependency", "on"))
    assert.strictEqual(at(["off", "on"]), true)
    assert.strictEqual(at(["on", "off"]), true)
  })

  it("FLAGS-LOCAL-30: an unknown member is unknown for every condition that names it", () => {
    const filter = needs("on", true, { dependency_chain: ["nobody", "on"] })
    assert.deepStrictEqual(
      one({ groups: [{ properties: [filter] }, { properties: [filter] }] }),
      inconclusive("missingFlag", "nobody")
    )
  })

  it("a dependency is evaluated for its own identity: group, device or person", () => {
    const company = flag("company", {
      aggregation_group_type_index: 0,
      groups: [{ properties: [is("plan", "team")] }]
    })
    const device = flag("device", { groups: [{}] }, { bucketing_identifier: "device_id" })
    const who = { groups: { company: "acme" }, groupProperties: { company: { plan: "team" } } }
    assert.strictEqual(evaluate([company, when(needs("company", true))], who), true)
    assert.deepStrictEqual(
      evaluate([company, when(needs("company", false))]),
      inconclusive("inconclusiveDependency", "company")
    )
    assert.deepStrictEqual(
      evaluate([device, when(needs("device", true))]),
      inconclusive("inconclusiveDependency", "device")
    )
    const person = flag("person", { groups: [{ properties: [is("plan", "pro")] }] })
    const groupFlag = flag("f", { aggregation_group_type_index: 0, groups: [{ properties: [needs("person", true)] }] })
    assert.strictEqual(evaluate([person, groupFlag], { ...who, personProperties: { plan: "pro" } }), true)
  })

  it("a dependency is evaluated once in a pass, however many flags need it", () => {
    const chain = Array.from({ length: 40 }, (_, index) => `flag-${index}`)
    const flags = compile(body(chain.map((key, index) =>
      flag(key, {
        groups: [{
          properties: chain.slice(Math.max(0, index - 2), index).map((before) => needs(before, true))
        }]
      })
    )))
    // with two references each, following every path would take over 2^20 steps
    assert.strictEqual(show(flags.evaluate("flag-39", subject(), noon)), true)
    assert.isAtMost(flags.lastSteps(), flags.size)
    assert.isAtMost(flags.size, 40 * 10)
  })

  it("FLAGS-LOCAL-72: a chain of ten thousand flags overflows nothing; what is too deep is inconclusive", () => {
    const flags = compile(
      body(Array.from({ length: 10_000 }, (_, index) =>
        flag(
          `flag-${index}`,
          index === 0 ? { groups: [{}] } : {
            groups: [{ properties: [needs(`flag-${index - 1}`, true)] }]
          }
        )))
    )
    assert.strictEqual(show(flags.evaluate("flag-100", subject(), noon)), true)
    assert.containsAllKeys(show(flags.evaluate("flag-9999", subject(), noon)), ["inconclusive"])
    const outcomes = [...flags.evaluateAll(subject(), noon).values()].map(show)
    const firstTooDeep = outcomes.findIndex((shown) => shown !== true)
    assert.deepStrictEqual(outcomes[firstTooDeep], inconclusive("tooDeep", `flag-${firstTooDeep - 1}`))
    assert.isAbove(firstTooDeep, 100)
    assert.isAtMost(flags.lastSteps(), flags.size)
  })
})
