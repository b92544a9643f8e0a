/**
 * Starts the adapter for PostHog's compliance harness. Reads `PORT` (8080), `HOST` (127.0.0.1), `POSTHOG_CAPTURE_MODE` and
 * `POSTHOG_ENCODING`.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Effect, Layer } from "effect"
import { createServer } from "node:http"
import { makeRouter } from "./router.js"

const address = Config.all({
  port: Config.withDefault(Config.port("PORT"), 8080),
  host: Config.withDefault(Config.string("HOST"), "127.0.0.1")
})

const adapter = Layer.unwrapEffect(Effect.map(makeRouter(), (router) => HttpServer.serve(router))).pipe(
  HttpServer.withLogAddress,
  Layer.provide(NodeHttpServer.layerConfig(createServer, address))
)

NodeRuntime.runMain(Layer.launch(adapter))
