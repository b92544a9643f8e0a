import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option, Tracer } from "effect"
import { currentDistinctId, currentScope, fresh, identifyScope, Propagation, withScope } from "effect-posthog"
import * as PosthogScope from "effect-posthog/scope/PosthogScope"
import * as CallerSection from "effect-posthog/scope/sections/CallerSection"
import * as CorrelationSection from "effect-posthog/scope/sections/CorrelationSection"
import * as ServiceSection from "effect-posthog/scope/sections/ServiceSection"
import { carrier, fields, scopeOf } from "./arbitrary.js"
import { cases, check, seed } from "./support.js"

const all: Propagation.PropagationPolicy = { userId: true, requestId: true, tags: "all" }

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"

describe("law 7: what is injected is what is extracted", () => {
  it(`of ${cases / 2} scopes with arbitrary texts`, async () => {
    let transported = 0
    await check(fields, (fields) => {
      const scope = scopeOf(fields)
      const sent = Propagation.collect(scope, { policy: all })
      transported += Object.keys(sent).length
      assert.deepStrictEqual(Propagation.extract(Propagation.inject(scope, {}, { policy: all })), sent)
      assert.deepStrictEqual(Propagation.extract(new Map(Object.entries(Propagation.toHeaders(sent)))), sent)
    }, 1 / 2)
    assert.isAbove(transported, cases)
    console.log(`${cases / 2} scopes, ${transported} fields transported, seed ${seed}`)
  }, 300_000)

  it("a text of 1000 units without control characters arrives as it is, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 }), (id) => {
        const text = id.replace(/\p{Cc}/gu, "").trim()
        fc.pre(text !== "" && text.length <= 1000)
        const headers = Propagation.inject(scopeOf({ distinctId: text, correlation: { id: text } }))
        const { correlation, distinctId } = Propagation.extract(headers)
        assert.strictEqual(distinctId, text.toWellFormed())
        assert.strictEqual(correlation?.id, text.toWellFormed())
      }),
      { seed }
    )
  })

  it("no header can be anything but one header", () => {
    fc.assert(
      fc.property(fields, (fields) => {
        for (const [name, value] of Object.entries(Propagation.inject(scopeOf(fields), {}, { policy: all }))) {
          assert.match(name, /^[a-z-]+$/)
          assert.match(value, /^[\x20-\x7e]+$/)
          assert.isAtMost(value.length, 9100)
        }
      }),
      { numRuns: 300, seed }
    )
  })
})

describe("extract", () => {
  it(`TRHDR-14 never fails, and gives bounded texts only: ${cases} arbitrary carriers`, async () => {
    let found = 0
    await check(carrier, (carrier) => {
      const extracted = Propagation.extract(carrier)
      found += Object.keys(extracted).length
      const { correlation, service, tags, trace, ...texts } = extracted
      for (const text of [...Object.values(texts), correlation?.id, correlation?.parentId, service?.name]) {
        if (text !== undefined) {
          assert.isTrue(text !== "" && text.length <= 1000 && text.isWellFormed() && text === text.trim())
          assert.notMatch(text, /\p{Cc}/u)
        }
      }
      assert.isAtMost(JSON.stringify(tags ?? {}).length, 4096)
      assert.isAtMost(JSON.stringify(trace ?? {}).length, 12_000)
      // what came in can be sent on
      const { tags: _, ...again } = extracted
      assert.deepStrictEqual(Propagation.extract(Propagation.toHeaders(again)), again)
    })
    assert.isAbove(found, cases / 20)
    console.log(`${cases} carriers, ${found} fields found, seed ${seed}`)
  }, 300_000)

  it("TRHDR-02 finds headers in any case, and the seed's plain keys where there is no header", () => {
    assert.deepStrictEqual(
      Propagation.extract({
        "x-CORRELATION-id": "corr_1",
        "X-POSTHOG-DISTINCT-ID": "u",
        "x-posthog-session-id": "s",
        "X-Service-Name": "",
        service_name: "billing",
        service_version: "2",
        user_id: 42,
        context_tags: { plan: "pro" }
      }),
      {
        correlation: { id: "corr_1" },
        service: { name: "billing", version: "2" },
        distinctId: "u",
        sessionId: "s",
        userId: "42",
        tags: { plan: "pro" }
      }
    )
  })

  it("takes each field for itself: a malformed one harms no other", () => {
    assert.deepStrictEqual(
      Propagation.extract({
        "x-correlation-id": "\u0000",
        "x-posthog-distinct-id": ["", " u "],
        "x-posthog-context-tags": "{not json",
        traceparent: "00-nonsense",
        tracestate: "a=1",
        baggage: ";;,a=b"
      }),
      { distinctId: "u", trace: { baggage: "a=b" } }
    )
  })

  it("refuses tags that are too many, too large or no object, and takes posthog-python's form", () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i]))
    assert.strictEqual(
      Object.keys(Propagation.extract({ "x-posthog-context-tags": JSON.stringify(many) }).tags!).length,
      64
    )
    for (const tags of ["[1]", "1", "null", JSON.stringify({ a: "x".repeat(20_000) })]) {
      assert.deepStrictEqual(Propagation.extract({ "x-posthog-context-tags": tags }), {})
    }
    assert.deepStrictEqual(
      Propagation.extract({ "X-POSTHOG-CONTEXT-TAGS": "{\"plan\": \"pro\", \"caf\\u00e9\": true}" }).tags,
      { plan: "pro", café: true }
    )
  })
})

