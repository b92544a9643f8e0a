/**
 * The events of the embedded PostHog in a SQLite database.
 *
 * @since 0.1.0
 */
import type { ArrivedEvent, ArrivedRecord, EventDatabase } from "../../devserver/page/EventDatabase.js"
import type { EventSummary, JsonObject } from "../../devserver/page/PageApi.js"
import type { WireEvent } from "../../devserver/ReceivedEvent.js"
import { toJsonObject } from "../../domain/JsonValue.js"
import type { Row, Sqlite, Values } from "./Sqlite.js"

const columns =
  "number, uuid, event, distinct_id, session_id, correlation_id, service, timestamp, received_at, deliveries"

/** The database's texts end at the first NUL, and half a surrogate pair is none. */
const text = (value: string): string => value.replaceAll("\0", "").toWellFormed()

const optionalText = (value: string | undefined): string | null => value === undefined ? null : text(value)

const textOf = (row: Row, name: string): string => String(row[name] ?? "")

const textOrNull = (row: Row, name: string): string | null => row[name] === null ? null : textOf(row, name)

const summaryOf = (row: Row): EventSummary => ({
  number: Number(row["number"]),
  uuid: textOf(row, "uuid"),
  event: textOf(row, "event"),
  distinctId: textOf(row, "distinct_id"),
  sessionId: textOrNull(row, "session_id"),
  correlationId: textOrNull(row, "correlation_id"),
  service: textOrNull(row, "service"),
  timestamp: textOf(row, "timestamp"),
  receivedAt: new Date(Number(row["received_at"])).toISOString(),
  deliveries: Number(row["deliveries"])
})

const searchTextOf = ({ correlationId, event, exception, service, sessionId }: ArrivedEvent): string =>
  text(
    [
      event.event,
      event.distinct_id,
      sessionId,
      correlationId,
      service,
      exception?.type,
      exception?.value.slice(0, 200)
    ].filter((each) => each !== undefined).join("\n").toLowerCase()
  )

interface Condition {
  readonly sql: string
  readonly values: Values
}

const where = (conditions: ReadonlyArray<Condition | undefined>): Condition => {
  const given = conditions.filter((each) => each !== undefined)
  return {
    sql: given.length === 0 ? "" : ` WHERE ${given.map(({ sql }) => sql).join(" AND ")}`,
    values: given.flatMap(({ values }) => values)
  }
}

const equals = (column: string, value: string | undefined): Condition | undefined =>
  value === undefined ? undefined : { sql: `${column} = ?`, values: [text(value)] }

const contains = (column: string, value: string | undefined): Condition | undefined =>
  value === undefined ? undefined : { sql: `instr(${column}, ?) > 0`, values: [text(value.toLowerCase())] }

const below = (number: number | undefined): Condition | undefined =>
  number === undefined ? undefined : { sql: "number < ?", values: [number] }

/** `$set` overwrites, `$set_once` does not, `$unset` forgets: as PostHog keeps people. */
const personAfter = (before: JsonObject, properties: Readonly<Record<string, unknown>>): JsonObject => {
  const after = { ...toJsonObject(properties["$set_once"] ?? {}), ...before, ...toJsonObject(properties["$set"] ?? {}) }
  const unset = properties["$unset"]
  const gone = new Set(Array.isArray(unset) ? unset : [])
  return Object.fromEntries(Object.entries(after).filter(([name]) => !gone.has(name)))
}

const changesPerson = (properties: Readonly<Record<string, unknown>>): boolean =>
  properties["$set"] !== undefined || properties["$set_once"] !== undefined || properties["$unset"] !== undefined

/** Events of nobody in particular make no person. */
const isPersonless = ({ options, properties }: WireEvent): boolean =>
  properties["$process_person_profile"] === false || options?.process_person_profile === false

/** The most entries of one time line. */
const longestTimeline = 2_000

