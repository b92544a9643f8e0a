import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as FrameOrigin from "effect-posthog/exception/stack/FrameOrigin"
import * as StackLine from "effect-posthog/exception/stack/StackLine"

const cwd = "/work/shop"

const origin = FrameOrigin.make({ cwd, library: undefined })

const ofFile = (path: string) => origin(path, path)

const allOf = <A>(paths: ReadonlyArray<string>, read: (path: string) => A) =>
  Object.fromEntries(paths.map((path) => [path, read(path)]))

describe("the origin of a frame", () => {
  it("is shown relative to the working folder below it", () => {
    for (const folder of ["/work/shop", "/work/shop/", "file:///work/shop"]) {
      const origin = FrameOrigin.make({ cwd: folder })
      assert.strictEqual(origin("/work/shop/src/a b.ts", "").filename, "src/a b.ts")
      assert.strictEqual(origin("/work/shop/src/a b.ts", "").absPath, "/work/shop/src/a b.ts")
      assert.strictEqual(origin("/work/shopping/a.ts", "").filename, "/work/shopping/a.ts")
      assert.strictEqual(origin("/work/shop", "").filename, "/work/shop")
    }
    assert.strictEqual(FrameOrigin.make({ cwd: "/" })("/src/a.ts", "").filename, "src/a.ts")
    assert.strictEqual(FrameOrigin.make({ cwd: "" })("/src/a.ts", "").filename, "/src/a.ts")
  })

  it("knows the paths of Windows", () => {
    const origin = FrameOrigin.make({ cwd: "C:\\work\\shop", library: "C:\\work\\shop\\lib\\" })
    for (const path of ["C:\\work\\shop\\src\\a.ts", "c:/work/shop/src/a.ts"]) {
      assert.deepStrictEqual(origin(path, path), {
        filename: "src/a.ts",
        absPath: path,
        module: "src:a",
        inApp: true
      })
    }
    assert.isFalse(origin("C:\\work\\shop\\node_modules\\x\\a.js", "").inApp)
    assert.isFalse(origin("C:\\work\\shop\\lib\\a.js", "").inApp)
    assert.strictEqual(origin("D:\\work\\shop\\src\\a.ts", "").filename, "D:\\work\\shop\\src\\a.ts")
  })

  it("has a module's name", () => {
    assert.deepStrictEqual(
      allOf([
        "/work/shop/src/shop/checkout.ts",
        "/work/shop/main.mjs",
        "/elsewhere/lib/a.cjs",
        "/a.test.tsx",
        "/work/shop/node_modules/pg/lib/client.js",
        "/work/shop/node_modules/@scope/name/dist/a/b.js",
        "/work/shop/node_modules/pg/index.js",
        "/work/shop/node_modules/@scope/name/index.js",
        "/n/node_modules/a/node_modules/b/c.js",
        "/n/node_modules/.pnpm/x@1.0.0/node_modules/x/lib/y.js",
        "/work/shop/node_modules/lone.js",
        "node:internal/process/task_queues"
      ], (path) => ofFile(path).module),
      {
        "/work/shop/src/shop/checkout.ts": "src.shop:checkout",
        "/work/shop/main.mjs": "main",
        "/elsewhere/lib/a.cjs": "a",
        "/a.test.tsx": "a.test",
        "/work/shop/node_modules/pg/lib/client.js": "pg.lib:client",
        "/work/shop/node_modules/@scope/name/dist/a/b.js": "@scope/name.dist.a:b",
        "/work/shop/node_modules/pg/index.js": "pg:index",
        "/work/shop/node_modules/@scope/name/index.js": "@scope/name:index",
        "/n/node_modules/a/node_modules/b/c.js": "b:c",
        "/n/node_modules/.pnpm/x@1.0.0/node_modules/x/lib/y.js": "x.lib:y",
        "/work/shop/node_modules/lone.js": "lone",
        "node:internal/process/task_queues": "node:internal/process/task_queues"
      }
    )
  })

  it("is the application where no one else is known to be", () => {
    for (
      const path of ["/work/shop/src/a.ts", "/elsewhere/a.js", "/work/shop/my_node_modules/a.js", "/work/effect/a.ts"]
    ) {
      assert.isTrue(ofFile(path).inApp, path)
    }
    for (
      const path of [
        "/work/shop/node_modules/pg/a.js",
        "/n/node_modules/.pnpm/effect@3.22.4/node_modules/effect/dist/esm/Effect.js",
        "/n/node_modules/@effect/platform/src/a.ts",
        "/linked/effect/packages/effect/src/Effect.ts",
        "/linked/effect/dist/esm/Effect.js",
        "node:fs"
      ]
    ) {
      assert.isFalse(ofFile(path).inApp, path)
    }
  })

  it("without a file is the application only behind a URL of code", () => {
    assert.deepStrictEqual(
      allOf([
        "",
        "<anonymous>",
        "native",
        "index 0",
        "evalmachine.<anonymous>",
        "wasm://wasm/1:wasm-function[3]:0x1a",
        "data:text/javascript,//://",
        "blob:http://x/1",
        "webpack://app/./src/a.ts",
        "http://localhost:1/a.js",
        "webpack://app/./node_modules/x/a.js",
        "webpack-internal:///(rsc)/./src/a.ts"
      ], (place) => origin(undefined, place).inApp),
      {
        "": false,
        "<anonymous>": false,
        native: false,
        "index 0": false,
        "evalmachine.<anonymous>": false,
        "wasm://wasm/1:wasm-function[3]:0x1a": false,
        "data:text/javascript,//://": false,
        "blob:http://x/1": false,
        "webpack://app/./src/a.ts": true,
        "http://localhost:1/a.js": true,
        "webpack://app/./node_modules/x/a.js": false,
        "webpack-internal:///(rsc)/./src/a.ts": true
      }
    )
    assert.deepStrictEqual(origin(undefined, "native"), {
      filename: "native",
      absPath: undefined,
      module: undefined,
      inApp: false
    })
    assert.strictEqual(origin(undefined, "").filename, "<anonymous>")
  })

  it("is not the application in this library's own folder", () => {
    for (const library of ["/opt/posthog/dist", "/opt/posthog/dist/", "file:///opt/posthog/dist/"]) {
      const origin = FrameOrigin.make({ cwd, library })
      assert.isFalse(origin("/opt/posthog/dist/a.js", "").inApp)
      assert.isTrue(origin("/opt/posthog/dist2/a.js", "").inApp)
    }
    // as it would be for code that was bundled with the application
    for (const library of ["/", "/work", "/work/shop", "relative"]) {
      assert.isTrue(FrameOrigin.make({ cwd, library })("/work/shop/src/a.ts", "").inApp, library)
    }
  })

  it("is what the application says of a file that is not Node's", () => {
    const asked: Array<string> = []
    const origin = FrameOrigin.make({
      cwd,
      isInApp: (path) => {
        asked.push(path)
        return path.includes("/@us/")
      }
    })
    assert.isTrue(origin("/work/shop/node_modules/@us/a.js", "").inApp)
    assert.isFalse(origin("/work/shop/src/a.js", "").inApp)
    origin("node:fs", "node:fs")
    origin(undefined, "native")
    origin(undefined, "http://localhost/a.js")
    assert.deepStrictEqual(asked, ["/work/shop/node_modules/@us/a.js", "/work/shop/src/a.js"])
  })

  it("is the default where the application's answer is none", () => {
    const answers = [
      () => {
        throw new Error("no answer")
      },
      () => "yes",
      () => undefined,
      "no function"
    ]
    for (const isInApp of answers) {
      const origin = FrameOrigin.make({ cwd, isInApp: isInApp as unknown as () => boolean })
      assert.isTrue(origin("/work/shop/src/a.js", "").inApp)
      assert.isFalse(origin("/work/shop/node_modules/a.js", "").inApp)
    }
  })

  it("can be told of any text", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.fullUnicodeString(),
        FastCheck.constantFrom(
          "",
          "/",
          "C:\\",
          "file:///",
          "node:",
          "/node_modules/",
          "/node_modules/@",
          "http://",
          "\\\\"
        ),
        FastCheck.fullUnicodeString(),
        (folder, start, rest) => {
          const text = start + rest
          const result = FrameOrigin.make({ cwd: start + folder, library: rest })(StackLine.pathOf(text), text)
          assert.notStrictEqual(result.filename, undefined)
          assert.isTrue(result.absPath === undefined || StackLine.isAbsolute(result.absPath))
        }
      ),
      { numRuns: 2000 }
    )
  })
})
