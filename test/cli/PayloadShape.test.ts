import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as PayloadShape from "effect-posthog/cli/PayloadShape"
import * as PayloadSource from "effect-posthog/cli/PayloadSource"
import type { JsonValue } from "effect-posthog/domain/JsonValue"

const sourceOf = (...payloads: ReadonlyArray<JsonValue>) =>
  Option.getOrUndefined(Option.map(PayloadShape.common(payloads), (shape) => PayloadSource.render(shape, "", 0)))

describe("what payloads have in common", () => {
  it("is a schema where somebody would write one", () => {
    assert.strictEqual(sourceOf(1, 2.5), "Schema.Number")
    assert.strictEqual(sourceOf("a"), "Schema.String")
    assert.strictEqual(sourceOf(true, null, false), "Schema.NullOr(Schema.Boolean)")
    assert.strictEqual(sourceOf(null), "Schema.Null")
    assert.strictEqual(sourceOf([], []), "Schema.Array(Schema.Unknown)")
    assert.strictEqual(sourceOf([], [1, null], [2]), "Schema.Array(Schema.NullOr(Schema.Number))")
    assert.strictEqual(sourceOf({}), "Schema.Struct({})")
    assert.strictEqual(
      sourceOf({ b: 1, a: "x" }, { a: "y" }),
      "Schema.Struct({ a: Schema.String, b: Schema.optional(Schema.Number) })"
    )
    assert.strictEqual(
      sourceOf({ a: 1, "b-c": null }, { a: 2, "b-c": [{ constructor: true, longEnoughToBreakTheLine: "x" }] }),
      `Schema.Struct({
  a: Schema.Number,
  "b-c": Schema.NullOr(Schema.Array(Schema.Struct({
    constructor: Schema.Boolean,
    longEnoughToBreakTheLine: Schema.String
  })))
})`
    )
  })

  it("is nothing where nobody would", () => {
    assert.isUndefined(sourceOf())
    assert.isUndefined(sourceOf(1, "1"))
    assert.isUndefined(sourceOf([1, "1"]))
    assert.isUndefined(sourceOf({ a: 1 }, [1]))
    assert.isUndefined(sourceOf({ a: 1 }, { a: "1" }))
    assert.isUndefined(sourceOf({ a: 1 }, { b: 1 }))
    assert.isUndefined(sourceOf(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]))))
    assert.isUndefined(sourceOf(JSON.parse(`${"[".repeat(9)}${"]".repeat(9)}`)))
    assert.isUndefined(sourceOf(JSON.parse("{\"__proto__\":1}")))
  })
})
