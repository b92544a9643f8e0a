/**
 * How an outbox works, and the defaults.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { OutboxError } from "./OutboxError.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The table's name: letters, digits and `_`, at most 40. Its migrations are kept in one whose name ends in
   * `_migrations`. Default `posthog_outbox`.
   */
  readonly table?: string | undefined
  /**
   * How long `Posthog.capture` may keep an event in memory before it is written together with others: what a crash can
   * cost, beside the duration of one commit. Default 5 milliseconds.
   */
  readonly writeInterval?: Duration.DurationInput | undefined
  /** How long `captureDurable` waits for the database before it fails. Default 5 seconds. */
  readonly durableTimeout?: Duration.DurationInput | undefined
  /**
   * A claimed row belongs to its worker for so long, and is claimed anew every third of it. After a worker's death its
   * rows wait this long. At least 1 second; default 60 seconds.
   */
  readonly lease?: Duration.DurationInput | undefined
  /**
   * Whose clock says when a lease has ended. `database`: on PostgreSQL the server's, one for all machines, and on SQLite
   * the machine's; a program whose `Clock` jumps, or machines that disagree, change nothing. `program`: the `Clock` of
   * the program, for tests. Default `database`.
   */
  readonly leaseClock?: "database" | "program" | undefined
  /** How often is looked for rows of other processes, of transactions, and of dead workers. Default 1 second. */
  readonly pollInterval?: Duration.DurationInput | undefined
  /** A row that was claimed so often, and whose worker died each time, is set aside. Default 10. */
  readonly maxClaims?: number | undefined
  /** Rows in the table; the client's `overflow` decides what happens to more. Default 1,000,000. */
  readonly maxRows?: number | undefined
  /** How long rows that were set aside are kept. Default 14 days. */
  readonly keepSetAside?: Duration.DurationInput | undefined
  /** How many of them are kept: the latest. Default 10,000. */
  readonly maxSetAside?: number | undefined
}

export interface Resolved {
  readonly table: string
  readonly writeInterval: Duration.Duration
  readonly durableTimeout: Duration.Duration
  readonly leaseMillis: number
  readonly leaseClock: "database" | "program"
  readonly pollInterval: Duration.Duration
  readonly maxClaims: number
  readonly maxRows: number
  readonly keepSetAsideMillis: number
  readonly maxSetAside: number
}

const atLeast = (least: number, value: number | undefined, otherwise: number): number =>
  value === undefined || Number.isNaN(value) ? otherwise : Math.max(least, Math.min(Math.floor(value), 2 ** 31 - 1))

const millis = (least: number, value: Duration.DurationInput | undefined, otherwise: Duration.DurationInput): number =>
  Math.max(least, Math.ceil(Math.min(Duration.toMillis(Duration.decode(value ?? otherwise)), 2 ** 42)))

export const resolve = (options: Options): Effect.Effect<Resolved, OutboxError> => {
  const table = options.table ?? "posthog_outbox"
  return /^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(table)
    ? Effect.succeed({
      table,
      writeInterval: Duration.millis(millis(0, options.writeInterval, 5)),
      durableTimeout: Duration.millis(millis(1, options.durableTimeout, "5 seconds")),
      leaseMillis: millis(1000, options.lease, "60 seconds"),
      leaseClock: options.leaseClock ?? "database",
      pollInterval: Duration.millis(millis(10, options.pollInterval, "1 second")),
      maxClaims: atLeast(1, options.maxClaims, 10),
      maxRows: atLeast(1, options.maxRows, 1_000_000),
      keepSetAsideMillis: millis(0, options.keepSetAside, "14 days"),
      maxSetAside: atLeast(0, options.maxSetAside, 10_000)
    })
    : Effect.fail(new OutboxError({ operation: "open", reason: "unsupported", detail: "the name of the table" }))
}
