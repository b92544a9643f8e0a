import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { fresh, inherited, Posthog, PosthogTest, tag, withScope } from "effect-posthog"

interface Inspection {
  readonly origins: Readonly<Record<string, ReadonlyArray<string>>>
  readonly frames: ReadonlyArray<object>
}

/** What the events say of themselves. */
const inspections = Effect.map(PosthogTest.events, (events) =>
  // the shape is what these tests are about
  events.map(({ properties }) => properties["$inspect"] as unknown as Inspection | undefined))

describe("inspect", () => {
  it.effect("every property's origin is told: explicit, tag, section, super, system; each name once", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("paid", { properties: { total: 42, plan: "explicit wins" } }).pipe(
        withScope(fresh, { distinctId: "alice", tags: { tenant: "acme", plan: "tag" }, correlation: { id: "c-1" } })
      )
      const [event] = yield* PosthogTest.events
      const origins = (yield* inspections)[0]?.origins ?? {}
      assert.deepStrictEqual(origins["explicit"], ["total", "plan"])
      assert.deepStrictEqual(origins["tag"], ["tenant"])
      assert.include(origins["section"] ?? [], "correlation_id")
      assert.deepStrictEqual(origins["super"], ["release"])
      assert.include(origins["system"] ?? [], "$lib")
      const told = Object.values(origins).flat()
      assert.deepStrictEqual(
        told.toSorted(),
        Object.keys(event?.properties ?? {}).filter((name) => name !== "$inspect").toSorted()
      )
    }).pipe(Effect.provide(PosthogTest.layerWith({ inspect: true, superProperties: { release: "1", plan: "super" } }))))

  it.effect("the frames stand in order with what each set; one frame has one name in all events", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* Posthog.capture("outer")
        yield* Effect.zipRight(tag("step", 2), Posthog.capture("inner")).pipe(
          withScope(inherited, { sessionId: "s-1" })
        )
      }).pipe(withScope(fresh, { distinctId: "alice", tags: { tenant: "acme" } }))
      const [outer, inner] = yield* inspections
      assert.deepStrictEqual(inner?.frames, [
        { id: "frame 1", mode: "fresh", set: { tags: { tenant: "acme" }, distinctId: "alice" } },
        { id: "frame 2", mode: "inherited", set: { tags: { step: 2 }, sessionId: "s-1" } }
      ])
      assert.deepStrictEqual(outer?.frames, inner?.frames.slice(0, 1))
    }).pipe(Effect.provide(PosthogTest.layerWith({ inspect: true }))))

  it.effect("exceptions tell it too, and without the option nothing does", () =>
    Effect.gen(function*() {
      const captured = Effect.die("no").pipe(withScope(fresh, { distinctId: "alice" }), Effect.exit)
      const told = (inspect: boolean) =>
        Effect.zipRight(captured, inspections).pipe(Effect.provide(PosthogTest.layerWith({ inspect })))
      assert.isDefined((yield* told(true))[0])
      assert.deepStrictEqual(yield* told(false), [undefined])
    }))
})
