/** What came in, and what SDKs say they dropped. */
import { assert, describe, it } from "@effect/vitest"
import * as DeliveryBook from "../../../src/devserver/page/DeliveryBook.js"
import type { WireEvent } from "../../../src/devserver/ReceivedEvent.js"
import type { ReceivedRequest } from "../../../src/devserver/ReceivedRequest.js"
import { uuid } from "../support.js"

const request = (over: Partial<ReceivedRequest> = {}): ReceivedRequest => ({
  index: 0,
  endpoint: "capture",
  method: "POST",
  path: "/batch/",
  query: {},
  headers: {},
  body: undefined,
  receivedAt: 0,
  attempt: undefined,
  batchSize: 1,
  uuids: [],
  bytes: 10,
  decodedBytes: 10,
  status: 200,
  fault: undefined,
  problems: [],
  ...over
})

const event = (properties: Record<string, unknown>, name = "posthog delivery summary"): WireEvent => ({
  event: name,
  distinct_id: "d",
  uuid: uuid(1),
  timestamp: "2025-01-02T03:04:05.678Z",
  properties
})

describe("the book of deliveries", () => {
  it("counts requests, events, repeated ones and malformed requests, and keeps the newest 200", () => {
    const book = DeliveryBook.make()
    for (let n = 0; n < 250; n++) {
      book.add(request({ problems: n % 50 === 0 ? ["wrong"] : [] }), [event({}, "a"), event({}, "b")], 1)
    }
    const { requests, totals } = book.read()
    assert.deepStrictEqual(totals, { requests: 250, events: 250, duplicates: 250, invalid: 5 })
    assert.deepStrictEqual([requests.length, requests[0]?.number, requests.at(-1)?.number], [200, 250, 51])
    book.clear()
    assert.deepStrictEqual(book.read(), {
      totals: { requests: 0, events: 0, duplicates: 0, invalid: 0 },
      dropped: [],
      requests: []
    })
  })

  it("names the library and the attempt, as each protocol says it", () => {
    const book = DeliveryBook.make()
    book.add(request({ headers: { "posthog-sdk-info": "effect-posthog/0.1.0" }, attempt: 3 }), [], 0)
    book.add(request({ query: { retry_count: "1" } }), [event({ $lib: "web", $lib_version: "1.2" }, "a")], 0)
    book.add(request({ headers: { "user-agent": "posthog-python/3" } }), [], 0)
    assert.deepStrictEqual(book.read().requests.map(({ attempt, library }) => [library, attempt]), [
      ["posthog-python/3", null],
      ["web/1.2", 2],
      ["effect-posthog/0.1.0", 3]
    ])
  })

  it("tells what is new in the sums that a client reports as dropped", () => {
    const book = DeliveryBook.make()
    const report = (events_dropped_by: unknown, service = "shop") =>
      book.add(request(), [event({ events_dropped_by, service_name: service })], 0)
    report({ overflow: 2, refused: 0 })
    report({ overflow: 2, refused: 0 })
    report({ overflow: 5, refused: 1 })
    report({ overflow: 1 }, "billing")
    // begun anew, its sums begin at nothing
    report({ overflow: 3, refused: 0 })
    report("nonsense")
    assert.deepStrictEqual(book.read().dropped.map(({ count, reason }) => [reason, count]).toReversed(), [
      ["overflow", 2],
      ["overflow", 3],
      ["refused", 1],
      ["overflow", 1],
      ["overflow", 3]
    ])
  })
})
