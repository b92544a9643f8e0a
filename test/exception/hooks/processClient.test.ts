import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { decode } from "effect-posthog/devserver/ReceivedException"
import { createServer } from "node:http"
import * as Processes from "./children/processes.js"

const Posthog = DevServer.layer().pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

describe("a process that dies with a client in it", () => {
  it.live("EXCMETA-32: its exception arrives, and what was captured before, read through the source map", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      const file = yield* Processes.bundle("./client.ts")
      const ended = yield* Processes.run(file, { way: "error" }, server.url)
      assert.strictEqual(ended.code, 1)
      assert.include(ended.stderr, "throw new Broken(")
      const events = yield* server.events
      assert.deepStrictEqual(events.map(({ event }) => event).toSorted(), ["$exception", "before"])
      const { properties } = events.find(({ event }) => event === "$exception")!
      const exception = yield* decode(properties)
      assert.strictEqual(exception.$exception_level, "fatal")
      assert.strictEqual(exception.$exception_type, "Broken")
      assert.strictEqual(exception.$exception_source, "node.process_uncaught_exception")
      const frames = exception.$exception_list[0]!.stacktrace!.frames
      const crash = frames.findLast((frame) => frame.in_app)!
      assert.match(String(crash.filename), /children\/client\.ts$/)
      assert.include(String(crash.context_line), "the line that kills")
    }).pipe(Effect.provide(Posthog), Effect.scoped))
})
