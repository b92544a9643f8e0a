/** What a page is told, and how often. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Ref, Stream, TestClock } from "effect"
import * as EventStream from "../../../src/devserver/page/EventStream.js"
import type { Delivery, EventSummary } from "../../../src/devserver/page/PageApi.js"

const delivery: Delivery = {
  fault: "none",
  totals: { requests: 0, events: 0, duplicates: 0, invalid: 0 },
  dropped: [],
  requests: []
}

const summary = (number: number): EventSummary => ({
  number,
  uuid: String(number),
  event: "e",
  distinctId: "d",
  sessionId: null,
  correlationId: null,
  service: null,
  timestamp: "",
  receivedAt: "",
  deliveries: 1
})

const listening = Effect.gen(function*() {
  const stream = EventStream.make(() => delivery)
  const texts = yield* Ref.make<ReadonlyArray<string>>([])
  const fiber = yield* Effect.fork(
    Stream.runForEach(stream.stream, (bytes) => Ref.update(texts, (all) => [...all, new TextDecoder().decode(bytes)]))
  )
  yield* TestClock.adjust("1 millis")
  return { stream, texts, fiber }
})

const dataOf = (text: string | undefined): ReadonlyArray<{ readonly number: number }> =>
  JSON.parse(/data: (.*)\n/.exec(text ?? "")?.[1] ?? "[]")

describe("the stream", () => {
  it.effect("tells what came in between in one message, at most ten a second", () =>
    Effect.gen(function*() {
      const { fiber, stream, texts } = yield* listening
      for (let n = 1; n <= 100; n++) {
        stream.arrived([summary(n)])
        stream.deliveryChanged()
        yield* TestClock.adjust("10 millis")
      }
      const messages = (yield* Ref.get(texts)).filter((text) => text.startsWith("event: "))
      assert.isAtMost(messages.length, 10)
      assert.isAtLeast(messages.length, 8)
      yield* TestClock.adjust("1 seconds")
      const all = (yield* Ref.get(texts)).filter((text) => text.startsWith("event: arrived"))
      assert.deepStrictEqual(
        all.flatMap((text) => dataOf(text).map(({ number }) => number)),
        Array.from({ length: 100 }, (_, index) => index + 1)
      )
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("tells the newest 500 of a burst, each kind in its turn, and that it is alive where nothing happens", () =>
    Effect.gen(function*() {
      const { fiber, stream, texts } = yield* listening
      stream.arrived(Array.from({ length: 2_000 }, (_, index) => summary(index + 1)))
      stream.flagsChanged()
      stream.deliveryChanged()
      yield* TestClock.adjust("1 seconds")
      const told = (yield* Ref.get(texts)).filter((text) => text.startsWith("event: "))
      assert.deepStrictEqual(told.map((text) => text.split("\n")[0]), [
        "event: arrived",
        "event: flags",
        "event: delivery"
      ])
      assert.deepStrictEqual([dataOf(told[0])[0]?.number, dataOf(told[0]).length], [1_501, 500])
      yield* TestClock.adjust("1 minutes")
      assert.isAtLeast((yield* Ref.get(texts)).filter((text) => text === ": alive\n\n").length, 4)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("ends for every page when it is told to", () =>
    Effect.gen(function*() {
      const { fiber, stream } = yield* listening
      stream.arrived([summary(1)])
      yield* stream.end
      yield* Fiber.join(fiber)
      yield* Stream.runDrain(stream.stream)
    }))

  it.effect("tells every page, and nothing of what was before it was opened", () =>
    Effect.gen(function*() {
      const stream = EventStream.make(() => delivery)
      stream.arrived([summary(1)])
      const page = stream.stream.pipe(
        Stream.map((bytes) => new TextDecoder().decode(bytes)),
        Stream.filter((text) => text.startsWith("event"))
      )
      const pages = yield* Effect.fork(
        Effect.all([Stream.runCollect(Stream.take(page, 1)), Stream.runCollect(Stream.take(page, 1))], {
          concurrency: 2
        })
      )
      yield* TestClock.adjust("1 millis")
      stream.arrived([summary(2)])
      yield* TestClock.adjust("1 seconds")
      for (const texts of yield* Fiber.join(pages)) {
        assert.deepStrictEqual(Chunk.toReadonlyArray(texts).flatMap((text) => dataOf(text).map((e) => e.number)), [2])
      }
    }))
})