describe("inject", () => {
  const scope = scopeOf({
    distinctId: "u",
    sessionId: "s",
    tags: { plan: "pro", secret: "x" },
    correlation: { id: "corr_1", parentId: "corr_0" },
    service: { name: "shop", version: "1", environment: "test" },
    request: { userId: "42", requestId: "r" },
    operation: { name: "pay" }
  })

  it("sends correlation, service, operation and identity by default, user ids and tags only if asked", () => {
    assert.deepStrictEqual(Propagation.inject(scope), {
      "x-correlation-id": "corr_1",
      "x-parent-correlation-id": "corr_0",
      "x-service-name": "shop",
      "x-client-service": "shop",
      "x-client-version": "1",
      "x-operation-name": "pay",
      "x-posthog-distinct-id": "u",
      "x-posthog-session-id": "s"
    })
    assert.deepStrictEqual(
      Propagation.inject(scope, {}, {
        policy: {
          ...Propagation.minimal,
          correlation: false,
          service: false,
          userId: true,
          requestId: true,
          tags: ["plan", "missing"]
        }
      }),
      { "x-user-id": "42", "x-request-id": "r", "x-posthog-context-tags": "{\"plan\":\"pro\"}" }
    )
  })

  it("replaces what the carrier held under the same name, and leaves the rest and the carrier alone", () => {
    const carrier = { "X-Correlation-ID": "stale", Accept: "text/plain" }
    const headers = Propagation.inject(scope, carrier, { policy: Propagation.minimal })
    assert.deepStrictEqual(headers, {
      Accept: "text/plain",
      "x-correlation-id": "corr_1",
      "x-parent-correlation-id": "corr_0",
      "x-service-name": "shop",
      "x-client-service": "shop",
      "x-client-version": "1"
    })
    assert.deepStrictEqual(carrier, { "X-Correlation-ID": "stale", Accept: "text/plain" })
  })

  it("names the process's service where the scope names none, and never its version for another service", () => {
    const service = { name: "process", version: "9" }
    const sent = (fields: Parameters<typeof scopeOf>[0]) => Propagation.collect(scopeOf(fields), { service }).service
    assert.deepStrictEqual(sent({}), { name: "process", version: "9" })
    assert.deepStrictEqual(sent({ service: { name: "shop" } }), { name: "shop" })
  })

  it("TRACE-12 goes on in the active span's trace, and keeps tracestate and the random flag only for the same trace", () => {
    const inbound = scopeOf({ trace: { traceparent, tracestate: "congo=t61", baggage: "a=b" } })
    const span = (traceId: string) => Tracer.externalSpan({ traceId, spanId: "00f067aa0ba902b7", sampled: true })
    assert.deepStrictEqual(Propagation.collect(inbound).trace, { traceparent, tracestate: "congo=t61", baggage: "a=b" })
    assert.deepStrictEqual(
      Propagation.collect(inbound, { span: span("0af7651916cd43dd8448eb211c80319c") }).trace,
      {
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-03",
        tracestate: "congo=t61",
        baggage: "a=b"
      }
    )
    assert.deepStrictEqual(
      Propagation.collect(inbound, { span: span("1".repeat(32)) }).trace,
      { traceparent: `00-${"1".repeat(32)}-00f067aa0ba902b7-01`, baggage: "a=b" }
    )
  })
})

