import { Arbitrary, FastCheck as fc } from "effect"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import { EvaluationContext } from "../../../src/flags/context/EvaluationContext.js"

/** Keys that ordinary objects inherit or treat specially, and keys that look like paths. */
export const hostileKeys = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "a.b",
  "user",
  "user.id",
  "custom",
  "email",
  "$os",
  "",
  "."
]

export const key = fc.oneof(fc.constantFrom(...hostileKeys, "a", "b", "role"), fc.string({ maxLength: 4 }))

export const bag: fc.Arbitrary<JsonObject> = fc.letrec<{ value: unknown; bag: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, 1, "x", "two"),
    fc.array(tie("value"), { maxLength: 2 }),
    tie("bag")
  ),
  bag: fc.array(fc.tuple(key, tie("value")), { maxLength: 4 }).map((entries) =>
    // as JSON.parse makes it: `__proto__` is an own key
    Object.defineProperties(
      {},
      Object.fromEntries(
        entries.map(([key, value]) => [key, { value, enumerable: true, configurable: true, writable: true }])
      )
    )
  )
})).bag as fc.Arbitrary<JsonObject>

/** Any context that its schema can make, with hostile keys in its bags. */
export const context: fc.Arbitrary<EvaluationContext> = fc.tuple(
  Arbitrary.make(EvaluationContext),
  bag,
  bag
).map(([context, custom, properties]) =>
  new EvaluationContext({
    ...context,
    custom,
    ...(context.user === undefined
      ? {}
      : { user: Object.assign(Object.create(Object.getPrototypeOf(context.user)), context.user, { properties }) })
  })
)
