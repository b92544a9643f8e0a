/** The buffer against a list: whatever is done to it, nothing is lost and the order holds. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as EventBuffer from "../../src/delivery/EventBuffer.js"
import { type FinishedEvent, size } from "../../src/event/FinishedEvent.js"

const event = (n: number, bytes = 0): FinishedEvent => ({
  uuid: String(n),
  event: "e",
  distinctId: "d",
  timestamp: "",
  own: `{"x":"${"x".repeat(bytes)}"}`,
  shared: ""
})

type Step =
  | { readonly _tag: "offer"; readonly bytes: number }
  | { readonly _tag: "claim"; readonly events: number; readonly bytes: number }
  | { readonly _tag: "settle"; readonly share: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ _tag: fc.constant("offer" as const), bytes: fc.nat(50) }) },
  fc.record({ _tag: fc.constant("claim" as const), events: fc.integer({ min: 1, max: 8 }), bytes: fc.nat(2000) }),
  fc.record({ _tag: fc.constant("settle" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) })
)

describe("EventBuffer", () => {
  it.prop(
    "BATCH-03, RETRY-03: agrees with a plain list, within its bounds, in order, and gives back what it drops",
    [fc.array(step, { maxLength: 200 }), fc.constantFrom("dropNewest" as const, "dropOldest" as const)],
    ([steps, overflow]) => {
      const bounds = { maxEvents: 12, maxBytes: 2500, overflow }
      const buffer = EventBuffer.makeMemory(bounds)
      let model: Array<FinishedEvent> = []
      let claimed: ReadonlyArray<FinishedEvent> = []
      let n = 0
      for (const step of steps) {
        switch (step._tag) {
          case "offer": {
            const offered = event(n++, step.bytes)
            const dropped = buffer.offer(offered)
            if (overflow === "dropNewest") {
              assert.isTrue(dropped.length === 0 || dropped[0] === offered)
            }
            const gone = new Set(dropped)
            assert.isTrue(claimed.every((event) => !gone.has(event)), "what is on its way is never dropped")
            model = [...model, offered].filter((event) => !gone.has(event))
            break
          }
          case "claim": {
            claimed = buffer.claim(step.events, step.bytes)
            assert.deepStrictEqual(claimed, model.slice(0, claimed.length))
            assert.isTrue(claimed.length <= step.events && (claimed.length > 0 || model.length === 0))
            const total = claimed.reduce((sum, event) => sum + size(event), 0)
            assert.isTrue(claimed.length === 1 || total <= step.bytes || claimed.length === 0)
            break
          }
          case "settle": {
            const count = Math.floor(claimed.length * step.share)
            buffer.settle(count)
            model = model.slice(count)
            claimed = []
            break
          }
        }
        assert.strictEqual(buffer.length(), model.length)
        assert.strictEqual(buffer.left() + buffer.length(), buffer.offered())
        assert.isAtMost(model.length, bounds.maxEvents)
        assert.isAtMost(model.reduce((sum, event) => sum + size(event), 0), bounds.maxBytes)
      }
      buffer.settle(0)
      assert.deepStrictEqual(buffer.claim(1000, Number.POSITIVE_INFINITY), model)
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it("draining a long buffer costs the same for each event however many wait", () => {
    const buffer = EventBuffer.makeMemory({
      maxEvents: 1_000_000,
      maxBytes: Number.POSITIVE_INFINITY,
      overflow: "dropNewest"
    })
    const one = event(0)
    for (let i = 0; i < 300_000; i++) {
      buffer.offer(one)
    }
    let taken = 0
    while (buffer.length() > 0) {
      const batch = buffer.claim(100, Number.POSITIVE_INFINITY)
      buffer.settle(batch.length)
      taken += batch.length
    }
    assert.strictEqual(taken, 300_000)
  })
})
