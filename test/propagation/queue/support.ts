/** Arbitrary scopes as they are sent, and carriers that somebody got hold of. */
import * as fc from "effect/FastCheck"
import * as Propagation from "../../../src/propagation/Propagation.js"
import { fresh } from "../../../src/scope/Mode.js"
import * as PosthogScope from "../../../src/scope/PosthogScope.js"
import { makeFrame, type ScopeFields } from "../../../src/scope/ScopeOptions.js"

/** Any UTF-16 units at all: control characters, half pairs, what looks like an ext-value. */
export const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("UTF-8''a%20b", "a\r\nX-Admin: 1", "  ", "Amélie", "你好", "\ud800", "x".repeat(1500), "{}", "null")
)

const optional = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })

const hex = (length: number) =>
  fc.array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length }).map((digits) =>
    digits.map((digit) => digit.toString(16)).join("")
  )

const trace = fc.record({
  traceparent: fc.tuple(hex(32), hex(16), fc.constantFrom("00", "01", "03")).map(([trace, span, flags]) =>
    `00-${trace}-${span}-${flags}`
  ),
  tracestate: optional(fc.constantFrom("congo=t61rcWkgMzE", "a=1,b=2")),
  baggage: optional(fc.constantFrom("tenant=acme", "a=1,b=%E4%BD%A0;p=1"))
})

export const scopeFields: fc.Arbitrary<ScopeFields> = fc.record({
  distinctId: optional(text),
  sessionId: optional(text),
  correlation: optional(fc.record({ id: optional(text), parentId: optional(text) })),
  service: optional(fc.record({ name: optional(text), version: optional(text) })),
  operation: optional(fc.record({ name: optional(text), startTime: optional(fc.date({ noInvalidDate: true })) })),
  request: optional(fc.record({ userId: optional(text), requestId: optional(text) })),
  tags: optional(fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 5 })),
  metadata: optional(fc.dictionary(text, fc.oneof(text, fc.integer()), { maxKeys: 5 })),
  trace: optional(trace)
})

export const everything = { userId: true, requestId: true, tags: "all", operationMetadata: "all" } as const

export const scopeOf = (fields: ScopeFields) => PosthogScope.push(PosthogScope.empty, makeFrame(fresh, fields, false))

export const sent = (fields: ScopeFields) => {
  const scope = scopeOf(fields)
  return {
    expected: Propagation.collect(scope, { policy: everything }),
    headers: Propagation.inject(scope, {}, { policy: everything })
  }
}

const no = (_: object, key: PropertyKey): undefined => {
  // the generator itself asks for symbols
  if (typeof key !== "symbol") {
    throw new Error("no")
  }
}

const throwing = new Proxy({}, {
  get: no,
  has: (target, key) => no(target, key) !== undefined,
  ownKeys: () => {
    throw new Error("no")
  },
  getOwnPropertyDescriptor: no
})

/** What nobody should send. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
  fc.uint8Array({ maxLength: 64 }),
  fc.constantFrom<unknown>(
    throwing,
    [throwing],
    { headers: throwing },
    { properties: throwing },
    null,
    undefined,
    0,
    ""
  )
)

/** The same at every place where a message has something. */
export const hostileMessage: fc.Arbitrary<unknown> = fc.oneof(
  hostile,
  fc.record({
    properties: fc.oneof(hostile, fc.record({ headers: hostile, correlationId: hostile })),
    headers: fc.oneof(hostile, fc.record({ headers: hostile, keys: fc.constant(() => throwing), values: hostile })),
    message: hostile,
    data: fc.oneof(hostile, fc.record({ _posthog: hostile })),
    opts: fc.oneof(hostile, fc.record({ telemetry: fc.record({ metadata: hostile }) })),
    MessageAttributes: fc.oneof(hostile, fc.record({ "x-posthog-propagation": fc.record({ StringValue: hostile }) })),
    Body: fc.oneof(hostile, fc.constant("{\"Type\":\"Notification\",\"MessageAttributes\":[null]}")),
    body: hostile
  }),
  fc.tuple(hostile, fc.array(hostile))
)

/** Decoded again: `Propagation.extract` leaves prototypes off, and equality should not look at them. */
export const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
