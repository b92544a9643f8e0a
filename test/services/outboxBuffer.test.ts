/** The buffer's suite on a real PostgreSQL. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Scope } from "effect"
import { afterAll, describe } from "vitest"
import { suite } from "../delivery/buffer/suite.js"
import { outbox } from "../outbox/opening.js"
import { database, dropTables, isThere, tableName } from "./postgres.js"

const table = tableName("suite")
const isPostgresThere = await isThere
const scope = Effect.runSync(Scope.make())

afterAll(async () => {
  if (isPostgresThere) {
    await Effect.runPromise(Scope.close(scope, Effect.runSync(Effect.exit(Effect.void))))
    await Effect.runPromise(dropTables(table))
  }
})

const opened = Effect.runSync(Effect.cached(Scope.extend(
  Effect.gen(function*() {
    const sql = Context.get(yield* Effect.orDie(Layer.build(database())), PgClient.PgClient)
    return { sql, outbox: yield* outbox(sql, { table }) }
  }),
  scope
)))

describe.skipIf(!isPostgresThere)("on PostgreSQL", () => {
  suite({
    name: "PostgreSQL",
    open: (bounds) =>
      Effect.gen(function*() {
        const { outbox, sql } = yield* opened
        yield* Effect.orDie(sql`DELETE FROM ${sql(table)}`)
        return yield* outbox.open({ bounds })
      }),
    keeps: true,
    programs: 40
  })
})