export const make = (sqlite: Sqlite, options: { readonly maxEvents: number }): EventDatabase => {
  const count = (table: "events" | "records"): number =>
    Number(sqlite.all(`SELECT count(*) AS n FROM ${table}`)[0]?.["n"] ?? 0)
  let kept = count("events")
  let records = count("records")
  let peoplePrunedAt = 0

  const parsed = (json: unknown): unknown => typeof json === "string" ? JSON.parse(json) : undefined

  const personProperties = (distinctId: string): JsonObject =>
    toJsonObject(
      parsed(
        sqlite.all("SELECT properties FROM people WHERE distinct_id = ?", [text(distinctId)])[0]?.["properties"]
      ) ??
        {}
    )

  const addPerson = (event: WireEvent, number: number): void => {
    if (isPersonless(event)) {
      return
    }
    const id = text(event.distinct_id)
    if (changesPerson(event.properties)) {
      const properties = JSON.stringify(personAfter(personProperties(id), event.properties))
      sqlite.run("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", [id, properties, number])
    } else {
      sqlite.run(
        "INSERT INTO people VALUES (?, '{}', ?) ON CONFLICT (distinct_id) DO UPDATE SET seen = excluded.seen",
        [id, number]
      )
    }
  }

  /** The number of an event that was not there yet. */
  const insert = (arrived: ArrivedEvent): number | undefined => {
    const { correlationId, event, exception, receivedAt, remarks, service, sessionId } = arrived
    const { changes, number } = sqlite.run(
      `INSERT INTO events (uuid, event, distinct_id, session_id, correlation_id, service, timestamp, received_at,
         exception_type, exception_value, search) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (uuid) DO NOTHING`,
      [
        event.uuid.toLowerCase(),
        text(event.event),
        text(event.distinct_id),
        optionalText(sessionId),
        optionalText(correlationId),
        optionalText(service),
        event.timestamp,
        receivedAt,
        optionalText(exception?.type),
        optionalText(exception?.value.slice(0, 500)),
        searchTextOf(arrived)
      ]
    )
    if (changes === 0) {
      return undefined
    }
    sqlite.run("INSERT INTO bodies VALUES (?, ?, ?)", [
      number,
      JSON.stringify(event),
      remarks.length === 0 ? null : JSON.stringify(remarks)
    ])
    addPerson(event, number)
    return number
  }

  const addRecord = ({ at, correlationId, durationMillis, kind, service, title }: ArrivedRecord): void => {
    sqlite.run("INSERT INTO records (kind, correlation_id, service, at, duration, title) VALUES (?, ?, ?, ?, ?, ?)", [
      kind,
      text(correlationId),
      optionalText(service),
      at,
      durationMillis ?? null,
      text(title)
    ])
  }

  /** The oldest go. */
  const prune = (): void => {
    if (kept > options.maxEvents) {
      const first = sqlite.all("SELECT number FROM events ORDER BY number LIMIT 1 OFFSET ?", [
        kept - options.maxEvents
      ])[0]
      const number = Number(first?.["number"] ?? 0)
      sqlite.run("DELETE FROM bodies WHERE number < ?", [number])
      sqlite.run("DELETE FROM events WHERE number < ?", [number])
      // an index on what changes with every event costs more than to look through the people now and then
      if (number >= peoplePrunedAt + 1_000) {
        sqlite.run("DELETE FROM people WHERE seen < ?", [number])
        peoplePrunedAt = number
      }
      kept = options.maxEvents
    }
    if (records > options.maxEvents) {
      const first = sqlite.all("SELECT number FROM records ORDER BY number LIMIT 1 OFFSET ?", [
        records - options.maxEvents
      ])[0]
      sqlite.run("DELETE FROM records WHERE number < ?", [Number(first?.["number"] ?? 0)])
      records = options.maxEvents
    }
  }

  const listed = (conditions: ReadonlyArray<Condition | undefined>, before: number | undefined, limit: number) => {
    const all = where(conditions)
    const total = all.values.length === 0 && all.sql === ""
      ? kept
      : Number(sqlite.all(`SELECT count(*) AS n FROM events${all.sql}`, all.values)[0]?.["n"] ?? 0)
    const some = where([...conditions, below(before)])
    const rows = total === 0 ? [] : sqlite.all(
      `SELECT ${columns}, exception_type, exception_value FROM events${some.sql} ORDER BY number DESC LIMIT ?`,
      [...some.values, limit + 1]
    )
    const page = rows.slice(0, limit)
    return { page, total, next: rows.length > limit ? Number(page.at(-1)?.["number"] ?? 0) : null }
  }

  return {
    add: (arrived, arrivedRecords) => {
      if (arrived.length === 0 && arrivedRecords.length === 0) {
        return { summaries: [], duplicates: 0 }
      }
      const before = { kept, records }
      try {
        return sqlite.transaction(() => {
          let duplicates = 0
          const summaries = arrived.flatMap((each) => {
            const number = insert(each)
            if (number === undefined) {
              duplicates++
              sqlite.run("UPDATE events SET deliveries = deliveries + 1 WHERE uuid = ?", [
                each.event.uuid.toLowerCase()
              ])
            } else {
              kept++
            }
            return number === undefined
              ? sqlite.all(`SELECT ${columns} FROM events WHERE uuid = ?`, [each.event.uuid.toLowerCase()]).map(
                summaryOf
              )
              : [summaryOfNew(each, number)]
          })
          arrivedRecords.forEach(addRecord)
          records += arrivedRecords.length
          prune()
          return { summaries, duplicates }
        })
      } catch (error) {
        kept = before.kept
        records = before.records
        throw error
      }
    },
    list: ({ before, correlation, limit, name, person, search, session }) => {
      const { next, page, total } = listed(
        [
          equals("event", name),
          equals("distinct_id", person),
          equals("session_id", session),
          equals("correlation_id", correlation),
          contains("search", search)
        ],
        before,
        limit
      )
      return { events: page.map(summaryOf), total, next }
    },
    get: (uuid) => {
      const row = sqlite.all(
        `SELECT events.*, bodies.event AS body, bodies.remarks FROM events JOIN bodies USING (number) WHERE uuid = ?`,
        [text(uuid.toLowerCase())]
      )[0]
      return row === undefined ? undefined : {
        summary: summaryOf(row),
        // written by `insert`
        event: parsed(row["body"]) as WireEvent,
        remarks: (parsed(row["remarks"]) ?? []) as ReadonlyArray<string>
      }
    },
    exceptions: ({ before, limit, search }) => {
      const { next, page, total } = listed(
        [{ sql: "exception_type IS NOT NULL", values: [] }, contains("search", search)],
        before,
        limit
      )
      return {
        exceptions: page.map((row) => ({
          ...summaryOf(row),
          type: textOf(row, "exception_type"),
          value: textOf(row, "exception_value")
        })),
        total,
        next
      }
    },
    timeline: (correlationId) => {
      const id = text(correlationId)
      const events = sqlite.all(
        `SELECT ${columns} FROM events WHERE correlation_id = ? ORDER BY number LIMIT ?`,
        [id, longestTimeline]
      ).map((row) => ({
        kind: "event" as const,
        service: textOrNull(row, "service"),
        at: Date.parse(textOf(row, "timestamp")),
        durationMillis: null,
        title: textOf(row, "event"),
        uuid: textOf(row, "uuid")
      }))
      const others = sqlite.all(
        "SELECT kind, service, at, duration, title FROM records WHERE correlation_id = ? ORDER BY number LIMIT ?",
        [id, longestTimeline]
      ).map((row) => ({
        kind: row["kind"] === "span" ? "span" as const : "log" as const,
        service: textOrNull(row, "service"),
        at: Number(row["at"]),
        durationMillis: row["duration"] === null ? null : Number(row["duration"]),
        title: textOf(row, "title"),
        uuid: null
      }))
      return { correlationId, entries: [...events, ...others].toSorted((a, b) => a.at - b.at) }
    },
    people: (search, limit) => {
      const some = where([
        { sql: "seen >= (SELECT coalesce(min(number), 0) FROM events)", values: [] },
        contains("lower(distinct_id)", search)
      ])
      return sqlite.all(
        `SELECT distinct_id, properties, (SELECT count(*) FROM events WHERE events.distinct_id = people.distinct_id) AS n
           FROM people${some.sql} ORDER BY seen DESC LIMIT ?`,
        [...some.values, limit]
      ).map((row) => ({
        distinctId: textOf(row, "distinct_id"),
        properties: toJsonObject(parsed(row["properties"]) ?? {}),
        events: Number(row["n"])
      }))
    },
    personProperties,
    clear: () => {
      sqlite.transaction(() => {
        sqlite.exec("DELETE FROM events; DELETE FROM bodies; DELETE FROM people; DELETE FROM records")
      })
      kept = 0
      records = 0
    }
  }
}

const summaryOfNew = ({ correlationId, event, receivedAt, service, sessionId }: ArrivedEvent, number: number) => ({
  number,
  uuid: event.uuid.toLowerCase(),
  event: event.event,
  distinctId: event.distinct_id,
  sessionId: sessionId ?? null,
  correlationId: correlationId ?? null,
  service: service ?? null,
  timestamp: event.timestamp,
  receivedAt: new Date(receivedAt).toISOString(),
  deliveries: 1
})
