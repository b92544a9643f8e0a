import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Rpc, RpcClient, RpcGroup, RpcMiddleware, RpcSerialization, RpcServer, RpcTest } from "@effect/rpc"
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Layer, Schema, Stream } from "effect"
import { currentScope, fresh, Posthog, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as PosthogRpc from "effect-posthog/propagation/rpc/PosthogRpc"
import { createServer } from "node:http"
import { layerClient, withLines } from "../../support/client.js"

class OutOfStock extends Schema.TaggedError<OutOfStock>()("OutOfStock", { sku: Schema.String }) {}
class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

class Guard extends RpcMiddleware.Tag<Guard>()("test/Guard", { failure: Refused }) {}

const Shop = RpcGroup.make(
  Rpc.make("Pay", { payload: { total: Schema.Number }, success: Schema.Unknown, error: OutOfStock }),
  Rpc.make("Watch", {
    payload: { count: Schema.Number },
    success: Schema.Struct({ n: Schema.Number, who: Schema.UndefinedOr(Schema.String) }),
    error: OutOfStock,
    stream: true
  })
).middleware(Guard).middleware(PosthogRpc.PosthogRpc)

const shown = Effect.map(currentScope, ({ view }) => ({
  distinctId: view.distinctId,
  sessionId: view.sessionId,
  tags: { ...view.tags },
  ...view.sectionProperties
}))

/** What a total says shall become of a call. */
const deeds: Readonly<Record<number, Effect.Effect<never, OutOfStock>>> = {
  [-1]: Effect.fail(new OutOfStock({ sku: "A" })),
  [-2]: Effect.die(new Error("defect")),
  // a handler without types can fail with what nobody has declared
  [-3]: Effect.fail(new TypeError("undeclared") as never),
  [-4]: Effect.interrupt,
  [-101]: Effect.fail(new OutOfStock({ sku: "C" })),
  [-102]: Effect.die(new Error("in a stream")),
  [-5]: Effect.failCause(Cause.parallel(Cause.fail(new OutOfStock({ sku: "B" })), Cause.die(new Error("beside"))))
}

const ShopLive = Shop.toLayer({
  Pay: ({ total }) =>
    Effect.gen(function*() {
      yield* tag("total", total)
      yield* Effect.sleep(0)
      yield* Posthog.capture("paid", { properties: { expected: total } })
      return yield* deeds[total] ?? shown
    }),
  Watch: ({ count }) =>
    Stream.range(1, Math.abs(count)).pipe(
      Stream.mapEffect((n) =>
        Effect.gen(function*() {
          yield* Effect.yieldNow()
          if (count < 0 && n === 2) {
            return yield* deeds[count] ?? Effect.never
          }
          const { distinctId } = yield* shown
          yield* Posthog.capture("watched", { properties: { n } })
          return { n, who: distinctId }
        }), { concurrency: 2 })
    )
})

const guard = (refuse: boolean) =>
  Layer.succeed(Guard, Guard.of(() => refuse ? Effect.fail(new Refused()) : Effect.void))

const inMemory = (options: PosthogRpc.ServerOptions = {}, refuse = false) =>
  RpcTest.makeClient(Shop).pipe(
    Effect.provide(
      Layer.mergeAll(ShopLive, guard(refuse), PosthogRpc.layer(options), PosthogRpc.layerClient())
    )
  )

const events = Effect.gen(function*() {
  yield* Posthog.flush
  return yield* (yield* DevServer.DevServer).events
})

const exceptions = Effect.map(events, (all) => all.filter(({ event }) => event === "$exception"))

const asCaller = withScope(fresh, {
  distinctId: "user-1",
  sessionId: "s-1",
  tags: { secret: "mine" },
  correlation: { id: "corr-1", parentId: "corr-0" },
  service: { name: "web", version: "3" },
  operation: { name: "checkout" },
  request: { userId: "7", requestId: "r-1" },
  captureExceptions: false
})

describe("a call", () => {
  it.scopedLive("is handled in a scope of its own with what the caller's scope sends", () =>
    Effect.gen(function*() {
      const client = yield* inMemory()
      const answer = yield* client.Pay({ total: 1 }).pipe(asCaller)
      expect(answer).toEqual({
        distinctId: "user-1",
        sessionId: "s-1",
        // tags of the caller's do not travel unless they are allowed to
        tags: { total: 1 },
        correlation_id: "corr-1",
        parent_correlation_id: "corr-0",
        caller_service_name: "web",
        caller_service_version: "3",
        caller_operation_name: "checkout",
        operation_name: "Pay",
        request_id: expect.stringMatching(/^req_[0-9a-f]{32}$/),
        request_timestamp: expect.any(String)
      })
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("without a caller's scope has a correlation and a request id of its own, and nobody's identity", () =>
    Effect.gen(function*() {
      const client = yield* inMemory()
      const first = yield* client.Pay({ total: 1 })
      const second = yield* client.Pay({ total: 1 })
      expect(first).toMatchObject({ correlation_id: expect.stringMatching(/^corr_[0-9a-f]{32}$/) })
      expect(first).not.toHaveProperty("distinctId", expect.any(String))
      expect((second as Record<string, unknown>)["correlation_id"]).not.toBe(
        (first as Record<string, unknown>)["correlation_id"]
      )
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("sends what the policy allows, and takes over the tags that the server accepts", () =>
    Effect.gen(function*() {
      const client = yield* RpcTest.makeClient(Shop).pipe(Effect.provide(Layer.mergeAll(
        ShopLive,
        guard(false),
        PosthogRpc.layer({ acceptTags: ["plan"], correlation: "child", headerIdentity: false }),
        PosthogRpc.layerClient({ policy: { tags: ["plan", "secret"], userId: true, requestId: true } })
      )))
      const answer = yield* client.Pay({ total: 1 }).pipe(
        withScope("inherited", { tags: { plan: "pro" }, captureExceptions: false }),
        asCaller
      )
      expect(answer).toMatchObject({
        tags: { plan: "pro", total: 1 },
        request_id: "r-1",
        parent_correlation_id: "corr-1",
        correlation_id: expect.stringMatching(/^corr_[0-9a-f]{32}$/)
      })
      expect(answer).not.toHaveProperty("user_id")
      expect(answer).not.toHaveProperty("distinctId", expect.any(String))
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("TRHDR-07 is the extracted user's, whatever the header says; hooks that fail are ignored with a warning", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        const client = yield* inMemory({
          extractUser: ({ payload }) =>
            (payload as { readonly total: number }).total === 2
              ? Effect.die("no")
              : Effect.succeed({ id: "known", email: "a@example.com" }),
          extraTags: ({ rpc }) => {
            if (rpc._tag === "Watch") {
              throw new Error("no")
            }
            return { rpc: rpc._tag }
          }
        })
        expect(yield* client.Pay({ total: 1 }).pipe(asCaller)).toMatchObject({
          distinctId: "known",
          user_id: "known",
          tags: { email: "a@example.com", rpc: "Pay" }
        })
        expect(yield* client.Pay({ total: 2 }).pipe(asCaller)).toMatchObject({ distinctId: "user-1" })
        yield* Stream.runDrain(client.Watch({ count: 1 }))
        expect(lines.filter(({ level }) => level === "WARN").map(({ message }) => message.split(" ")[0])).toEqual([
          "extractUser",
          "extraTags"
        ])
      })
    ).pipe(Effect.provide(layerClient())))

  it.scopedLive("gets no scope where the filter refuses it", () =>
    Effect.gen(function*() {
      const client = yield* inMemory({ requestFilter: ({ rpc }) => rpc._tag !== "Pay" })
      const answer = yield* client.Pay({ total: 1 })
      expect(answer).toEqual({ distinctId: undefined, sessionId: undefined, tags: {} })
      yield* Effect.exit(client.Pay({ total: -2 }))
      expect(yield* exceptions).toEqual([])
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("carries the scope without the client's layer too, where its effect says so", () =>
    Effect.gen(function*() {
      const client = yield* RpcTest.makeClient(Shop).pipe(
        Effect.provide(Layer.mergeAll(ShopLive, guard(false), PosthogRpc.layer()))
      )
      expect(yield* client.Pay({ total: 1 }).pipe(asCaller)).toMatchObject({ distinctId: undefined })
      expect(yield* client.Pay({ total: 1 }).pipe(PosthogRpc.withPropagation(), asCaller)).toMatchObject({
        distinctId: "user-1",
        correlation_id: "corr-1"
      })
    }).pipe(Effect.provide(layerClient())))
})

describe("what fails in a call", () => {
  it.scopedLive("is captured where it is a defect or undeclared, with the call's scope; a declared error is an answer", () =>
    Effect.gen(function*() {
      const client = yield* inMemory()
      const exits = yield* Effect.forEach(
        [-1, -2, -3, -4, -5],
        (total) => Effect.exit(client.Pay({ total })).pipe(asCaller)
      )
      expect(exits.map(({ _tag }) => _tag)).toEqual(["Failure", "Failure", "Failure", "Failure", "Failure"])
      expect(exits[0]).toMatchObject({ cause: { _tag: "Fail", error: { _tag: "OutOfStock", sku: "A" } } })
      const captured = yield* exceptions
      expect(captured.map(({ distinct_id, properties }) => [
        distinct_id,
        properties["total"],
        properties["operation_name"],
        properties["$exception_list"]
      ])).toMatchObject([
        ["user-1", -2, "Pay", [{ value: "defect", mechanism: { type: "middleware", handled: false } }]],
        ["user-1", -3, "Pay", [{ type: "TypeError", value: "undeclared" }]],
        ["user-1", -5, "Pay", [{ value: "beside" }]]
      ])
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("in a stream is judged by the stream's own error", () =>
    Effect.gen(function*() {
      const client = yield* inMemory()
      const answered = yield* Effect.exit(Stream.runDrain(client.Watch({ count: -101 }))).pipe(asCaller)
      expect(answered).toMatchObject({ cause: { error: { _tag: "OutOfStock" } } })
      expect(yield* exceptions).toEqual([])
      yield* Effect.exit(Stream.runDrain(client.Watch({ count: -102 }))).pipe(asCaller)
      expect(yield* exceptions).toMatchObject([{ distinct_id: "user-1", properties: { operation_name: "Watch" } }])
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("as an error of another middleware is declared too", () =>
    Effect.gen(function*() {
      const client = yield* inMemory({}, true)
      expect(yield* Effect.flip(client.Pay({ total: 1 }))).toEqual(new Refused())
      expect(yield* exceptions).toEqual([])
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("is not captured where the options or the client say so", () =>
    Effect.gen(function*() {
      const silent = yield* inMemory({ captureExceptions: false })
      yield* Effect.exit(silent.Pay({ total: -2 }))
      expect(yield* exceptions).toEqual([])
      const loud = yield* inMemory({ captureExceptions: true })
      yield* Effect.exit(loud.Pay({ total: -2 }))
      expect(yield* exceptions).toHaveLength(1)
    }).pipe(Effect.provide(layerClient({ captureExceptions: false }))))
})

describe("calls at once", () => {
  const interleaved = (client: RpcClient.FromGroup<typeof Shop, unknown>, calls: number) =>
    Effect.gen(function*() {
      yield* Effect.forEach(Array.from({ length: calls }, (_, i) => i), (i) => {
        const call = i % 4 === 0
          ? Stream.runForEach(client.Watch({ count: 3 }), ({ who }) => Effect.sync(() => expect(who).toBe(`u-${i}`)))
          : client.Pay({ total: i })
        return call.pipe(
          withScope(fresh, { distinctId: `u-${i}`, correlation: { id: `c-${i}` }, captureExceptions: false })
        )
      }, { concurrency: 32, discard: true })
      const arrived = yield* events
      expect(arrived).toHaveLength(calls / 4 * 3 + calls / 4 * 3)
      for (const { distinct_id, event, properties } of arrived) {
        const i = Number(distinct_id.slice(2))
        expect(properties["correlation_id"]).toBe(`c-${i}`)
        expect(event).toBe(i % 4 === 0 ? "watched" : "paid")
        if (event === "paid") {
          expect(properties).toMatchObject({ expected: i, total: i })
        }
      }
    })

  it.scopedLive("never mix, in memory", () =>
    Effect.gen(function*() {
      yield* interleaved(yield* inMemory(), 200)
    }).pipe(Effect.provide(layerClient())))

  it.scopedLive("never mix, over HTTP", () =>
    Effect.gen(function*() {
      const client = yield* RpcClient.make(Shop)
      yield* interleaved(client, 200)
    }).pipe(Effect.provide(Layer.provideMerge(overHttp, layerClient()))))

  it.scopedLive("over HTTP are told of the fault that broke them, in the call's scope", () =>
    Effect.gen(function*() {
      const client = yield* RpcClient.make(Shop)
      yield* Effect.exit(client.Pay({ total: -2 })).pipe(asCaller)
      yield* Effect.exit(client.Pay({ total: -1 })).pipe(asCaller)
      const [exception, ...more] = yield* exceptions
      expect(more).toEqual([])
      expect(exception).toMatchObject({
        distinct_id: "user-1",
        properties: { correlation_id: "corr-1", operation_name: "Pay", $session_id: "s-1" }
      })
    }).pipe(Effect.provide(Layer.provideMerge(overHttp, layerClient()))))
})

const Server = NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })

const overHttp = Layer.unwrapEffect(
  Effect.map(
    HttpServer.HttpServer,
    ({ address }) =>
      RpcClient.layerProtocolHttp({ url: address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}/rpc` : "" })
        .pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.merge(PosthogRpc.layerClient()),
          Layer.provideMerge(
            Layer.unwrapScoped(Effect.map(RpcServer.toHttpApp(Shop), (app) => HttpServer.serve(app))).pipe(
              Layer.provide([ShopLive, guard(false), PosthogRpc.layer()])
            )
          )
        )
  )
).pipe(Layer.provide(RpcSerialization.layerNdjson), Layer.provide(Server))
