/** Arbitrary scopes and carriers. */
import { Effect, FastCheck as fc } from "effect"
import { currentScope, fresh, type PosthogScope, withScope } from "effect-posthog"
import type { ScopeFields } from "effect-posthog/scope/ScopeOptions"

/** Any text: line breaks, other scripts, halves of pairs, what looks encoded, and very long ones. */
export const text: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("UTF-8''%41", "utf-8'en'x", " padded ", "a\r\nX-Admin: 1", "50%", "ü", "\u0000", "", "\u2028", "%"),
  fc.string({ unit: "grapheme" }).map((unit) => unit.repeat(300))
)

const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })

const bag = fc.dictionary(text, fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.array(text)), {
  maxKeys: 6
})

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })

export const fields: fc.Arbitrary<ScopeFields> = fc.record({
  distinctId: optional(text),
  sessionId: optional(text),
  tags: optional(bag),
  correlation: optional(fc.record({ id: optional(text), parentId: optional(text) })),
  service: optional(fc.record({ name: optional(text), version: optional(text), environment: optional(text) })),
  request: optional(fc.record({ userId: optional(text), requestId: optional(text), timestamp: optional(fc.nat()) })),
  operation: optional(fc.record({ name: optional(text) })),
  trace: optional(fc.record({
    traceparent: fc.oneof(
      text,
      fc.tuple(hex(32), hex(16), hex(2)).map(([trace, span, flags]) => `00-${trace}-${span}-${flags}`)
    ),
    tracestate: optional(fc.oneof(text, fc.constant("congo=t61,rojo=00f0"))),
    baggage: optional(fc.oneof(text, fc.constant("user=a%20b;p=1, x=ü")))
  }))
})

/** A scope with these fields. */
export const scopeOf = (fields: ScopeFields): PosthogScope =>
  Effect.runSync(withScope(currentScope, fresh, { ...fields, captureExceptions: false }))

const names = [
  "X-Correlation-Id",
  "x-parent-correlation-id",
  "X-SERVICE-NAME",
  "x-client-service",
  "X-Client-Version",
  "x-operation-name",
  "X-User-Id",
  "x-request-id",
  "X-POSTHOG-DISTINCT-ID",
  "x-posthog-session-id",
  "X-POSTHOG-CONTEXT-TAGS",
  "traceparent",
  "Tracestate",
  "baggage",
  "correlation_id",
  "service_name",
  "user_id",
  "context_tags",
  "__proto__",
  "constructor"
]

const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 40 }),
  fc.array(fc.oneof(text, fc.anything()), { maxLength: 4 }),
  fc.json().map((json) => json),
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }),
  fc.constant(
    new Proxy({}, {
      get: () => {
        throw new Error("no")
      },
      ownKeys: () => {
        throw new Error("no")
      }
    })
  )
)

const entries = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), text), value), { maxLength: 12 })

/** Anything that might be handed over as a carrier. */
export const carrier: fc.Arbitrary<unknown> = fc.oneof(
  entries.map((all) => Object.fromEntries(all)),
  entries.map((all) => new Map(all)),
  entries,
  entries.map((all) => all.map(([key, value]) => ({ key, value }))),
  entries.map((all) =>
    Object.defineProperties(
      {},
      Object.fromEntries(all.map(([key]) => [key, {
        enumerable: true,
        get: () => {
          throw new Error("no")
        }
      }]))
    )
  ),
  fc.anything(),
  fc.uint8Array(),
  fc.string({ unit: "binary" })
)
