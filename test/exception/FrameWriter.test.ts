import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as FrameWriter from "effect-posthog/exception/FrameWriter"
import * as SourceFiles from "effect-posthog/exception/source/SourceFiles"
import * as SourceMaps from "effect-posthog/exception/source/SourceMaps"
import * as FrameOrigin from "effect-posthog/exception/stack/FrameOrigin"
import * as FastCheck from "effect/FastCheck"
import { buildSync } from "esbuild"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { settings, temporaryFolder } from "./source/support.js"

const folder = temporaryFolder()

const write = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `const line${i + 1} = 1\n`).join("")

const make = (options: Partial<FrameWriter.Settings> & { readonly withMaps?: boolean } = {}) => {
  const files = options.files ?? SourceFiles.make(settings)
  return FrameWriter.make({
    origin: FrameOrigin.make({ cwd: folder }),
    files,
    maps: options.withMaps === true ? SourceMaps.make(files) : undefined,
    context: { lines: 5, maxLineLength: 140 },
    redact: (line) => line,
    maxCachedBytes: 1024 * 1024,
    ...options
  })
}

const parsed = (json: string | undefined) => json === undefined ? undefined : JSON.parse(json)

describe("a frame", () => {
  it.effect("EXC-15, EXC-08: has its place, its function and the source lines around it", () =>
    Effect.gen(function*() {
      const path = write("order.ts", numbered(20))
      const line = `    at reserve (${path}:10:7)`
      const frames = make()
      assert.deepStrictEqual(frames.missing([line]), [line])
      yield* frames.prepare([line])
      assert.deepStrictEqual(frames.missing([line]), [])
      const { abs_path, filename, module: _, ...frame } = parsed(frames.write(line))
      assert.deepStrictEqual(frame, {
        platform: "node:javascript",
        function: "reserve",
        lineno: 10,
        colno: 7,
        in_app: true,
        pre_context: [5, 6, 7, 8, 9].map((i) => `const line${i} = 1`),
        context_line: "const line10 = 1",
        post_context: [11, 12, 13, 14, 15].map((i) => `const line${i} = 1`)
      })
      assert.deepStrictEqual({ abs_path, filename }, { abs_path: path, filename: "order.ts" })
    }))

  it.effect("EXC-09, EXC-15: leaves out what is not known, and holds no null", () =>
    Effect.gen(function*() {
      const lines = [
        `    at gone (${join(folder, "gone.ts")}:1:1)`,
        `    at beyond (${write("short.ts", "one\n")}:7:1)`,
        "    at node:internal/main/run_main_module:23:47",
        "    at Array.map (<anonymous>)",
        `    at ${write("anonymous.ts", numbered(3))}:2:1`
      ]
      const frames = make()
      yield* frames.prepare(lines)
      const texts = lines.map(frames.write)
      for (const text of texts.slice(0, 4)) {
        assert.notMatch(text!, /null|_context|context_line/)
      }
      assert.strictEqual(parsed(texts[2]).function, "?")
      assert.strictEqual(parsed(texts[4]).function, "?")
      assert.strictEqual(parsed(texts[4]).context_line, "const line2 = 1")
      assert.notProperty(parsed(texts[3]), "lineno")
      assert.notProperty(parsed(texts[3]), "abs_path")
    }))

  it("is none where the line is none", () => {
    const frames = make()
    for (const line of ["", "Error: at home", "    ...", "at", "\0", "x".repeat(100_000)]) {
      assert.isUndefined(frames.write(line), line.slice(0, 20))
      assert.isUndefined(frames.writeBare(line), line.slice(0, 20))
    }
    assert.strictEqual(frames.stats().frames, 0)
  })

  it.effect("EXC-09: can be written without its source lines", () =>
    Effect.gen(function*() {
      const line = `    at reserve (${write("bare.ts", numbered(20))}:10:7)`
      const frames = make()
      yield* frames.prepare([line])
      const { context_line: _a, post_context: _b, pre_context: _c, ...rest } = parsed(frames.write(line))
      assert.deepStrictEqual(parsed(frames.writeBare(line)), rest)
      const without = make({ context: undefined })
      assert.deepStrictEqual(without.missing([line]), [])
      assert.deepStrictEqual(parsed(without.write(line)), rest)
      assert.strictEqual(without.writeBare(line), without.write(line))
    }))

  it("EXC-09: stands without source lines until its file was read, and with them afterwards", () => {
    const line = `    at reserve (${write("later.ts", numbered(20))}:10:7)`
    const frames = make()
    assert.notProperty(parsed(frames.write(line)), "context_line")
    assert.strictEqual(frames.stats().frames, 0)
    frames.prepareSync([line, line])
    assert.strictEqual(parsed(frames.write(line)).context_line, "const line10 = 1")
    assert.strictEqual(frames.stats().frames, 1)
  })

  it.effect("shows source lines as the redaction left them, and never half a character", () =>
    Effect.gen(function*() {
      const line = `    at login (${write("secret.ts", "const password = 1\n".repeat(20))}:10:7)`
      const frames = make({ redact: (text) => text.replace("password", "***\ud83d") })
      yield* frames.prepare([line])
      const text = frames.write(line)!
      assert.notInclude(text, "password")
      assert.notInclude(text, "\\ud83d")
      assert.strictEqual(parsed(text).context_line, "const ***\ufffd = 1")
      assert.strictEqual(parsed(text).post_context[4], "const ***\ufffd = 1")
    }))
})

