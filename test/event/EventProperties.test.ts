/** Law 6: for every key exactly one source wins. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { fresh, inherited, Posthog, PosthogTest, withScope } from "effect-posthog"

const keys = [
  "a",
  "b",
  "c",
  "$lib",
  "$session_id",
  "$groups",
  "$process_person_profile",
  "$is_server",
  "__proto__",
  "$context_tags"
]

const bag = fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), fc.oneof(fc.integer(), fc.string(), fc.constant(null))), {
  selector: ([key]) => key
}).map((entries) => {
  const result: { [key: string]: number | string | null } = Object.create(null)
  for (const [key, value] of entries) {
    result[key] = value
  }
  return result
})

const has = Object.hasOwn

describe("precedence", () => {
  it.effect.prop(
    "explicit over inner tags over outer tags over super properties over system, key by key; $lib is nobody's",
    [bag, bag, bag, bag, fc.boolean(), fc.option(fc.constantFrom("s-1", "s-2"))],
    ([explicit, inner, outer, superProperties, isFresh, sessionId]) =>
      Effect.gen(function*() {
        yield* Posthog.capture("e", { properties: explicit }).pipe(
          withScope(isFresh ? fresh : inherited, {
            tags: inner,
            distinctId: "alice",
            sessionId: sessionId ?? undefined,
            captureExceptions: false
          }),
          withScope(fresh, { tags: outer, captureExceptions: false })
        )
        const [event] = yield* PosthogTest.events
        const visible = isFresh ? [inner] : [inner, outer]
        const tagKeys = keys.filter((key) => visible.some((tags) => has(tags, key))).toSorted()
        for (const key of keys) {
          const sources: ReadonlyArray<{ readonly [key: string]: unknown }> = key === "$lib"
            ? [{ $lib: "effect-posthog" }]
            : key === "$context_tags" && tagKeys.length > 0 && !has(explicit, key)
            ? [{ $context_tags: tagKeys }]
            : [
              explicit,
              ...visible,
              superProperties,
              { $is_server: true, ...(sessionId === null ? {} : { $session_id: sessionId }) }
            ]
          const winner = sources.find((source) => has(source, key))
          assert.deepStrictEqual(
            has(event!.properties, key) ? event!.properties[key] : undefined,
            winner === undefined ? undefined : winner[key],
            key
          )
        }
      }).pipe(Effect.provide(PosthogTest.layerWith({ superProperties }))),
    { fastCheck: { numRuns: 300 } }
  )

  it.effect.prop(
    "an event after others in its scope has the properties that it would have alone",
    [bag, fc.array(bag, { minLength: 2, maxLength: 6 })],
    ([tags, bags]) =>
      Effect.gen(function*() {
        const captureIn = (properties: ReadonlyArray<(typeof bags)[number]>) =>
          Effect.forEach(properties, (properties) => Posthog.capture("e", { properties }), { discard: true }).pipe(
            withScope(fresh, { tags, distinctId: "alice", captureExceptions: false })
          )
        yield* captureIn(bags)
        yield* Effect.forEach(bags, (properties) => captureIn([properties]), { discard: true })
        const all = (yield* PosthogTest.events).map(({ properties }) => properties)
        assert.deepStrictEqual(all.slice(0, bags.length), all.slice(bags.length))
      }).pipe(Effect.provide(PosthogTest.layer)),
    { fastCheck: { numRuns: 300 } }
  )

  it.effect.prop(
    "$context_tags is exactly the visible tag keys, sorted, and absent where there are none",
    [fc.uniqueArray(fc.fullUnicodeString({ minLength: 1 })), fc.uniqueArray(fc.fullUnicodeString({ minLength: 1 }))],
    ([outer, inner]) =>
      Effect.gen(function*() {
        const tagged = (names: ReadonlyArray<string>) => Object.fromEntries(names.map((name) => [name, 1]))
        yield* Posthog.capture("e").pipe(
          withScope(inherited, { tags: tagged(inner), captureExceptions: false }),
          withScope(fresh, { tags: tagged(outer), captureExceptions: false })
        )
        const [event] = yield* PosthogTest.events
        const expected = Array.from(new Set([...outer, ...inner])).filter((name) => name !== "$context_tags").toSorted()
        assert.deepStrictEqual(
          event!.properties["$context_tags"],
          expected.length === 0 ? undefined : expected
        )
      }).pipe(Effect.provide(PosthogTest.layer))
  )
})
