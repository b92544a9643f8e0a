/** What the processes of the outbox's benchmark agree on. */

export type Kind = "SQLite" | "PostgreSQL"

export interface Job {
  readonly kind: Kind
  /** A file, or an address. */
  readonly database: string
  readonly table: string
  readonly host: string
  readonly worker: number
  readonly count: number
}

export const uuidOf = (worker: number, n: number): string =>
  `01936d5e-0000-7000-8000-${worker.toString(16).padStart(4, "0")}${n.toString(16).padStart(8, "0")}`

/** What a worker says of a round: the sums at its end. */
export interface Said {
  readonly delivered: number
  /** Of these, captured by the other one. */
  readonly recovered: number
}

/** What the sink has: all, different ones, and of these those that came more than once. */
export interface Received {
  readonly events: number
  readonly unique: number
}
