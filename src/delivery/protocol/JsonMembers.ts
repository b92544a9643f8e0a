/**
 * The members of a JSON object's text, one after the other, with nothing of it parsed but their names.
 *
 * @since 0.1.0
 */

/** `start` is where the member's name begins, `value` where its value does, `end` just behind that. */
export type Visit = (name: string, start: number, value: number, end: number) => void

/** Visits the members in a text that is what stands between an object's braces, as `JSON.stringify` writes it. */
export const forEach = (members: string, visit: Visit): void => {
  let start = 0
  while (start < members.length) {
    const nameEnd = endOfString(members, start)
    const value = nameEnd + 1
    const end = endOfValue(members, value)
    visit(nameIn(members.slice(start, nameEnd)), start, value, end)
    start = end + 1
  }
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

/** The name between its quotes; one that is written with escapes is the same name. */
const nameIn = (text: string): string => text.includes("\\") ? String(JSON.parse(text)) : text.slice(1, -1)

/** Just behind the string that begins at `start`. */
const endOfString = (text: string, start: number): number => {
  let end = text.indexOf("\"", start + 1)
  while (end !== -1 && isEscaped(text, end)) {
    end = text.indexOf("\"", end + 1)
  }
  return end === -1 ? text.length : end + 1
}

/** After an odd number of backslashes. */
const isEscaped = (text: string, at: number): boolean => {
  let first = at
  while (text.charCodeAt(first - 1) === backslash) {
    first--
  }
  return (at - first) % 2 === 1
}

/** The comma behind the value that begins at `start`, or the end of the text. */
const endOfValue = (text: string, start: number): number => {
  let depth = 0
  let at = start
  while (at < text.length) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      at = endOfString(text, at)
      continue
    }
    if (unit === comma && depth === 0) {
      return at
    }
    // [ and {, ] and }: they differ in one bit
    const bracket = unit | 0x20
    depth += bracket === 0x7b ? 1 : bracket === 0x7d ? -1 : 0
    at++
  }
  return at
}
