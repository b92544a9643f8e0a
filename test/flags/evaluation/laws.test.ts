/** What holds for every set of definitions and every person. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { Explanation } from "../../../src/flags/evaluation/Explanation.js"
import { Inconclusive } from "../../../src/flags/evaluation/Inconclusive.js"
import { bodies, people, type Person } from "./definitions.js"
import { body, compile, flag, is, noon, show, subject } from "./support.js"

const numRuns = 300
const who = (person: Person) => subject(person)

/** What an explanation says, worked out from its parts alone. */
const replay = ({ conditions, earlyExit, holdout }: Explanation): unknown => {
  if (holdout !== undefined && holdout.result !== "notHeldOut") {
    return holdout.result instanceof Inconclusive ? show(holdout.result) : `holdout-${holdout.id}`
  }
  let doubt: Inconclusive | undefined
  for (const { result } of conditions) {
    if (result instanceof Inconclusive) {
      doubt ??= result
    } else if (typeof result === "object") {
      return result.value
    } else if (result === "outOfRollout" && earlyExit) {
      break
    }
  }
  return doubt === undefined ? false : show(doubt)
}

/** What a condition comes to, worked out from its filters, its rollout and its variants. */
const replayCondition = ({ bucketing, filters, result, rollout, variant }: Explanation["conditions"][number]) => {
  if (result instanceof Inconclusive && bucketing.identifier === undefined) {
    return result
  }
  if (filters.some(({ verdict }) => verdict === "noMatch")) {
    return "noMatch"
  }
  const doubt = filters.find(({ verdict }) => verdict !== "match")?.verdict
  if (doubt !== undefined) {
    return doubt
  }
  return rollout.included === false ? "outOfRollout" : { value: variant?.chosen ?? true }
}

describe("laws of local evaluation", () => {
  it("FLAGS-LOCAL-11 FLAGS-LOCAL-77: all flags in one pass are what each of them is by itself, in any order, again and again", () => {
    fc.assert(
      fc.property(bodies, people, (definitions, person) => {
        const flags = compile(definitions)
        const each = new Map(flags.keys.map((key) => [key, flags.evaluate(key, who(person), noon)]))
        assert.deepStrictEqual(flags.evaluateAll(who(person), noon), each)
        const backwards = flags.evaluateAll(who(person), noon, flags.keys.toReversed())
        for (const [key, outcome] of each) {
          assert.strictEqual(backwards.get(key), outcome)
          assert.strictEqual(flags.evaluate(key, who(person), noon), outcome)
        }
      }),
      { numRuns }
    )
  })

  it("an explanation's outcome is the evaluation's, and follows from its parts", () => {
    fc.assert(
      fc.property(bodies, people, (definitions, person) => {
        const flags = compile(definitions)
        for (const key of flags.keys) {
          const outcome = flags.evaluate(key, who(person), noon)
          const explanation = flags.explain(key, who(person), noon)
          if (explanation === undefined) {
            return assert.fail("no explanation")
          }
          const { branch, conditions, reason } = explanation
          assert.deepStrictEqual(
            explanation.outcome instanceof Inconclusive ? show(explanation.outcome) : explanation.outcome.value,
            show(outcome)
          )
          if (branch !== "definition") {
            assert.deepStrictEqual(replay(explanation), show(outcome))
          }
          for (const condition of conditions) {
            assert.deepStrictEqual(condition.result, replayCondition(condition))
          }
          const decided = conditions.filter(({ reached }) => reached).at(-1)
          assert.isTrue(branch !== "condition" || decided?.index === reason?.condition)
        }
      }),
      { numRuns }
    )
  })

  it("FLAGS-LOCAL-08: a flag that nothing refers to changes nothing, not even a broken one", () => {
    const stranger = fc.oneof(
      fc.constant(flag("stranger", { groups: [{ properties: [is("plan", 1, "no_such_operator")] }] })),
      fc.jsonValue().map((filters) => flag("stranger", filters)),
      fc.jsonValue()
    )
    fc.assert(
      fc.property(bodies, people, stranger, fc.nat(6), (definitions, person, extra, position) => {
        const without = compile(definitions)
        const withExtra = compile({ ...definitions, flags: definitions.flags.toSpliced(position, 0, extra as any) })
        for (const key of without.keys) {
          assert.deepStrictEqual(withExtra.evaluate(key, who(person), noon), without.evaluate(key, who(person), noon))
        }
      }),
      { numRuns }
    )
  })

  it("FLAGS-LOCAL-09 FLAGS-LOCAL-13: whoever is in a rollout stays in when it grows", () => {
    const percentages = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 2, maxLength: 10 })
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), percentages, (key, distinctId, steps) => {
        const values = steps.toSorted((a, b) => a - b).map((rollout_percentage) =>
          compile(body([flag(key, { groups: [{ rollout_percentage }] })]))
            .evaluate(key, subject({ distinctId }), noon)
        ).map(show)
        assert.deepStrictEqual(values, values.toSorted())
      }),
      { numRuns }
    )
  })

  it("FLAGS-LOCAL-14: variants get their shares, and one of them whenever the shares fill the whole", () => {
    const shares = [["a", 20], ["b", 50], ["c", 30]] as const
    const flags = compile(body([
      flag("f", {
        groups: [{}],
        multivariate: { variants: shares.map(([key, rollout_percentage]) => ({ key, rollout_percentage })) }
      })
    ]))
    const counts = new Map<unknown, number>()
    const total = 20_000
    for (let index = 0; index < total; index++) {
      const value = show(flags.evaluate("f", subject({ distinctId: `user-${index}` }), noon))
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    assert.deepStrictEqual([...counts.keys()].toSorted(), ["a", "b", "c"])
    for (const [key, share] of shares) {
      assert.approximately((counts.get(key) ?? 0) / total, share / 100, 0.02)
    }
  })

  it("the clock is read once in a pass, and only where a filter compares with now", () => {
    let reads = 0
    const clock = { unsafeCurrentTimeMillis: () => (reads++, Date.UTC(2025, 0, 1)) }
    const person = subject({ personProperties: { joined: "2024-12-31", plan: "pro" } })
    const relative = { groups: [{ properties: [is("joined", "-7d", "is_date_after")] }] }
    const flags = compile(body([flag("a", relative), flag("b", relative), flag("c", { groups: [{}] })]))
    assert.strictEqual(show(flags.evaluate("c", person, clock)), true)
    assert.strictEqual(reads, 0)
    assert.deepStrictEqual([...flags.evaluateAll(person, clock).values()].map(show), [true, true, true])
    assert.strictEqual(reads, 1)
  })
})
