/**
 * An outbox in SQLite or PostgreSQL: events survive the process, and can be written in the same transaction as what they
 * tell of.
 *
 * It needs `@effect/sql` and a `SqlClient` of one of the two dialects. Three grades, each with its promise:
 *
 * - `Posthog.capture` and all the others: kept in memory for `writeInterval` (5 ms), then committed together with others.
 *   A crash can cost what came in within that time and one commit.
 * - `captureDurable`: returns when the event is committed. After that nothing costs it but the database.
 * - `captureInTransaction`: committed with the caller's own rows, or not at all.
 *
 * Events are delivered at least once, and PostHog knows a second delivery by its uuid. Any number of processes may share
 * one outbox.
 *
 * @since 0.1.0
 */
import type { MigrationError } from "@effect/sql/Migrator"
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { EventBuffers } from "../delivery/buffer/EventBuffers.js"
import { captured, type CaptureOutcome } from "../domain/CaptureOutcome.js"
import type { CaptureOptions } from "../event/EventBuilder.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import { Posthog } from "../Posthog.js"
import { captureTo } from "../PosthogService.js"
import type { OutboxError } from "./OutboxError.js"
import * as OutboxLayer from "./OutboxLayer.js"
import type { Options } from "./OutboxOptions.js"
import { Outbox, type Service, type SetAside, type Status } from "./OutboxService.js"

export { OutboxError } from "./OutboxError.js"
export {
  /** @since 0.1.0 */
  Outbox
} from "./OutboxService.js"
export type {
  /** @since 0.1.0 */
  Options,
  /** @since 0.1.0 */
  Service,
  /** @since 0.1.0 */
  SetAside,
  /** @since 0.1.0 */
  Status
}

/**
 * The outbox of a client: provide it to `Posthog.layer`. It makes its table where there is none.
 *
 * @example
 * import { Layer, Redacted } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as SqliteClient from "effect-posthog/outbox/SqliteClient"
 * import * as Outbox from "effect-posthog/outbox/Outbox"
 *
 * const Database = SqliteClient.layer({ filename: "events.db" })
 *
 * const PosthogLive = Posthog.layer({ apiKey: Redacted.make("phc_key") }).pipe(
 *   Layer.provideMerge(Outbox.layer({ lease: "30 seconds" })),
 *   Layer.provideMerge(Database)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: (
  options?: Options
) => Layer.Layer<EventBuffers | Outbox, OutboxError | SqlError | MigrationError, SqlClient> = OutboxLayer.layer

/**
 * The same with options from a `ConfigProvider`.
 *
 * @example
 * import { Config } from "effect"
 * import * as Outbox from "effect-posthog/outbox/Outbox"
 *
 * const OutboxLive = Outbox.layerConfig({
 *   writeInterval: Config.duration("OUTBOX_WRITE_INTERVAL"),
 *   lease: Config.duration("OUTBOX_LEASE")
 * })
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Options>
): Layer.Layer<
  EventBuffers | Outbox,
  OutboxError | SqlError | MigrationError | ConfigError.ConfigError,
  SqlClient
> => Layer.unwrapEffect(Effect.map(Config.unwrap(config), OutboxLayer.layer))

const captureWith = (
  event: string,
  options: CaptureOptions,
  way: (outbox: Service) => (event: FinishedEvent) => Effect.Effect<void, OutboxError>
): Effect.Effect<CaptureOutcome, OutboxError, Outbox | Posthog> =>
  Effect.gen(function*() {
    const store = way(yield* Outbox)
    const client = yield* Posthog
    const capture = client[captureTo]
    // a client that sends nothing, or the testing kit's, has no outbox
    return yield* capture === undefined
      ? client.capture(event, options)
      : capture(event, options, (finished) => Effect.as(store(finished), captured(finished.uuid)))
  })

/**
 * Captures an event like `Posthog.capture`, and returns when it is committed to the database. Calls at the same time
 * share a commit. It fails where that cannot be done within `durableTimeout`, and in a transaction, where nothing is
 * durable before its end.
 *
 * @example
 * import { Effect } from "effect"
 * import * as Outbox from "effect-posthog/outbox/Outbox"
 *
 * const program = Outbox.captureDurable("subscription started", { distinctId: "user-1" }).pipe(
 *   Effect.catchTag("OutboxError", (error) => Effect.logWarning(error.reason))
 * )
 *
 * @since 0.1.0
 * @category capture
 */
export const captureDurable = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<CaptureOutcome, OutboxError, Outbox | Posthog> =>
  captureWith(event, options ?? {}, ({ durable }) => durable)

/**
 * Captures an event like `Posthog.capture`, and writes it within the transaction of the calling fiber: it is delivered if
 * that is committed, and otherwise there never was such an event. It fails outside of `sql.withTransaction`. A failure
 * leaves the transaction as it was: it is the caller's to go on or to give up.
 *
 * @example
 * import { SqlClient } from "@effect/sql"
 * import { Effect } from "effect"
 * import * as Outbox from "effect-posthog/outbox/Outbox"
 *
 * const pay = (order: string) =>
 *   Effect.gen(function*() {
 *     const sql = yield* SqlClient.SqlClient
 *     yield* sql.withTransaction(Effect.gen(function*() {
 *       yield* sql`UPDATE orders SET paid = TRUE WHERE id = ${order}`
 *       yield* Outbox.captureInTransaction("order paid", { distinctId: "user-1", properties: { order } })
 *     }))
 *   })
 *
 * @since 0.1.0
 * @category capture
 */
export const captureInTransaction = (
  event: string,
  options?: CaptureOptions
): Effect.Effect<CaptureOutcome, OutboxError, Outbox | Posthog> =>
  captureWith(event, options ?? {}, ({ transactional }) => transactional)

/**
 * How many events wait, are being worked on, and were set aside: by all processes on this outbox.
 *
 * @since 0.1.0
 * @category inspection
 */
export const status: Effect.Effect<Status, OutboxError, Outbox> = Effect.flatMap(Outbox, (outbox) => outbox.status)

/**
 * The latest events that were set aside, without their properties. Default 100 of them.
 *
 * @since 0.1.0
 * @category inspection
 */
export const setAside = (limit = 100): Effect.Effect<ReadonlyArray<SetAside>, OutboxError, Outbox> =>
  Effect.flatMap(Outbox, (outbox) => outbox.setAside(limit))

/**
 * Events that were set aside wait again. Says how many of them there were.
 *
 * @since 0.1.0
 * @category inspection
 */
export const retry = (uuids: ReadonlyArray<string>): Effect.Effect<number, OutboxError, Outbox> =>
  Effect.flatMap(Outbox, (outbox) => outbox.retry(uuids))
