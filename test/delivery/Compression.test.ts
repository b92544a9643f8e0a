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
    it.effect(`${kind} in one blocking step makes less of a body, and a server reads it back by that name`, () =>
      Effect.gen(function*() {
        const compressed = Compression.compressSync(kind, body)
        assert.isBelow(compressed!.length, body.length / 5)
        assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
      }))

    it(`${kind}: what cannot be compressed is sent as it is, and nothing throws`, () => {
      // a body that every codec refuses, as it would one that it has no memory for
      assert.isUndefined(Compression.compressSync(kind, {} as Uint8Array))
    })
  }

  it("none leaves a body as it is", () => {
    assert.isUndefined(Compression.compressSync("none", body))
  })

  it("zstd is there where Node has it; elsewhere the words say what it needs", () => {
    assert.strictEqual(Compression.isSupported("zstd"), hasZstd)
    assert.strictEqual(
      Compression.unsupported("zstd"),
      hasZstd ? undefined : `compression "zstd" needs Node 22.15 or later, and this is ${process.version}`
    )
    for (const kind of ["gzip", "deflate", "br", "none"] as const) {
      assert.isUndefined(Compression.unsupported(kind))
    }
  })
})
