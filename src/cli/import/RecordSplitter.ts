/**
 * Cuts a file into records without holding more of it than one: a line of NDJSON, or a record of CSV, which may have line
 * ends between its quotes.
 *
 * It only finds where records end, so that every record has a place in the file to resume from, and a broken one costs no
 * other; what a record of CSV says is a real parser's to find out.
 *
 * @since 0.1.0
 */

export type Format = "ndjson" | "csv"

export interface RawRecord {
  /** The line it begins in; the first one is 1. */
  readonly line: number
  /** Without its line end. Of one that is too long: how it begins. */
  readonly bytes: Uint8Array
  /** Of all of it, in bytes. */
  readonly length: number
  readonly isTooLong: boolean
  /** Where the next one begins: bytes from the start of the file, decompressed, and its line. */
  readonly next: Place
}

export interface Place {
  readonly offset: number
  readonly line: number
}

export const start: Place = { offset: 0, line: 1 }

/** A longer record is passed over. An event may have 900 KiB, and escapes make at most six bytes of one. */
export const maxRecordBytes = 8 * 1024 * 1024

/** What is kept of a record that is too long. */
const headBytes = 4096

export interface RecordSplitter {
  /** The records that end in these bytes. The bytes are the splitter's from now on. */
  readonly push: (bytes: Uint8Array) => ReadonlyArray<RawRecord>
  /** The last one, where no line end follows it. */
  readonly end: () => ReadonlyArray<RawRecord>
}

const lf = 0x0a
const cr = 0x0d
const quote = 0x22
const comma = 0x2c
const byteOrderMark = [0xef, 0xbb, 0xbf]

export const make = (format: Format, from: Place): RecordSplitter => {
  const scan = format === "csv" ? csvScan(from.offset === 0) : lineScan
  let place = from
  let parts: Array<Uint8Array> = []
  let length = 0
  let innerLines = 0

  const keep = (bytes: Uint8Array) => {
    const isTooLong = length > maxRecordBytes
    length += bytes.length
    if (isTooLong) {
      return
    }
    parts.push(bytes)
    if (length > maxRecordBytes) {
      // a copy: the rest of what was read is not kept for it
      parts = [Uint8Array.from(Buffer.concat(parts).subarray(0, headBytes))]
    }
  }

  const finish = (lineEnd: number): RawRecord => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    const bytes = trimmed(whole, place.offset === 0)
    const next = { offset: place.offset + length + lineEnd, line: place.line + innerLines + lineEnd }
    const record = { line: place.line, bytes, length, isTooLong: length > maxRecordBytes, next }
    place = next
    parts = []
    length = 0
    innerLines = 0
    return record
  }

  return {
    push: (bytes) => {
      const records: Array<RawRecord> = []
      let begin = 0
      for (;;) {
        const { end, lines } = scan(bytes, begin)
        innerLines += lines
        if (end === -1) {
          keep(bytes.subarray(begin))
          return records
        }
        keep(bytes.subarray(begin, end))
        records.push(finish(1))
        begin = end + 1
      }
    },
    end: () => length === 0 ? [] : [finish(0)]
  }
}

const trimmed = (bytes: Uint8Array, isFirst: boolean): Uint8Array => {
  const begin = isFirst && byteOrderMark.every((byte, i) => bytes[i] === byte) ? byteOrderMark.length : 0
  return bytes.subarray(begin, bytes[bytes.length - 1] === cr ? bytes.length - 1 : bytes.length)
}

/** Where the record ends, -1 where it goes on behind these bytes; and how many lines end inside of it. */
type Scan = (bytes: Uint8Array, from: number) => { readonly end: number; readonly lines: number }

const lineScan: Scan = (bytes, from) => ({ end: bytes.indexOf(lf, from), lines: 0 })

/** A quote opens at the start of a field only; just behind the one that closed, it stands for itself. */
const csvScan = (isStart: boolean): Scan => {
  let mark = isStart ? 0 : byteOrderMark.length
  let isQuoted = false
  let hasClosed = false
  let isFieldStart = true
  return (bytes, from) => {
    let lines = 0
    for (let i = from; i < bytes.length; i++) {
      const byte = bytes[i]
      if (isQuoted) {
        if (byte === quote) {
          isQuoted = false
          hasClosed = true
        } else if (byte === lf) {
          lines++
        }
        continue
      }
      if (mark < byteOrderMark.length) {
        mark = byte === byteOrderMark[mark] ? mark + 1 : byteOrderMark.length
        if (byte !== quote && byte !== lf && byte !== comma) {
          isFieldStart = byteOrderMark.includes(byte ?? 0)
          continue
        }
      }
      if (byte === quote) {
        isQuoted = isFieldStart || hasClosed
      } else if (byte === lf) {
        isFieldStart = true
        hasClosed = false
        return { end: i, lines }
      }
      isFieldStart = byte === comma
      hasClosed = false
    }
    return { end: -1, lines }
  }
}
