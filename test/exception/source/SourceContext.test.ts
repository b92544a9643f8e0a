import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as SourceContext from "effect-posthog/exception/source/SourceContext"
import * as SourceFile from "effect-posthog/exception/source/SourceFile"

const numbered = (count: number) => SourceFile.make(Array.from({ length: count }, (_, i) => `line ${i + 1}\n`).join(""))

const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`)

const settings = { lines: 5, maxLineLength: 140 }

describe("the lines around a position", () => {
  it("EXC-08: five before and five after, each in the order of the file", () => {
    assert.deepStrictEqual(SourceContext.window(numbered(80), 40, 1, settings), {
      context_line: "line 40",
      pre_context: names(35, 39),
      post_context: names(41, 45)
    })
  })

  it("EXC-08: fewer near the start and near the end of the file", () => {
    const file = numbered(10)
    const around = (line: number) => SourceContext.window(file, line, 1, settings)
    assert.deepStrictEqual(around(1), { context_line: "line 1", pre_context: [], post_context: names(2, 6) })
    assert.deepStrictEqual(around(3), { context_line: "line 3", pre_context: names(1, 2), post_context: names(4, 8) })
    assert.deepStrictEqual(around(9), { context_line: "line 9", pre_context: names(4, 8), post_context: names(10, 10) })
    assert.deepStrictEqual(around(10), { context_line: "line 10", pre_context: names(5, 9), post_context: [] })
  })

  it("EXC-09: none for a line that the file does not have", () => {
    for (const line of [0, -3, 11, 1.5, Number.NaN, 1e300]) {
      assert.isUndefined(SourceContext.window(numbered(10), line, 1, settings))
    }
  })

  it("EXC-08: only the frame's own where no more are wanted", () => {
    assert.deepStrictEqual(SourceContext.window(numbered(10), 5, 1, { lines: 0, maxLineLength: 140 }), {
      context_line: "line 5",
      pre_context: [],
      post_context: []
    })
  })

  it("come without the line breaks of Windows", () => {
    assert.deepStrictEqual(SourceContext.window(SourceFile.make("a\r\nb\r\nc"), 2, 1, settings), {
      context_line: "b",
      pre_context: ["a"],
      post_context: ["c"]
    })
  })
})

describe("a line that is too long", () => {
  const long = `${"a".repeat(5000)}throw new Error("here")${"b".repeat(5000)}`

  it("is cut around the frame's column, and from its start where it is a neighbour", () => {
    const file = SourceFile.make(`${long}\n${long}\n${long}\n`)
    const found = SourceContext.window(file, 2, 5001, settings)!
    assert.strictEqual(found.context_line, `{snip} ${"a".repeat(56)}throw new Error("here")${"b".repeat(61)} {snip}`)
    assert.deepStrictEqual(found.pre_context, [`${"a".repeat(140)} {snip}`])
    assert.deepStrictEqual(found.post_context, [`${"a".repeat(140)} {snip}`])
  })

  it("is cut at one end only where the column is near the other", () => {
    const file = SourceFile.make(long)
    const own = (column: number | undefined) => SourceContext.window(file, 1, column, settings)!.context_line
    assert.strictEqual(own(1), `${"a".repeat(140)} {snip}`)
    assert.strictEqual(own(undefined), own(1))
    assert.strictEqual(own(10), own(1))
    assert.strictEqual(own(long.length), `{snip} ${"b".repeat(140)}`)
    assert.strictEqual(own(1e9), own(long.length))
    assert.strictEqual(own(-4), own(1))
  })

  it("is not cut at its longest allowed", () => {
    const file = SourceFile.make("c".repeat(140))
    assert.strictEqual(SourceContext.window(file, 1, 100, settings)!.context_line, "c".repeat(140))
  })

  it("always shows the column, holds its length and never half a character", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.constantFrom("x", "😀", "é", "-----"), { minLength: 1, maxLength: 200 }),
        FastCheck.nat(400),
        FastCheck.integer({ min: 20, max: 60 }),
        (pieces, at, maxLineLength) => {
          const line = pieces.join("")
          const column = Math.min(at, line.length - 1)
          // the error's place, told from everything else
          const marked = `${line.slice(0, column)}#${line.slice(column)}`.toWellFormed()
          const shown = SourceContext.window(SourceFile.make(marked), 1, column + 1, { lines: 5, maxLineLength })!
            .context_line
          assert.include(shown, "#")
          assert.isTrue(shown.isWellFormed())
          assert.isAtMost(shown.replace(/^\{snip\} /, "").replace(/ \{snip\}$/, "").length, maxLineLength)
        }
      ),
      { numRuns: 2000 }
    )
  })

  it("shows no half of a character that the source itself holds", () => {
    assert.strictEqual(SourceContext.window(SourceFile.make("a\ud83d"), 1, 1, settings)!.context_line, "a\ufffd")
  })
})

describe("redaction", () => {
  const redact = (text: string) => text.replace(/password: "[^"]*"/g, "password: ***")

  it("sees a whole value although the line is cut within it", () => {
    const line = `${" ".repeat(130)}password: "very-secret-indeed", next: 1${" ".repeat(200)}`
    const shown = SourceContext.window(SourceFile.make(`${line}\n${line}\n`), 1, 1, { ...settings, redact })!
    assert.include(shown.context_line, "password:")
    assert.notInclude(JSON.stringify(shown), "very")
  })

  it("does not lose the column by what it replaced before it", () => {
    const line = `${"a".repeat(300)}password: "${"s".repeat(200)}",${"b".repeat(100)}HERE${"c".repeat(900)}`
    const shown = SourceContext.window(SourceFile.make(line), 1, line.indexOf("HERE") + 1, { ...settings, redact })!
    assert.include(shown.context_line, "HERE")
    assert.notInclude(shown.context_line, "ss")
  })

  it("looks at a part of a line without end, not at all of it", () => {
    let most = 0
    const file = SourceFile.make("x".repeat(1_000_000))
    SourceContext.window(file, 1, 500_000, {
      ...settings,
      redact: (text) => {
        most = Math.max(most, text.length)
        return text
      }
    })
    assert.isAtMost(most, 5000)
  })
})
