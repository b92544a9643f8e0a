/**
 * A line that was not imported, and why.
 *
 * @since 0.1.0
 */
import type { RawRecord } from "./RecordSplitter.js"

export interface RefusedLine {
  readonly record: RawRecord
  readonly reason: string
}

/** How every file begins that holds such lines. */
export const mark = "{\"line\":"

/** As a line of NDJSON: its number, the reason, the text; of a text that is too long its begin and how many bytes it has. */
export const render = ({ reason, record }: RefusedLine): string =>
  `${
    JSON.stringify({
      line: record.line,
      reason,
      text: new TextDecoder().decode(record.bytes),
      ...(record.isTooLong ? { bytes: record.length } : {})
    })
  }\n`
