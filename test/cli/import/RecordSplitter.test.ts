import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import * as CsvRow from "effect-posthog/cli/import/CsvRow"
import * as RecordSplitter from "effect-posthog/cli/import/RecordSplitter"

const records = (
  format: RecordSplitter.Format,
  text: string | Uint8Array,
  size: number,
  from = RecordSplitter.start
) => {
  const splitter = RecordSplitter.make(format, from)
  const bytes = Buffer.from(text).subarray(from.offset)
  const found: Array<RecordSplitter.RawRecord> = []
  for (let at = 0; at < bytes.length; at += size) {
    found.push(...splitter.push(bytes.subarray(at, at + size)))
  }
  return [...found, ...splitter.end()]
}

const texts = (format: RecordSplitter.Format, text: string, size = 1_000_000) =>
  records(format, text, size).map(({ bytes, line }) => [line, Buffer.from(bytes).toString()])

/** A field as a spreadsheet would write it: quoted where it has to be, or where `always` says so. */
const field = (value: string, always: boolean) =>
  always || /[",\r\n]/.test(value) ? `"${value.replaceAll("\"", "\"\"")}"` : value

describe("lines", () => {
  it("end with LF or CRLF, the last one with the file, and a byte order mark is none of them", () => {
    for (const size of [1, 2, 3, 1000]) {
      assert.deepStrictEqual(texts("ndjson", "\ufeffa\r\n\nb\nç", size), [[1, "a"], [2, ""], [3, "b"], [4, "ç"]])
      assert.deepStrictEqual(texts("ndjson", "a\n", size), [[1, "a"]])
      assert.deepStrictEqual(texts("ndjson", "", size), [])
    }
  })

  it("that are too long keep their place and how they begin, and cost no memory", () => {
    const long = "x".repeat(20 * 1024 * 1024)
    const [first, second, third] = records("ndjson", `a\n${long}\nb`, 64 * 1024)
    assert.deepStrictEqual([first?.isTooLong, second?.isTooLong, third?.isTooLong], [false, true, false])
    assert.strictEqual(second?.length, long.length)
    assert.isBelow(second?.bytes.buffer.byteLength ?? Infinity, 10_000)
    assert.deepStrictEqual(second?.next, { offset: long.length + 3, line: 3 })
    assert.strictEqual(Buffer.from(third?.bytes ?? []).toString(), "b")
  })
})

describe("records of CSV", () => {
  it("may have line ends in quotes; a quote opens at a field's start only", () => {
    for (const size of [1, 2, 5, 1000]) {
      assert.deepStrictEqual(texts("csv", "\ufeff\"a\nb\",\"c\"\"\r\n\"\nd,5\" pipe\n\"\"\ne", size), [
        [1, "\"a\nb\",\"c\"\"\r\n\""],
        [4, "d,5\" pipe"],
        [5, "\"\""],
        [6, "e"]
      ])
    }
  })

  it("are read as they were written, however the file is cut, and from every record's place", () => {
    const value = FastCheck.string({
      unit: FastCheck.constantFrom("a", "\"", ",", "\n", "\r\n", " ", "ç", "😀"),
      maxLength: 6
    })
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.array(value, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        FastCheck.boolean(),
        FastCheck.boolean(),
        FastCheck.boolean(),
        FastCheck.integer({ min: 1, max: 20 }),
        (rows, always, crlf, mark, size) => {
          const text = (mark ? "\ufeff" : "") +
            rows.map((row) => row.map((each) => field(each, always)).join(",")).join(crlf ? "\r\n" : "\n")
          const found = records("csv", text, size)
          assert.deepStrictEqual(CsvRow.parseAll(found.map(({ bytes }) => bytes)).map(Either.getOrNull), rows)
          for (const [i, { next }] of found.entries()) {
            assert.deepStrictEqual(records("csv", text, size, next), found.slice(i + 1))
          }
        }
      ),
      { numRuns: 300 }
    )
  })

  it("that are broken cost no other one", () => {
    const rows = CsvRow.parseAll(["a,b", "a\"b,c", "\"a\"b,c", "\"a,b", "c,d"].map((each) => Buffer.from(each)))
    assert.deepStrictEqual(rows.map(Either.merge), [
      ["a", "b"],
      "a quote stands in a field that does not begin with one",
      "there is text behind a closing quote",
      "a quote is not closed",
      ["c", "d"]
    ])
  })
})
