/** Events that PostHog takes although something is missing: what is made good, and what is said about it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DevServer } from "../../src/devserver/DevServer.js"
import { forgive } from "../../src/devserver/Forgiveness.js"
import { batch, event, post, transports, uuid } from "./support.js"

const at = Date.parse("2025-06-01T00:00:00.000Z")

const good = (value: Record<string, unknown>) => {
  const { body, remarks } = forgive({ api_key: "phc", batch: [value] }, "seed", at)
  const [event] = (body as { readonly batch: ReadonlyArray<Record<string, unknown>> }).batch
  return { event: event ?? {}, remarks: Array.from(remarks.values()).flat() }
}

describe("forgiveness", () => {
  it("leaves alone what is as it should be", () => {
    assert.deepStrictEqual(good(event(1)), { event: event(1), remarks: [] })
  })

  it("gives a uuid that follows from the request, so that two events never share one", () => {
    const without = { ...event(1), uuid: undefined }
    const uuids = ["a", "b"].flatMap((seed) =>
      (forgive([without, without], seed, at).body as ReadonlyArray<{ readonly uuid: string }>).map(({ uuid }) => uuid)
    )
    assert.strictEqual(new Set(uuids).size, 4)
    for (const uuid of uuids) {
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    }
    assert.deepStrictEqual(good(without).remarks, ["uuid: is missing; sent again, the event would be stored twice"])
  })

  it("takes the time from the offset, from another zone, or from the arrival", () => {
    const time = (over: Record<string, unknown>) => {
      const { event: made, remarks } = good({ ...event(1), timestamp: undefined, ...over })
      return [made["timestamp"], remarks.length]
    }
    assert.deepStrictEqual(time({ offset: 1_500 }), ["2025-05-31T23:59:58.500Z", 0])
    assert.deepStrictEqual(time({}), ["2025-06-01T00:00:00.000Z", 1])
    assert.deepStrictEqual(time({ offset: Infinity }), ["2025-06-01T00:00:00.000Z", 0])
    assert.deepStrictEqual(time({ timestamp: "2025-05-01T12:00:00+02:00" }), ["2025-05-01T10:00:00.000Z", 1])
    assert.deepStrictEqual(time({ timestamp: "tomorrow" }), ["tomorrow", 0])
    assert.deepStrictEqual(time({ timestamp: 5 }), [5, 0])
  })

  it("finds the distinct id among the properties, and what is said of the person beside them", () => {
    const { event: made } = good({
      event: "$identify",
      uuid: uuid(1),
      timestamp: "2025-01-02T03:04:05.678Z",
      properties: { distinct_id: "ada" },
      $set: { plan: "pro" }
    })
    assert.strictEqual(made["distinct_id"], "ada")
    assert.deepStrictEqual(made["properties"], { distinct_id: "ada", $set: { plan: "pro" } })
    assert.strictEqual(good({ ...event(1), distinct_id: 7 }).event["distinct_id"], "7")
  })

  it("does not make an event of what is none", () => {
    for (const value of [null, 1, "x", [], { batch: 1 }, { batch: [1, null] }]) {
      assert.deepStrictEqual(forgive(value, "seed", at).body, value)
    }
  })

  for (const { layer, transport } of transports) {
    it.effect(`${transport}: what cannot be made good is refused with its place, and without forgiveness all of it is`, () =>
      Effect.gen(function*() {
        const strict = yield* post("/batch", batch([{ ...event(1), uuid: undefined }])).pipe(Effect.provide(layer()))
        assert.deepStrictEqual([strict.status, strict.json.problems], [400, ["batch[0].uuid: is missing"]])
        yield* Effect.gen(function*() {
          const server = yield* DevServer
          const answer = yield* post("/batch", batch([event(1), { ...event(2), distinct_id: undefined }]))
          assert.deepStrictEqual([answer.status, answer.json.problems], [400, ["batch[1].distinct_id: is missing"]])
          // posthog-python's envelope
          const python = {
            api_key: "phc",
            historical_migration: null,
            sentAt: "2025-01-02T03:04:05.678901",
            batch: [
              event(3, { timestamp: "2025-01-02T03:04:05.678901+00:00", type: "capture", uuid: undefined })
            ]
          }
          assert.strictEqual((yield* post("/batch/", python)).status, 200)
          assert.deepStrictEqual((yield* server.events).map(({ event }) => event), ["event 3"])
        }).pipe(Effect.provide(layer({ forgiving: true })))
      }))
  }
})
