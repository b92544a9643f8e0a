import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as SourceFiles from "effect-posthog/exception/source/SourceFiles"
import * as SourceMaps from "effect-posthog/exception/source/SourceMaps"
import { type BuildOptions, buildSync } from "esbuild"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { settings, temporaryFolder } from "./support.js"

const folder = temporaryFolder()

const write = (name: string, content: string): string => {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

const original = `interface Order {
  readonly sku: string
}

// a comment that the compiler drops
type Quantity = number

export const reserve = (order: Order, quantity: Quantity): never => {
  const message: string = \`no stock of \${order.sku} for \${quantity}\`
  throw new RangeError(message)
}
`

/** A program in TypeScript, built, with the place of its `new RangeError` in what came out. */
const built = (name: string, options: BuildOptions) => {
  const source = write(`${name}/src/order.ts`, original)
  const outfile = join(folder, name, "dist", "order.js")
  buildSync({ entryPoints: [source], outfile, bundle: true, format: "esm", logLevel: "silent", ...options })
  const lines = readFileSync(outfile, "utf8").split("\n")
  const line = lines.findIndex((text) => text.includes("new RangeError"))
  return { source, outfile, line: line + 1, column: lines[line]!.indexOf("new RangeError") + 1 }
}

const make = (path: string) =>
  Effect.gen(function*() {
    const maps = SourceMaps.make(SourceFiles.make(settings))
    const now = SourceMaps.make(SourceFiles.make(settings))
    assert.isFalse(maps.isLoaded(path))
    assert.isUndefined(maps.original(path, 1, 1))
    yield* maps.load(path)
    now.loadSync(path)
    assert.isTrue(maps.isLoaded(path))
    assert.isTrue(now.isLoaded(path))
    assert.deepStrictEqual(now.stats(), maps.stats())
    return maps
  })

const throwing = { line: 10, column: 9 }

describe("source maps", () => {
  it.effect("lead from a file of esbuild's to the line and the column that were written", () =>
    Effect.gen(function*() {
      for (
        const [name, options] of Object.entries<BuildOptions>({
          external: { sourcemap: true },
          linked: { sourcemap: "linked", minify: true },
          inline: { sourcemap: "inline" },
          both: { sourcemap: "both", minify: true },
          withoutContent: { sourcemap: true, sourcesContent: false }
        })
      ) {
        const { column, line, outfile, source } = built(name, options)
        if (name === "both") {
          rmSync(`${outfile}.map`)
        }
        const maps = yield* make(outfile)
        const found = maps.original(outfile, line, column)!
        const { file, ...position } = found
        assert.deepStrictEqual(position, { path: source, place: source, ...throwing }, name)
        assert.strictEqual(file?.text, name === "withoutContent" ? undefined : original, name)
        assert.strictEqual(maps.stats().maps, 1)
        assert.isUndefined(maps.original(outfile, 100_000, 1))
      }
    }))

  it.effect("are read once, for many at the same time", () =>
    Effect.gen(function*() {
      const { column, line, outfile } = built("once", { sourcemap: true })
      const maps = SourceMaps.make(SourceFiles.make(settings))
      yield* Effect.forEach(Array(20).fill(outfile), maps.load, { concurrency: "unbounded" })
      rmSync(outfile)
      rmSync(`${outfile}.map`)
      yield* maps.load(outfile)
      assert.strictEqual(maps.original(outfile, line, column)?.line, throwing.line)
      assert.strictEqual(maps.original(outfile, line, column)?.file, maps.original(outfile, line, column)?.file)
    }))

  it.effect("may be put together from sections", () =>
    Effect.gen(function*() {
      const { column, line, outfile, source } = built("sections", { sourcemap: true })
      const map: unknown = JSON.parse(readFileSync(`${outfile}.map`, "utf8"))
      const whole = write(
        "sections/dist/whole.js",
        `// one\n// two\n${readFileSync(outfile, "utf8").replace("order.js.map", "whole.js.map")}`
      )
      const sections = (offset: object) => ({ version: 3, sections: [{ offset, map }] })
      write("sections/dist/whole.js.map", JSON.stringify(sections({ line: 2, column: 0 })))
      const maps = yield* make(whole)
      assert.include(maps.original(whole, line + 2, column), { path: source, ...throwing })
      assert.isUndefined(maps.original(whole, 1, 1))
      for (const line of [1e9, -1, 0.5, "2", null]) {
        write("sections/dist/whole.js.map", JSON.stringify(sections({ line, column: 0 })))
        assert.strictEqual((yield* make(whole)).stats().maps, 0)
      }
    }))

  it.effect("are none where the file says nothing of one, or is none itself", () =>
    Effect.gen(function*() {
      for (const path of [write("plain.js", "run()\n"), join(folder, "missing.js")]) {
        const maps = yield* make(path)
        assert.isUndefined(maps.original(path, 1, 1))
        assert.strictEqual(maps.stats().maps, 0)
      }
      const maps = SourceMaps.make(SourceFiles.make(settings))
      assert.isTrue(maps.isLoaded("node:internal/main"))
    }))

  it.effect("are none where they are broken, absent or too large", () =>
    Effect.gen(function*() {
      const path = write("broken.js", "run()\n//# sourceMappingURL=broken.js.map\n")
      assert.strictEqual((yield* make(path)).stats().maps, 0)
      for (
        const content of [
          "",
          "{",
          "null",
          "[]",
          "3",
          "{}",
          "{\"version\":3,\"sources\":[\"a.ts\"]}",
          "{\"version\":3,\"sources\":\"a.ts\",\"mappings\":\"AAAA\"}",
          "{\"version\":3,\"sources\":[3],\"mappings\":\"AAAA\"}",
          "{\"version\":3,\"sources\":[\"a.ts\"],\"mappings\":[[[0,0,0,0]]]}",
          "{\"version\":3,\"sources\":[\"a.ts\"],\"sourceRoot\":{},\"mappings\":\"AAAA\"}",
          "{\"version\":3,\"sections\":3}",
          "{\"version\":3,\"sections\":[null]}",
          `{"sections":[{"offset":{"line":0,"column":0},"map":`.repeat(2000) + "{}" + "}]}".repeat(2000),
          "x".repeat(settings.maxFileBytes + 1)
        ]
      ) {
        write("broken.js.map", content)
        const maps = yield* make(path)
        assert.isUndefined(maps.original(path, 1, 1), content.slice(0, 80))
        assert.strictEqual(maps.stats().maps, 0, content.slice(0, 80))
      }
    }))

  it.effect("say nothing where their mappings make no sense", () =>
    Effect.gen(function*() {
      const path = write("senseless.js", "run()\n//# sourceMappingURL=senseless.js.map\n")
      for (
        const mappings of ["", ";;;", "A", "AADA", "AADD", "AAAD", "AACA", "AAAAA", "!!!!", "zzzzzzzzzzzzz", "ä,ö;ü"]
      ) {
        write("senseless.js.map", JSON.stringify({ version: 3, sources: ["a.ts"], names: [], mappings }))
        const maps = yield* make(path)
        for (const [line, column] of [[1, 1], [0, 0], [-1, -1], [1, 1e9], [Number.NaN, Number.NaN]] as const) {
          const found = maps.original(path, line, column)
          assert.isTrue(found === undefined || (found.line >= 1 && found.column >= 1), mappings)
        }
      }
    }))

  it.effect("may lead to sources that are absent, that have no path, or that have no name", () =>
    Effect.gen(function*() {
      const path = write("sources.js", "run()\n//# sourceMappingURL=sources.js.map\n")
      const first = (map: object) =>
        Effect.gen(function*() {
          write("sources.js.map", JSON.stringify({ version: 3, names: [], mappings: "AAAA", ...map }))
          const found = (yield* make(path)).original(path, 1, 1)
          return found && { path: found.path, place: found.place, text: found.file?.text }
        })
      assert.deepStrictEqual(yield* first({ sources: ["../../far/away.ts"] }), {
        path: join(folder, "../../far/away.ts"),
        place: join(folder, "../../far/away.ts"),
        text: undefined
      })
      assert.deepStrictEqual(
        yield* first({ sourceRoot: "src", sources: ["with space.ts"], sourcesContent: ["run()"] }),
        {
          path: join(folder, "src/with space.ts"),
          place: join(folder, "src/with space.ts"),
          text: "run()"
        }
      )
      assert.deepStrictEqual(yield* first({ sources: ["webpack://app/./src/a.ts"], sourcesContent: ["run()"] }), {
        path: undefined,
        place: "webpack://app/src/a.ts",
        text: "run()"
      })
      assert.deepStrictEqual(yield* first({ sources: ["file://other/a.ts"], sourcesContent: [null] }), {
        path: undefined,
        place: "file://other/a.ts",
        text: undefined
      })
      assert.isUndefined(yield* first({ sources: [null], sourcesContent: ["run()"] }))
      assert.isUndefined(yield* first({ sources: [] }))
    }))

  it.effect("hold their bounds", () =>
    Effect.gen(function*() {
      const files = SourceFiles.make({ ...settings, maxFiles: 3 })
      const few = SourceMaps.make(files)
      const light = SourceMaps.make(SourceFiles.make({ ...settings, maxBytes: 12_000 }))
      for (let i = 0; i < 8; i++) {
        const { outfile } = built(`bounded-${i}`, { sourcemap: true })
        yield* few.load(outfile)
        yield* light.load(outfile)
        assert.isAtMost(few.stats().maps, 3)
        assert.isAtMost(light.stats().bytes, 12_000)
      }
      assert.strictEqual(few.stats().maps, 3)
      assert.isAbove(light.stats().maps, 0)
    }))
})
