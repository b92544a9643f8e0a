import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck, Fiber } from "effect"
import * as Zlib from "node:zlib"
import * as Compression from "../../src/delivery/Compression.js"
import * as Compressor from "../../src/delivery/Compressor.js"
import { decompress } from "../../src/devserver/Decompression.js"

const text = JSON.stringify(
  Array.from({ length: 500 }, (_, n) => ({ n, event: "order placed", note: `ring ${n % 7}` }))
)

const body = Buffer.from(text)

const compressing = Compression.kinds.filter((kind) => kind !== "none" && Compression.isSupported(kind))

// what every codec refuses, as it would a body that it has no memory for
const broken = {} as Uint8Array

const bodies = FastCheck.array(
  FastCheck.oneof(
    FastCheck.uint8Array({ maxLength: 300 }),
    // more than one piece of what comes out
    FastCheck.nat(200_000).map((length) => Uint8Array.from({ length }, (_, i) => (i * i * 31) ^ (i >> 3)))
  ),
  { minLength: 1, maxLength: 12 }
)

describe("a compressor", () => {
  for (const kind of compressing) {
    it.effect(`CAP-23: ${kind} makes less of a body, off this thread, and a server reads it back by that name`, () =>
      Effect.gen(function*() {
        const compressed = yield* Compressor.make(kind, 1).compress(body)
        assert.isBelow(compressed!.length, body.length / 5)
        assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
      }))

    it.effect(`${kind} of nothing is a body too`, () =>
      Effect.gen(function*() {
        const compressed = yield* Compressor.make(kind, 1).compress(new Uint8Array(0))
        assert.strictEqual((yield* decompress(compressed!, kind, 100)).length, 0)
      }))

    it.effect.prop(
      `${kind}: bodies one after the other, or any number at once, are each a text of their own`,
      { bodies, kept: FastCheck.nat(3), atOnce: FastCheck.integer({ min: 1, max: 6 }) },
      ({ atOnce, bodies, kept }) =>
        Effect.gen(function*() {
          const { compress } = Compressor.make(kind, kept)
          const all = yield* Effect.forEach(bodies, compress, { concurrency: atOnce })
          for (const [i, compressed] of all.entries()) {
            const read = yield* decompress(compressed!, kind, 300_000)
            assert.isTrue(Buffer.from(read).equals(bodies[i]!))
          }
        }),
      { fastCheck: { numRuns: 25 } }
    )

    it.effect(`${kind}: what cannot be compressed is sent as it is, and what comes after it is compressed`, () =>
      Effect.gen(function*() {
        const { compress } = Compressor.make(kind, 1)
        for (let i = 0; i < 3; i++) {
          assert.isUndefined(yield* compress(broken))
          const compressed = yield* compress(body)
          assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
        }
      }))

    it.effect(`${kind}: who does not wait for his body leaves nothing of it in the next`, () =>
      Effect.gen(function*() {
        const { compress } = Compressor.make(kind, 1)
        for (let i = 0; i < 20; i++) {
          const fiber = yield* Effect.fork(compress(Buffer.alloc(100_000 + i, "x")))
          yield* Effect.yieldNow()
          yield* Fiber.interruptFork(fiber)
          const compressed = yield* compress(body)
          assert.deepStrictEqual(Buffer.from(yield* decompress(compressed!, kind, body.length)), body)
        }
      }))
  }

  it.effect("deflate is the zlib format, as HTTP has it", () =>
    Effect.gen(function*() {
      const compressed = yield* Compressor.make("deflate", 1).compress(body)
      assert.deepStrictEqual(Zlib.inflateSync(compressed!), body)
      assert.throws(() => Zlib.inflateRawSync(compressed!))
    }))

  it.effect("none leaves a body as it is, and so does what this Node has not got", () =>
    Effect.gen(function*() {
      assert.isUndefined(yield* Compressor.make("none", 1).compress(body))
      const zstd = yield* Compressor.make("zstd", 1).compress(body)
      assert.strictEqual(zstd !== undefined, Compression.isSupported("zstd"))
    }))
})
