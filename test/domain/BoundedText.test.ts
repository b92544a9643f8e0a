import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as BoundedText from "effect-posthog/domain/BoundedText"

describe("a bounded text", () => {
  it("is the text itself up to the bound", () => {
    assert.strictEqual(BoundedText.cut("boom", 4), "boom")
    assert.strictEqual(BoundedText.cut("", 0), "")
  })

  it("says how much was cut", () => {
    const text = BoundedText.cut("x".repeat(1_008_000), 8192)
    assert.strictEqual(text.length, 8192 - 2)
    assert.isTrue(text.endsWith("x… [999,836 characters cut]"))
  })

  it("is its head where the bound leaves no room for that", () => {
    assert.strictEqual(BoundedText.cut("x".repeat(100), 5), "xxxxx")
  })

  it.prop(
    "is well-formed, within its bound and a head of the text",
    [fc.string({ unit: "binary", maxLength: 200 }), fc.integer({ min: 0, max: 200 })],
    ([text, max]) => {
      for (const input of [text, `${text}\ud83d\ude00`, text.slice(1), `\ud800${text}\udc00`]) {
        const cut = BoundedText.cut(input, max)
        assert.isAtMost(cut.length, max)
        assert.isTrue(cut.isWellFormed())
        const head = cut.split("… [", 1)[0]!
        if (input.length > max) {
          assert.isTrue(input.toWellFormed().startsWith(head) || input.includes("… ["))
        } else {
          assert.strictEqual(cut, input.toWellFormed())
        }
      }
    }
  )
})
