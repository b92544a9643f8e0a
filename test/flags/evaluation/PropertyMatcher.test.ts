import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc } from "effect"
import { Inconclusive } from "../../../src/flags/evaluation/Inconclusive.js"
import { compile } from "../../../src/flags/evaluation/PropertyMatcher.js"
import {
  absent,
  check,
  explicit,
  floats,
  inCohort,
  json,
  legacy,
  negations,
  operators,
  property
} from "./operators/matching.js"

const needsValue = operators.filter((operator) => operator !== "is_set" && operator !== "is_not_set")

/** A condition that the operator can read. */
const readable = (operator: string): unknown =>
  operator.includes("multi")
    ? ["a"]
    : operator.includes("between")
    ? [1, 2]
    : operator.includes("date")
    ? "-7d"
    : "1"

const zones = [
  legacy.zone,
  DateTime.zoneUnsafeMakeNamed("America/New_York"),
  DateTime.zoneMakeOffset(5.5 * 3_600_000)
]

describe("what a filter comes to", () => {
  it("FLAGS-LOCAL-32: a match, no match, or inconclusive; an operator that is omitted or null is exact", () => {
    for (const operator of [absent, null, "exact"]) {
      assert.strictEqual(check("pro", operator, "PRO"), true)
      assert.strictEqual(check("free", operator, "pro"), false)
      assert.strictEqual(check(absent, operator, "pro"), "missingProperty")
    }
  })

  it("FLAGS-LOCAL-33: a missing property is inconclusive for every operator, the negative ones too", () => {
    for (const operator of operators) {
      assert.strictEqual(check(absent, operator, readable(operator), inCohort), "missingProperty", operator)
      // what JSON has no place for would not reach the service
      assert.strictEqual(check(() => 1, operator, readable(operator), inCohort), "missingProperty", operator)
      assert.strictEqual(check(Symbol("s"), operator, readable(operator), inCohort), "missingProperty", operator)
    }
  })

  it("FLAGS-LOCAL-34: a condition that is absent or null is inconclusive where one is needed", () => {
    for (const operator of needsValue) {
      for (const value of ["a", absent]) {
        assert.strictEqual(check(value, operator, absent, inCohort), "invalidFilterValue", operator)
        assert.strictEqual(check(value, operator, null, inCohort), "invalidFilterValue", operator)
      }
    }
  })

  it("FLAGS-LOCAL-34: so is one that its operator cannot read", () => {
    const malformed: ReadonlyArray<readonly [string, unknown]> = [
      ...["gt", "gte", "lt", "lte", "min", "max"].flatMap((operator) =>
        ["abc", "10px", "", true, [1], {}, "1e400", "NaN"].map((value) => [operator, value] as const)
      ),
      ...["regex", "not_regex"].flatMap((operator) => [1, true, ["a"], {}].map((value) => [operator, value] as const)),
      ...["is_date_exact", "is_date_before", "is_date_after"].flatMap((operator) =>
        ["soon", "2023-02-29", 1_700_000_000, true, ["2023-01-01"], "10000d"].map((value) => [operator, value] as const)
      ),
      ["icontains_multi", "a"],
      ["not_icontains_multi", { 0: "a" }],
      ["semver_eq", "one"],
      ["semver_neq", true],
      ["semver_wildcard", "1.*.3"]
    ]
    for (const [operator, value] of malformed) {
      assert.strictEqual(check("a", operator, value), "invalidFilterValue", `${operator} ${JSON.stringify(value)}`)
    }
  })

  it("FLAGS-LOCAL-35: a property that is present and cannot be read is no match", () => {
    const unreadable: ReadonlyArray<readonly [string, unknown]> = [
      ["gt", "abc"],
      ["lt", true],
      ["is_date_before", "soon"],
      ["is_date_after", [1]],
      ["semver_eq", "one"],
      ["semver_neq", null],
      ["between", "x"],
      ["not_between", "x"]
    ]
    for (const [operator, value] of unreadable) {
      assert.strictEqual(check(value, operator, readable(operator), inCohort), false, operator)
    }
  })

  it("FLAGS-LOCAL-36: a negative operator is the negation wherever both are conclusive, and inconclusive where the other is", () => {
    const settings = fc.constantFrom(inCohort, { ...inCohort, ...explicit, place: "cohort" as const }, {
      ...inCohort,
      ambiguousIntegers: true
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...negations),
        property,
        json,
        settings,
        ([positive, negative], value, condition, how) => {
          const yes = check(value, positive, condition, how)
          const no = check(value, negative, condition, how)
          if (positive === "between" && yes === false && no === false) {
            // the property is no number: neither
            return
          }
          assert.deepStrictEqual(typeof yes === "boolean" ? !yes : yes, no)
        }
      ),
      { numRuns: 5000 }
    )
  })

  it("FLAGS-LOCAL-36: a failure to read is turned into a match by no negation", () => {
    assert.strictEqual(check("abc", "not_between", [1, 2], inCohort), false)
    assert.strictEqual(check("abc", "semver_neq", "1.2.3"), false)
    assert.strictEqual(check("abc", "not_regex", "["), false)
    assert.strictEqual(check("abc", "not_regex", "(?=a)"), "unsupportedRegex")
    assert.strictEqual(check("abc", "not_between", [2, 1], inCohort), "invalidFilterValue")
  })

  it("FLAGS-LOCAL-37: an operator in the wrong place is inconclusive", () => {
    for (const settings of [legacy, inCohort]) {
      for (const operator of ["in", "not_in", "flag_evaluates_to"]) {
        assert.strictEqual(check(1, operator, 1, settings), "unknownOperator", operator)
      }
    }
    for (const operator of ["between", "not_between"]) {
      assert.strictEqual(check(1, operator, [1, 2], legacy), "unknownOperator")
      assert.notStrictEqual(check(1, operator, [1, 2], inCohort), "unknownOperator")
    }
  })

  it("FLAGS-LOCAL-08: an unknown operator is inconclusive whatever the property is, and nothing throws", () => {
    for (
      const operator of [
        "",
        "EXACT",
        "foo",
        "constructor",
        "__proto__",
        "toString",
        7,
        true,
        {},
        [],
        ["exact"],
        Symbol("s")
      ]
    ) {
      for (const value of ["a", null, absent]) {
        assert.strictEqual(check(value, operator, "a"), "unknownOperator")
      }
    }
  })

  it("says what it is about, in the words of the definition", () => {
    const missing = compile("plan", "exact", "pro", legacy)(undefined, { millis: 0 })
    assert.deepStrictEqual(missing, new Inconclusive("missingProperty", "plan"))
    assert.deepStrictEqual(
      compile("plan", "x".repeat(500), "pro", legacy)("pro", { millis: 0 }),
      new Inconclusive("unknownOperator", "x".repeat(100))
    )
  })

  it("FLAGS-LOCAL-08, FLAGS-LOCAL-35: whatever is passed and defined, there is a result and no exception", () => {
    const settings = fc.record({
      explicitMatching: fc.boolean(),
      zone: fc.constantFrom(...zones),
      place: fc.constantFrom("condition" as const, "cohort" as const),
      ambiguousIntegers: fc.boolean()
    })
    fc.assert(
      fc.property(
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom<unknown>(...operators) }, property),
        fc.oneof(json, property),
        property,
        settings,
        fc.integer({ min: -1e13, max: 1e13 }),
        (operator, condition, value, how, millis) => {
          const result = compile("key", operator, condition, how)(value, { millis })
          assert.isTrue(typeof result === "boolean" || result instanceof Inconclusive)
        }
      ),
      { numRuns: 10_000 }
    )
  })

  it("makes no object while it evaluates what is inconclusive", () => {
    const matcher = compile("key", "exact", 34, floats)
    assert.strictEqual(matcher(34, { millis: 0 }), matcher("34.0", { millis: 0 }))
    assert.strictEqual(matcher(undefined, { millis: 0 }), matcher(undefined, { millis: 1 }))
  })
})
