import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import * as SourceFiles from "effect-posthog/exception/source/SourceFiles"
import * as FastCheck from "effect/FastCheck"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { settings, temporaryFolder } from "./support.js"

const folder = temporaryFolder()

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const lineOf = (files: SourceFiles.SourceFiles, path: string, line: number) => {
  const file = files.peek(path)
  return typeof file === "object" ? file.line(line) : file
}

/** What both ways of looking say of a path. */
const looked = (path: string) =>
  Effect.gen(function*() {
    const later = SourceFiles.make(settings)
    const now = SourceFiles.make(settings)
    yield* later.load(path)
    now.loadSync(path)
    const [a, b] = [later, now].map((files) => {
      const file = files.peek(path)
      return typeof file === "object" ? file.text : file
    })
    assert.strictEqual(a, b)
    return a
  })

describe("source files", () => {
  it.effect("are unknown until somebody looks, and read once: what the disk says later does not count", () =>
    Effect.gen(function*() {
      const path = write("once.ts", "first\n")
      const files = SourceFiles.make(settings)
      assert.isUndefined(files.peek(path))
      yield* files.load(path)
      assert.strictEqual(lineOf(files, path, 1), "first")
      writeFileSync(path, "second\n")
      yield* files.load(path)
      files.loadSync(path)
      assert.strictEqual(lineOf(files, path, 1), "first")
      rmSync(path)
      yield* files.load(path)
      assert.strictEqual(lineOf(files, path, 1), "first")
      assert.strictEqual(files.stats().files, 1)
    }))

  it.effect("are remembered where they are absent", () =>
    Effect.gen(function*() {
      const path = join(folder, "missing.ts")
      const files = SourceFiles.make(settings)
      yield* files.load(path)
      assert.strictEqual(files.peek(path), "absent")
      writeFileSync(path, "here now\n")
      yield* files.load(path)
      files.loadSync(path)
      assert.strictEqual(files.peek(path), "absent")
    }))

  it.effect("are read once for many who ask at the same time, and an interrupted one spoils it for nobody", () =>
    Effect.gen(function*() {
      const path = write("shared.ts", "shared\n".repeat(10_000))
      const files = SourceFiles.make(settings)
      const first = yield* Effect.fork(files.load(path))
      const others = yield* Effect.fork(
        Effect.forEach(Array(50).fill(path), files.load, { concurrency: "unbounded", discard: true })
      )
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Fiber.join(others)
      assert.strictEqual(lineOf(files, path, 9000), "shared")
      assert.strictEqual(files.stats().files, 1)
    }))

  it.effect("come without a byte order mark, whatever their encoding says", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* looked(write("mark.ts", "\uFEFFconst a = 1\n")), "const a = 1\n")
      assert.strictEqual(yield* looked(write("wide.ts", "ä😀\n")), "ä😀\n")
      assert.strictEqual(yield* looked(write("broken.ts", Uint8Array.of(0x61, 0xff, 0x62))), "a\ufffdb")
      assert.strictEqual(yield* looked(write("empty.ts", "")), "")
    }))

  it.effect("are ordinary files: a folder, a pipe, a device and what is binary are absent", () =>
    Effect.gen(function*() {
      const directory = join(folder, "directory.ts")
      mkdirSync(directory)
      const pipe = join(folder, "pipe.ts")
      execFileSync("mkfifo", [pipe])
      const device = join(folder, "device.ts")
      symlinkSync("/dev/zero", device)
      const loop = join(folder, "loop.ts")
      symlinkSync(loop, loop)
      const binary = write("binary.js", Uint8Array.of(0x61, 0, 0x62))
      for (const path of [directory, pipe, device, loop, binary, join(binary, "within.ts")]) {
        assert.strictEqual(yield* looked(path), "absent", path)
      }
    }))

  it.effect("are followed through a link", () =>
    Effect.gen(function*() {
      const link = join(folder, "link.ts")
      symlinkSync(write("target.ts", "target\n"), link)
      assert.strictEqual(yield* looked(link), "target\n")
    }))

  it.effect("are absent where they may not be read", () =>
    Effect.gen(function*() {
      const path = write("closed.ts", "closed\n")
      chmodSync(path, 0)
      // root reads everything
      assert.strictEqual(yield* looked(path), process.getuid?.() === 0 ? "closed\n" : "absent")
    }))

  it.effect("are absent where they are larger than allowed", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* looked(write("large.js", "x".repeat(settings.maxFileBytes + 1))), "absent")
      assert.lengthOf(
        (yield* looked(write("largest.js", "x".repeat(settings.maxFileBytes)))) ?? "",
        settings.maxFileBytes
      )
      const sparse = write("sparse.js", "")
      truncateSync(sparse, 2 ** 40)
      assert.strictEqual(yield* looked(sparse), "absent")
      const files = SourceFiles.make({ ...settings, maxBytes: 10_000 })
      const path = write("heavy.js", "x".repeat(20_000))
      yield* files.load(path)
      assert.strictEqual(files.peek(path), "absent")
    }))

  it("are never looked for by a path that is none of this machine's sources", () => {
    const files = SourceFiles.make(settings)
    const secret = write(".env", "PASSWORD=1\n")
    for (
      const path of [
        secret,
        "/etc/passwd",
        "/root/.ssh/id_rsa",
        "relative.ts",
        "",
        "node:fs",
        "https://example.com/a.js",
        "\\\\server\\share\\a.js",
        "//server/share/a.js",
        `/${"a".repeat(5000)}.ts`,
        "/a\0.ts"
      ]
    ) {
      assert.strictEqual(files.peek(path), "absent", path)
      files.loadSync(path)
      assert.strictEqual(files.peek(path), "absent", path)
    }
  })

  it("hold their bounds under arbitrary use", () => {
    const paths = Array.from({ length: 12 }, (_, i) => write(`bounded-${i}.ts`, `${"y".repeat(i * 100)}\n`.repeat(5)))
    FastCheck.assert(
      FastCheck.property(
        FastCheck.integer({ min: 1, max: 6 }),
        FastCheck.integer({ min: 500, max: 20_000 }),
        FastCheck.array(FastCheck.constantFrom(...paths), { maxLength: 40 }),
        (maxFiles, maxBytes, accesses) => {
          const files = SourceFiles.make({ ...settings, maxFiles, maxBytes })
          for (const path of accesses) {
            files.loadSync(path)
            assert.isDefined(files.peek(path))
            const stats = files.stats()
            assert.isTrue(stats.files <= maxFiles && stats.bytes <= maxBytes)
          }
        }
      ),
      { numRuns: 200 }
    )
  })

  it("remember a bounded number of absent ones", () => {
    const files = SourceFiles.make(settings)
    const missing = (i: number) => join(folder, "nowhere", `${i}.ts`)
    for (let i = 0; i < 5000; i++) {
      files.loadSync(missing(i))
    }
    assert.isUndefined(files.peek(missing(0)))
    assert.strictEqual(files.peek(missing(4999)), "absent")
    assert.strictEqual(files.stats().files, 0)
  })
})
