/** Events of AI: the same call as `capture`, another way to PostHog. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fresh, Posthog, type PosthogConfig, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import type { DroppedEvent } from "effect-posthog/domain/DropReason"
import { layerClient, warnings, withLines } from "./support/client.js"

const uuid = "0198c0de-0000-7000-8000-000000000abc"

const within = (more: Omit<PosthogConfig.Options, "apiKey"> = {}) =>
  Effect.provide(layerClient({ flushInterval: "1 day", shutdownTimeout: 0, ...more }))

/** The path of each request, and the names of what was in it. */
const sent = Effect.flatMap(
  DevServer.DevServer,
  ({ events, requests }) =>
    Effect.map(Effect.all([requests, events]), ([requests, events]) => ({
      paths: requests.map(({ path }) => path).toSorted(),
      events: events.map(({ event }) => event).toSorted()
    }))
)

describe("captureAi", () => {
  it.effect("CAPAI-01, CAPAI-05: returns the uuid of the event that is sent, given or made; it has a timestamp", () =>
    Effect.gen(function*() {
      const made = yield* Posthog.captureAi("$ai_generation", { distinctId: "alice" })
      const given = yield* Posthog.captureAi("$ai_generation", { distinctId: "alice", uuid })
      const replaced = yield* Posthog.captureAi("$ai_generation", { distinctId: "alice", uuid: "not one" })
      yield* Posthog.flush
      const events = yield* (yield* DevServer.DevServer).events
      assert.deepStrictEqual(
        [made, given, replaced].map((outcome) => outcome._tag === "Captured" ? outcome.eventId : ""),
        events.map(({ uuid }) => uuid)
      )
      assert.strictEqual(events[1]?.uuid, uuid)
      assert.isTrue(events.every(({ timestamp }) => !Number.isNaN(Date.parse(String(timestamp)))))
    }).pipe(within()))

  it.effect("CAPAI-03: in one flush, AI events go to their own address and the others to theirs", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("paid", { distinctId: "alice" })
      yield* Posthog.captureAi("$ai_generation", { distinctId: "alice" })
      yield* Posthog.flush
      assert.deepStrictEqual(yield* sent, { paths: ["/batch/", "/i/v0/ai/batch/"], events: ["$ai_generation", "paid"] })
    }).pipe(within()))

  it.effect("CAPAI-04: capture never reroutes an event for its name; in mode v1 it takes the older way, apart from the rest", () =>
    Effect.gen(function*() {
      const of = (captureMode: "v0" | "v1") =>
        Effect.gen(function*() {
          yield* Posthog.capture("$ai_generation", { distinctId: "alice" })
          yield* Posthog.capture("paid", { distinctId: "alice" })
          yield* Posthog.flush
          return (yield* sent).paths
        }).pipe(within({ captureMode }))
      assert.deepStrictEqual(yield* of("v0"), ["/batch/"])
      assert.deepStrictEqual(yield* of("v1"), ["/batch/", "/i/v1/analytics/events"])
    }))

  it.effect("CAPAI-08: the scope, the super properties and the hooks are those of capture", () =>
    Effect.gen(function*() {
      yield* Effect.zipRight(
        tag("tenant", "acme"),
        Posthog.captureAi("$ai_generation", { properties: { $ai_model: "small" } })
      ).pipe(withScope(fresh, { distinctId: "alice" }))
      yield* Posthog.flush
      const [event] = yield* (yield* DevServer.DevServer).events
      assert.strictEqual(event?.distinct_id, "alice")
      assert.deepStrictEqual(
        ["$ai_model", "tenant", "plan", "seen"].map((name) => event?.properties[name]),
        ["small", "acme", "pro", true]
      )
    }).pipe(within({
      superProperties: { plan: "pro" },
      beforeSend: (event) => ({ ...event, properties: { ...event.properties, seen: true } })
    })))

  it.effect("CAPAI-06: an event over the bound is dropped with its name and size in the log, never a value of it", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const large = { $ai_input: "secret ".repeat(1_000_000) }
        const ai = yield* Posthog.captureAi("$ai_generation", { distinctId: "alice", properties: large })
        assert.strictEqual(ai._tag, "Captured")
        const more = { ...large, $ai_output: large.$ai_input }
        const outcome = yield* Posthog.captureAi("$ai_generation", { distinctId: "alice", properties: more })
        assert.deepStrictEqual(outcome, { _tag: "Refused", reason: "tooLarge" })
        const [line] = warnings(lines)
        assert.match(
          String(line),
          /^event "\$ai_generation" of 140000\d\d bytes was refused: tooLarge$|of 1400\d{4} bytes/
        )
        assert.notInclude(lines.join("\n"), "secret")
        // the other kind of event has a smaller bound
        assert.strictEqual(
          (yield* Posthog.capture("paid", { distinctId: "alice", properties: large }))._tag,
          "Refused"
        )
      }).pipe(within())
    ))

  it.effect("CAPAI-07, CAPAI-10: never fails where PostHog cannot be reached, and is sent again unchanged", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Reset(), 1)
      yield* Posthog.captureAi("$ai_generation", { distinctId: "alice", uuid })
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 1 })
      const [first] = yield* server.requests
      yield* Posthog.shutdown
      assert.include(String(first?.path), "/i/v0/ai/batch/")
    }).pipe(within({ maxRetries: 0 })))

  it.effect("CAPAI-02, CAPAI-11: captureAiImmediate tells whether PostHog has it; what is dropped reaches the hook", () => {
    const drops: Array<DroppedEvent> = []
    return Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const outcome = yield* Posthog.captureAiImmediate("$ai_generation", { distinctId: "alice", uuid })
      assert.deepStrictEqual(outcome, { _tag: "Delivered", eventId: uuid })
      yield* server.enqueue(Fault.Status({ status: 401 }))
      yield* Posthog.captureAi("$ai_span", { distinctId: "alice" })
      yield* Posthog.flush
      assert.deepStrictEqual(drops.map(({ event, reason, status }) => [event, reason, status]), [
        ["$ai_span", "rejected", 401]
      ])
    }).pipe(within({
      onDropped: (dropped) =>
        Effect.sync(() => {
          drops.push(dropped)
        })
    }))
  })
})
