/** Whatever an application puts into spans: nothing is thrown, and PostHog takes what is sent. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Either, Exit, FastCheck as fc } from "effect"
import { decodeSpans } from "effect-posthog/devserver/ReceivedSpan"
import * as OtlpResource from "effect-posthog/otlp/OtlpResource"
import * as SpanBatch from "effect-posthog/otlp/traces/SpanBatch"
import * as Spans from "effect-posthog/otlp/traces/Spans"
import { type Recording, traced } from "./support.js"

const throwing = () => {
  throw new Error("no")
}

const cycle: Record<string, unknown> = {}
cycle["self"] = cycle

class Hostile extends Error {
  override get message(): string {
    return throwing()
  }
}

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

// made where it is used: fast-check itself looks into the values that it makes
const hostile: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }).map(
    (value) => () => value
  ),
  fc.constantFrom<() => unknown>(
    () => cycle,
    () => new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, has: throwing }),
    revoked,
    () => ({ toJSON: throwing }),
    () => ({
      get a() {
        return throwing()
      }
    }),
    () => new Hostile(),
    () => Symbol("s"),
    () => throwing,
    () => 10n ** 400n,
    () => new Date(Number.NaN),
    () => Array(20_000).fill("x"),
    () => "\ud800".repeat(20_000),
    () => JSON.parse("{\"__proto__\":{\"a\":1},\"constructor\":1}")
  )
)

const body = (recording: Recording): unknown => JSON.parse(SpanBatch.encoder(OtlpResource.make({}))(recording.texts))

const untyped = (value: unknown): never => value as never

describe("hostile spans", () => {
  it.effect.prop(
    "TRACE-17, TRACE-32: attributes, events, names and failures of any kind reach PostHog as valid OTLP, or are dropped",
    [fc.dictionary(fc.fullUnicodeString({ maxLength: 5 }), hostile, { maxKeys: 4 }), hostile, hostile, hostile],
    ([makeAttributes, makeEventAttributes, makeName, makeFailure]) =>
      traced({}, (recording) =>
        Effect.gen(function*() {
          const attributes = Object.fromEntries(Object.entries(makeAttributes).map(([key, make]) => [key, make()]))
          const [eventAttributes, name, failure] = [makeEventAttributes(), makeName(), makeFailure()]
          const exit = yield* Effect.gen(function*() {
            const span = yield* Effect.currentSpan
            span.attribute(untyped(name), name)
            span.event(untyped(name), untyped(name), untyped(eventAttributes))
            yield* Spans.addEvent("event", untyped(eventAttributes))
            yield* Spans.updateName(untyped(name))
            yield* Spans.recordException(failure)
            yield* Spans.setStatus("error", untyped(name))
            // not Effect.fail: that looks into the failure itself
            return yield* Effect.failCause(Cause.fail(failure))
          }).pipe(
            Effect.withSpan("span", { attributes, ...Spans.options({ attributes, startTime: untyped(name) }) }),
            Effect.exit
          )
          // the failure is the application's own, and nothing else
          assert.isTrue(Exit.isFailure(exit) && Cause.isFailType(exit.cause))
          assert.strictEqual(recording.spans.length, 1)
          const decoded = decodeSpans(body(recording))
          assert.isTrue(Either.isRight(decoded), Either.isLeft(decoded) ? String(decoded.left) : "")
        })),
    { fastCheck: { numRuns: 150 } }
  )

  it.effect.prop(
    "TRACE-32, TRACE-33: whatever a hook makes of a span, the caller sees nothing and PostHog gets valid OTLP or nothing",
    [fc.record({ name: hostile, kind: hostile, startTime: hostile, attributes: hostile }), hostile, hostile],
    ([fields, makeEvent, makeStatus]) =>
      traced({
        beforeSpanSend: (span) =>
          untyped({
            ...span,
            name: fields.name(),
            kind: fields.kind(),
            startTime: fields.startTime(),
            attributes: fields.attributes(),
            events: [makeEvent(), { attributes: makeEvent() }],
            status: makeStatus()
          })
      }, (recording) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* Effect.succeed(1).pipe(Effect.withSpan("span")), 1)
          assert.strictEqual(
            recording.texts.length + (recording.drops["beforeSpanSendFailed"] ?? 0) +
              (recording.drops["unencodable"] ?? 0),
            1
          )
          assert.isTrue(Either.isRight(decodeSpans(body(recording))))
        })),
    { fastCheck: { numRuns: 100 } }
  )

  it.effect("TRACE-32: an end that is no Exit, links that are none and a parent that is none harm nobody", () =>
    traced({}, (recording) =>
      Effect.gen(function*() {
        const span = yield* Effect.makeSpan("span", { parent: untyped({ _tag: "ExternalSpan", context: null }) })
        span.end(untyped("now"), untyped(undefined))
        span.addLinks(untyped([null]))
        yield* Effect.void.pipe(
          Effect.withSpan("child", { parent: untyped(new Proxy({ context: {} }, { get: throwing })) }),
          Effect.exit
        )
        assert.strictEqual(recording.span("span").name, "span")
        assert.isUndefined(recording.span("span").parentSpanId)
        assert.isTrue(Either.isRight(decodeSpans(body(recording))))
      })))

  it.effect("TRACE-32: a queue that throws reaches nobody", () =>
    Effect.gen(function*() {
      const { makeTracer, Recording } = yield* Effect.promise(() => import("./support.js"))
      class Failing extends Recording {
        override readonly texts: Array<string> = new Proxy([], { get: throwing })
      }
      const recording = new Failing()
      const tracer = yield* makeTracer(recording)
      assert.strictEqual(yield* Effect.succeed(1).pipe(Effect.withSpan("span"), Effect.withTracer(tracer)), 1)
      assert.deepStrictEqual(recording.drops, { unencodable: 1 })
    }))
})
