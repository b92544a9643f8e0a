/** Seed 001, `FlextContext.Serialization.get_full_context`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fresh, fullContext, ProcessService, withScope } from "effect-posthog"

const quiet = { captureExceptions: false } as const

const unset = {
  correlation_id: null,
  parent_correlation_id: null,
  service_name: null,
  service_version: null,
  environment: null,
  user_id: null,
  operation_name: null,
  request_id: null,
  request_timestamp: null,
  operation_start_time: null,
  operation_metadata: null
}

describe("fullContext", () => {
  it.effect("has always all keys, null where nothing is set", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* fullContext, unset)
    }))

  it.effect("says all that is set, moments as ISO texts: JSON holds it as it is", () =>
    Effect.gen(function*() {
      const context = yield* fullContext
      const expected = {
        correlation_id: "c",
        parent_correlation_id: "p",
        service_name: "orders",
        service_version: "1",
        environment: "test",
        user_id: "u",
        operation_name: "op",
        request_id: "r",
        request_timestamp: "1970-01-01T00:00:01.000Z",
        operation_start_time: "1970-01-01T00:00:02.000Z",
        operation_metadata: { rows: 3 }
      }
      assert.deepStrictEqual(Object.keys(context), Object.keys(expected))
      assert.deepStrictEqual(JSON.parse(JSON.stringify(context)), expected)
    }).pipe(withScope(fresh, {
      correlation: { id: "c", parentId: "p" },
      service: { name: "orders", version: "1", environment: "test" },
      request: { userId: "u", requestId: "r", timestamp: 1000 },
      operation: { name: "op", startTime: 2000 },
      metadata: { rows: 3 },
      ...quiet
    })))

  it.effect("the service of the process is in it", () =>
    Effect.gen(function*() {
      const { environment, service_name: name, service_version: version } = yield* fullContext
      assert.deepStrictEqual({ name, version, environment }, { name: "worker", version: null, environment: "test" })
    }).pipe(
      withScope(fresh, { service: { name: "worker" }, ...quiet }),
      Effect.provideService(ProcessService, { name: "shop", version: "1", environment: "test" })
    ))
})
