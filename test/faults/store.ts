/** The outbox of a capturing process, and the three grades of capturing into it. */
import { PgClient } from "@effect/sql-pg"
import { SqlClient } from "@effect/sql/SqlClient"
import { Data, Effect, Layer, Redacted } from "effect"
import { type Posthog, PosthogLive } from "effect-posthog"
import * as Outbox from "effect-posthog/outbox/Outbox"
import * as SqliteClient from "effect-posthog/outbox/SqliteClient"
import * as Journal from "./journal.js"
import type { OutboxJob } from "./protocol.js"

const databaseOf = ({ url }: OutboxJob) =>
  url.startsWith("file:")
    ? SqliteClient.layer({ filename: url.slice("file:".length) })
    : PgClient.layer({ url: Redacted.make(url), connectTimeout: "2 seconds" })

const ordersOf = ({ table }: OutboxJob) => `${table}_orders`

const prepare = (job: OutboxJob) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS ${sql.literal(ordersOf(job))} (n INTEGER)`
  })

/** The client over an outbox, as a user would put them together. */
export const live = (job: OutboxJob) =>
  Layer.provideMerge(
    PosthogLive,
    Layer.provideMerge(
      Layer.provideMerge(
        Outbox.layer({ table: job.table, lease: `${job.leaseSeconds} seconds` }),
        Layer.effectDiscard(prepare(job))
      ),
      databaseOf(job)
    )
  )

/** Of 100 events 1 is captured in a transaction that fails, 4 in one that does not, 20 durable. */
const gradeOf = (n: number, { transactions }: OutboxJob): Journal.Word => {
  if (transactions && n % 20 === 0) {
    return n % 100 === 0 ? "rolledBack" : "committed"
  }
  return n % 5 === 1 ? "durable" : "plain"
}

class RollBack extends Data.TaggedError("RollBack") {}

/** Captures one event in its grade; the journal is told, and whoever counts. */
export const captureGraded = (
  job: OutboxJob,
  plain: (n: number) => ReturnType<typeof Posthog.capture>,
  propertiesOf: (n: number) => Parameters<typeof Posthog.capture>[1]
) => {
  const note = Journal.open(job.journal)
  const failed = (n: number) => Effect.sync(() => note("failed", n))
  const inTransaction = (n: number, rollsBack: boolean) =>
    Effect.gen(function*() {
      const sql = yield* SqlClient
      yield* sql.withTransaction(
        Effect.gen(function*() {
          yield* sql`INSERT INTO ${sql.literal(ordersOf(job))} (n) VALUES (${n})`
          yield* Outbox.captureInTransaction("order paid", propertiesOf(n))
          if (rollsBack) {
            return yield* new RollBack()
          }
        })
      )
    })
  return (n: number) => {
    const grade = gradeOf(n, job)
    if (grade === "plain") {
      return Effect.tap(plain(n), ({ _tag }) => Effect.sync(() => note(_tag === "Captured" ? "plain" : "failed", n)))
    }
    note("begun", n)
    const work = grade === "durable"
      ? Effect.asVoid(Outbox.captureDurable("checkout completed", propertiesOf(n)))
      : inTransaction(n, grade === "rolledBack")
    return work.pipe(
      Effect.matchEffect({
        onSuccess: () => Effect.sync(() => note(grade, n)),
        onFailure: (error) => error instanceof RollBack ? Effect.sync(() => note("rolledBack", n)) : failed(n)
      }),
      // they wait for the database; the load does not wait for them
      Effect.forkDaemon,
      Effect.as(undefined)
    )
  }
}

/** Until nothing waits in the outbox, whoever put it there. */
export const settled = Effect.map(
  Effect.option(Outbox.status),
  (status) => status._tag === "Some" && status.value.waiting + status.value.claimed === 0
)

/** From the given second on the database may not grow, for so long. */
export const fill = ({ full }: OutboxJob) =>
  full === undefined ? Effect.void : Effect.gen(function*() {
    const sql = yield* SqlClient
    yield* Effect.sleep(`${full.afterSeconds} seconds`)
    const [pages] = yield* sql<{ readonly page_count: number }>`PRAGMA page_count`
    yield* sql`PRAGMA max_page_count = ${sql.literal(String(Number(pages?.page_count ?? 0) + full.morePages))}`
    yield* Effect.sleep(`${full.forSeconds} seconds`)
    yield* sql`PRAGMA max_page_count = 1073741823`
  }).pipe(Effect.orDie)
