/** The hook for platforms that stop a process once it has answered. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { layerClient } from "./support/client.js"

const capture = (event: string) => Posthog.capture(event, { distinctId: "alice" })

const received = Effect.flatMap(DevServer.DevServer, ({ events }) => Effect.map(events, (events) => events.length))

/** Which of the promises that the hook was given have ended. */
const hook = () => {
  const ended: Array<boolean> = []
  const waitUntil = (promise: Promise<void>) => {
    const index = ended.push(false) - 1
    void promise.then(() => {
      ended[index] = true
    })
  }
  return { ended, waitUntil }
}

const layer = (waitUntil: (promise: Promise<void>) => void) =>
  layerClient({ flushInterval: "1 day", shutdownTimeout: 0, waitUntil })

describe("waitUntil", () => {
  it.effect("is given one promise for captures that follow each other; it ends when they are delivered", () => {
    const { ended, waitUntil } = hook()
    return Effect.gen(function*() {
      yield* capture("a")
      yield* TestClock.adjust("40 millis")
      yield* capture("b")
      yield* TestClock.adjust("49 millis")
      assert.deepStrictEqual([ended, yield* received], [[false], 0])
      yield* TestClock.adjust("60 millis")
      yield* (yield* DevServer.DevServer).awaitEvents(2)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(ended, [true])
      yield* capture("c")
      assert.deepStrictEqual(ended, [true, false])
    }).pipe(Effect.provide(layer(waitUntil)))
  })

  it.effect("does not wait for quiet longer than half a second", () => {
    const { waitUntil } = hook()
    return Effect.gen(function*() {
      for (let i = 0; i < 60; i++) {
        yield* capture(`e${i}`)
        yield* TestClock.adjust("10 millis")
      }
      assert.isAtLeast(yield* received, 40)
    }).pipe(Effect.provide(layer(waitUntil)))
  })

  it.effect("its promise ends where PostHog is down too, and a hook that throws harms nobody", () => {
    const { ended, waitUntil } = hook()
    return Effect.gen(function*() {
      yield* (yield* DevServer.DevServer).always(Fault.Status({ status: 503 }))
      assert.strictEqual((yield* capture("a"))._tag, "Captured")
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(ended, [true])
      assert.strictEqual((yield* Posthog.stats).pending, 1)
    }).pipe(Effect.provide(layer((promise) => {
      waitUntil(promise)
      throw new Error("no such request")
    })))
  })
})

describe("flushWithin", () => {
  it.effect("says what was delivered, and waits no longer than it may: delivery goes on", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* capture("a")
      assert.deepStrictEqual(yield* Posthog.flushWithin("1 second"), { delivered: 1, dropped: 0, pending: 0 })
      yield* server.enqueue(Fault.Delay({ duration: "5 seconds" }))
      yield* capture("b")
      const flush = yield* Effect.fork(Posthog.flushWithin("1 second"))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* flush, { delivered: 0, dropped: 0, pending: 1 })
      yield* TestClock.adjust("5 seconds")
      yield* server.awaitEvents(2)
    }).pipe(Effect.provide(layerClient({ flushInterval: "1 day", shutdownTimeout: 0 }))))
})

describe("deliverySummary", () => {
  it.effect("an event says now and then what became of the others, and none where nothing happened", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* capture("a")
      yield* capture("")
      yield* Posthog.flush
      yield* TestClock.adjust("1 minute")
      yield* Posthog.flush
      yield* TestClock.adjust("10 minutes")
      yield* Posthog.flush
      const events = yield* server.events
      assert.deepStrictEqual(events.map(({ event }) => event), ["a", "posthog delivery summary"])
      const summary = events[1]?.properties ?? {}
      assert.deepStrictEqual(
        [summary["events_captured"], summary["events_delivered"], summary["events_pending"], summary["events_refused"]],
        [1, 1, 0, 1]
      )
      assert.strictEqual(summary["$process_person_profile"], false)
    }).pipe(Effect.provide(layerClient({ flushInterval: "1 day", shutdownTimeout: 0, deliverySummary: "1 minute" }))))
})
