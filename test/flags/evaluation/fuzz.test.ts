/** Anything at all as definitions and as a person: `FUZZ` says how many cases are tried (2,000), `FUZZ_SEED` replays. */
import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { empty, type Subject } from "../../../src/flags/context/Subject.js"
import * as FlagDefinitions from "../../../src/flags/evaluation/FlagDefinitions.js"
import { Inconclusive } from "../../../src/flags/evaluation/Inconclusive.js"
import * as LocalFlags from "../../../src/flags/evaluation/LocalFlags.js"
import { renderExplanation } from "../../../src/flags/evaluation/RenderExplanation.js"
import { bodies, people } from "./definitions.js"
import { noon, show } from "./support.js"

const numRuns = Number(process.env["FUZZ"] ?? 2000)
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** In portions, between which the runner gets a turn: it gives up on a test that blocks for a minute. */
const tryAll = async <A extends [unknown, ...Array<unknown>]>(property: fc.IProperty<A>): Promise<void> => {
  const portion = 2000
  for (let done = 0; done < numRuns; done += portion) {
    fc.assert(property, { numRuns: Math.min(portion, numRuns - done), seed: seed + done })
    await new Promise((resolve) => setImmediate(resolve))
  }
  console.log(`fuzz: ${numRuns} cases, FUZZ_SEED=${seed}`)
}

const words = fc.constantFrom(
  ...`
  flags key a b f active filters groups properties rollout_percentage variant type cohort flag person
  group value values operator exact in not_in AND OR regex flag_evaluates_to dependency_chain negation
  holdout id exclusion_percentage multivariate variants aggregation_group_type_index
  bucketing_identifier device_id cohorts 1 company group_type_mapping payloads true __proto__
  constructor toString distinct_id between gt
`.trim().split(/\s+/)
)

const scalar = fc.oneof(
  words,
  fc.string(),
  fc.double(),
  fc.integer({ min: -1, max: 101 }),
  fc.boolean(),
  fc.constant(null)
)

/** JSON with PostHog's words in it. */
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("anything"), { maxLength: 4 }),
    fc.array(fc.tuple(words, tie("anything")), { maxLength: 6 }).map((entries) => {
      const target: Record<string, unknown> = {}
      for (const [key, value] of entries) {
        Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
      }
      return target
    })
  )
}))

/** Definitions of which some parts, at any depth, were replaced by anything. */
const broken = fc.tuple(bodies, fc.array(fc.tuple(fc.nat(500), anything), { minLength: 1, maxLength: 4 }))
  .map(([body, replacements]) => {
    let result: unknown = body
    for (const [position, replacement] of replacements) {
      let left = position
      const walk = (value: unknown): unknown => {
        if (left-- === 0) {
          return replacement
        }
        if (Array.isArray(value)) {
          return value.map(walk)
        }
        return typeof value === "object" && value !== null
          ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
          : value
      }
      result = walk(result)
    }
    return result
  })

const anyBody = fc.oneof(
  broken,
  fc.record({ flags: fc.array(anything), cohorts: anything, group_type_mapping: anything }),
  fc.record({
    flags: fc.array(fc.record({ key: words, active: fc.constant(true), filters: anything })),
    cohorts: fc.dictionary(fc.constantFrom("1", "a", "__proto__"), anything)
  }),
  anything
)

const hostile = {
  get plan(): never {
    throw new Error("a getter")
  }
}

const anyone: fc.Arbitrary<Subject> = fc.oneof(
  people.map((person) => ({ ...empty(), ...person })),
  fc.record({
    distinctId: fc.option(fc.string(), { nil: undefined }),
    deviceId: fc.option(fc.string(), { nil: undefined }),
    personProperties: fc.oneof(anything, fc.anything(), fc.constant(hostile)),
    groups: fc.oneof(anything, fc.constant({ company: "acme" })),
    groupProperties: fc.oneof(anything, fc.constant({ company: hostile }))
    // what arrives in spite of the types
  }).map((fields) => ({ ...empty(), ...fields }) as unknown as Subject)
)

const check = (definitions: FlagDefinitions.FlagDefinitions, who: Subject) => {
  const flags = LocalFlags.make(definitions)
  const all = flags.evaluateAll(who, noon)
  assert.isAtMost(flags.lastSteps(), flags.size)
  assert.deepStrictEqual([...all.keys()], flags.keys)
  for (const key of flags.keys) {
    const outcome = flags.evaluate(key, who, noon)
    assert.isAtMost(flags.lastSteps(), flags.size)
    assert.deepStrictEqual(outcome, all.get(key))
    const explanation = flags.explain(key, who, noon)
    if (explanation === undefined || outcome === undefined) {
      return assert.fail("a key without a flag")
    }
    assert.deepStrictEqual(
      explanation.outcome instanceof Inconclusive ? show(explanation.outcome) : explanation.outcome.value,
      show(outcome)
    )
    assert.include(renderExplanation(explanation), key)
    flags.payload(key, true)
  }
}

describe("fuzz", () => {
  it(
    "FLAGS-LOCAL-08 FLAGS-LOCAL-72: any JSON as definitions, anything as a person: nothing throws, steps stay within size",
    { timeout: 30_000 + numRuns * 10 },
    () =>
      tryAll(
        fc.property(anyBody, anyone, (body, who) => {
          const decoded = FlagDefinitions.decode(body)
          if (Either.isRight(decoded)) {
            check(decoded.right, who)
          }
        })
      )
  )

  it("any text as a body: a set or a typed error", { timeout: 30_000 + numRuns * 5 }, () => {
    const text = fc.oneof(fc.string(), fc.json(), anyBody.map((value) => JSON.stringify(value) ?? ""))
    return tryAll(
      fc.property(text, (json) => {
        const parsed = FlagDefinitions.parse(json)
        assert.isTrue(Either.isRight(parsed) || parsed.left._tag === "InvalidDefinitions")
      })
    )
  })
})
