import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Random } from "effect"
import * as SpanIds from "effect-posthog/otlp/traces/SpanIds"

const hex = /^[0-9a-f]+$/

describe("SpanIds", () => {
  it.effect("TRACE-10: ids are random, of 16 and 8 bytes, in lowercase hexadecimal of exactly 32 and 16 characters", () =>
    Effect.gen(function*() {
      const ids = yield* SpanIds.make
      const traces = Array.from({ length: 20_000 }, ids.traceId)
      const spans = Array.from({ length: 20_000 }, ids.spanId)
      assert.isTrue(traces.every((id) => id.length === 32 && hex.test(id)))
      assert.isTrue(spans.every((id) => id.length === 16 && hex.test(id)))
      assert.strictEqual(new Set([...traces, ...spans]).size, 40_000)
      // every position takes every digit: nothing in them stands still
      for (let i = 0; i < 32; i++) {
        assert.strictEqual(new Set(traces.map((id) => id[i])).size, 16)
      }
      for (let i = 0; i < 16; i++) {
        assert.strictEqual(new Set(spans.map((id) => id[i])).size, 16)
      }
    }))

  it.effect("TRACE-10: two tracers of one process share no ids", () =>
    Effect.gen(function*() {
      const [one, two] = [yield* SpanIds.make, yield* SpanIds.make]
      const made = Array.from({ length: 2_000 }, () => [one.traceId(), two.traceId()]).flat()
      assert.strictEqual(new Set(made).size, 4_000)
    }))

  it.effect("a program's own Random decides them: the same seed gives the same ids, another seed others", () =>
    Effect.gen(function*() {
      const draw = (seed: string) =>
        SpanIds.make.pipe(
          Effect.map((ids) => [ids.traceId(), ids.spanId(), ids.traceId()]),
          Effect.withRandom(Random.make(seed))
        )
      assert.deepStrictEqual(yield* draw("a"), yield* draw("a"))
      assert.notDeepEqual(yield* draw("a"), yield* draw("b"))
    }))

  it.prop(
    "TRACE-10: ids are never all zero, whatever the source gives",
    [fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff_ffff, -1), { minLength: 6, maxLength: 60 })],
    ([bits]) => {
      let position = 0
      const ids = SpanIds.fromSource(() => bits[position++ % bits.length]!)
      for (let i = 0; i < 20; i++) {
        assert.match(ids.traceId(), /^(?!0{32})[0-9a-f]{32}$/)
        assert.match(ids.spanId(), /^(?!0{16})[0-9a-f]{16}$/)
      }
    }
  )

  it("TRACE-10: a source of nothing but zeros gives ids all the same", () => {
    const ids = SpanIds.fromSource(() => 0)
    assert.strictEqual(ids.traceId(), `${"0".repeat(31)}1`)
    assert.strictEqual(ids.spanId(), `${"0".repeat(15)}1`)
  })
})
