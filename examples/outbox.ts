/**
 * Events that outlive the process: one process captures while PostHog cannot be reached, and is killed as `kill -9` does it;
 * the next one finds its events in the outbox and delivers them to the embedded PostHog.
 */
import { FetchHttpClient } from "@effect/platform"
import { Console, Effect, Layer, Redacted } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Outbox from "effect-posthog/outbox/Outbox"
import * as SqliteClient from "effect-posthog/outbox/SqliteClient"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const outbox = (filename: string) =>
  Outbox.layer({ lease: "1 second", pollInterval: "100 millis" }).pipe(
    Layer.provide(SqliteClient.layer({ filename }))
  )

/** The first process: nobody listens at its address. */
const captureAndDie = (filename: string) =>
  Effect.gen(function*() {
    yield* Posthog.capture("order paid", { distinctId: "ada", properties: { total: 42 } })
    yield* Outbox.captureDurable("subscription started", { distinctId: "ada" })
    yield* Console.log("committed; killed now:", yield* Outbox.status)
    process.kill(process.pid, "SIGKILL")
  }).pipe(
    Effect.provide(
      Posthog.layer({ apiKey: Redacted.make("phc_example"), host: "http://127.0.0.1:9" }).pipe(
        Layer.provideMerge(outbox(filename)),
        Layer.provide(FetchHttpClient.layer)
      )
    )
  )

/** The next one. */
const deliver = (filename: string) =>
  Effect.gen(function*() {
    const server = yield* DevServer.DevServer
    while ((yield* server.events).length < 2) {
      yield* Effect.sleep("20 millis")
    }
    for (const event of yield* server.events) {
      yield* Console.log("delivered:", event.event, event.distinct_id)
    }
    const { recovered } = yield* Posthog.stats
    yield* Console.log({ recovered })
  }).pipe(
    Effect.provide(
      Posthog.layer({ apiKey: Redacted.make("phc_example"), flushInterval: "100 millis" }).pipe(
        Layer.provideMerge(outbox(filename)),
        Layer.provideMerge(DevServer.layerInMemory())
      )
    )
  )

const [, , file] = process.argv
if (file !== undefined) {
  await Effect.runPromise(captureAndDie(file))
} else {
  const folder = mkdtempSync(join(tmpdir(), "outbox-example-"))
  const filename = join(folder, "events.db")
  const { signal } = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), filename],
    { stdio: "inherit" }
  )
  console.log(`the first process ended with ${signal}`)
  await Effect.runPromise(deliver(filename))
  rmSync(folder, { recursive: true })
}
