import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, ParseResult, Schema } from "effect"
import * as PulledFlag from "effect-posthog/cli/PulledFlag"
import * as RegistrySource from "effect-posthog/cli/RegistrySource"
import * as Flag from "effect-posthog/flags/registry/Flag"
import { type FlagRegistry, registry } from "effect-posthog/flags/registry/FlagRegistry"
import type { FlagDeclarations } from "effect-posthog/flags/registry/FlagTypes"
import { transformSync } from "esbuild"
import { readFileSync } from "node:fs"
import { shop } from "./definitions.js"
import { anyDefinition, anyDefinitions, hostileText } from "./hostile.js"

const flagsOf = (answer: unknown) => Either.getOrThrow(PulledFlag.fromAnswer(answer)).flags

const render = (answer: unknown) => RegistrySource.render(flagsOf(answer), "ShopFlags")

/** Runs a generated module with the real `Flag` and `registry`, and nothing else in reach. */
const evaluate = (source: string): FlagRegistry<FlagDeclarations> => {
  const { code } = transformSync(source, { loader: "ts", format: "cjs", target: "node20", logLevel: "silent" })
  const module: { exports: { readonly ShopFlags?: FlagRegistry<FlagDeclarations> } } = { exports: {} }
  const modules: Record<string, unknown> = {
    "effect-posthog": { Flag, Flags: { registry } },
    "effect/Schema": Schema
  }
  // oxlint-disable-next-line no-new-func -- that the source does nothing but declare is what is tested here
  new Function("module", "require", code)(module, (name: string) => {
    assert.isTrue(Object.hasOwn(modules, name), `the module asks for ${name}`)
    return modules[name]
  })
  const { ShopFlags } = module.exports
  if (ShopFlags === undefined) {
    throw new Error("the module exports no ShopFlags")
  }
  return ShopFlags
}

describe("the source of a registry", () => {
  it("is the generated module that stands beside this test, and that the compiler checks", () => {
    assert.strictEqual(render(shop), readFileSync(new URL("generated/ShopFlags.ts", import.meta.url), "utf8"))
  })

  it("imports nothing that it does not use", () => {
    assert.strictEqual(
      render({ flags: [] }),
      `${RegistrySource.mark} from the flag definitions in PostHog. Changes made here will be lost.
import { Flags } from "effect-posthog"

export const ShopFlags = Flags.registry({})
`
    )
    assert.notInclude(render({ flags: [{ key: "a" }] }), "Schema")
  })

  it("does not let a name out of its comment, or a key out of its quotes", () => {
    const source = render({
      flags: [{ key: "a\"}); evil(); ({\"", name: "*/ evil() /*" }, { key: "b\u2028\u202e", name: "// \r\n evil() *" }]
    })
    assert.include(source, "/** * / evil() /* */")
    assert.include(source, "/** // evil() * */")
    assert.include(source, "\"b\\u2028\\u202e\"")
    assert.deepStrictEqual(evaluate(source).keys, ["a\"}); evil(); ({\"", "b\u2028\u202e"])
  })

  it("does not depend on the order of definitions, not even of two with one key", () => {
    const flags = [{ key: "a", name: "one" }, { key: "a", name: "two" }, { key: "B" }, { key: "ä" }]
    assert.strictEqual(render({ flags }), render({ flags: flags.toReversed() }))
    assert.deepStrictEqual(evaluate(render({ flags })).keys, ["B", "a", "ä"])
  })
})

const expectedOf = (flags: ReadonlyArray<PulledFlag.PulledFlag>) => new Set(flags.map(({ key }) => key))

describe("for any definitions", () => {
  it.prop(
    "the source declares exactly their keys, and running it does nothing else",
    [anyDefinitions],
    ([definitions]) => {
      const answer: unknown = JSON.parse(JSON.stringify({ flags: definitions }))
      const flags = flagsOf(answer)
      const declared = evaluate(render(answer))
      assert.deepStrictEqual(new Set(declared.keys), expectedOf(flags))
      assert.strictEqual(declared.keys.length, expectedOf(flags).size)
      for (const key of declared.keys) {
        const flag = Object.getOwnPropertyDescriptor(declared.definitions, key)?.value
        assert.isTrue(
          flags.some((each) =>
            each.key === key && (flag._tag === "BooleanFlag"
              ? each.variants.length === 0 && flag.default === false
              : JSON.stringify(each.variants) === JSON.stringify(flag.variants) && flag.variants.includes(flag.default))
          ),
          key
        )
      }
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.prop(
    "the text is the same in whatever order they come, and when it is made again",
    [anyDefinitions.chain((all) =>
      FastCheck.tuple(FastCheck.constant(all), FastCheck.shuffledSubarray(all, { minLength: all.length }))
    )],
    ([[definitions, shuffled]]) => {
      assert.strictEqual(render({ flags: definitions }), render({ flags: shuffled }))
    }
  )

  it.prop(
    "the schema of a payload accepts every payload that it was made from",
    [anyDefinition, FastCheck.array(FastCheck.jsonValue({ maxDepth: 3 }), { maxLength: 4 })],
    ([definition, payloads]) => {
      const variants = payloads.map((_, i) => `v${i}`)
      const declared = evaluate(render({
        flags: [{
          ...(typeof definition === "object" ? definition : {}),
          key: "flag",
          deleted: false,
          filters: {
            multivariate: { variants: variants.map((key) => ({ key })) },
            payloads: Object.fromEntries(payloads.map((payload, i) => [`v${i}`, JSON.stringify(payload)]))
          }
        }]
      }))
      const schema = declared.definitions["flag"]?.payload?.schema
      if (schema !== undefined) {
        for (const payload of payloads) {
          assert.isTrue(Either.isRight(ParseResult.decodeUnknownEither(schema)(JSON.parse(JSON.stringify(payload)))))
        }
      }
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.prop("a description stays in its comment", [hostileText], ([name]) => {
    const declared = evaluate(render({ flags: [{ key: "only", name }] }))
    assert.deepStrictEqual(declared.keys, ["only"])
  }, { fastCheck: { numRuns: 500 } })
})