describe("what was read and written", () => {
  it.effect("is not read or written again for 1,000 exceptions, near the end of a file neither", () =>
    Effect.gen(function*() {
      const path = write("near-the-end.ts", numbered(12))
      let redactions = 0
      const frames = make({
        redact: (text) => {
          redactions++
          return text
        }
      })
      const first = `    at first (${path}:12:7)`
      yield* frames.prepare([first])
      rmSync(path)
      const text = frames.write(first)
      const before = redactions
      for (let i = 0; i < 1000; i++) {
        assert.deepStrictEqual(frames.missing([first]), [])
        assert.strictEqual(frames.write(first), text)
        // another place in the same file
        const other = `    at other${i} (${path}:${8 + i % 5}:7)`
        assert.deepStrictEqual(frames.missing([other]), [])
        assert.strictEqual(parsed(frames.write(other)).context_line, `const line${8 + i % 5} = 1`)
      }
      assert.strictEqual(parsed(text).context_line, "const line12 = 1")
      assert.deepStrictEqual(parsed(text).post_context, [])
      assert.strictEqual(frames.stats().files, 1)
      // six to eleven lines for each of the thousand other frames, none for the first one
      assert.isAtMost(redactions - before, 11_000)
    }))

  it.effect("is kept for a frame although its file had to make room meanwhile", () =>
    Effect.gen(function*() {
      const lines = Array.from({ length: 20 }, (_, i) => `    at f (${write(`many-${i}.ts`, numbered(9))}:5:7)`)
      const files = SourceFiles.make({ ...settings, maxFiles: 2 })
      const frames = make({ files })
      yield* frames.prepare(lines)
      assert.deepStrictEqual(frames.missing(lines), [])
      for (const line of lines) {
        assert.strictEqual(parsed(frames.write(line)).context_line, "const line5 = 1")
      }
      assert.strictEqual(frames.stats().files, 2)
    }))

  it("holds its bound, and what it says does not depend on what was forgotten", () => {
    const path = write("bounded.ts", numbered(100))
    const lines = Array.from({ length: 60 }, (_, i) => `    at f${i} (${path}:${i + 20}:7)`)
    const whole = make()
    whole.prepareSync(lines)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.nat(20_000),
        FastCheck.array(FastCheck.constantFrom(...lines), { maxLength: 60 }),
        (maxCachedBytes, accesses) => {
          const frames = make({ maxCachedBytes })
          for (const line of accesses) {
            frames.prepareSync([line])
            assert.strictEqual(frames.write(line), whole.write(line))
            assert.strictEqual(frames.writeBare(line), whole.writeBare(line))
            assert.isAtMost(frames.stats().bytes, maxCachedBytes)
          }
        }
      ),
      { numRuns: 100 }
    )
  })

  it("survives lines of any text", () => {
    const piece = FastCheck.constantFrom(
      "    at ",
      "async ",
      "f",
      " (",
      ")",
      ":1",
      ":2",
      ":99999999999999999999",
      folder,
      "/bounded.ts",
      "file://",
      "%",
      "\0",
      "\ud83d",
      "node:fs",
      "<anonymous>",
      "eval at ",
      ", "
    )
    const frames = make({ withMaps: true })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(piece, { maxLength: 12 }), (pieces) => {
        const line = pieces.join("")
        frames.prepareSync([line])
        for (const text of [frames.write(line), frames.writeBare(line)]) {
          if (text !== undefined) {
            assert.strictEqual(parsed(text).platform, "node:javascript")
            assert.notInclude(text, "null")
            assert.notInclude(text, "\\ud83d")
          }
        }
      }),
      { numRuns: 3000 }
    )
  })
})

