/** A command-line program: each run is an operation, its failure an exception, and all is sent before the process ends. */
import { Args, Command, Options } from "@effect/cli"
import { NodeContext } from "@effect/platform-node"
import { Console, Data, Effect, Layer, Redacted } from "effect"
import { addOperationMetadata, fresh, Posthog, timedOperation, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"

class NoPng extends Data.TaggedError("NoPng")<{ readonly file: string }> {
  override get message() {
    return `only PNG can be resized, ${this.file} is none`
  }
}

const resize = Command.make(
  "resize",
  { file: Args.text({ name: "file" }), width: Options.integer("width").pipe(Options.withDefault(800)) },
  ({ file, width }) =>
    Effect.gen(function*() {
      yield* addOperationMetadata({ width, kind: file.slice(file.lastIndexOf(".") + 1) })
      if (!file.endsWith(".png")) {
        return yield* new NoPng({ file })
      }
      yield* Console.log(`${file} is ${width} wide`)
    }).pipe(timedOperation("resize", { onEnd: Posthog.captureOperation }))
)

const run = Command.run(resize, { name: "resize", version: "1.0.0" })

/** One run of the program. Who it is: an id of this machine that its user may turn off. */
const main = (...args: ReadonlyArray<string>) =>
  run(["node", "resize", ...args]).pipe(
    withScope(fresh, { distinctId: "machine-1", tags: { ci: false } }),
    // whoever ran it sees one line
    Effect.catchAll((error) => Console.log(`resize: ${"message" in error ? error.message : error._tag}`))
  )

// the layer closes before the process ends: what was captured is sent then, for as long as shutdownTimeout
const Client = Posthog.layer({
  apiKey: Redacted.make("phc_example"),
  shutdownTimeout: "2 seconds",
  service: { name: "resize", version: "1.0.0" }
})

Effect.gen(function*() {
  yield* Effect.zipRight(main("hedgehog.png", "--width", "400"), main("hedgehog.gif")).pipe(
    Effect.provide(Client)
  )
  const { events } = yield* DevServer.DevServer
  for (const { distinct_id, event, properties } of yield* events) {
    const { operation_metadata, operation_name, outcome, service_name, service_version } = properties
    yield* Console.log(`${event} of ${distinct_id}:`, {
      service: `${service_name} ${service_version}`,
      ...(operation_name === undefined ? {} : { operation_name, outcome, operation_metadata })
    })
  }
}).pipe(
  Effect.provide(Layer.merge(DevServer.layerInMemory(), NodeContext.layer)),
  Effect.runPromise
)
