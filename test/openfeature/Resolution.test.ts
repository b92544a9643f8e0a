import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { layerLocal } from "../support/flags.js"
import { alice, called, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

describe("access", () => {
  it.effect("an evaluation is one access, of whatever kind it is asked for, and a flag that is missing too", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      yield* Effect.promise(async () => {
        for (let i = 0; i < 3; i++) {
          await client.getStringValue("pricing", "", alice)
          await client.getBooleanValue("pricing", false, alice)
          await client.getObjectValue("pricing", {}, alice)
          await client.getBooleanValue("nowhere", false, alice)
        }
      })
      assert.deepStrictEqual(
        (yield* called).map(({ distinct_id, properties }) => [
          distinct_id,
          properties["$feature_flag"],
          properties["$feature_flag_response"],
          properties["$feature_flag_error"]
        ]),
        [["alice", "pricing", "low", undefined], ["alice", "nowhere", null, "flag_missing"]]
      )
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("not where the client does not send such events", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      yield* Effect.promise(() => client.getStringValue("pricing", "", alice))
      assert.lengthOf(yield* called, 0)
    }).pipe(
      Effect.scoped,
      Effect.provide(layerLocal({ featureFlags: { sendEvents: false } }, { definitions: kinds }))
    ))
})
