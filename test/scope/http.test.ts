/** A real server with a thousand requests at once: no request sees another's scope, and none loses its own. */
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber, Layer, Schema } from "effect"
import {
  currentDistinctId,
  currentSessionId,
  currentTags,
  fresh,
  identifyScope,
  inherited,
  layerScope,
  setSession,
  tag,
  withScope
} from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import { createServer } from "node:http"

const requests = 1000
const quiet = { captureExceptions: false } as const

/** What one request does, in this order. */
const Step = Schema.Union(
  Schema.Struct({ do: Schema.Literal("tag", "overwrite", "children", "fork", "forget"), n: Schema.Number }),
  Schema.Struct({
    do: Schema.Literal("timeout", "timedOut", "race", "inner", "layer", "shared", "wait"),
    n: Schema.Number
  })
)
const Order = Schema.Struct({ id: Schema.String, steps: Schema.Array(Step) })
type Order = typeof Order.Type
type Step = typeof Step.Type

const Seen = Schema.Struct({
  distinctId: Schema.NullOr(Schema.String),
  sessionId: Schema.NullOr(Schema.String),
  tags: Schema.Record({ key: Schema.String, value: Schema.Unknown })
})
const Answer = Schema.Struct({ seen: Schema.Array(Seen) })

const shapes = fc.array(
  fc.record({
    do: fc.constantFrom(
      "tag",
      "overwrite",
      "children",
      "fork",
      "forget",
      "timeout",
      "timedOut",
      "race",
      "inner",
      "layer",
      "shared",
      "wait"
    ),
    n: fc.nat(3)
  }),
  { minLength: 1, maxLength: 8 }
) as fc.Arbitrary<ReadonlyArray<Step>>

const look = Effect.all({ distinctId: currentDistinctId, sessionId: currentSessionId, tags: currentTags }).pipe(
  Effect.map(({ distinctId, sessionId, tags }) => ({
    distinctId: distinctId._tag === "Some" ? distinctId.value : null,
    sessionId: sessionId._tag === "Some" ? sessionId.value : null,
    tags
  }))
)

/** Other requests run while this one waits. */
const elsewhere = (n: number) =>
  n === 0 ? Effect.yieldNow() : Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

const perform = (step: Step, id: string, index: number, shared: Effect.Effect<void>): Effect.Effect<void> => {
  const key = `${step.do} ${index}`
  const write = Effect.zipRight(elsewhere(step.n), tag(key, id))
  switch (step.do) {
    case "tag":
      return tag(key, id)
    case "overwrite":
      return tag("id", `${id} again`).pipe(Effect.zipRight(elsewhere(step.n)), Effect.zipRight(tag("id", id)))
    case "children":
      return Effect.forEach([0, 1, 2], (child) => Effect.zipRight(elsewhere(child), tag(`${key} ${child}`, id)), {
        concurrency: step.n === 0 ? "unbounded" : 2,
        discard: true
      })
    case "fork":
      return Effect.flatMap(Effect.fork(write), Fiber.join)
    case "forget":
      return Effect.asVoid(Effect.forkDaemon(write))
    case "timeout":
      return Effect.orDie(Effect.timeout(write, "1 minute"))
    case "timedOut":
      return Effect.zipRight(tag("lost", id), Effect.never).pipe(Effect.timeoutOption(0), Effect.asVoid)
    case "race":
      return Effect.race(write, Effect.zipRight(tag("lost", id), Effect.never))
    case "inner":
      return Effect.zipRight(write, identifyScope("somebody")).pipe(
        withScope(step.n === 0 ? fresh : inherited, { tags: { inner: id }, ...quiet })
      )
    case "layer":
      return Effect.provide(
        Effect.zipRight(write, setSession("another")),
        layerScope(inherited, { tags: { layer: id }, ...quiet })
      )
    case "shared":
      return shared
    case "wait":
      return elsewhere(step.n)
  }
}

