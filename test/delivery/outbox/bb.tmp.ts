import { item } from "/work/main/test/delivery/buffer/items.js"
import { outbox } from "/work/main/test/delivery/outbox/opening.js"
import { SqlClient } from "@effect/sql"
import { LibsqlClient } from "@effect/sql-libsql"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Redacted } from "effect"
import { rmSync } from "node:fs"
const n = 20000
const cpu = () => {
  const u = process.cpuUsage()
  return Math.round((u.user + u.system) / 1000)
}
let c0 = 0
const prog = (name: string) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    if (name === "sqlite") yield* sql`PRAGMA journal_mode = WAL`
    if (name === "pg") yield* sql`DROP TABLE IF EXISTS bench_ob, bench_ob_migrations`
    const ob = yield* outbox(sql, { table: "bench_ob", leaseClock: "database" })
    const b = yield* ob.open()
    const items = Array.from({ length: n }, () => item(400))
    let t = performance.now()
    c0 = cpu()
    for (const i of items) b.offer(i)
    console.log(name, "offer", (performance.now() - t) / n * 1000, "us each")
    while (b.unsaved().length > 0) yield* Effect.sleep(5)
    console.log(name, "write", Math.round(n / (performance.now() - t) * 1000), "/s cpu", cpu() - c0)
    c0 = cpu()
    t = performance.now()
    let claimed = 0, tc = 0, tr = 0
    while (true) {
      let t1 = performance.now()
      const c = yield* b.claim(500, 4e6)
      tc += performance.now() - t1
      if (c.items.length === 0) break
      claimed += c.items.length
      t1 = performance.now()
      yield* b.remove(c, c.items, "delivered")
      tr += performance.now() - t1
    }
    console.log(
      name,
      "claim+remove",
      Math.round(claimed / (performance.now() - t) * 1000),
      "/s",
      claimed,
      { tc, tr },
      "cpu",
      cpu() - c0
    )
  }).pipe(Effect.scoped)
rmSync("/tmp/bb.db", { force: true })
rmSync("/tmp/bb.db-wal", { force: true })
rmSync("/tmp/bb.db-shm", { force: true })
await Effect.runPromise(Effect.provide(prog("sqlite"), LibsqlClient.layer({ url: "file:/tmp/bb.db" })) as any)
await Effect.runPromise(
  Effect.provide(prog("pg"), PgClient.layer({ url: Redacted.make("postgres://postgres@127.0.0.1:5432/test") })) as any
)
