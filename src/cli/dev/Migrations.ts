/**
 * The tables of the tool's database, version by version. A version that was released never changes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { CliError } from "../CliError.js"
import type { Sqlite } from "./Sqlite.js"

const migrations: ReadonlyArray<string> = [
  `
  CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    event TEXT NOT NULL,
    distinct_id TEXT NOT NULL,
    session_id TEXT,
    correlation_id TEXT,
    service TEXT,
    timestamp TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    exception_type TEXT,
    exception_value TEXT,
    search TEXT NOT NULL
  );
  CREATE INDEX events_event ON events (event);
  CREATE INDEX events_distinct_id ON events (distinct_id);
  CREATE INDEX events_session_id ON events (session_id) WHERE session_id IS NOT NULL;
  CREATE INDEX events_correlation_id ON events (correlation_id) WHERE correlation_id IS NOT NULL;
  CREATE INDEX events_exceptions ON events (number) WHERE exception_type IS NOT NULL;
  CREATE TABLE bodies (number INTEGER PRIMARY KEY, event TEXT NOT NULL, remarks TEXT);
  CREATE TABLE people (
    distinct_id TEXT PRIMARY KEY,
    properties TEXT NOT NULL,
    seen INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE records (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    correlation_id TEXT NOT NULL,
    service TEXT,
    at REAL NOT NULL,
    duration REAL,
    title TEXT NOT NULL
  );
  CREATE INDEX records_correlation_id ON records (correlation_id);
  `
]

/** The version that this tool reads and writes. */
export const version = migrations.length

/** Brings a database up to date; one of a newer tool is left alone. */
export const run = (sqlite: Sqlite): Effect.Effect<void, CliError> =>
  Effect.try({
    try: () => {
      const found = Number(sqlite.all("PRAGMA user_version")[0]?.["user_version"] ?? 0)
      if (found > version) {
        throw new Error(`it was written by a newer effect-posthog (version ${found}, known here: ${version})`)
      }
      for (let next = found; next < version; next++) {
        sqlite.transaction(() => {
          sqlite.exec(migrations[next] ?? "")
          sqlite.exec(`PRAGMA user_version = ${next + 1}`)
        })
      }
    },
    catch: (error) =>
      new CliError({
        reason: "fileSystem",
        message: `The database cannot be used: ${
          error instanceof Error ? error.message : String(error)
        }. Name another folder with --data.`
      })
  })
