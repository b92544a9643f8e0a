/** What PostHog would complain about in events that it takes. */
import { assert, describe, it } from "@effect/vitest"
import * as EventProblems from "../../../src/devserver/page/EventProblems.js"
import type { WireEvent } from "../../../src/devserver/ReceivedEvent.js"
import { uuid } from "../support.js"

const at = Date.parse("2025-01-02T03:04:05.678Z")

const find = (over: Partial<WireEvent>, remarks: ReadonlyArray<string> = []) =>
  EventProblems.find(
    {
      event: "order placed",
      distinct_id: "ada",
      uuid: uuid(1),
      timestamp: "2025-01-02T03:04:05.678Z",
      properties: {},
      ...over
    },
    at,
    remarks
  )

describe("problems of an event", () => {
  it("are none where there is nothing wrong, and what was made good comes first", () => {
    assert.deepStrictEqual(find({}), [])
    assert.deepStrictEqual(find({ distinct_id: "undefined" }, ["uuid: is missing"]), [
      "uuid: is missing",
      "distinct_id: \"undefined\" is nobody; PostHog makes no person of it"
    ])
  })

  it("are ids of nobody, times to come, long names, and large events", () => {
    for (const distinct_id of ["null", "NaN", " Anonymous ", "[object Object]", "0"]) {
      assert.lengthOf(find({ distinct_id }), 1, distinct_id)
    }
    assert.lengthOf(find({ distinct_id: "x".repeat(401) }), 1)
    assert.lengthOf(find({ timestamp: "2025-01-04T03:04:05.678Z" }), 1)
    assert.lengthOf(find({ event: "x".repeat(201) }), 1)
    assert.lengthOf(find({ properties: { x: "x".repeat(1024 * 1024) } }), 1)
  })

  it("are what is missing in events with a meaning of their own", () => {
    assert.lengthOf(find({ event: "$groupidentify", properties: { $group_type: "company" } }), 1)
    assert.lengthOf(find({ event: "$create_alias" }), 1)
    const exception = find({ event: "$exception", properties: { $exception_list: [{ type: "Error", value: 1 }] } })
    assert.include(
      exception,
      "$exception_list[0].value: must be a string (PostHog's format of exceptions; taken all the same)"
    )
    assert.isAtMost(
      find({
        event: "$exception",
        properties: { $exception_list: Array.from({ length: 50 }, () => ({ type: 1, value: 1 })) }
      }).length,
      21
    )
  })
})
