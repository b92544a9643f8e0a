import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Zlib from "node:zlib"
import * as Compression from "../../src/delivery/Compression.js"
import { decompress } from "../../src/devserver/Decompression.js"

const text = JSON.stringify(
  Array.from({ length: 500 }, (_, n) => ({ n, event: "order placed", note: `ring ${n % 7}` }))
)

const body = Buffer.from(text)

const compressing = Compression.kinds.filter((kind) => kind !== "none" && Compression.isSupported(kind))

// absent before Node 22.15, whatever the types say
const hasZstd = "zstdCompress" in Zlib && typeof Zlib.zstdCompress === "function"

describe("compression", () => {
  for (const kind of compressing) {
    it.effect(`CAP-23: ${kind} makes less of a body, off this thread, and a server reads it back by that name`, () =>
      Effect.gen(function*() {
        const compressed = yield* Compression.compress(kind, body)
        assert.isBelow(compressed!.length, body.length / 5)
        assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
      }))

    it.effect(`${kind} in one blocking step does the same`, () =>
      Effect.gen(function*() {
        const compressed = Compression.compressSync(kind, body)
        assert.isBelow(compressed!.length, body.length / 5)
        assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
      }))

    it.effect(`${kind} of nothing is a body too`, () =>
      Effect.gen(function*() {
        const compressed = yield* Compression.compress(kind, new Uint8Array(0))
        assert.strictEqual((yield* decompress(compressed!, kind, 100)).length, 0)
      }))

    it.effect(`${kind}: what cannot be compressed is sent as it is, and nothing throws`, () =>
      Effect.gen(function*() {
        // a body that every codec refuses, as it would one that it has no memory for
        const broken = {} as Uint8Array
        assert.isUndefined(yield* Compression.compress(kind, broken))
        assert.isUndefined(Compression.compressSync(kind, broken))
      }))
  }

  it.effect("deflate is the zlib format, as HTTP has it", () =>
    Effect.gen(function*() {
      const compressed = yield* Compression.compress("deflate", body)
      assert.deepStrictEqual(Zlib.inflateSync(compressed!), body)
      assert.throws(() => Zlib.inflateRawSync(compressed!))
    }))

  it.effect("none leaves a body as it is", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* Compression.compress("none", body))
      assert.isUndefined(Compression.compressSync("none", body))
    }))

  it.effect("zstd is there where Node has it; elsewhere the words say what it needs, and a body is sent as it is", () =>
    Effect.gen(function*() {
      assert.strictEqual(Compression.isSupported("zstd"), hasZstd)
      assert.strictEqual(
        Compression.unsupported("zstd"),
        hasZstd ? undefined : `compression "zstd" needs Node 22.15 or later, and this is ${process.version}`
      )
      assert.strictEqual((yield* Compression.compress("zstd", body)) !== undefined, hasZstd)
      for (const kind of ["gzip", "deflate", "br", "none"] as const) {
        assert.isUndefined(Compression.unsupported(kind))
      }
    }))
})
