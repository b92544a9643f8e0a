/** The span of a server is there before its request's scope. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { fresh, Posthog, withRequest, withScope } from "effect-posthog"
import { DevServer } from "effect-posthog/devserver/DevServer"
import * as PosthogOtlp from "effect-posthog/otlp/PosthogOtlp"
import { inFrame } from "../../../src/scope/FrameRegion.js"
import { makeFrame } from "../../../src/scope/ScopeOptions.js"
import { layerClient } from "../../support/client.js"

const Live = PosthogOtlp.layer({ traces: {} }).pipe(Layer.provideMerge(layerClient()))

const request = (distinctId: string) => <A, E, R>(self: Effect.Effect<A, E, R>) =>
  inFrame(
    self,
    () => makeFrame(fresh, { distinctId, correlation: { id: "corr_1" }, captureExceptions: false }, false, true)
  )

const spans = Effect.gen(function*() {
  yield* Posthog.flush
  const server = yield* DevServer
  return new Map((yield* server.spans).map(({ attributes, name }) => [name, attributes]))
})

describe("a span that starts before the request's scope", () => {
  it.scoped("TRACE-18 takes the request's identity and sections, those of the first request alone", () =>
    Effect.gen(function*() {
      yield* Effect.void.pipe(
        request("inner"),
        Effect.zipRight(Effect.void.pipe(request("second"))),
        Effect.withSpan("server")
      )
      assert.deepStrictEqual((yield* spans).get("server"), { posthogDistinctId: "inner", correlation_id: "corr_1" })
    }).pipe(Effect.provide(Live)))

  it.scoped("TRACE-18 keeps what it started in: neither a request inside a scope nor a scope that is no request changes it", () =>
    Effect.gen(function*() {
      yield* Effect.void.pipe(
        withRequest({ userId: "u" }),
        Effect.withSpan("in a scope"),
        withScope(fresh, { distinctId: "outer", captureExceptions: false })
      )
      yield* Effect.void.pipe(
        withScope(fresh, { distinctId: "inner", captureExceptions: false }),
        Effect.withSpan("around a scope")
      )
      const found = yield* spans
      assert.deepStrictEqual(found.get("in a scope"), { posthogDistinctId: "outer" })
      assert.deepStrictEqual(found.get("around a scope"), {})
    }).pipe(Effect.provide(Live)))
})
