/**
 * The names of a CSV file's columns.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { CliError } from "../CliError.js"
import * as CsvRow from "./CsvRow.js"
import type { Place } from "./RecordSplitter.js"
import * as RecordSplitter from "./RecordSplitter.js"
import * as SourceFile from "./SourceFile.js"

export interface CsvHeader {
  readonly columns: ReadonlyArray<string>
  /** Where the first record after it begins. */
  readonly next: Place
}

/** What a file without a header has, and one that is empty. */
const none: CsvHeader = { columns: [], next: RecordSplitter.start }

export const read = (source: SourceFile.SourceFile): Effect.Effect<CsvHeader, CliError, FileSystem.FileSystem> =>
  source.format === "ndjson"
    ? Effect.succeed(none)
    : Effect.flatMap(
      SourceFile.firstRecord(source),
      Option.match({ onNone: () => Effect.succeed(none), onSome: (record) => fromRecord(source.path, record) })
    )

const fromRecord = (path: string, record: RecordSplitter.RawRecord): Effect.Effect<CsvHeader, CliError> => {
  const row = record.isTooLong ? Either.left("it is too long") : CsvRow.parseOne(record.bytes)
  if (Either.isLeft(row)) {
    return malformed(`${path} has no readable header in line ${record.line}: ${row.left}.`)
  }
  const columns = row.right.map((name) => name.trim())
  const missing = [["event"], ["distinct_id", "distinctId"], ["timestamp"]].filter((names) =>
    !names.some((name) => columns.includes(name))
  )
  if (missing.length > 0) {
    return malformed(
      `${path} has no column ${missing.map(([name]) => name).join(", ")}: line ${record.line} names ${
        columns.slice(0, 20).map((name) => JSON.stringify(name.slice(0, 100))).join(", ")
      }. Columns are separated by commas.`
    )
  }
  const twice = columns.find((name, i) => columns.indexOf(name) !== i)
  return twice === undefined
    ? Effect.succeed({ columns, next: record.next })
    : malformed(`${path} has two columns ${JSON.stringify(twice)}.`)
}

const malformed = (message: string) => new CliError({ reason: "malformed", message })
