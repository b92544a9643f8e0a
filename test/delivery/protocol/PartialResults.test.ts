import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as PartialResults from "../../../src/delivery/protocol/PartialResults.js"
import { event } from "./written.js"

const uuid = (n: number) => `0198c0de-0000-7000-8000-${n.toString(16).padStart(12, "0")}`

const events = Array.from({ length: 7 }, (_, i) => event({ uuid: uuid(i) }))

const names = ({ again, delivered, refused }: ReturnType<typeof PartialResults.read>) => ({
  delivered: delivered.map(({ uuid }) => uuid),
  again: again.map(({ uuid }) => uuid),
  refused: refused.map(({ uuid }) => uuid)
})

const answer = (results: unknown) => JSON.stringify({ results })

const all = { delivered: events.map(({ uuid }) => uuid), again: [], refused: [] }

describe("the results of a capture v1 request", () => {
  it("HTTP-32: only retry goes again, only drop is refused, and nothing else is sent twice", () => {
    const results = ["ok", "warning", "drop", "limited", "retry", "from_the_future"]
    const given = Object.fromEntries(results.map((result, i) => [uuid(i), { result, details: "words" }]))
    assert.deepStrictEqual(names(PartialResults.read(events, answer(given))), {
      delivered: [uuid(0), uuid(1), uuid(3), uuid(5), uuid(6)],
      again: [uuid(4)],
      refused: [uuid(2)]
    })
  })

  it("HTTP-32: PostHog may write a uuid in its own way", () => {
    const shouting = event({ uuid: "0198C0DE-0000-7000-8000-00000000ABCD" })
    const answered = (name: string) => PartialResults.read([shouting], answer({ [name]: { result: "retry" } }))
    assert.deepStrictEqual(answered(shouting.uuid).again, [shouting])
    assert.deepStrictEqual(answered(shouting.uuid.toLowerCase()).again, [shouting])
  })

  for (
    const text of [
      "",
      "ok",
      "{",
      "null",
      "[]",
      "{}",
      "{\"results\":null}",
      "{\"results\":[]}",
      "{\"results\":\"retry\"}",
      answer({}),
      answer({ [uuid(0)]: "retry", [uuid(1)]: null, [uuid(2)]: { result: 1 }, [uuid(3)]: ["retry"] }),
      answer({ results: { [uuid(0)]: { result: "retry" } } })
    ]
  ) {
    it(`HTTP-32: a 2xx answer without results is for all events: ${text}`, () => {
      assert.deepStrictEqual(names(PartialResults.read(events, text)), all)
    })
  }

  it("HTTP-32: every event has exactly one fate, in order, whatever the answer is", () => {
    const word = fc.oneof(fc.constantFrom("ok", "warning", "limited", "drop", "retry"), fc.string())
    const one = fc.oneof(fc.record({ result: word }), fc.jsonValue())
    fc.assert(fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.dictionary(fc.constantFrom(...all.delivered, "__proto__", "toString"), one).map(answer)
      ),
      (text) => {
        const { again, delivered, refused } = PartialResults.read(events, text)
        assert.sameMembers([...again, ...delivered, ...refused], events)
        assert.strictEqual(again.length + delivered.length + refused.length, events.length)
        for (const list of [again, delivered, refused]) {
          assert.deepStrictEqual(list, events.filter((event) => list.includes(event)))
        }
      }
    ))
  })
})
