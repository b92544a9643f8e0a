import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import type { JsonObject, JsonValue } from "../../../src/domain/JsonValue.js"
import * as RequestIdentity from "../../../src/flags/remote/RequestIdentity.js"
import { body } from "./support.js"

const reversed = (value: JsonValue): JsonValue =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).toReversed().map(([key, value]) => [key, reversed(value)]))
    : value

// fast-check's JSON holds nothing else
const jsonObject = FastCheck.dictionary(FastCheck.string(), FastCheck.jsonValue() as FastCheck.Arbitrary<JsonValue>)

describe("RequestIdentity", () => {
  it("is the body as JSON", () => {
    FastCheck.assert(
      FastCheck.property(jsonObject, (person_properties) => {
        const asked = body({ person_properties, flag_keys_to_evaluate: ["b", "a"] })
        assert.deepStrictEqual(JSON.parse(RequestIdentity.textOf(asked)), JSON.parse(JSON.stringify(asked)))
      }),
      { numRuns: 300 }
    )
  })

  it("does not depend on the order of keys", () => {
    FastCheck.assert(
      FastCheck.property(jsonObject, (person_properties) => {
        const other = body({ person_properties: reversed(person_properties) as JsonObject })
        return RequestIdentity.textOf(body({ person_properties })) === RequestIdentity.textOf(other)
      }),
      { numRuns: 300 }
    )
  })

  it("depends on everything else: values, types, the order of lists, keys like __proto__", () => {
    const texts = [
      {},
      { a: 1 },
      { a: "1" },
      { a: [1, 2] },
      { a: [2, 1] },
      { a: { b: 1 } },
      { a: null },
      { "a.b": 1 },
      JSON.parse(`{"__proto__": {"a": 1}}`) as JsonObject
    ].map((person_properties) => RequestIdentity.textOf(body({ person_properties })))
    assert.strictEqual(new Set(texts).size, texts.length)
  })

  it("without the token nothing of the token is left, and the rest is", () => {
    const secret = body({ token: "phc_hidden", distinct_id: "bob" })
    assert.notInclude(RequestIdentity.withoutToken(secret), "hidden")
    assert.deepStrictEqual(
      { token: "phc_hidden", ...JSON.parse(RequestIdentity.withoutToken(secret)) },
      { ...secret }
    )
    assert.notStrictEqual(RequestIdentity.withoutToken(secret), RequestIdentity.withoutToken(body()))
  })
})
