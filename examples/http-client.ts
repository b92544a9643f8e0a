/** A service that calls another one: its scope goes along to the hosts that are named, and to no other. */
import {
  FetchHttpClient,
  HttpClient,
  HttpRouter,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { fresh, Posthog, PosthogTest, withScope } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { createServer } from "node:http"

/** The other service: it says which headers came, and captures for whoever asked. */
const stock = HttpRouter.empty.pipe(
  HttpRouter.get(
    "/items/1",
    Effect.gen(function*() {
      yield* Posthog.capture("item looked up")
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      return yield* HttpServerResponse.json(Object.keys(headers).filter((name) => name.startsWith("x-")).toSorted())
    })
  )
)

const call = (url: string, hosts: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const client = (yield* HttpClient.HttpClient).pipe(
      PosthogHttp.withPropagation({ hosts, targetService: "stock", onEnd: Posthog.captureOperation })
    )
    const response = yield* client.get(`${url}/items/1`)
    yield* Console.log(hosts, yield* response.json)
  }).pipe(
    withScope(fresh, {
      distinctId: "ada",
      correlation: { id: "corr_1" },
      service: { name: "shop", version: "1.4.0" },
      operation: { name: "checkout" }
    })
  )

const program = Effect.gen(function*() {
  const url = yield* HttpServer.addressFormattedWith((address) => Effect.succeed(address))
  yield* call(url, ["127.0.0.1", "0.0.0.0"])
  yield* call(url, ["stock.internal"])
  for (const { distinctId, event, properties } of yield* PosthogTest.events) {
    const { caller_service_name, correlation_id, endpoint, operation_name, response_status } = properties
    yield* Console.log(`${event} of ${distinctId.length > 30 ? "somebody" : distinctId}:`, {
      operation_name,
      ...(correlation_id === "corr_1" ? { correlation_id } : {}),
      ...(caller_service_name === undefined ? {} : { caller_service_name }),
      ...(endpoint === undefined ? {} : { endpoint, response_status })
    })
  }
})

const Live = stock.pipe(
  HttpServer.serve(PosthogHttp.middleware()),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provideMerge(PosthogTest.layer),
  Layer.merge(FetchHttpClient.layer)
)

program.pipe(Effect.provide(Live), Effect.runPromise)