describe("withExtracted", () => {
  const headers = {
    "x-correlation-id": "corr_1",
    "x-service-name": "shop",
    "x-posthog-distinct-id": "u",
    traceparent
  }

  it.effect("opens a fresh scope with what came in: the sender's service is the caller's, never ours", () =>
    Effect.gen(function*() {
      const scope = yield* currentScope.pipe(Propagation.withExtracted(headers, { captureExceptions: false }))
      assert.strictEqual(scope.view.distinctId, "u")
      assert.deepStrictEqual(PosthogScope.section(scope, CorrelationSection.section), {
        id: "corr_1",
        parentId: undefined
      })
      assert.strictEqual(PosthogScope.section(scope, CallerSection.section)?.serviceName, "shop")
      assert.isUndefined(PosthogScope.section(scope, ServiceSection.section))
    }).pipe(withScope(fresh, { tags: { outer: 1 }, captureExceptions: false })))

  it.effect("a child has a correlation of its own, whose parent is the one that came in", () =>
    Effect.gen(function*() {
      const scope = yield* currentScope.pipe(
        Propagation.withExtracted(headers, { captureExceptions: false, correlation: "child" })
      )
      const correlation = PosthogScope.section(scope, CorrelationSection.section)
      assert.strictEqual(correlation?.parentId, "corr_1")
      assert.match(correlation?.id ?? "", /^corr_[0-9a-f]{32}$/)
    }))

  it.effect("without a correlation it gets one, and no parent of anybody else's", () =>
    Effect.gen(function*() {
      const scope = yield* currentScope.pipe(Propagation.withExtracted({}, { captureExceptions: false }))
      const correlation = PosthogScope.section(scope, CorrelationSection.section)
      assert.match(correlation?.id ?? "", /^corr_[0-9a-f]{32}$/)
      assert.isUndefined(correlation?.parentId)
    }).pipe(withScope(fresh, { correlation: { id: "a", parentId: "b" }, captureExceptions: false })))

  it.effect("TRACE-11 its spans continue the trace, and what is set inside stays inside", () =>
    Effect.gen(function*() {
      const span = yield* Effect.gen(function*() {
        yield* identifyScope("inside")
        return yield* Effect.currentSpan
      }).pipe(Effect.withSpan("work"), Propagation.withExtracted(headers, { captureExceptions: false }))
      assert.strictEqual(span.traceId, "0af7651916cd43dd8448eb211c80319c")
      assert.deepStrictEqual(
        Option.map(span.parent, ({ spanId }) => spanId),
        Option.some("b7ad6b7169203331")
      )
      assert.deepStrictEqual(yield* currentDistinctId, Option.some("outside"))
    }).pipe(withScope(fresh, { distinctId: "outside", captureExceptions: false })))

  it.effect("injectCurrent sends the current scope and the active span", () =>
    Effect.gen(function*() {
      const span = yield* Effect.currentSpan
      const sent = yield* Propagation.injectCurrent()
      assert.strictEqual(sent["x-posthog-distinct-id"], "u")
      assert.strictEqual(sent["traceparent"], `00-${span.traceId}-${span.spanId}-01`)
    }).pipe(Effect.withSpan("call"), withScope(fresh, { distinctId: "u", captureExceptions: false })))
})
