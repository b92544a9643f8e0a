import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as StackFrames from "../../src/exception/StackFrames.js"

const parse = (line: string) => StackFrames.parse(`Error: x\n    ${line}`)[0]

describe("StackFrames", () => {
  const cases: ReadonlyArray<readonly [line: string, expected: unknown]> = [
    ["at pay (/app/src/shop.ts:12:34)", ["pay", "/app/src/shop.ts", 12, 34, true]],
    ["at async pay (file:///app/src/a%20b.ts:1:2)", ["pay", "/app/src/a b.ts", 1, 2, true]],
    ["at /app/src/shop.ts:12:34", ["?", "/app/src/shop.ts", 12, 34, true]],
    ["at new Shop (/app/src/shop.ts:1:2)", ["new Shop", "/app/src/shop.ts", 1, 2, true]],
    ["at Object.<anonymous> (/app/node_modules/x/y.js:1:2)", [
      "Object.<anonymous>",
      "/app/node_modules/x/y.js",
      1,
      2,
      false
    ]],
    ["at process.processTicksAndRejections (node:internal/process/task_queues:95:5)", [
      "process.processTicksAndRejections",
      "node:internal/process/task_queues",
      95,
      5,
      false
    ]],
    ["at Array.map (<anonymous>)", ["Array.map", "<anonymous>", undefined, undefined, false]],
    ["at C:\\app\\shop.js:3:4", ["?", "C:\\app\\shop.js", 3, 4, true]]
  ]

  it("reads the forms of a V8 frame", () => {
    for (const [line, expected] of cases) {
      const frame = parse(line)
      assert.deepStrictEqual(
        [frame?.["function"], frame?.["filename"], frame?.["lineno"], frame?.["colno"], frame?.["in_app"]],
        expected,
        line
      )
    }
  })

  it("puts the oldest call first and the crash site last", () => {
    const frames = StackFrames.parse("Error: x\n    at inner (/a.ts:1:1)\n    at outer (/a.ts:2:1)")
    assert.deepStrictEqual(frames.map((frame) => frame["function"]), ["outer", "inner"])
  })

  it("a message that looks like a frame's line without a place is passed over, and fifty frames are the end", () => {
    assert.strictEqual(StackFrames.parse("Error: at home\n    at \n no frame").length, 0)
    const many = Array.from({ length: 80 }, (_, i) => `    at f${i} (/a.ts:${i}:1)`).join("\n")
    assert.strictEqual(StackFrames.parse(many).length, 50)
    assert.strictEqual(StackFrames.parse(many)[49]?.["function"], "f0")
  })

  it.prop("is total on any text", [fc.fullUnicodeString()], ([text]) => {
    StackFrames.parse(text)
    StackFrames.parse(`    at ${text}`)
  })
})
