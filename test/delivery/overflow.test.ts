/** What happens where the buffer is full, with `overflow: "suspend"`: the caller waits. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { Posthog, type PosthogConfig } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { layerClient } from "../support/client.js"

const capture = (event: string) => Posthog.capture(event, { distinctId: "alice" })

const within = (more: Omit<PosthogConfig.Options, "apiKey"> = {}) =>
  Effect.provide(
    layerClient({ overflow: "suspend", maxBufferedEvents: 2, shutdownTimeout: 0, flushInterval: "1 day", ...more })
  )

const names = Effect.flatMap(DevServer.DevServer, ({ events }) => Effect.map(events, (all) => all.map((e) => e.event)))

describe("suspend", () => {
  it.effect("CAP-14: a caller that finds the buffer full waits until PostHog has taken something, and loses nothing", () =>
    Effect.gen(function*() {
      yield* (yield* DevServer.DevServer).enqueue(Fault.Delay({ duration: "5 seconds" }))
      yield* capture("a")
      yield* capture("b")
      const waiting = yield* Effect.fork(Effect.forEach(["c", "d", "e"], capture))
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual((yield* Fiber.poll(waiting))._tag, "None")
      assert.strictEqual((yield* Posthog.stats).captured, 2)
      // nobody flushes: that somebody waits is reason enough to send
      yield* TestClock.adjust("1 millis")
      const outcomes = yield* Fiber.join(waiting)
      assert.deepStrictEqual(outcomes.map(({ _tag }) => _tag), ["Captured", "Captured", "Captured"])
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["a", "b", "c", "d", "e"])
      const stats = yield* Posthog.stats
      assert.deepStrictEqual([stats.captured, stats.delivered, stats.dropped, stats.pending], [5, 5, 0, 0])
    }).pipe(within()))

  it.effect("many that wait are let in in the order they came", () =>
    Effect.gen(function*() {
      yield* capture("a")
      yield* capture("b")
      const events = Array.from({ length: 20 }, (_, i) => `w${i}`)
      const fibers = yield* Effect.forEach(events, (event) => Effect.fork(capture(event)))
      yield* Fiber.joinAll(fibers)
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["a", "b", ...events])
    }).pipe(within()))

  it.effect("a caller that is interrupted while it waits has captured nothing", () =>
    Effect.gen(function*() {
      yield* (yield* DevServer.DevServer).enqueue(Fault.Delay({ duration: "5 seconds" }))
      yield* capture("a")
      yield* capture("b")
      const waiting = yield* Effect.fork(capture("never"))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("4 seconds")
      yield* Posthog.flush
      assert.deepStrictEqual(yield* names, ["a", "b"])
      const stats = yield* Posthog.stats
      assert.deepStrictEqual([stats.captured, stats.dropped, stats.pending], [2, 0, 0])
    }).pipe(within()))

  it.effect("SHUT-01: one that waits when the client closes is refused as closed", () =>
    Effect.gen(function*() {
      yield* (yield* DevServer.DevServer).always(Fault.Stall())
      yield* capture("a")
      yield* capture("b")
      const waiting = yield* Effect.fork(capture("late"))
      yield* TestClock.adjust("1 second")
      yield* Posthog.shutdown
      assert.deepStrictEqual(yield* Fiber.join(waiting), { _tag: "Refused", reason: "closed" })
      const stats = yield* Posthog.stats
      assert.deepStrictEqual([stats.captured, stats.droppedBy, stats.refused], [2, { shutdown: 2 }, 1])
    }).pipe(within()))

  it.effect("an event that is larger than the whole buffer is refused: it would wait for ever", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* Posthog.capture("huge", { distinctId: "alice", properties: { text: "x".repeat(5000) } }),
        { _tag: "Refused", reason: "bufferFull" }
      )
      assert.strictEqual((yield* Posthog.stats).captured, 0)
    }).pipe(within({ maxBufferedBytes: 4000 })))
})
