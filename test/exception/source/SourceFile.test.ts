import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as SourceFile from "effect-posthog/exception/source/SourceFile"

const linesOf = (text: string) => {
  const file = SourceFile.make(text)
  return Array.from({ length: file.lineCount }, (_, i) => file.line(i + 1))
}

describe("the lines of a source file", () => {
  it("end with a line feed, with or without a carriage return before it", () => {
    assert.deepStrictEqual(linesOf("a\nb\n\nc\n"), ["a", "b", "", "c"])
    assert.deepStrictEqual(linesOf("a\r\nb\r\n\r\nc\r\n"), ["a", "b", "", "c"])
  })

  it("need no line break at the end", () => {
    assert.deepStrictEqual(linesOf("a\nb"), ["a", "b"])
    assert.deepStrictEqual(linesOf("a"), ["a"])
    assert.deepStrictEqual(linesOf(""), [])
  })

  it("end where V8 counts a line as ended", () => {
    assert.deepStrictEqual(linesOf("a\rb\u2028c\u2029d\r\ne\n\rf\r"), ["a", "b", "c", "d", "e", "", "f"])
  })

  it("are none beyond the file", () => {
    const file = SourceFile.make("a\nb\n")
    assert.deepStrictEqual([0, -1, 3, 1.5, Number.NaN, 2 ** 40].map(file.line), Array(6).fill(undefined))
  })

  it("agree with a split of the text", () => {
    const piece = FastCheck.constantFrom("\n", "\r", "\r\n", "\u2028", "\u2029", "a", "é", "😀", "bcd")
    FastCheck.assert(
      FastCheck.property(FastCheck.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("")
        const expected = text.split(/\r\n|[\n\r\u2028\u2029]/)
        assert.deepStrictEqual(linesOf(text), expected.at(-1) === "" ? expected.slice(0, -1) : expected)
      }),
      { numRuns: 2000 }
    )
  })

  it("are counted with what they take in memory", () => {
    assert.isAbove(SourceFile.make("aaaa\n".repeat(1000), true).bytes, 5000 + 4000)
    assert.isAbove(SourceFile.make("ä\n".repeat(1000)).bytes, 4000 + 4000)
  })
})
