import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as BoundedText from "effect-posthog/domain/BoundedText"
import * as StackLine from "effect-posthog/exception/stack/StackLine"
import * as StackLines from "effect-posthog/exception/stack/StackLines"

const at = (name: string) => `    at ${name} (/app/${name}.js:1:2)`

const names = (stack: string, type: string, value: string, maxFrames = 50) =>
  StackLines.frameLines(stack, type, value, maxFrames).map((line) => StackLine.parse(line)?.functionName)

describe("the frame lines of a stack", () => {
  it("come as V8 wrote them, innermost first and trimmed", () => {
    assert.deepStrictEqual(StackLines.frameLines(`Error: x\n${at("a")}\r\n${at("b")}\n`, "Error", "x", 50), [
      "at a (/app/a.js:1:2)",
      "at b (/app/b.js:1:2)"
    ])
  })

  it("begin behind the message, whatever stands in it", () => {
    for (
      const value of [
        "x",
        "",
        "one\ntwo",
        `\n${at("fake")}`,
        `first\n${at("fake")}\n${at("fake")}\nlast`,
        "a: b: c",
        "Error: x",
        "[cause]: y",
        "[cause]:\n[errors]:",
        "half \ud800",
        "\n\n\n",
        "x\n"
      ]
    ) {
      for (const name of ["Error", "TypeError", "Ns: Error", "TypeError [ERR_X]"]) {
        const error = new Error(value)
        error.name = name
        const head = String(error)
        assert.deepStrictEqual(
          names(`${head}\n${at("a")}\n${at("b")}`, "Error", value.toWellFormed()),
          ["a", "b"],
          head
        )
      }
      assert.deepStrictEqual(names(`${value}\n${at("a")}`, "Error", value.toWellFormed()), ["a"], value)
    }
  })

  it("begin behind a message of any length", () => {
    const value = `${at("fake")}\n`.repeat(1200)
    assert.deepStrictEqual(names(`Error: ${value}\n${at("a")}`, "Error", value), ["a"])
    assert.deepStrictEqual(names(`Error: ${value}\n${at("a")}`, "Error", BoundedText.cut(value, 8192)), ["a"])
  })

  it("begin with the first line that looks like one where the message was changed", () => {
    const head = "Error: old\n    at home\n    at last (with you)\n  and so on"
    for (const value of ["new", "ol", "", "old\nnew"]) {
      assert.deepStrictEqual(names(`${head}\n${at("a")}\n    at b\n${at("c")}`, "Error", value), ["a", "b", "c"], value)
    }
    assert.deepStrictEqual(names(at("a"), "Error", "x"), ["a"])
    for (const line of ["at Array.map (<anonymous>)", "at native", "at async Promise.all (index 0)"]) {
      assert.deepStrictEqual(StackLines.frameLines(`${head}\n    ${line}`, "Error", "new", 50), [line])
    }
  })

  it("are those of the error itself and not of its causes", () => {
    const stack = `Error: x\n${at("a")}\n${at("b")} {\n  [cause]: Error: y\n  ${at("c")}\n}`
    assert.deepStrictEqual(StackLines.frameLines(stack, "Error", "x", 50), [
      "at a (/app/a.js:1:2)",
      "at b (/app/b.js:1:2)"
    ])
    assert.deepStrictEqual(names(stack, "Error", "changed"), ["a", "b"])
  })

  it("pass over what is no frame, and what is too long", () => {
    const stack = `Error: x\n${at("a")}\n\nFrom previous event:\n${at("x".repeat(600))}\n${at("b")}`
    assert.deepStrictEqual(names(stack, "Error", "x"), ["a", "b"])
  })

  it("EXC-14: are looked for in a thousand lines", () => {
    assert.deepStrictEqual(names(`Error: x\n${"\n".repeat(990)}${at("a")}`, "Error", "x"), ["a"])
    assert.deepStrictEqual(names(`Error: x\n${"\n".repeat(1000)}${at("a")}`, "Error", "x"), [])
  })

  it("EXC-14: are the innermost ones of too many", () => {
    const stack = `Error: x\n${Array.from({ length: 200 }, (_, i) => at(`f${i}`)).join("\n")}`
    assert.deepStrictEqual(names(stack, "Error", "x"), Array.from({ length: 50 }, (_, i) => `f${i}`))
    assert.deepStrictEqual(names(stack, "Error", "x", 2), ["f0", "f1"])
    assert.deepStrictEqual(names(stack, "Error", "x", 0), [])
  })

  it("tell recursion shortly where other frames would be lost", () => {
    const circle = [at("even"), at("odd")]
    const lines = [at("crash"), ...Array.from({ length: 40 }, () => circle).flat(), at("start"), at("main")]
    assert.deepStrictEqual(names(`Error: x\n${lines.join("\n")}`, "Error", "x"), [
      "crash",
      "even",
      "odd",
      "even",
      "odd",
      "start",
      "main"
    ])
    assert.strictEqual(names(`Error: x\n${lines.join("\n")}`, "Error", "x", 100).length, lines.length)
  })

  it("are found in a real stack", () => {
    class Shop {
      readonly total: number
      constructor(prices: ReadonlyArray<number>) {
        this.total = prices.map(function price(n): number {
          throw new TypeError(`no price:\n    at ${n} (/fake.js:1:2)`)
        }).length
      }
    }
    const error = thrown(() => new Shop([1]))
    const frames = StackLines.frameLines(error.stack!, "TypeError", error.message, 50).map((line) =>
      StackLine.parse(line)!
    )
    assert.deepStrictEqual(frames.slice(0, 3).map((frame) => frame.functionName), ["price", "Array.map", "new Shop"])
    assert.match(frames[0]!.path!, /StackLines\.test\.ts$/)
    assert.isAbove(frames[0]!.line!, 1)
    assert.strictEqual(frames[1]!.path, undefined)
  })

  it("are found in the real stack of code that was made from text", () => {
    const made = new Function("return eval(\"(function inner() { throw new Error('made') })()\")") as () => unknown
    const error = thrown(made)
    const [inner] = StackLines.frameLines(error.stack!, "Error", "made", 50).map((line) => StackLine.parse(line)!)
    assert.strictEqual(inner?.functionName, "inner")
    assert.isTrue(inner?.isEval)
    assert.match(inner!.path!, /StackLines\.test\.ts$/)
  })

  it("are found in the real stack of async functions", async () => {
    const fail = async () => {
      await Promise.resolve()
      throw new Error("late")
    }
    const all = async () => {
      await Promise.all([fail(), Promise.resolve()])
    }
    const error = await all().then(() => assert.fail(), (error: Error) => error)
    const frames = StackLines.frameLines(error.stack!, "Error", "late", 50).map((line) => StackLine.parse(line)!)
    // a reader of source maps, as this test runs under, leaves `async` out of the frames that it maps
    const own = frames.filter((frame) => frame.path?.startsWith("node:") !== true)
    assert.deepStrictEqual(own.slice(0, 3).map((frame) => frame.functionName), ["fail", "Promise.all", "all"])
    assert.deepInclude(own[1], { isAsync: true, place: "index 0", line: undefined })
  })

  it("are found in the real stack of ES modules", async () => {
    const source = "export const fail = () => { throw new Error('from a module') }"
    const module = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)
    const error = thrown(module.fail)
    const [frame] = StackLines.frameLines(error.stack!, "Error", "from a module", 50)
    assert.deepInclude(StackLine.parse(frame!), { path: undefined, line: 1 })
    assert.match(StackLine.parse(frame!)!.place, /^data:text\/javascript,/)
    // fast-check calls back from a module that Node loaded by its URL
    const called = thrown(() => FastCheck.sample(FastCheck.constant(1).map(() => module.fail()), 1))
    const paths = StackLines.frameLines(called.stack!, "Error", "from a module", 50).map((line) =>
      StackLine.parse(line)!
    )
    const loaded = paths.find((frame) => frame.place.startsWith("file://"))
    assert.match(loaded!.path!, /^(?:\/|[A-Z]:\/).*fast-check/)
  })

  it("are found without a throw in any text, in time that its length allows", () => {
    const piece = FastCheck.constantFrom(
      "\n",
      "    at f (/a.js:1:2)",
      "at x",
      "Error",
      ": ",
      "[cause]:",
      " {",
      "}",
      "\ud800",
      "y",
      "    "
    )
    const text = FastCheck.array(piece, { maxLength: 20 }).map((parts) => parts.join(""))
    FastCheck.assert(
      FastCheck.property(text, text, text, (stack, name, value) => {
        for (const line of StackLines.frameLines(stack, name, value, 50)) {
          assert.isTrue(line.startsWith("at ") && line.trim() === line && !line.includes("\n"))
        }
        const type = name.toWellFormed().replaceAll("\n", " ")
        const made = `${type === "" ? "" : `${type}: `}${value}\n${at("a")}`
        const own = StackLines.frameLines(made, type, value.toWellFormed(), 1000)
        assert.strictEqual(own.at(-1), at("a").trim())
      }),
      { numRuns: 2000 }
    )
    const start = performance.now()
    for (const unit of [": ", "\n", "at \n", "    at f (/a.js:1:2)\n", "Error: ", "[cause]:\n", "x"]) {
      const stack = unit.repeat(65_536 / unit.length)
      for (const value of ["", "x", stack.slice(0, 8192), stack]) {
        StackLines.frameLines(stack, "Error", value, 50)
        StackLines.frameLines(`Error: ${stack}`, "Error", `${value}y`, 50)
      }
    }
    assert.isBelow(performance.now() - start, 1000)
  })
})

const thrown = (run: () => unknown): Error => {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  return assert.fail("nothing was thrown")
}
