/** Buffers on a table, without a client. */
import { SqlClient } from "@effect/sql"
import { Context, Effect, Layer, type Scope } from "effect"
import { EventBuffers, type Lane, type Request } from "../../src/delivery/buffer/EventBuffers.js"
import type { OutboxBuffer } from "../../src/outbox/OutboxBuffer.js"
import * as OutboxLayer from "../../src/outbox/OutboxLayer.js"
import type { Options } from "../../src/outbox/OutboxOptions.js"
import { Outbox, type Service } from "../../src/outbox/OutboxService.js"
import { wide } from "../delivery/buffer/items.js"

export interface Opened {
  readonly outbox: Service
  readonly open: (request?: Partial<Request>) => Effect.Effect<OutboxBuffer, never, Scope.Scope>
}

export const lanes: ReadonlyArray<Lane> = ["analytics", "ai", "legacyAi"]

/** An outbox on a database. Its leases are on the test's clock unless the options say otherwise. */
export const outbox = (sql: SqlClient.SqlClient, options: Options = {}): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function*() {
    const context = yield* Layer.build(OutboxLayer.layer({ leaseClock: "program", ...options })).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      Effect.orDie
    )
    const buffers = Context.get(context, EventBuffers)
    return {
      outbox: Context.get(context, Outbox),
      open: (request) =>
        // every buffer of an outbox is one of these
        buffers.open({ lanes, bounds: wide, onArrival: () => {}, ...request }) as Effect.Effect<
          OutboxBuffer,
          never,
          Scope.Scope
        >
    }
  })
