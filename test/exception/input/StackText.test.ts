import { assert, describe, it } from "@effect/vitest"
import * as StackText from "effect-posthog/exception/input/StackText"

const frames = (count: number) =>
  Array.from({ length: count }, (_, i) => `\n    at f${i} (/app/src/file${i}.js:${i + 1}:7)`).join("")

describe("the text of a stack", () => {
  it("is itself within its bound, made well-formed", () => {
    const stack = `Error: boom${frames(10)}`
    assert.strictEqual(StackText.bounded(stack, "boom"), stack)
    assert.strictEqual(StackText.bounded("Error: \ud800", "\ud800"), "Error: \ufffd")
  })

  it("ends with a whole line where it is cut, the innermost frames first", () => {
    const stack = `Error: boom${frames(5000)}`
    const bounded = StackText.bounded(stack, "boom")
    assert.isAtMost(bounded.length, StackText.maxLength)
    assert.isTrue(stack.startsWith(`${bounded}\n`))
    assert.isAbove(bounded.length, StackText.maxLength - 60)
  })

  it("keeps its frames behind a message of a megabyte, whatever lines that holds", () => {
    const message = `first\n    at lie (/app/lie.js:1:1)\n${"x".repeat(1_000_000)}`
    const bounded = StackText.bounded(`TypeError: ${message}${frames(20)}`, message)
    assert.strictEqual(bounded, `TypeError: first${frames(20)}`)
  })

  it("of one line without end is cut within it", () => {
    const text = "x".repeat(200_000)
    assert.strictEqual(StackText.bounded(text, "").length, StackText.maxLength)
    assert.strictEqual(StackText.bounded(`Error: ${text}`, text).length, StackText.maxLength)
    assert.isAtMost(StackText.bounded(`Error: m\n    at ${text}`, "m").length, StackText.maxLength)
  })

  it("is of no use where it says only name and message", () => {
    assert.isFalse(StackText.isUsable("RangeError: boom", "RangeError", "boom"))
    assert.isFalse(StackText.isUsable("Error: boom\nmore", "Renamed", "boom\nmore"))
    assert.isFalse(StackText.isUsable("Error", "Error", ""))
    assert.isTrue(StackText.isUsable(`Error: boom${frames(1)}`, "Error", "boom"))
    assert.isTrue(StackText.isUsable("f@https://x.test/a.js:1:2", "Error", "boom"))
  })
})
