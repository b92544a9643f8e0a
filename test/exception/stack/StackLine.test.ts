import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as StackLine from "effect-posthog/exception/stack/StackLine"

type Expected = Partial<StackLine.RawFrame>

const frame = (expected: Expected): StackLine.RawFrame => ({
  functionName: undefined,
  path: undefined,
  place: "",
  line: undefined,
  column: undefined,
  isNative: false,
  isEval: false,
  isAsync: false,
  ...expected
})

const check = (cases: ReadonlyArray<readonly [line: string, expected: Expected]>) => {
  for (const [line, expected] of cases) {
    assert.deepStrictEqual(StackLine.parse(line), frame(expected), line)
  }
}

const file = (path: string, line = 1, column = 2): Expected => ({ path, place: path, line, column })

describe("a line of a V8 stack", () => {
  it("names a function and where it is", () => {
    check([
      ["at pay (/app/shop.js:12:34)", { functionName: "pay", ...file("/app/shop.js", 12, 34) }],
      ["    at pay (/app/shop.js:12:34)\r", { functionName: "pay", ...file("/app/shop.js", 12, 34) }],
      ["at Shop.pay [as buy] (/a.js:1:2)", { functionName: "Shop.pay [as buy]", ...file("/a.js") }],
      ["at new Shop (/a.js:1:2)", { functionName: "new Shop", ...file("/a.js") }],
      ["at Object.<anonymous> (/a.js:1:2)", { functionName: "Object.<anonymous>", ...file("/a.js") }],
      ["at get price (/a.js:1:2)", { functionName: "get price", ...file("/a.js") }],
      ["at Foo.<instance_members_initializer> (/a.js:1:2)", {
        functionName: "Foo.<instance_members_initializer>",
        ...file("/a.js")
      }],
      ["at pay (shop.js:1:2)", { functionName: "pay", place: "shop.js", line: 1, column: 2 }],
      ["at pay (/app/shop.js:12)", { functionName: "pay", path: "/app/shop.js", place: "/app/shop.js", line: 12 }]
    ])
  })

  it("may have no function's name", () => {
    check([
      ["at /app/shop.js:1:2", file("/app/shop.js")],
      ["at <anonymous> (/app/shop.js:1:2)", file("/app/shop.js")],
      ["at (/app/shop.js:1:2)", file("/app/shop.js")],
      ["at node:internal/process/task_queues:95:5", file("node:internal/process/task_queues", 95, 5)],
      ["at C:\\app\\shop.js:1:2", file("C:\\app\\shop.js")],
      ["at [eval]:1:2", { place: "[eval]", line: 1, column: 2 }],
      ["at evalmachine.<anonymous>:1:2", { place: "evalmachine.<anonymous>", line: 1, column: 2 }],
      ["at <anonymous>", { place: "<anonymous>" }],
      ["at native", { place: "native", isNative: true }]
    ])
  })

  it("may be a step of an async function", () => {
    check([
      ["at async pay (/a.js:1:2)", { functionName: "pay", isAsync: true, ...file("/a.js") }],
      ["at async /a.js:1:2", { isAsync: true, ...file("/a.js") }],
      ["at async Promise.all (index 0)", { functionName: "Promise.all", isAsync: true, place: "index 0" }],
      ["at async (/a.js:1:2)", { functionName: "async", ...file("/a.js") }],
      ["at asyncPay (/a.js:1:2)", { functionName: "asyncPay", ...file("/a.js") }]
    ])
  })

  it("may be the engine's own", () => {
    check([
      ["at Array.map (<anonymous>)", { functionName: "Array.map", place: "<anonymous>" }],
      ["at new Promise (<anonymous>)", { functionName: "new Promise", place: "<anonymous>" }],
      ["at Promise.all (index 12)", { functionName: "Promise.all", place: "index 12" }],
      ["at sort (native)", { functionName: "sort", place: "native", isNative: true }],
      ["at wasm://wasm/0001:wasm-function[3]:0x1a", { place: "wasm://wasm/0001:wasm-function[3]:0x1a" }],
      ["at add (wasm://wasm/0001:wasm-function[3]:0x10)", {
        functionName: "add",
        place: "wasm://wasm/0001:wasm-function[3]:0x10"
      }],
      ["at fn (node:fs:1:2)", { functionName: "fn", ...file("node:fs") }]
    ])
  })

  it("leads to the file behind code that was made from text", () => {
    const made = { path: "/a/b.js", place: "/a/b.js", line: 3, column: 4, isEval: true }
    check([
      ["at eval (eval at foo (/a/b.js:3:4), <anonymous>:1:1)", { functionName: "eval", ...made }],
      ["at eval at foo (/a/b.js:3:4), <anonymous>:1:7", made],
      ["at async inner (eval at foo (/a/b.js:3:4), <anonymous>:1:7)", {
        functionName: "inner",
        isAsync: true,
        ...made
      }],
      ["at eval (eval at eval (eval at <anonymous> (/a/b.js:3:4)), <anonymous>:1:1)", {
        functionName: "eval",
        ...made
      }],
      ["at eval (eval at x (eval at Foo.y [as z] (/a/b.js:3:4), <anonymous>:1:2), <anonymous>:5:6)", {
        functionName: "eval",
        ...made
      }],
      ["at eval (eval at foo (file:///a/b%20c.mjs?v=1:3:4), <anonymous>:1:1)", {
        functionName: "eval",
        ...made,
        path: "/a/b c.mjs",
        place: "file:///a/b%20c.mjs?v=1"
      }],
      ["at eval (eval at foo (<anonymous>), <anonymous>:1:1)", {
        functionName: "eval",
        place: "<anonymous>",
        isEval: true
      }]
    ])
  })

  it("names a file by its URL, whose query is no part of its path", () => {
    const url = (place: string, path: string | undefined) =>
      [`at ${place}:1:2`, { path, place, line: 1, column: 2 }] as const
    check([
      url("file:///a/b%20c.mjs", "/a/b c.mjs"),
      url("file:///a/%C3%A4.mjs", "/a/ä.mjs"),
      url("file:///a/b.mjs?t=1:2", "/a/b.mjs"),
      url("file:///a/b.mjs#x", "/a/b.mjs"),
      url("file:///a%23b.mjs?v=%zz", "/a#b.mjs"),
      url("file:///C:/a/b.mjs", "C:/a/b.mjs"),
      url("file://server/share/b.mjs", "//server/share/b.mjs"),
      url("file://localhost/b.mjs", "/b.mjs"),
      url("file://nowhere", undefined)
    ])
  })

  it("keeps what is no valid encoding in a URL", () => {
    check([
      ["at file:///100%/a%20b%ff%zz%2.mjs:1:2", {
        path: "/100%/a b%ff%zz%2.mjs",
        place: "file:///100%/a%20b%ff%zz%2.mjs",
        line: 1,
        column: 2
      }],
      ["at file:///a%00b.mjs:1:2", { path: "/a%00b.mjs", place: "file:///a%00b.mjs", line: 1, column: 2 }]
    ])
  })

  it("has no path where the code came from elsewhere", () => {
    for (
      const place of [
        "http://localhost:3000/a.js",
        "https://example.com/a.js",
        "webpack-internal:///./src/a.js",
        "webpack://app/./src/a.js",
        "data:text/javascript,throw 1",
        "blob:nodedata:1234-abcd"
      ]
    ) {
      check([
        [`at ${place}:1:2`, { place, line: 1, column: 2 }],
        [`at async fn (${place}:1:2)`, { functionName: "fn", isAsync: true, place, line: 1, column: 2 }]
      ])
    }
  })

  it("may have parentheses and spaces in its path and in its name", () => {
    check([
      ["at fn (/a (b)/c d.js:1:2)", { functionName: "fn", ...file("/a (b)/c d.js") }],
      ["at fn (C:\\Program Files (x86)\\a.js:1:2)", { functionName: "fn", ...file("C:\\Program Files (x86)\\a.js") }],
      ["at fn (/a (b/c.js:1:2)", { functionName: "fn", ...file("/a (b/c.js") }],
      ["at fn (/a )b/c.js:1:2)", { functionName: "fn", ...file("/a )b/c.js") }],
      ["at /a (b)/c d.js:1:2", file("/a (b)/c d.js")],
      ["at pay (v2: fast) (/a.js:1:2)", { functionName: "pay (v2: fast)", ...file("/a.js") }],
      ["at pay (v2) (a (b).js:1:2)", { functionName: "pay (v2)", place: "a (b).js", line: 1, column: 2 }]
    ])
  })

  it("may be a span of Effect's, with its place or without", () => {
    check([
      ["at checkout (file:///app/shop.ts:10:5)", {
        functionName: "checkout",
        path: "/app/shop.ts",
        place: "file:///app/shop.ts",
        line: 10,
        column: 5
      }],
      ["at checkout", { functionName: "checkout" }],
      ["at check out: now", { functionName: "check out: now" }]
    ])
  })

  it("counts lines and columns from one, as far as numbers are exact", () => {
    check([
      ["at f (/a.js:0:1)", { functionName: "f", path: "/a.js", place: "/a.js" }],
      ["at f (/a.js:1:0)", { functionName: "f", path: "/a.js", place: "/a.js", line: 1 }],
      ["at f (/a.js:99999999999999999999:1)", { functionName: "f", path: "/a.js", place: "/a.js" }],
      [`at f (/a.js:1:${"9".repeat(400)})`, { functionName: "f", path: "/a.js", place: "/a.js", line: 1 }]
    ])
  })

  it("is told from other text", () => {
    for (const line of ["", "at", "at ", "att x", "Error: x", "  pay (/a.js:1:2)", `at ${"x".repeat(3000)}`]) {
      assert.strictEqual(StackLine.parse(line), undefined, line)
    }
  })

  const text = FastCheck.oneof(
    FastCheck.fullUnicodeString(),
    FastCheck.array(
      FastCheck.constantFrom(
        "at ",
        "async ",
        "eval at ",
        " (",
        ")",
        "(",
        "), ",
        ":1",
        ":1:2",
        "/a.js",
        "file://",
        "/",
        "%20",
        "%",
        "C:\\",
        "native",
        "<anonymous>",
        "index 0",
        "node:",
        "wasm://",
        "\u0000",
        "?",
        "#",
        "x",
        " ",
        "\n",
        "\ud800"
      ),
      { maxLength: 12 }
    ).map((parts) => parts.join(""))
  )

  it("never throws, and has sound fields whatever it is", () => {
    FastCheck.assert(
      FastCheck.property(text, (text) => {
        const line = `at ${text}`
        const frame = StackLine.parse(line)
        if (frame === undefined) {
          return
        }
        const { column, functionName, path, place } = frame
        assert.isTrue(functionName === undefined || functionName.trim() !== "")
        assert.isTrue(line.includes(place) && (functionName === undefined || line.includes(functionName)))
        assert.isTrue(path === undefined || path.startsWith("node:") || StackLine.isAbsolute(path))
        for (const number of [frame.line, column]) {
          assert.isTrue(number === undefined || (Number.isSafeInteger(number) && number >= 1))
        }
        assert.isTrue(column === undefined || frame.line !== undefined)
      }),
      { numRuns: 2000 }
    )
  })

  it("gives back the name it was made of", () => {
    const name = text.map((text) => text.replace(/\p{Cc}/gu, " ").trim()).filter((name) => name !== "")
    const location = FastCheck.constantFrom(undefined, "/a (b)/c.js:1:2", "file:///a.ts:1:2", "a.js:1:2", "somewhere")
    FastCheck.assert(
      FastCheck.property(name, location, (name, location) => {
        const line = StackLine.make(name, location)
        const frame = StackLine.parse(line)
        assert.strictEqual(frame?.functionName, name)
        assert.strictEqual(StackLine.location(line), location)
        assert.isFalse(frame?.isAsync)
      }),
      { numRuns: 2000 }
    )
    assert.strictEqual(StackLine.make("checkout", undefined), "at checkout")
    assert.strictEqual(StackLine.make("checkout", "/a.js:1:2"), "at checkout (/a.js:1:2)")
  })

  it("takes time in proportion to its length", () => {
    const start = performance.now()
    for (
      const unit of ["(", ")", " (", "), ", ":1", "eval at ", "eval at x (", "a (", "%20", "%ff", "1", "file://", "at "]
    ) {
      for (const length of [2000, 65_536]) {
        const text = unit.repeat(length / unit.length)
        for (const line of [`at ${text}`, `at ${text})`, `at f (file:///${text})`, `at eval (eval at ${text})`]) {
          StackLine.parse(line)
          StackLine.location(line)
        }
      }
    }
    // each takes some microseconds: a second is what a quadratic one would need alone
    assert.isBelow(performance.now() - start, 1000)
  })
})
