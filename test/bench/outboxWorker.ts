/** One of the workers: it captures its share, and delivers whatever it can get until nothing is left. */
import { FetchHttpClient } from "@effect/platform"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { Posthog } from "effect-posthog"
import * as Outbox from "../../dist/outbox/Outbox.js"
import * as SqliteClient from "../../dist/outbox/SqliteClient.js"
import type { Job, Said } from "./outboxWork.js"
import { uuidOf } from "./outboxWork.js"

const job = JSON.parse(process.argv[2] ?? "{}") as Job

const database = job.kind === "SQLite"
  ? SqliteClient.layer({ filename: job.database })
  : PgClient.layer({ url: Redacted.make(job.database), maxConnections: 6 })

const live = Posthog.layer({ apiKey: Redacted.make("phc_bench"), host: job.host }).pipe(
  Layer.provideMerge(Outbox.layer({ table: job.table })),
  Layer.provide(database),
  Layer.provide(FetchHttpClient.layer)
)

const next = Effect.async<void>((resume) => {
  process.once("message", () => resume(Effect.void))
})

const program = Effect.gen(function*() {
  process.send?.("ready")
  yield* next
  for (let n = 0; n < job.count; n++) {
    yield* Posthog.capture("order paid", {
      uuid: uuidOf(job.worker, n),
      distinctId: `user-${n % 1000}`,
      properties: { order: n, total: n % 100, currency: "EUR", plan: "enterprise", items: ["a", "b", "c"] }
    })
    if (n % 500 === 499) {
      // a program does other things as well
      yield* Effect.sleep(0)
    }
  }
  yield* Posthog.flush
  while (true) {
    const { claimed, waiting } = yield* Outbox.status
    if (waiting + claimed === 0) {
      break
    }
    yield* Effect.sleep("20 millis")
  }
  const { delivered, recovered } = yield* Posthog.stats
  const said: Said = { delivered, recovered }
  process.send?.(said)
  yield* next
})

void Effect.runPromise(Effect.provide(program, live)).then(() => process.exit())
