/** What JSON.parse does not tell: how a number was spelled. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { spellsIntegralFloats } from "../../../src/flags/evaluation/IntegralFloats.js"

describe("spellsIntegralFloats", () => {
  it("FLAGS-LOCAL-41: whole numbers with a point or an exponent, outside of strings", () => {
    for (
      const text of [
        "34.0",
        "[1.0]",
        "{\"value\":1e3}",
        "{\"value\":[2,-0.0]}",
        "{\"value\":1E+2}",
        "{\"a\":\"\\\\\",\"value\":7.0}",
        "{\"rollout_percentage\":[50.0]}",
        "{\"rollout_percentage\":50.5,\"other\":2.0}",
        "{\"a\":15e-1,\"b\":20e-1}"
      ]
    ) {
      assert.isTrue(spellsIntegralFloats(text), text)
    }
  })

  it("FLAGS-LOCAL-41: other numbers, strings, and percentages do not count", () => {
    for (
      const text of [
        "",
        "34",
        "[1.5,-2,true,false,null]",
        "\"1.0\"",
        "{\"1.0\":\"2.0\"}",
        "{\"a\":\"\\\"1.0\",\"b\":\"\\\\\\\"2.0\"}",
        "{\"rollout_percentage\":50.0}",
        "{\"rollout_percentage\" : 100.0 , \"exclusion_percentage\":20.0}",
        "{\"value\":1e-7}",
        "\"unfinished 1.0",
        "\"1.0\\"
      ]
    ) {
      assert.isFalse(spellsIntegralFloats(text), text)
    }
  })

  it("agrees with a tokenizer on any JSON", () => {
    const number = FastCheck.constantFrom("1", "1.0", "2.5", "1e2", "15e-1", "-3", "-0.0")
    const text = FastCheck.letrec<{ value: string }>((tie) => ({
      value: FastCheck.oneof(
        { depthSize: "small" },
        number,
        FastCheck.constantFrom("true", "false", "null"),
        FastCheck.string().map((value) => JSON.stringify(value)),
        FastCheck.array(tie("value"), { maxLength: 4 }).map((values) => `[${values.join(",")}]`),
        FastCheck.array(FastCheck.tuple(FastCheck.string(), tie("value")), { maxLength: 4 }).map((entries) =>
          `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(" ,")}}`
        )
      )
    })).value
    FastCheck.assert(FastCheck.property(text, (json) => {
      const outside = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, "\"\"")
      const expected = [...outside.matchAll(/-?\d[\d.eE+-]*/g)].some(([number]) =>
        /[.eE]/.test(number) && Number.isInteger(Number(number))
      )
      assert.strictEqual(spellsIntegralFloats(json), expected, json)
    }))
  })

  it("a body of five megabytes takes less than a second", () => {
    const body = JSON.stringify(Array.from({ length: 40_000 }, (_, index) => ({
      key: `flag-${index}`,
      rollout_percentage: index / 3,
      text: "a \"quoted\" text with some length \\ and more of it, so that it looks like a body"
    })))
    assert.isAbove(body.length, 5_000_000)
    const start = performance.now()
    assert.isFalse(spellsIntegralFloats(body.replaceAll(/(\d)\.(0+)([,}])/g, "$1$3")))
    assert.isBelow(performance.now() - start, 1000)
  })
})
