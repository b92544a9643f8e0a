/**
 * The frame lines in the text of a stack.
 *
 * @since 0.1.0
 */
import * as RepeatedLines from "./RepeatedLines.js"
import * as StackLine from "./StackLine.js"

/** So many lines are looked at, behind a head whose end is known. */
const maxLines = 1000
/** UTF-16 units; a longer line is passed over. */
const maxLine = 1024
/** So far into a stack its message may begin, behind the name. */
const maxName = 512

/**
 * The frame lines, innermost first as V8 wrote them, trimmed, without the head: a message may have any number of lines
 * that look like frames. Where the message is another one than when the stack was made, the first line that looks like a
 * frame is taken for the first frame. At most `maxFrames`; calls that only repeat themselves then make room for others.
 */
export const frameLines = (
  stack: string,
  type: string,
  value: string,
  maxFrames: number
): ReadonlyArray<string> => {
  // the message has become well-formed on its way
  const text = stack.toWellFormed()
  const head = headEnd(text, type, value)
  const lines: Array<string> = []
  let isInside = head !== undefined
  let from = head ?? 0
  for (let looked = 0; looked < maxLines && from < text.length; looked++) {
    const found = text.indexOf("\n", from)
    const end = found === -1 ? text.length : found
    const line = end - from > maxLine ? "" : text.slice(from, end).trim()
    from = end + 1
    if (isInside && (line.startsWith("[cause]:") || line.startsWith("[errors]:"))) {
      // from here on it is the stack of another error, as `util.inspect` and Effect show it
      break
    }
    if (line.startsWith("at ") && (isInside || hasPlace(line))) {
      isInside = true
      lines.push(line.endsWith(" {") ? line.slice(0, -2).trimEnd() : line)
    }
  }
  return lines.length > maxFrames ? RepeatedLines.collapse(lines).slice(0, maxFrames) : lines
}

/** Where the head ends; `undefined` where it is not the head of this message. */
const headEnd = (text: string, type: string, value: string): number | undefined => {
  const { kept, missing } = cutOf(value)
  const ends = (at: number) => {
    const end = at + kept.length + missing
    return text.startsWith(kept, at) && (end === text.length || text.charCodeAt(end) === lineFeed) ? end : undefined
  }
  const named = !text.startsWith(type) ? 0 : text.startsWith(": ", type.length) ? type.length + 2 : type.length
  const end = named === 0 ? undefined : ends(named)
  if (end !== undefined || value === "") {
    return end
  }
  // a name may hold a colon itself, and Node adds a code to it: `TypeError [ERR_X]: message`
  const line = text.slice(0, maxName).split("\n", 1)[0]!
  for (let at = 0; at !== 1; at = line.indexOf(": ", at) + 2) {
    const end = ends(at)
    if (end !== undefined) {
      return end
    }
  }
  return undefined
}

const lineFeed = 10

/** A long message tells at its end how much of it is missing, so that the end of the whole one is known. */
const cutOf = (value: string): { readonly kept: string; readonly missing: number } => {
  const marker = value.endsWith(" characters cut]") ? value.lastIndexOf("… [") : -1
  const count = marker === -1 ? Number.NaN : Number(value.slice(marker + 3, -16).replaceAll(",", ""))
  return Number.isSafeInteger(count) && count > 0
    ? { kept: value.slice(0, marker), missing: count }
    : { kept: value, missing: 0 }
}

/** Does it look like a frame also among the lines of a message? */
const hasPlace = (line: string): boolean => {
  const frame = StackLine.parse(line)
  return frame !== undefined &&
    (frame.line !== undefined || frame.isNative || frame.place === "<anonymous>" || frame.place.startsWith("index ") ||
      frame.place.startsWith("wasm:"))
}
