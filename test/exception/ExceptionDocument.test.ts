import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import * as ExceptionDocument from "effect-posthog/exception/ExceptionDocument"

const entry = (
  value: string,
  lines: ReadonlyArray<string> = [],
  parent?: number,
  fields?: JsonObject
): ExceptionDocument.DocumentEntry => ({
  entry: {
    type: "Error",
    value,
    stack: undefined,
    span: undefined,
    synthetic: false,
    parent,
    edge: parent === undefined ? undefined : "cause",
    kind: undefined,
    fields
  },
  value,
  fields,
  lines
})

const frames = {
  write: (line: string) =>
    line === "no frame" ? undefined : JSON.stringify({ function: line, context_line: "x".repeat(100) }),
  writeBare: (line: string) => line === "no frame" ? undefined : JSON.stringify({ function: line })
}

const contents = (
  entries: ReadonlyArray<ExceptionDocument.DocumentEntry>,
  properties: JsonObject = {}
): ExceptionDocument.Contents => ({
  entries,
  metadata: {
    mechanism: { type: "generic", handled: true },
    level: "error",
    source: undefined,
    fingerprint: undefined
  },
  properties,
  frames
})

interface Read {
  readonly [name: string]: unknown
  readonly $exception_message: string
  readonly $exception_list: ReadonlyArray<{
    readonly value: string
    readonly mechanism: JsonObject
    readonly stacktrace?: {
      readonly frames: ReadonlyArray<{ readonly function: string; readonly context_line?: string }>
    }
  }>
}

const make = (contents: ExceptionDocument.Contents, maxBytes: number): Read =>
  JSON.parse(ExceptionDocument.make(contents, maxBytes).text)

describe("the document of an exception", () => {
  it("turns a stack around, passes over what is no frame, and names its properties", () => {
    const document = ExceptionDocument.make(contents([entry("boom", ["c", "no frame", "b", "a"])], { mine: 1 }), 1e6)
    const read: Read = JSON.parse(document.text)
    assert.deepStrictEqual(read.$exception_list[0]!.stacktrace!.frames.map((frame) => frame.function), ["a", "b", "c"])
    assert.sameMembers(Array.from(document.names), Object.keys(read))
    assert.strictEqual(read["mine"], 1)
    assert.strictEqual(read["$exception_level"], "error")
  })

  it("an entry without frames has no stacktrace, nested fields are its mechanism's data", () => {
    const read = make(contents([entry("outer"), entry("inner", [], 0, { sku: "A" })]), 1e6)
    assert.notProperty(read.$exception_list[0], "stacktrace")
    assert.deepStrictEqual(read.$exception_list[1]!.mechanism, {
      exception_id: 1,
      type: "chained",
      parent_id: 0,
      source: "cause",
      synthetic: false,
      data: { sku: "A" }
    })
  })

  it("gives up source lines first, then outer frames, then messages and other properties", () => {
    const lines = Array.from({ length: 50 }, (_, i) => `f${i}`)
    const large = contents([entry("m".repeat(3000), lines)], { note: "n".repeat(5000) })
    const within = (maxBytes: number) => make(large, maxBytes)
    const framesAt = (maxBytes: number) => within(maxBytes).$exception_list[0]!.stacktrace?.frames ?? []
    assert.isTrue(framesAt(20_000).every((frame) => frame.context_line !== undefined))
    assert.isTrue(framesAt(14_000).every((frame) => frame.context_line === undefined))
    assert.strictEqual(framesAt(14_000).length, 50)
    // the innermost are kept
    assert.deepStrictEqual(framesAt(11_800).map((frame) => frame.function), lines.slice(0, 10).toReversed())
    assert.strictEqual(within(11_800).$exception_message.length, 3000)
    assert.strictEqual(within(4000).$exception_message.length, 1024)
    assert.notProperty(within(4000), "note")
    assert.strictEqual(within(1000).$exception_message.length, 256)
  })

  it("stays within its bound whatever it holds", () => {
    fc.assert(fc.property(
      fc.array(fc.tuple(fc.string({ maxLength: 3000, unit: "binary" }), fc.array(fc.string(), { maxLength: 50 })), {
        minLength: 1,
        maxLength: 50
      }),
      fc.dictionary(fc.string(), fc.string({ maxLength: 3000 })),
      fc.integer({ min: 3000, max: 100_000 }),
      (entries, properties, maxBytes) => {
        const { text } = ExceptionDocument.make(
          contents(entries.map(([value, lines], i) => entry(value, lines, i === 0 ? undefined : i - 1)), properties),
          maxBytes
        )
        assert.isAtMost(Buffer.byteLength(text), maxBytes)
        assert.isAtLeast((JSON.parse(text) as Read).$exception_list.length, 1)
      }
    ))
  })
})
