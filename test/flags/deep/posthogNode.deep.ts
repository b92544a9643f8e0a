/**
 * Local evaluation beside the pinned posthog-node's, over generated definitions and people: `CASES` says how many (10,000),
 * `SEED` repeats a run. Every difference has to be in a listed category; one that is not fails, and is printed shrunk.
 *
 * posthog-node does not come to an end in a cycle of dependencies, and overflows the stack in one of cohorts: those are
 * tried on our side alone (`test/flags/evaluation`).
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { attribute, type Both, type Compare } from "./attribute.js"
import { type Case, type Verdict } from "./Case.js"
import { filterCategories } from "./FilterCategories.js"
import { generate } from "./generate.js"
import * as Ours from "./ours.js"
import * as Random from "./Random.js"
import { shrink } from "./shrink.js"
import { structureCategories } from "./StructureCategories.js"
import * as Theirs from "./theirs.js"

const cases = Number(process.env["CASES"] ?? 10_000)
const seed = Number(process.env["SEED"] ?? 20_250_331)

// the last of a month: where months before now are cut short
const now = Date.UTC(2025, 2, 31, 12)

let theirs: Awaited<ReturnType<typeof Theirs.make>>

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now })
  // it warns of every flag that it cannot evaluate
  vi.spyOn(console, "warn").mockImplementation(() => {})
  vi.spyOn(console, "error").mockImplementation(() => {})
  theirs = await Theirs.make()
})

afterAll(async () => {
  await theirs.close()
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const compare: Compare = async (one, key) => ({
  ours: Ours.evaluate(one, [key], now).get(key) ?? "?",
  theirs: (await theirs.evaluate(one, [key])).get(key) ?? "?"
})

const someone = { distinctId: "user-1", personProperties: {}, groups: {}, groupProperties: {} }

describe(`posthog-node ${Theirs.version()}`, () => {
  it("runs in UTC", () => {
    expect(new Date(now).getTimezoneOffset()).toBe(0)
  })

  for (const { examples, id, requirement } of filterCategories) {
    it(`has its own answer, and ours is the specification's: ${id} (${requirement})`, async () => {
      expect(examples.length).toBeGreaterThan(0)
      for (const { filter, ours, theirs, value } of examples) {
        const one: Case = {
          definitions: {
            flags: [{
              key: "f",
              active: true,
              filters: { groups: [{ properties: [filter], rollout_percentage: 100 }] }
            }],
            cohorts: {},
            group_type_mapping: {}
          },
          who: { ...someone, personProperties: { p: value } }
        }
        expect({ filter, value, ...await compare(one, "f") }).toEqual({ filter, value, ours, theirs })
        expect(await attribute(one, "f", compare)).toEqual({ causes: new Set([id]), unlisted: undefined })
      }
    })
  }

  for (const { examples, id, requirement } of structureCategories) {
    it(`has its own answer, and ours is the specification's: ${id} (${requirement})`, async () => {
      expect(examples.length).toBeGreaterThan(0)
      for (const example of examples) {
        const { cohorts = {}, flags, group_type_mapping = { 0: "company", 1: "project" }, ours, theirs, who } = example
        const key = example.key ?? String(flags.at(-1)?.["key"])
        const one: Case = {
          definitions: { flags: [...flags], cohorts, group_type_mapping },
          who: { ...someone, ...who }
        }
        expect({ example, ...await compare(one, key) }).toEqual({ example, ours, theirs })
        expect(await attribute(one, key, compare)).toEqual({ causes: new Set([id]), unlisted: undefined })
      }
    })
  }

  it(`otherwise agrees, in ${cases} generated cases`, async () => {
    const calls = { all: 0, same: 0, value: 0 }
    const counts = new Map<string, { any: number; sole: number }>()
    const unlisted: Array<{ readonly seed: number; readonly key: string; readonly one: Case; readonly why: string }> =
      []
    for (let n = 0; n < cases; n++) {
      const one = generate(Random.make(seed + n))
      const keys = one.definitions.flags.map((flag) => String(flag["key"]))
      const ours = Ours.evaluate(one, keys, now)
      const verdicts = await theirs.evaluate(one, keys)
      for (const key of keys) {
        calls.all++
        if (ours.get(key) === verdicts.get(key)) {
          calls.same++
          calls.value += ours.get(key) === "?" ? 0 : 1
          continue
        }
        const found = await attribute(one, key, compare)
        if (found.unlisted !== undefined) {
          unlisted.push({ seed: seed + n, key, one, why: found.unlisted })
        }
        for (const cause of found.causes) {
          const count = counts.get(cause) ?? { any: 0, sole: 0 }
          counts.set(cause, { any: count.any + 1, sole: count.sole + (found.causes.size === 1 ? 1 : 0) })
        }
      }
    }
    report(calls, counts)
    const [first] = unlisted
    if (first !== undefined) {
      const isTheSame = async (one: Case): Promise<boolean> =>
        differs(await compare(one, first.key)) && (await attribute(one, first.key, compare)).unlisted === first.why
      const small = await shrink(first.one, isTheSame)
      throw new Error(
        `${unlisted.length} differences are in no category. SEED=${first.seed} CASES=1, flag ${first.key}: ${first.why}\n` +
          JSON.stringify({ ...small, ...await compare(small, first.key) }, undefined, 2)
      )
    }
  })
})

const differs = ({ ours, theirs }: Both): boolean => ours !== theirs

const report = (
  calls: { readonly all: number; readonly same: number; readonly value: number },
  counts: ReadonlyMap<Verdict, { readonly any: number; readonly sole: number }>
): void => {
  const share = (part: number) => `${(100 * part / calls.all).toFixed(1)} %`
  console.log(
    `SEED=${seed} CASES=${cases}: ${calls.all} flags, the same ${calls.same} (${share(calls.same)}, ` +
      `with a value ${share(calls.value)}); differences by category, and where it is the only one:`
  )
  for (const { id, requirement, why } of [...filterCategories, ...structureCategories]) {
    const { any, sole } = counts.get(id) ?? { any: 0, sole: 0 }
    console.log(`${String(any).padStart(6)} ${String(sole).padStart(6)}  ${id} (${requirement}): ${why}`)
  }
}
