/** Arbitrary programs of spans: who is whose child, when, within the caps, and what became of each. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, FastCheck as fc, Fiber, Option, TestClock, type Tracer } from "effect"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { attributes, keys, type Recording, type SentSpan, traced } from "./support.js"

type Outcome = "success" | "failure" | "defect" | "interruption"

interface Program {
  readonly kind: Tracer.SpanKind
  readonly attributes: ReadonlyArray<readonly [key: string, value: number]>
  readonly events: number
  readonly delay: number
  readonly concurrent: boolean
  readonly root: boolean
  readonly handled: boolean
  readonly outcome: Outcome
  readonly children: ReadonlyArray<Program>
}

const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.record({
    kind: fc.constantFrom("internal", "server", "client", "producer", "consumer"),
    attributes: fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d", "e", ""), fc.nat(9)), { maxLength: 8 }),
    events: fc.nat(5),
    delay: fc.nat(20),
    concurrent: fc.boolean(),
    root: fc.nat(9).map((n) => n === 0),
    handled: fc.boolean(),
    outcome: fc.constantFrom("success", "success", "failure", "defect", "interruption"),
    children: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constant<ReadonlyArray<Program>>([]),
      fc.array(tie("program"), { maxLength: 3 })
    )
  })
}))

const maxAttributesPerSpan = 3
const maxEventsPerSpan = 2

const finish: { readonly [_ in Outcome]: Effect.Effect<void, string> } = {
  success: Effect.void,
  failure: Effect.fail("failed"),
  defect: Effect.die(new TypeError("died")),
  interruption: Effect.interrupt
}

/** Its name is its place in the whole: unique. What becomes of children is looked at by nobody. */
const run = (self: Program, path: string): Effect.Effect<void, string> =>
  Effect.gen(function*() {
    for (const [key, value] of self.attributes) {
      yield* Effect.annotateCurrentSpan(key, value)
    }
    for (let i = 0; i < self.events; i++) {
      yield* Spans.addEvent(`event ${i}`)
    }
    yield* Effect.sleep(self.delay)
    yield* Effect.forEach(self.children, (child, i) => Effect.exit(run(child, `${path}.${i}`)), {
      concurrency: self.concurrent ? "unbounded" : 1,
      discard: true
    })
    if (self.handled) {
      yield* Spans.recordException("handled")
    }
    yield* finish[self.outcome]
  }).pipe(Effect.withSpan(path, { kind: self.kind, root: self.root, captureStackTrace: false }))

const kindNumber = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

const check = (self: Program, path: string, recording: Recording, parent: SentSpan | undefined): number => {
  const sent = recording.span(path)
  if (parent === undefined || self.root) {
    assert.isUndefined(sent.parentSpanId)
    assert.strictEqual(recording.spans.some((other) => other.name < path && other.traceId === sent.traceId), false)
  } else {
    assert.deepStrictEqual([sent.traceId, sent.parentSpanId], [parent.traceId, parent.spanId])
  }
  const [start, end] = [BigInt(sent.startTimeUnixNano), BigInt(sent.endTimeUnixNano)]
  assert.isTrue(end - start >= BigInt(self.delay) * 1_000_000n)
  if (parent !== undefined) {
    assert.isTrue(start >= BigInt(parent.startTimeUnixNano) && end <= BigInt(parent.endTimeUnixNano))
  }
  const set = self.attributes.filter(([key]) => key !== "")
  const kept = Array.from(new Set(set.map(([key]) => key))).slice(0, maxAttributesPerSpan)
  const interrupted = self.outcome === "interruption"
  assert.sameMembers([...keys(sent)], [...kept, ...(interrupted ? ["status.interrupted"] : [])])
  for (const key of kept) {
    const last = set.findLast(([other]) => other === key)![1]
    assert.deepStrictEqual(attributes(sent)[key], { intValue: String(last) })
  }
  assert.strictEqual(sent.droppedAttributesCount ?? 0, set.filter(([key]) => !kept.includes(key)).length)
  const failed = self.outcome === "failure" || self.outcome === "defect"
  const events = [
    ...Array.from({ length: self.events }, (_, i) => `event ${i}`),
    ...(self.handled ? ["exception"] : []),
    ...(failed ? ["exception"] : [])
  ]
  assert.deepStrictEqual(sent.events.map(({ name }) => name), events.slice(0, maxEventsPerSpan))
  assert.strictEqual(sent.droppedEventsCount ?? 0, Math.max(0, events.length - maxEventsPerSpan))
  assert.strictEqual(sent.kind, kindNumber[self.kind])
  const message = self.outcome === "failure" ? "failed" : self.outcome === "defect" ? "died" : "handled"
  assert.deepStrictEqual(sent.status, failed || self.handled ? { code: 2, message } : { code: 0 })
  return 1 + self.children.reduce((sum, child, i) => sum + check(child, `${path}.${i}`, recording, sent), 0)
}

describe("programs of spans", () => {
  it.effect.prop(
    "TRACE-10, TRACE-13, TRACE-27: children have their parent's ids, times are nested, caps hold, each span is sent once",
    [program],
    ([self]) =>
      traced({ maxAttributesPerSpan, maxEventsPerSpan }, (recording) =>
        Effect.gen(function*() {
          yield* TestClock.adjust("1 hour")
          const fiber = yield* Effect.fork(Effect.exit(run(self, "0")))
          yield* TestClock.adjust("1 hour")
          const exit = Option.getOrThrow(yield* Fiber.poll(fiber))
          assert.isTrue(exit._tag === "Success")
          assert.strictEqual(check(self, "0", recording, undefined), recording.spans.length)
          assert.strictEqual(new Set(recording.spans.map(({ spanId }) => spanId)).size, recording.spans.length)
          assert.deepStrictEqual(recording.drops, {})
        })),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect.prop(
    "TRACE-25: with a bound on live spans every span is sent or counted, and whatever is sent has a trace",
    [program, fc.nat(4)],
    ([self, maxLiveSpans]) =>
      traced({ maxLiveSpans }, (recording) =>
        Effect.gen(function*() {
          const count = (program: Program): number => 1 + program.children.reduce((sum, child) => sum + count(child), 0)
          const fiber = yield* Effect.fork(Effect.exit(run(self, "0")))
          yield* TestClock.adjust("1 hour")
          const exit = yield* Fiber.join(fiber)
          assert.isTrue(exit._tag === "Success" || !Cause.isEmpty(exit.cause))
          assert.strictEqual(recording.spans.length + (recording.drops["liveSpans"] ?? 0), count(self))
          const sent = new Map(recording.spans.map((span) => [span.spanId, span]))
          for (const { parentSpanId, traceId } of recording.spans) {
            if (parentSpanId !== undefined) {
              // never the child of a span that is not sent
              assert.strictEqual(sent.get(parentSpanId)?.traceId, traceId)
            }
          }
        })),
    { fastCheck: { numRuns: 30 } }
  )
})