describe("a frame behind a source map", () => {
  const source = `type Sku = string

export const reserve = (sku: Sku): never => {
  throw new RangeError(sku)
}
`

  const built = (name: string, sourcesContent: boolean, sourcemap: "inline" | true = true) => {
    const path = write(`${name}.ts`, source)
    const outfile = join(folder, `${name}.out.mjs`)
    buildSync({ entryPoints: [path], outfile, format: "esm", minify: true, sourcemap, sourcesContent })
    const column = readFileSync(outfile, "utf8").indexOf("new RangeError") + 1
    return { path, outfile, line: `    at reserve (${pathToFileURL(outfile).href}:1:${column})` }
  }

  const expected = {
    lineno: 4,
    colno: 9,
    context_line: "  throw new RangeError(sku)",
    pre_context: ["type Sku = string", "", "export const reserve = (sku: Sku): never => {"],
    post_context: ["}"]
  }

  it.effect("EXC-08, EXC-15: names the file that was written, with its lines out of the map or off the disk", () =>
    Effect.gen(function*() {
      for (
        const [name, sourcesContent, sourcemap] of [["a", true, true], ["b", false, true], [
          "c",
          true,
          "inline"
        ]] as const
      ) {
        const { line, outfile, path } = built(name, sourcesContent, sourcemap)
        if (sourcesContent) {
          rmSync(path)
        }
        const later = make({ withMaps: true })
        assert.deepStrictEqual(later.missing([line]), [line])
        yield* later.prepare([line])
        const now = make({ withMaps: true })
        now.prepareSync([line])
        rmSync(outfile)
        assert.deepStrictEqual(later.missing([line]), [])
        assert.strictEqual(later.write(line), now.write(line))
        const frame = parsed(later.write(line))
        assert.deepInclude(frame, { ...expected, function: "reserve", abs_path: path, filename: `${name}.ts` })
        assert.strictEqual(later.stats().maps, 1)
      }
    }))

  it.effect("EXC-09: still names the file where its lines are nowhere to be had", () =>
    Effect.gen(function*() {
      const { line, path } = built("d", false)
      rmSync(path)
      const frames = make({ withMaps: true })
      yield* frames.prepare([line])
      assert.deepStrictEqual(frames.missing([line]), [])
      assert.deepInclude(parsed(frames.write(line)), { abs_path: path, lineno: 4, colno: 9 })
      assert.notProperty(parsed(frames.write(line)), "context_line")
    }))

  it.effect("needs no source to name the file where no source lines are wanted", () =>
    Effect.gen(function*() {
      const { line, path } = built("e", false)
      const frames = make({ withMaps: true, context: undefined })
      yield* frames.prepare([line])
      assert.deepInclude(parsed(frames.write(line)), { abs_path: path, lineno: 4, colno: 9 })
      assert.notProperty(parsed(frames.write(line)), "context_line")
    }))

  it.effect("stands as it is where there is no map, or a broken one", () =>
    Effect.gen(function*() {
      const broken = write("broken.mjs", "throw new Error()\n//# sourceMappingURL=broken.mjs.map\n")
      write("broken.mjs.map", "{\"version\":3")
      const plain = write("plain.mjs", "throw new Error()\n")
      const frames = make({ withMaps: true })
      const lines = [broken, plain].map((path) => `    at ${path}:1:7`)
      yield* frames.prepare(lines)
      assert.deepStrictEqual(frames.missing(lines), [])
      for (const line of lines) {
        assert.deepInclude(parsed(frames.write(line)), { lineno: 1, colno: 7, context_line: "throw new Error()" })
      }
    }))
})
