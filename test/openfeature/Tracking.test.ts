import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import { warnings, withLines } from "../support/client.js"
import { capturedEvents, layerLocal } from "../support/flags.js"
import { alice, connect, settle } from "./support.js"

const tracked = Effect.zipRight(Posthog.flush, capturedEvents)

describe("track", () => {
  it.effect("captures the event with value and attributes, as the person and the groups of the context", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      client.track("purchase", { ...alice, groups: { company: "acme" }, plan: "pro", deviceId: "device-1" }, {
        value: 99.5,
        currency: "EUR",
        at: new Date(0)
      })
      const [event] = yield* tracked
      assert.strictEqual(event?.event, "purchase")
      assert.strictEqual(event?.distinct_id, "alice")
      assert.deepInclude(event?.properties, {
        value: 99.5,
        currency: "EUR",
        at: "1970-01-01T00:00:00.000Z",
        $groups: { company: "acme" },
        $device_id: "device-1"
      })
      assert.notProperty(event?.properties, "plan")
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("in the scope of the fiber that calls it, and of nobody without one", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      yield* Effect.sync(() => client.track("inside")).pipe(
        withScope(fresh, { distinctId: "bob", sessionId: "session-1", tags: { tenant: "acme" } })
      )
      yield* Effect.sync(() => queueMicrotask(() => client.track("outside"))).pipe(
        withScope(fresh, { distinctId: "bob" })
      )
      yield* settle
      const [inside, outside] = yield* tracked
      assert.strictEqual(inside?.distinct_id, "bob")
      assert.deepInclude(inside?.properties, { $session_id: "session-1", tenant: "acme" })
      assert.notStrictEqual(outside?.distinct_id, "bob")
      assert.strictEqual(outside?.properties["$process_person_profile"], false)
    }).pipe(Effect.scoped, Effect.provide(layerLocal())))

  it.effect("an event of a context that cannot be used is not captured, and the log says so", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const client = yield* connect()
        client.track("purchase", { ...alice, groups: "acme" })
        client.track("purchase", { targetingKey: "" })
        assert.lengthOf(yield* tracked, 0)
        assert.lengthOf(warnings(lines).filter((line) => line.startsWith("an event was not tracked")), 2)
      }).pipe(Effect.scoped, Effect.provide(layerLocal()))
    ))
})
