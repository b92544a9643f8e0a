import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as FlagCalledTracker from "../../../src/flags/called/FlagCalledTracker.js"

const keys = ["checkout", "pricing", "constructor"]
const people = ["alice", "bob", "__proto__", "carol"]
const groups: ReadonlyArray<FlagCalledTracker.Groups> = [
  {},
  { company: "acme" },
  { company: "umbrella" },
  { company: "acme", team: "red" },
  { team: "red", company: "acme" }
]

const read = fc.record({
  operation: fc.constantFrom("add" as const, "add" as const, "has" as const),
  key: fc.constantFrom(...keys),
  value: fc.constantFrom(true, false, "a", undefined),
  person: fc.constantFrom(...people),
  groups: fc.constantFrom(...groups)
})

/** What a tracker does, in the plainest words: a list, from the last used to the first to go. */
const makeModel = (capacity: number) => {
  let reads: Array<string> = []
  const sorted = (groups: FlagCalledTracker.Groups) => Object.entries(groups).toSorted(([a], [b]) => a < b ? -1 : 1)
  return {
    run: ({ groups, key, operation, person, value }: typeof read extends fc.Arbitrary<infer A> ? A : never) => {
      const name = JSON.stringify([key, typeof value, value, person, sorted(groups)])
      const known = reads.includes(name)
      if (known || (operation === "add" && capacity > 0)) {
        reads = [name, ...reads.filter((other) => other !== name)].slice(0, capacity)
      }
      return operation === "has" ? known : !known
    },
    size: () => reads.length
  }
}

describe("the tracker of reads", () => {
  it("FLAGS-TRACK-02, FLAGS-TRACK-03, FLAGS-TRACK-04, FLAGS-TRACK-08, FLAGS-TRACK-09: agrees with a list of the last used reads, whatever is asked in whatever order", () => {
    fc.assert(
      fc.property(fc.nat(12), fc.array(read, { maxLength: 120 }), (capacity, reads) => {
        const tracker = FlagCalledTracker.make(capacity)
        const model = makeModel(capacity)
        for (const each of reads) {
          assert.strictEqual(
            tracker[each.operation](each.key, each.value, each.person, each.groups),
            model.run(each),
            JSON.stringify(each)
          )
          assert.strictEqual(tracker.size(), model.size())
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("FLAGS-TRACK-04: the order of the groups makes no difference; FLAGS-TRACK-05: another group's key does", () => {
    const tracker = FlagCalledTracker.make(10)
    assert.isTrue(tracker.add("f", true, "alice", { company: "acme", team: "red" }))
    assert.isFalse(tracker.add("f", true, "alice", { team: "red", company: "acme" }))
    assert.isTrue(tracker.add("f", true, "alice", { team: "blue", company: "acme" }))
    assert.isTrue(tracker.add("f", true, "alice", {}))
  })

  it("FLAGS-TRACK-08: pressure takes the least recently used reads and nothing else, within one person too", () => {
    const tracker = FlagCalledTracker.make(1000)
    for (let i = 0; i < 5000; i++) {
      tracker.add("f", true, "alice", { company: `c${i}` })
      // stays in use
      assert.strictEqual(tracker.add("f", true, "bob", {}), i === 0)
    }
    assert.strictEqual(tracker.size(), 1000)
    assert.isTrue(tracker.has("f", true, "alice", { company: "c4999" }))
    assert.isTrue(tracker.has("f", true, "alice", { company: "c4100" }))
    assert.isFalse(tracker.has("f", true, "alice", { company: "c3000" }))
  })

  it("FLAGS-TRACK-06: is empty after it was cleared", () => {
    const tracker = FlagCalledTracker.make(10)
    tracker.add("f", true, "alice", {})
    tracker.clear()
    assert.strictEqual(tracker.size(), 0)
    assert.isTrue(tracker.add("f", true, "alice", {}))
  })
})
