/** The bounds of notes hold for arbitrary notes (seed 001, pitfall 3). */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { JsonValue } from "effect-posthog/domain/JsonValue"
import * as Metadata from "effect-posthog/scope/Metadata"
import * as Slots from "effect-posthog/scope/Slots"

const json: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string()) },
  // around the bound of one value, and far beyond it
  { weight: 3, arbitrary: fc.integer({ min: 900, max: 1100 }).map((length) => "x".repeat(length)) },
  { weight: 2, arbitrary: fc.integer({ min: 250, max: 400 }).map((length) => "€".repeat(length)) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 800 }).map((length) => Array.from({ length }, (_, i) => i)) },
  { weight: 1, arbitrary: fc.dictionary(fc.string(), fc.nat(2000).map((length) => "y".repeat(length)), { maxKeys: 4 }) }
)

const key = fc.oneof(
  fc.nat(100).map((n) => `key ${n}`),
  fc.string(),
  fc.integer({ min: 60, max: 200 }).map((length) => "🎈".repeat(length)),
  fc.constant("metadata_omitted")
)

/** Notes, in the batches in which they are noted. */
const batches = fc.array(fc.array(fc.tuple(key, json), { maxLength: 50, size: "max" }), { maxLength: 4, size: "max" })

type Batches = ReadonlyArray<ReadonlyArray<readonly [string, JsonValue]>>

const noted = (standing: ReadonlyMap<string, Slots.Slot<Metadata.MetadataEntry>>, written: Batches) =>
  written.reduce(
    (slots, notes) => Slots.write(slots, "metadata", Metadata.bounded(slots.metadata, notes)),
    { ...Slots.empty, metadata: standing }
  ).metadata

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

/** A summary is small: so much at most do all of them take beside what is kept as it is. */
const summaries = 64 * (4 * 128 + 60)

const within = (values: { readonly [key: string]: JsonValue }) => {
  const { metadata_omitted: omitted, ...entries } = values
  assert.isAtMost(Object.keys(entries).length, 64)
  assert.isTrue(omitted === undefined || Number.isSafeInteger(omitted))
  assert.isAtMost(bytesOf(entries), 8 * 1024 + summaries)
  for (const [name, value] of Object.entries(entries)) {
    assert.isAtMost(name.length, 128)
    assert.isAtMost(bytesOf(value), 1024)
  }
}

const property = (name: string, holds: (written: Batches, more: Batches) => void) =>
  it(name, () => fc.assert(fc.property(batches, batches, holds), { numRuns: 100, endOnFailure: true }))

describe("notes are bounded", () => {
  property("64 entries of 1 KiB and 8 KiB beside their summaries, whatever is noted in whichever order", (written) => {
    within(Metadata.values(noted(new Map(), written)))
  })

  property("a value is kept as it is, or told by its type and its size in bytes as JSON", (written) => {
    const values = Metadata.values(noted(new Map(), written))
    const last = new Map(written.flat().map(([key, value]) => [key, value]))
    for (const [key, value] of last) {
      const kept = values[key]
      // a longer key is cut, and may then be another one
      if (key !== "metadata_omitted" && kept !== undefined && !key.startsWith("🎈")) {
        const type = Array.isArray(value) ? "array" : value === null ? "null" : typeof value
        const summary = { data_type: type, data_size: bytesOf(value) }
        const text = JSON.stringify(kept)
        assert.isTrue(text === JSON.stringify(value) || text === JSON.stringify(summary), text)
        assert.isTrue(bytesOf(value) <= 1024 || text === JSON.stringify(summary))
      }
    }
  })

  property("what there was no room for is counted", (written) => {
    const entries = written.flat().filter(([key]) => key !== "metadata_omitted")
    const values = Metadata.values(noted(new Map(), [entries.map(([key]) => [key, 1] as const)]))
    const names = new Set(entries.map(([key]) => key))
    if (entries.every(([key]) => key.length <= 128) && names.size > 64) {
      assert.isAtLeast(Number(values["metadata_omitted"]), names.size - 64)
    } else if (names.size <= 64) {
      assert.isUndefined(values["metadata_omitted"])
    }
  })

  property("the notes of two fibers together are within the same bounds, and those that stood before stay", (
    mine,
    theirs
  ) => {
    const before = noted(new Map(), [[["stood", 1]]])
    const here = { ...Slots.empty, metadata: noted(before, mine) }
    const all = { ...Slots.empty, metadata: new Map([...here.metadata, ...noted(before, theirs)]) }
    const joined = Metadata.values(Slots.join(here, all, undefined).metadata)
    within(joined)
    assert.strictEqual(joined["stood"], 1)
    for (const key of here.metadata.keys()) {
      assert.property(joined, key)
    }
  })

  property("notes that were exported are the same when they are noted elsewhere", (written) => {
    const notes = Metadata.values(noted(new Map(), written))
    const again = Metadata.values(noted(new Map(), [Object.entries(notes)]))
    assert.deepStrictEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(notes)))
  })

  it("an entry of the name of the count is not taken for the count", () => {
    const values = Metadata.values(noted(new Map(), [[["metadata_omitted", "mine"], ["a", 1]]]))
    assert.deepStrictEqual({ ...values }, { a: 1 })
  })
})
