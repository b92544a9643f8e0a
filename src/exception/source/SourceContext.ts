/**
 * The lines around a position in a source file (EXC-08).
 *
 * @since 0.1.0
 */
import type { SourceFile } from "./SourceFile.js"

export interface SourceContext {
  readonly context_line: string
  /** In the order of the file. */
  readonly pre_context: ReadonlyArray<string>
  /** In the order of the file. */
  readonly post_context: ReadonlyArray<string>
}

export interface Settings {
  /** Lines before and after. */
  readonly lines: number
  /** UTF-16 units of a line, the marks of a cut not counted. */
  readonly maxLineLength: number
  /** What is shown in the place of a text; it sees more than is shown, so that a cut hides nothing from it. */
  readonly redact?: ((text: string) => string) | undefined
}

/** `undefined` where the file has no such line. `column`: the first is 1. */
export const window = (
  file: SourceFile,
  line: number,
  column: number | undefined,
  settings: Settings
): SourceContext | undefined => {
  const own = file.line(line)
  if (own === undefined) {
    return undefined
  }
  const before: Array<string> = []
  for (let i = Math.max(1, line - settings.lines); i < line; i++) {
    before.push(show(file.line(i)!, 0, settings))
  }
  const after: Array<string> = []
  for (let i = line + 1; i <= Math.min(file.lineCount, line + settings.lines); i++) {
    after.push(show(file.line(i)!, 0, settings))
  }
  return { context_line: show(own, (column ?? 1) - 1, settings), pre_context: before, post_context: after }
}

/** What of a longer line the redaction sees beyond either end of what is shown. */
const margin = 2048

const unchanged = (text: string): string => text

const show = (line: string, column: number, { maxLineLength, redact = unchanged }: Settings): string => {
  if (line.length <= maxLineLength) {
    return redact(line).toWellFormed()
  }
  const at = Math.max(0, Math.min(column, line.length - 1))
  const from = Math.max(0, at - maxLineLength - margin)
  const to = Math.min(line.length, at + maxLineLength + margin)
  const near = line.slice(from, to)
  const redacted = redact(near)
  // what was replaced before the column has moved it
  const moved = redacted === near ? at - from : redact(line.slice(from, at)).length
  return cut(redacted, moved, maxLineLength, from > 0, to < line.length).toWellFormed()
}

const mark = "{snip}"

/** The part around `at`, with more of what follows: what stands at a column begins there. */
const cut = (text: string, at: number, length: number, isCutBefore: boolean, isCutAfter: boolean): string => {
  const end = Math.min(text.length, Math.max(0, at - Math.floor(length * 0.4)) + length)
  const start = Math.max(0, end - length)
  const first = start > 0 && isSecondHalf(text.charCodeAt(start)) ? start + 1 : start
  const last = end < text.length && isSecondHalf(text.charCodeAt(end)) ? end - 1 : end
  return (first > 0 || isCutBefore ? `${mark} ` : "") + text.slice(first, last) +
    (last < text.length || isCutAfter ? ` ${mark}` : "")
}

const isSecondHalf = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff
