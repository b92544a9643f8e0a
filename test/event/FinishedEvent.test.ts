import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ExceptionCapture, Posthog, type PosthogConfig } from "effect-posthog"
import { EventBuffers } from "effect-posthog/delivery/buffer/EventBuffers"
import * as MemoryBuffer from "effect-posthog/delivery/buffer/MemoryBuffer"
import { FinishedEvent } from "effect-posthog/event/FinishedEvent"
import { decode } from "effect-posthog/outbox/Row"
import { layerClient } from "../support/client.js"

const example = new FinishedEvent({
  uuid: "0193a5c0-7b1e-7c3d-9a4f-000000000001",
  event: "paid",
  distinctId: "alice",
  timestamp: "2026-11-21T20:00:00.000Z",
  own: "{}",
  shared: "",
  isAi: false
})

/** What comes to the buffer of a client with these options. */
const buffered = <A>(
  options: Omit<PosthogConfig.Options, "apiKey">,
  program: Effect.Effect<A, never, Layer.Layer.Success<ReturnType<typeof layerClient>>>
) =>
  Effect.suspend(() => {
    const events: Array<FinishedEvent> = []
    const recording = Layer.succeed(EventBuffers, {
      open: ({ bounds }) =>
        Effect.sync(() => {
          const buffer = MemoryBuffer.make(bounds)
          return {
            ...buffer,
            offer: (event) => {
              events.push(event)
              return buffer.offer(event)
            }
          }
        })
    })
    return Effect.as(Effect.provide(program, Layer.provide(layerClient(options), recording)), events)
  })

const captures = Effect.all([
  Posthog.capture("paid", { distinctId: "alice", properties: { total: 42 } }),
  Posthog.captureAi("$ai_generation", { distinctId: "alice" }),
  Posthog.identify("alice"),
  ExceptionCapture.capture(new Error("boom"))
], { discard: true })

describe("a finished event", () => {
  it.effect("is of one class, whichever way it came: V8 never places such among what it takes for long-lived", () =>
    Effect.gen(function*() {
      const events = [
        ...(yield* buffered({}, captures)),
        ...(yield* buffered({ inspect: true }, captures)),
        ...(yield* buffered({ beforeSend: (event) => ({ ...event }) }, captures)),
        decode({
          ...example,
          id: 1,
          lane: "analytics",
          distinct_id: example.distinctId,
          properties: "{}",
          exact: null,
          size: 1,
          grade: "plain",
          origin: "",
          sequence: null,
          claims: 1
        })
      ]
      assert.isAtLeast(events.length, 10)
      for (const event of events) {
        assert.strictEqual(Object.getPrototypeOf(event), FinishedEvent.prototype, event.event)
      }
    }))
})
