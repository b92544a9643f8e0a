/** A timed operation as an event (seed 001 §3), and the service of the process on events (001 §1.1). */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Option, TestClock } from "effect"
import {
  addOperationMetadata,
  Correlation,
  currentService,
  fresh,
  Posthog,
  type PosthogConfig,
  setServiceName,
  tag,
  timedExit,
  timedOperation,
  withRequest,
  withScope,
  withService
} from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { layerClient } from "./support/client.js"

const quiet = { captureExceptions: false } as const
const bare = { span: false, metric: false } as const

/** The properties of the events that have arrived, by name, without those that every event has. */
const arrived = Effect.gen(function*() {
  yield* Posthog.flush
  const server = yield* DevServer.DevServer
  const events = yield* server.events
  return events.map(({ distinct_id, event, properties }) => {
    const { $geoip_disable: _, $is_server: __, $lib: ___, $lib_version: ____, ...rest } = { ...properties }
    return { event, distinctId: distinct_id, properties: rest }
  })
})

const withClient = (options: Omit<PosthogConfig.Options, "apiKey"> = {}) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.provide(self, layerClient(options))

describe("captureOperation", () => {
  it.effect("as onEnd it captures the operation in its scope", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1000)
      const fiber = yield* Effect.gen(function*() {
        yield* addOperationMetadata("rows", 3)
        yield* tag("inside", true)
        yield* Effect.sleep("1500 millis")
      }).pipe(
        timedOperation("user_lookup", { ...bare, onEnd: Posthog.captureOperation }),
        Correlation.withNew("c-1"),
        withScope(fresh, { distinctId: "u", ...quiet }),
        Effect.fork
      )
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* arrived, [{
        event: "operation completed",
        distinctId: "u",
        properties: {
          operation_name: "user_lookup",
          duration_seconds: 1.5,
          start_time: "1970-01-01T00:00:01.000Z",
          end_time: "1970-01-01T00:00:02.500Z",
          outcome: "success",
          operation_metadata: { rows: 3 },
          correlation_id: "c-1",
          inside: true,
          $context_tags: ["inside"]
        }
      }])
    }).pipe(withClient()))

  it.effect("what it failed with is told, redacted as exceptions are; passed properties and names win", () =>
    Effect.gen(function*() {
      const { operation } = yield* timedExit(
        Effect.fail({ _tag: "ConnectError", message: "postgres://admin:hunter2@db/orders refused" }),
        "connect",
        bare
      )
      assert.strictEqual(Duration.toMillis(operation.duration), 0)
      yield* Posthog.captureOperation(operation, {
        event: "connected",
        distinctId: "someone",
        properties: { outcome: "mine", more: 1 }
      })
      const [{ event, distinctId, properties }] = (yield* arrived) as [Effect.Effect.Success<typeof arrived>[number]]
      assert.deepStrictEqual([event, distinctId], ["connected", "someone"])
      assert.strictEqual(properties["error_type"], "ConnectError")
      assert.notInclude(String(properties["error_message"]), "hunter2")
      assert.include(String(properties["error_message"]), "db/orders refused")
      assert.strictEqual(properties["outcome"], "mine")
      assert.strictEqual(properties["more"], 1)
    }).pipe(withClient()))

  it.effect("without a name there is no operation_name of its own", () =>
    Effect.gen(function*() {
      const { operation } = yield* timedExit(Effect.void, undefined, bare)
      yield* Posthog.captureOperation(operation, { distinctId: "u" })
      const [event] = yield* arrived
      assert.notProperty(event!.properties, "operation_name")
    }).pipe(withClient()))
})

describe("sections on events", () => {
  const captureAll = Effect.gen(function*() {
    yield* Posthog.capture("event", { distinctId: "u" })
    const events = yield* arrived
    return { ...events.at(-1)!.properties }
  })

  it.effect("request, operation, correlation and service show under their documented names, metadata does not", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* captureAll, {
        correlation_id: "c",
        parent_correlation_id: "p",
        service_name: "orders",
        service_version: "1",
        user_id: "u-1",
        request_id: "r",
        request_timestamp: "1970-01-01T00:00:00.000Z",
        operation_name: "GET /"
      })
    }).pipe(
      withService("orders", "1"),
      withRequest({ userId: "u-1", requestId: "r", operationName: "GET /", timestamp: 0, metadata: { secret: 1 } }),
      Correlation.withNew("c", "p"),
      withClient()
    ))

  it.effect("explicit properties win over tags, tags over sections, sections over the process, that over super properties", () =>
    Effect.gen(function*() {
      const names = Effect.map(captureAll, (properties) => [
        properties["service_name"],
        properties["service_version"],
        properties["service_environment"]
      ])
      assert.deepStrictEqual(yield* names, ["shop", "9", "production"])
      assert.deepStrictEqual(yield* withScope(names, fresh, quiet), ["shop", "9", "production"])
      assert.deepStrictEqual(yield* withScope(names, fresh, { tags: { service_name: "tag" }, ...quiet }), [
        "tag",
        "9",
        "production"
      ])
      assert.deepStrictEqual(
        yield* names.pipe(withService("worker", "2"), withScope(fresh, { tags: { service_version: "tag" }, ...quiet })),
        ["worker", "tag", "production"]
      )
      yield* Posthog.capture("explicit", { distinctId: "u", properties: { service_name: "explicit" } })
      assert.strictEqual((yield* arrived).at(-1)!.properties["service_name"], "explicit")
    }).pipe(withClient({
      service: { name: "shop", version: "9", environment: "production" },
      superProperties: { service_name: "super", service_environment: "super" }
    })))

  it.effect("a scope's service without a version does not borrow the process's", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* captureAll, { service_name: "worker", service_environment: "production" })
    }).pipe(withService("worker"), withClient({ service: { name: "shop", version: "9", environment: "production" } })))

  it.effect("currentService sees the process's service wherever the client's layer is provided", () =>
    Effect.gen(function*() {
      const name = Effect.map(currentService, (service) => Option.getOrThrow(service).name)
      assert.strictEqual(yield* name, "shop")
      assert.strictEqual(yield* withScope(name, fresh, quiet), "shop")
      assert.strictEqual(yield* withScope(Effect.zipRight(setServiceName("worker"), name), fresh, quiet), "worker")
    }).pipe(
      withClient({ service: { name: "shop" } }),
      Effect.zipRight(Effect.map(currentService, (outside) => assert.isTrue(Option.isNone(outside))))
    ))

  it.effect("a client that names no service leaves the one that another client named", () =>
    Effect.map(currentService, (service) => assert.strictEqual(Option.getOrThrow(service).name, "shop")).pipe(
      withClient({ service: { name: "  " } }),
      withClient({ service: { name: "shop" } })
    ))
})
