import { assert, describe, it } from "@effect/vitest"
import { ErrorCode } from "@openfeature/server-sdk"
import { Effect } from "effect"
import { layerLocal, layerRemote } from "../support/flags.js"
import { alice, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

describe("flag metadata", () => {
  it.effect("what is known of an evaluation here, scalars only", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const { flagMetadata } = yield* Effect.promise(() => client.getStringDetails("pricing", "", alice))
      assert.deepStrictEqual(flagMetadata, {
        source: "local",
        freshness: "fresh",
        reasonCode: "condition_match",
        reasonDescription: "Evaluated locally",
        conditionIndex: 0,
        id: 3,
        hasExperiment: true
      })
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("of PostHog's answer also version and request, and where the type is another one too", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const { errorCode, flagMetadata } = yield* Effect.promise(() => client.getNumberDetails("pricing", 0, alice))
      assert.strictEqual(errorCode, ErrorCode.TYPE_MISMATCH)
      const { requestId, ...rest } = flagMetadata
      assert.isString(requestId)
      assert.deepStrictEqual(rest, {
        source: "remote",
        freshness: "fresh",
        reasonCode: "condition_match",
        reasonDescription: "Matched condition set 1",
        conditionIndex: 0,
        id: 77,
        version: 4
      })
    }).pipe(
      Effect.scoped,
      Effect.provide(layerRemote({}, { flags: { pricing: { variant: "low", id: 77, version: 4 } } }))
    ))
})
