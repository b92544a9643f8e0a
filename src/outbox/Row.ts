/**
 * A finished event as a row, and back.
 *
 * @since 0.1.0
 */
import type { Lane } from "../delivery/buffer/EventBuffers.js"
import * as FinishedEvent from "../event/FinishedEvent.js"

/** How a row came in: which promise was given for it. */
export type Grade = "plain" | "durable" | "transactional" | "retried"

/** What is inserted. */
export interface NewRow {
  readonly event: FinishedEvent.FinishedEvent
  readonly lane: Lane
  readonly size: number
  readonly grade: Grade
  readonly sequence: number | undefined
}

/** What a claim reads. Numbers are texts where the driver has them so. */
export interface StoredRow {
  readonly id: number | string
  readonly uuid: string
  readonly lane: Lane
  readonly event: string
  readonly distinct_id: string
  readonly timestamp: string
  readonly properties: string
  readonly exact: string | null
  readonly size: number
  readonly grade: Grade
  readonly origin: string
  readonly sequence: number | string | null
  readonly claims: number
}

// no database keeps half of a surrogate pair, and PostgreSQL no zero
const storable = (text: string): string => text.toWellFormed().replaceAll("\u0000", "\ufffd")

/** The columns that `columns` names, in that order. */
export const encode = ({ event, grade, lane, sequence, size }: NewRow): ReadonlyArray<string | number | null> => {
  const name = storable(event.event)
  const distinctId = storable(event.distinctId)
  const isExact = name === event.event && distinctId === event.distinctId
  return [
    event.uuid,
    lane,
    name,
    distinctId,
    event.timestamp,
    FinishedEvent.properties(event),
    isExact ? null : JSON.stringify([event.event, event.distinctId]),
    size,
    grade,
    sequence ?? null
  ]
}

export const columns: ReadonlyArray<readonly [name: string, type: "text" | "bigint"]> = [
  ["uuid", "text"],
  ["lane", "text"],
  ["event", "text"],
  ["distinct_id", "text"],
  ["timestamp", "text"],
  ["properties", "text"],
  ["exact", "text"],
  ["size", "bigint"],
  ["grade", "text"],
  ["sequence", "bigint"]
]

export const decode = (row: StoredRow): FinishedEvent.FinishedEvent => {
  const [event, distinctId] = row.exact === null
    ? [row.event, row.distinct_id]
    // written by `encode`
    : JSON.parse(row.exact) as [string, string]
  return new FinishedEvent.FinishedEvent({
    uuid: row.uuid,
    event,
    distinctId,
    timestamp: row.timestamp,
    own: row.properties,
    shared: "",
    isAi: row.lane === "ai"
  })
}
