/** A worker of an outbox on PostgreSQL: it claims in batches and tells what it got, until it is killed or nothing is left. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Redacted } from "effect"
import { outbox } from "../outbox/opening.js"

export interface OutboxJob {
  readonly url: string
  readonly table: string
  readonly leaseMillis: number
  /** So many batches are claimed and delivered; the next one is claimed and held. */
  readonly batches: number
}

/** What it did with these events, and when. */
export interface OutboxWord {
  readonly did: "claimed" | "delivered"
  readonly uuids: ReadonlyArray<string>
  readonly at: number
}

// as the test has written it
const job = JSON.parse(process.argv[2] ?? "{}") as OutboxJob

const tell = (did: OutboxWord["did"], uuids: ReadonlyArray<string>) =>
  Effect.async<void>((resume) => {
    const word: OutboxWord = { did, uuids, at: Date.now() }
    process.send?.(word, () => resume(Effect.void))
  })

const main = Effect.gen(function*() {
  const context = yield* Layer.build(PgClient.layer({ url: Redacted.make(job.url), maxConnections: 3 }))
  const { open } = yield* outbox(Context.get(context, PgClient.PgClient), {
    table: job.table,
    lease: job.leaseMillis,
    leaseClock: "database"
  })
  const buffer = yield* open()
  for (let batch = 0;; batch++) {
    const claim = yield* buffer.claim(20, Number.MAX_SAFE_INTEGER)
    const uuids = claim.items.map(({ uuid }) => uuid)
    yield* tell("claimed", uuids)
    if (batch === job.batches) {
      return yield* Effect.never
    }
    yield* buffer.remove(claim, claim.items, "delivered")
    yield* tell("delivered", uuids)
  }
})

void Effect.runPromise(Effect.scoped(main))
