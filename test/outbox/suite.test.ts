import { Effect, Scope } from "effect"
import { afterAll } from "vitest"
import { suite } from "../delivery/buffer/suite.js"
import * as databases from "./databases.js"
import { outbox } from "./opening.js"

const scope = Effect.runSync(Scope.make())
afterAll(() => Effect.runPromise(Scope.close(scope, Effect.runSync(Effect.exit(Effect.void)))))

const opened = Effect.runSync(Effect.cached(Scope.extend(
  Effect.gen(function*() {
    const sql = yield* databases.sqlite
    return { sql, outbox: yield* outbox(sql) }
  }),
  scope
)))

suite({
  name: "SQLite",
  open: (bounds) =>
    Effect.gen(function*() {
      const { outbox, sql } = yield* opened
      yield* Effect.orDie(sql`DELETE FROM posthog_outbox`)
      return yield* outbox.open({ bounds })
    }),
  keeps: true,
  programs: 40
})
