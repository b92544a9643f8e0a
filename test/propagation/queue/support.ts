/** Arbitrary scopes as they are sent, and carriers that somebody got hold of. */
import * as fc from "effect/FastCheck"
import * as Propagation from "../../../src/propagation/Propagation.js"
import type { ScopeFields } from "../../../src/scope/ScopeOptions.js"
import { scopeOf } from "../arbitrary.js"

export const everything = { userId: true, requestId: true, tags: "all", operationMetadata: "all" } as const

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
