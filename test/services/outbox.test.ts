/** An outbox on a real PostgreSQL, shared by processes: `DATABASE_URL`. */
import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { SqlClient } from "@effect/sql"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted } from "effect"
import { buildSync } from "esbuild"
import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as DevServer from "../../src/devserver/DevServer.js"
import * as Outbox from "../../src/outbox/Outbox.js"
import * as Posthog from "../../src/Posthog.js"
import { item } from "../delivery/buffer/items.js"
import { outbox } from "../outbox/opening.js"
import type { OutboxJob, OutboxWord } from "./outboxWorker.js"
import { database, databaseUrl, dropTables, isThere, tableName } from "./postgres.js"

const leaseMillis = 3000

/** A table that goes with the scope. */
const table = (what: string) => Effect.acquireRelease(Effect.sync(() => tableName(what)), (name) => dropTables(name))

const connection = Effect.map(
  Effect.orDie(Layer.build(database())),
  (context) => Context.get(context, PgClient.PgClient)
)

const bundle = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "outbox-worker-"))
      const outfile = join(folder, "worker.cjs")
      buildSync({
        entryPoints: [fileURLToPath(new URL("./outboxWorker.ts", import.meta.url))],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        external: ["pg-native", "libsql"],
        logLevel: "error"
      })
      return { folder, outfile }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  ({ outfile }) => outfile
)

const worker = (file: string, job: OutboxJob) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => fork(file, [JSON.stringify(job)], { execArgv: [] })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => {
      const words: Array<OutboxWord> = []
      child.on("message", (word) => {
        // the worker's only kind of message
        words.push(word as OutboxWord)
      })
      return { words, kill: Effect.sync(() => child.kill("SIGKILL")) }
    }
  )

const until = (what: string, holds: () => boolean | Effect.Effect<boolean, unknown>) =>
  Effect.gen(function*() {
    const deadline = Date.now() + 40_000
    while (true) {
      const held = holds()
      if (typeof held === "boolean" ? held : yield* Effect.orDie(held)) {
        return
      }
      if (Date.now() > deadline) {
        return yield* Effect.dieMessage(`never: ${what}`)
      }
      yield* Effect.sleep(10)
    }
  })

describe.skipIf(!(await isThere))("an outbox on PostgreSQL", () => {
  it.scopedLive(
    "loses nothing when one of two workers is killed, and gives its events to the other after the lease",
    () =>
      Effect.gen(function*() {
        const file = yield* bundle
        const name = yield* table("workers")
        const opened = yield* outbox(yield* connection, { table: name, leaseClock: "database" })
        const writer = yield* opened.open()
        const items = Array.from({ length: 400 }, () => item())
        items.forEach((each) => writer.offer(each))
        yield* until("all is written", () => writer.unsaved().length === 0)
        yield* writer.close
        const job: OutboxJob = { url: databaseUrl, table: name, leaseMillis, batches: 4 }
        const doomed = yield* worker(file, job)
        const other = yield* worker(file, { ...job, batches: 1_000_000 })
        yield* until("one holds its last batch", () => doomed.words.length === 9)
        yield* doomed.kill
        const held = doomed.words.at(-1)!
        const delivered = () =>
          [...doomed.words, ...other.words].filter(({ did }) => did === "delivered").flatMap(({ uuids }) => uuids)
        yield* until("all is delivered", () => delivered().length >= items.length)
        assert.deepStrictEqual(delivered().toSorted(), items.map(({ uuid }) => uuid).toSorted())
        const again = other.words.filter(({ did, uuids }) =>
          did === "claimed" && uuids.some((uuid) => held.uuids.includes(uuid))
        )
        const elsewhere = new Set(
          doomed.words.filter(({ did }) => did === "claimed").slice(0, -1).flatMap(({ uuids }) => uuids)
        )
        assert.isEmpty(other.words.flatMap(({ uuids }) => uuids).filter((uuid) => elsewhere.has(uuid)))
        assert.isAtLeast(again.length, 1)
        // a claim is made before it is told
        again.forEach(({ at }) => assert.isAbove(at - held.at, leaseMillis - 500))
        assert.deepStrictEqual((yield* opened.outbox.status).waiting, 0)
      }),
    60_000
  )

  it.scopedLive("may be made by several processes at once", () =>
    Effect.gen(function*() {
      const name = yield* table("start")
      const opened = yield* Effect.all(
        Array.from({ length: 5 }, () => Effect.flatMap(connection, (sql) => outbox(sql, { table: name }))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual((yield* opened[4]!.outbox.status).waiting, 0)
    }))

  it.scopedLive(
    "delivers what was committed, and nothing of a transaction that was rolled back",
    () =>
      Effect.gen(function*() {
        const name = yield* table("transactions")
        const httpServer = yield* NodeHttpServer.make(createServer, { port: 0, host: "127.0.0.1" })
        const server = yield* DevServer.make().pipe(Effect.provideService(HttpServer.HttpServer, httpServer))
        const sql = yield* connection
        const live = Posthog.layer({
          apiKey: Redacted.make("phc_test"),
          host: server.url,
          flushInterval: "50 millis"
        }).pipe(
          Layer.provideMerge(Outbox.layer({ table: name, pollInterval: "100 millis" })),
          Layer.provide(Layer.succeed(SqlClient.SqlClient, sql)),
          Layer.provide(FetchHttpClient.layer)
        )
        yield* Effect.gen(function*() {
          const distinctId = "user-1"
          yield* sql.withTransaction(Outbox.captureInTransaction("committed", { distinctId }))
          yield* Effect.flip(sql.withTransaction(
            Effect.zipRight(Outbox.captureInTransaction("rolled back", { distinctId }), Effect.fail("no"))
          ))
          yield* sql.withTransaction(Effect.gen(function*() {
            // an event that cannot be written does not spoil the transaction
            yield* Effect.exit(sql.withTransaction(sql`SELECT 1 / 0`))
            yield* Outbox.captureInTransaction("after a failure", { distinctId })
          }))
          yield* Outbox.captureDurable("durable", { distinctId })
          assert.strictEqual(
            (yield* Effect.flip(Outbox.captureInTransaction("outside", { distinctId }))).reason,
            "noTransaction"
          )
          yield* until("three are there", () => Effect.map(server.events, (events) => events.length >= 3))
          // PostHog has them a moment before the rows are gone
          const context = yield* Effect.context<Outbox.Outbox>()
          yield* until("no row is left", () =>
            Outbox.status.pipe(
              Effect.map(({ claimed, waiting }) => claimed + waiting === 0),
              Effect.provide(context)
            ))
          const names = (yield* server.events).map(({ event }) => event)
          assert.deepStrictEqual(names.toSorted(), ["after a failure", "committed", "durable"])
          assert.strictEqual((yield* Outbox.status).setAside, 0)
        }).pipe(Effect.provide(live))
      }),
    60_000
  )
})
