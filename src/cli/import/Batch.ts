/**
 * What is sent together, and what was refused between: the unit in which an import moves on.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { isUtf8 } from "node:buffer"
import { bytes, type FinishedEvent } from "../../event/FinishedEvent.js"
import * as CsvRow from "./CsvRow.js"
import * as DerivedUuid from "./DerivedUuid.js"
import * as LineEvent from "./LineEvent.js"
import * as RecordSplitter from "./RecordSplitter.js"
import type { RefusedLine } from "./RefusedLine.js"

export interface Entry {
  readonly record: RecordSplitter.RawRecord
  readonly event: FinishedEvent
}

export interface Batch {
  readonly entries: ReadonlyArray<Entry>
  readonly refused: ReadonlyArray<RefusedLine>
  /** Where the next one begins. */
  readonly next: RecordSplitter.Place
}

export interface Settings extends LineEvent.Settings {
  readonly format: RecordSplitter.Format
  /** Of a CSV file; none for NDJSON. */
  readonly columns: ReadonlyArray<string>
  readonly maxEvents: number
  /** Of events, or of refused lines. */
  readonly maxBytes: number
  /** Is told of a field that is not imported, each time. */
  readonly onIgnored: (name: string) => void
}

export interface Batcher {
  /** The batches that are complete with these bytes of the file. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<Batch>
  readonly end: () => ReadonlyArray<Batch>
}

/** Reads on from there. */
export const make = (settings: Settings, from: RecordSplitter.Place): Batcher => {
  const { columns, format, maxBytes, maxEvents, onIgnored } = settings
  const splitter = RecordSplitter.make(format, from)
  let entries: Array<Entry> = []
  let refused: Array<RefusedLine> = []
  let weight = 0
  let next = from

  const cut = (): Batch => {
    const batch = { entries, refused, next }
    entries = []
    refused = []
    weight = 0
    return batch
  }

  const take = (record: RecordSplitter.RawRecord, fields: Either.Either<LineEvent.Fields, string>) => {
    const event = Either.flatMap(
      fields,
      (known) => LineEvent.make(known, () => DerivedUuid.derive(record.line, record.bytes), settings)
    )
    if (Either.isRight(event)) {
      entries.push({ record, event: event.right })
    } else {
      refused.push({ record, reason: event.left })
    }
    return Either.isRight(event) ? bytes(event.right) : record.bytes.length
  }

  const readAll = (records: ReadonlyArray<RecordSplitter.RawRecord>): ReadonlyArray<Batch> => {
    const batches: Array<Batch> = []
    const lines = records.filter((record) => !isBlank(record))
    const fieldsOf = format === "csv" ? csvFields(columns, lines) : jsonFields(onIgnored)
    for (const [i, record] of lines.entries()) {
      const isFull = entries.length >= maxEvents || weight >= maxBytes || refused.length >= 2 * maxEvents
      if (isFull) {
        batches.push(cut())
      }
      weight += take(record, unreadable(record) ?? fieldsOf(record, i))
      next = record.next
    }
    next = records.at(-1)?.next ?? next
    return batches
  }

  return {
    push: (chunk) => readAll(splitter.push(chunk)),
    end: () => {
      const batches = readAll(splitter.end())
      return next.offset === from.offset ? batches : [...batches, cut()]
    }
  }
}

const space = 0x20

const isBlank = ({ bytes, isTooLong }: RecordSplitter.RawRecord): boolean =>
  !isTooLong && bytes.every((byte) => byte === space || (byte >= 0x09 && byte <= 0x0d))

const unreadable = (record: RecordSplitter.RawRecord): Either.Either<never, string> | undefined =>
  record.isTooLong
    ? Either.left(`${record.length} bytes, where ${RecordSplitter.maxRecordBytes} are the most`)
    : isUtf8(record.bytes)
    ? undefined
    : Either.left("not UTF-8")

type FieldsOf = (record: RecordSplitter.RawRecord, index: number) => Either.Either<LineEvent.Fields, string>

const jsonFields = (onIgnored: (name: string) => void): FieldsOf => (record) =>
  Either.map(LineEvent.fromJson(textOf(record)), (fields) => {
    for (const name of Object.keys(fields)) {
      if (!LineEvent.known.has(name)) {
        onIgnored(name)
      }
    }
    return fields
  })

const csvFields = (
  columns: ReadonlyArray<string>,
  records: ReadonlyArray<RecordSplitter.RawRecord>
): FieldsOf => {
  const readable = records.filter((record) => unreadable(record) === undefined)
  const rows = CsvRow.parseAll(readable.map(({ bytes }) => bytes))
  const byRecord = new Map(readable.map((record, i) => [record, rows[i]]))
  return (record) =>
    Either.flatMap(
      byRecord.get(record) ?? Either.left("not readable as CSV"),
      (row) => LineEvent.fromRow(columns, row)
    )
}

const textOf = ({ bytes }: RecordSplitter.RawRecord): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")