/** What a request with these steps must see in the end, told by its order alone. */
const expectedTags = ({ id, steps }: Order): JsonObject => {
  const tags: Record<string, string> = { id }
  steps.forEach((step, index) => {
    const key = `${step.do} ${index}`
    switch (step.do) {
      case "tag":
      case "fork":
      case "timeout":
      case "race":
        tags[key] = id
        return
      case "children":
        for (const child of [0, 1, 2]) {
          tags[`${key} ${child}`] = id
        }
    }
  })
  return tags
}

const handler = (shared: Effect.Effect<void>) =>
  Effect.gen(function*() {
    const order = yield* HttpServerRequest.schemaBodyJson(Order)
    const seen = yield* Effect.gen(function*() {
      const seen = []
      yield* setSession(`session ${order.id}`)
      seen.push(yield* look)
      for (const [index, step] of order.steps.entries()) {
        yield* perform(step, order.id, index, shared)
        seen.push(yield* look)
      }
      return seen
    }).pipe(withScope(fresh, { distinctId: order.id, tags: { id: order.id }, ...quiet }))
    return yield* HttpServerResponse.json({ seen })
  })

describe("a real server", () => {
  it.scopedLive(
    `${requests} concurrent requests of random shape: no foreign tag, nothing lost`,
    () =>
      Effect.gen(function*() {
        const seed = Number(process.env["SEED"]) || Date.now() % 1_000_000_000
        // computed by whichever request comes first, for all: it says who that was
        const shared = yield* Effect.cached(
          Effect.flatMap(currentDistinctId, (id) =>
            elsewhere(1).pipe(
              Effect.zipRight(tag("computed by", id._tag === "Some" ? id.value : "nobody")),
              Effect.zipRight(identifyScope("the first one")),
              Effect.zipRight(elsewhere(1))
            ))
        )
        const app = HttpRouter.empty.pipe(HttpRouter.post("/", handler(shared)), HttpServer.serve())
        const server = NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })
        const context = yield* Layer.build(Layer.provideMerge(app, server))
        const address = yield* Effect.provide(HttpServer.addressWith(Effect.succeed), context)
        const url = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}/` : ""

        const orders = fc.sample(shapes, { numRuns: requests, seed }).map((steps, i): Order => ({
          id: `user ${i}`,
          steps
        }))
        const answers = yield* Effect.forEach(orders, (order) =>
          Effect.promise(async (): Promise<unknown> => {
            const response = await fetch(url, {
              method: "POST",
              body: JSON.stringify(order),
              headers: { "content-type": "application/json" }
            })
            return response.json()
          }).pipe(Effect.flatMap(Schema.decodeUnknown(Answer))), { concurrency: "unbounded" })

        let looks = 0
        const computing = new Set<string>()
        for (const [i, order] of orders.entries()) {
          const { seen } = answers[i]!
          assert.lengthOf(seen, order.steps.length + 1)
          for (const { distinctId, sessionId, tags } of seen) {
            looks++
            assert.strictEqual(sessionId, `session ${order.id}`)
            const { "computed by": computedBy, ...own } = tags
            if (computedBy === undefined) {
              assert.strictEqual(distinctId, order.id)
            } else {
              // only the request that computed it has what was written there
              assert.strictEqual(computedBy, order.id)
              assert.strictEqual(distinctId, "the first one")
              computing.add(order.id)
            }
            for (const value of Object.values(own)) {
              assert.strictEqual(value, order.id)
            }
          }
          const { "computed by": _, ...last } = seen.at(-1)!.tags
          assert.deepStrictEqual(last, { ...expectedTags(order) })
        }
        assert.isAtMost(computing.size, 1)
        const sharing = orders.filter(({ steps }) => steps.some((step) => step.do === "shared")).length
        console.log(
          `${requests} concurrent requests looked at their scope ${looks} times, ${sharing} of them shared one cached ` +
            `effect: no foreign tag, nothing lost, SEED=${seed}`
        )
      }),
    60_000
  )
})
