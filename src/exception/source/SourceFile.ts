/**
 * The text of a source file, with the places where its lines begin.
 *
 * @since 0.1.0
 */

export interface SourceFile {
  readonly text: string
  /** A line break at the end begins no further line. */
  readonly lineCount: number
  /** What it takes in memory. */
  readonly bytes: number
  /** Without its line break; the first line is 1. */
  readonly line: (line: number) => string | undefined
}

/** `isAscii`: it is known that a character takes one byte. */
export const make = (text: string, isAscii = false): SourceFile => {
  const starts = startsOf(text)
  const lineCount = starts.length
  return {
    text,
    lineCount,
    bytes: text.length * (isAscii ? 1 : 2) + starts.byteLength + overhead,
    line: (line) => {
      const start = starts[line - 1]
      return start === undefined ? undefined : text.slice(start, endOf(text, start, starts[line] ?? text.length))
    }
  }
}

// the objects around a text
const overhead = 256

const endOf = (text: string, start: number, next: number): number => {
  if (next === start || !isBreak(text.charCodeAt(next - 1))) {
    return next
  }
  const end = next - 1
  return end > start && text.charCodeAt(end) === lineFeed && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end
}

const lineFeed = 10
const carriageReturn = 13

/** What ends a line for JavaScript, and so in the positions of its stacks. */
const isBreak = (unit: number): boolean =>
  unit === lineFeed || unit === carriageReturn || unit === 0x2028 || unit === 0x2029

const startsOf = (text: string): Uint32Array => {
  const starts = hasOnlyLineFeeds(text) ? startsAfterLineFeeds(text) : startsAfterAnyBreak(text)
  if (starts.at(-1) === text.length) {
    starts.pop()
  }
  return new Uint32Array(starts)
}

/** Do all lines end with a line feed, with or without a carriage return before it? */
const hasOnlyLineFeeds = (text: string): boolean => {
  for (let i = text.indexOf("\r"); i !== -1; i = text.indexOf("\r", i + 1)) {
    if (text.charCodeAt(i + 1) !== lineFeed) {
      return false
    }
  }
  return !text.includes("\u2028") && !text.includes("\u2029")
}

const startsAfterLineFeeds = (text: string): Array<number> => {
  const starts = [0]
  for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) {
    starts.push(i + 1)
  }
  return starts
}

const startsAfterAnyBreak = (text: string): Array<number> => {
  const starts = [0]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (isBreak(unit) && !(unit === carriageReturn && text.charCodeAt(i + 1) === lineFeed)) {
      starts.push(i + 1)
    }
  }
  return starts
}
