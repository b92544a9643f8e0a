/** Seed 001, `FlextContext.Utilities.clear_context`, scoped. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import {
  addOperationMetadata,
  clearScope,
  Correlation,
  currentRequest,
  currentScope,
  currentService,
  fresh,
  inherited,
  ProcessService,
  type ScopeOptions,
  setUserId,
  step,
  tag,
  timedExit,
  withClearScope,
  withRequest,
  withScope,
  withService
} from "effect-posthog"
import * as Steps from "effect-posthog/scope/Steps"

const quiet = { captureExceptions: false } as const

const full = {
  tags: { a: 1, b: null },
  distinctId: "d",
  sessionId: "s",
  deviceId: "v",
  groups: { company: "acme" },
  personProperties: { plan: "pro" },
  groupProperties: { company: { size: 1 } },
  correlation: { id: "c", parentId: "p" },
  service: { name: "orders", version: "1", environment: "test" },
  request: { userId: "u", requestId: "r", timestamp: 1 },
  operation: { name: "op", startTime: 1 },
  caller: { serviceName: "web" },
  trace: { traceparent: "00-1" },
  metadata: { m: 1 },
  ...quiet
} satisfies ScopeOptions

const view = Effect.map(currentScope, (scope) => JSON.parse(JSON.stringify(scope)))

const nothing = {
  _id: "PosthogScope",
  tags: {},
  tagKeys: [],
  groups: {},
  personProperties: {},
  groupProperties: {},
  sectionProperties: {},
  metadata: {}
}

describe("clearScope", () => {
  it.effect("hides everything, whichever scope set it, until this scope is left", () =>
    Effect.gen(function*() {
      const before = yield* view
      yield* Effect.gen(function*() {
        yield* tag("inner", 1)
        yield* clearScope
        assert.deepStrictEqual(yield* view, nothing)
        assert.isFalse(yield* Correlation.has)
        assert.isTrue(Option.isNone(yield* currentRequest))
        // scopes inside see as little, and forked fibers too
        assert.deepStrictEqual(yield* withScope(view, inherited, quiet), nothing)
        assert.deepStrictEqual(yield* Fiber.join(yield* Effect.fork(view)), nothing)
      }).pipe(withScope(inherited, quiet))
      assert.deepStrictEqual(yield* view, before)
    }).pipe(withScope(fresh, full)))

  it.effect("what is set after it stands alone: no field of a section comes from outside", () =>
    Effect.gen(function*() {
      yield* clearScope
      yield* setUserId("v")
      yield* Correlation.setParent("q")
      yield* tag("c", 1)
      const { sectionProperties, tags } = yield* view
      assert.deepStrictEqual(sectionProperties, { user_id: "v", parent_correlation_id: "q" })
      assert.deepStrictEqual(tags, { c: 1 })
      // and so it stays when it is set again
      yield* setUserId("w")
      assert.deepStrictEqual((yield* view).sectionProperties, { user_id: "w", parent_correlation_id: "q" })
    }).pipe(withScope(inherited, quiet), withScope(fresh, full)))

  it.effect("the service of the process, the client and the steps stay", () =>
    Effect.gen(function*() {
      yield* step("before")
      yield* clearScope
      assert.strictEqual(Option.getOrThrow(yield* currentService).name, "shop")
      assert.deepStrictEqual(Steps.of(yield* currentScope).map((step) => step["$message"]), ["before"])
    }).pipe(withService("orders"), withScope(fresh, full), Effect.provideService(ProcessService, { name: "shop" })))

  it.effect("a concurrent sibling keeps what it sees; a child that cleared hides it for whom joins it", () =>
    Effect.gen(function*() {
      const sibling = yield* Effect.fork(Effect.zipRight(Effect.yieldNow(), view))
      yield* Effect.fork(clearScope).pipe(Effect.flatMap(Fiber.join))
      assert.deepStrictEqual(yield* view, nothing)
      assert.deepStrictEqual((yield* Fiber.join(sibling)).tags, { a: 1, b: null })
    }).pipe(withScope(fresh, full)))

  it.effect("a timed operation that clears loses its own notes and nobody else's", () =>
    Effect.gen(function*() {
      const { operation } = yield* addOperationMetadata("own", 1).pipe(
        Effect.zipRight(clearScope),
        Effect.zipRight(addOperationMetadata("after", 2)),
        timedExit("op", { metric: false, span: false })
      )
      assert.deepStrictEqual({ ...operation.metadata }, { after: 2 })
      assert.deepStrictEqual((yield* view).metadata, { request: 1 })
    }).pipe(withRequest({ metadata: { request: 1 } })))

  it.effect("outside every scope there is nothing to hide", () =>
    Effect.zipRight(clearScope, Effect.map(view, (seen) => assert.deepStrictEqual(seen, nothing))))
})

describe("withClearScope", () => {
  it.effect("shows nothing of the surrounding scope, and that again when it is left", () =>
    Effect.gen(function*() {
      const before = yield* view
      assert.deepStrictEqual(yield* withClearScope(view), nothing)
      assert.deepStrictEqual(yield* view, before)
    }).pipe(withScope(fresh, full)))
})
