/**
 * One frame line of a V8 stack. It is read by hand, each unit a fixed number of times, whatever stands in it.
 *
 * @since 0.1.0
 */

export interface RawFrame {
  /** As V8 wrote it; `undefined` for code without a name. */
  readonly functionName: string | undefined
  /** An absolute path, decoded where it was a URL of a file, or a module of Node's as `node:fs`. */
  readonly path: string | undefined
  /** As V8 wrote it, without line and column; empty where there is none. */
  readonly place: string
  /** Both from 1. */
  readonly line: number | undefined
  readonly column: number | undefined
  readonly isNative: boolean
  /** Code that was made from text: the position is that of the call in a file that made it. */
  readonly isEval: boolean
  readonly isAsync: boolean
}

/** No frame is longer, in UTF-16 units. */
export const maxLength = 2048

/** The frame; `undefined` where the line is none. */
export const parse = (line: string): RawFrame | undefined => {
  const text = bodyOf(line)
  if (text === undefined) {
    return undefined
  }
  const isAsync = hasAsync(text)
  const { from, name, to } = split(text, isAsync ? 6 : 0)
  let start = from
  let end = to
  let isEval = false
  let hasComma = true
  while (text.startsWith("eval at ", start)) {
    isEval = true
    // `eval at name (origin), <anonymous>:1:1`: what is wanted is the origin, which may be of the same form
    const open = text.indexOf(" (", start)
    const comma: number = hasComma ? text.lastIndexOf("), ", end - 1) : -1
    hasComma = comma > open
    const close = hasComma ? comma : text.charCodeAt(end - 1) === closing ? end - 1 : -1
    if (open === -1 || close <= open) {
      return frame(name, text.slice(start, end), undefined, undefined, false, true, isAsync)
    }
    start = open + 2
    end = close
  }
  const second = digitsStart(text, start, end)
  if (second === end || second <= start || text.charCodeAt(second - 1) !== colon) {
    const place = text.slice(start, end)
    return frame(name, place, undefined, undefined, place === "native", isEval, isAsync)
  }
  const first = digitsStart(text, start, second - 1)
  const hasColumn = first < second - 1 && first > start && text.charCodeAt(first - 1) === colon
  const lineNumber = ordinal(hasColumn ? text.slice(first, second - 1) : text.slice(second, end))
  return frame(
    name,
    text.slice(start, hasColumn ? first - 1 : second - 1),
    lineNumber,
    hasColumn && lineNumber !== undefined ? ordinal(text.slice(second, end)) : undefined,
    false,
    isEval,
    isAsync
  )
}

/** Where the line says that the frame is, with line and column. */
export const location = (line: string): string | undefined => {
  const text = bodyOf(line)
  if (text === undefined) {
    return undefined
  }
  const { from, to } = split(text, hasAsync(text) ? 6 : 0)
  return from < to ? text.slice(from, to) : undefined
}

/** The line that `parse` reads as a frame of this name, which holds no control characters, whatever else it holds. */
export const make = (functionName: string, location: string | undefined): string => {
  const at = location === undefined ? "" : ` (${location})`
  const plain = `at ${functionName}${at}`
  const read = parse(plain)
  return read?.functionName === functionName && !read.isAsync && (read.place === "") === (location === undefined)
    ? plain
    : `at ${quote}${functionName}${quote}${at}`
}

/** The path that a place names: an absolute one, or a module of Node's. */
export const pathOf = (place: string): string | undefined =>
  place.startsWith("file://")
    ? filePath(place)
    : isAbsolute(place) || place.startsWith("node:")
    ? place
    : undefined

/** Is this the path of a file, and not one that depends on where somebody stands? */
export const isAbsolute = (path: string): boolean => {
  const first = path.charCodeAt(0)
  return first === slash || isDrive(path, 0) || (first === backslash && path.charCodeAt(1) === backslash)
}

// what a name cannot hold marks one that would be misread: spans may be called anything
const quote = "\u0000"

const slash = 47
const backslash = 92
const colon = 58
const opening = 40
const closing = 41

const frame = (
  functionName: string | undefined,
  place: string,
  line: number | undefined,
  column: number | undefined,
  isNative: boolean,
  isEval: boolean,
  isAsync: boolean
): RawFrame => ({ functionName, path: pathOf(place), place, line, column, isNative, isEval, isAsync })

/** What stands behind `at `. */
const bodyOf = (line: string): string | undefined => {
  if (line.length > maxLength) {
    return undefined
  }
  const text = line.trim()
  return text.startsWith("at ") ? text.slice(3).trimStart() : undefined
}

/** A function may be called `async` itself. */
const hasAsync = (text: string): boolean => text.startsWith("async ") && text.charCodeAt(6) !== opening

/** A name, and from where to where its location goes. */
interface Parts {
  readonly name: string | undefined
  readonly from: number
  readonly to: number
}

const split = (text: string, start: number): Parts => {
  const { length } = text
  if (text.startsWith(quote, start)) {
    const close = text.indexOf(quote, start + 1)
    if (close !== -1) {
      const open = text.startsWith(" (", close + 1) && text.endsWith(")") ? close + 3 : length
      const name = text.slice(start + 1, close)
      return { name: name.trim() === "" ? undefined : name, from: open, to: open === length ? length : length - 1 }
    }
  }
  if (text.charCodeAt(length - 1) === closing && !text.startsWith("eval at ", start)) {
    const open = text.charCodeAt(start) === opening ? start : openOf(text, start)
    if (open !== -1) {
      return { name: nameOf(text.slice(start, open)), from: open + 1, to: length - 1 }
    }
  }
  return isBarePlace(text, start)
    ? { name: undefined, from: start, to: length }
    : { name: nameOf(text.slice(start)), from: length, to: length }
}

const nameOf = (text: string): string | undefined => {
  const name = text.trim()
  return name === "" || name === "<anonymous>" ? undefined : name
}

/** The parenthesis that opens the location: names and paths may hold some too. */
const openOf = (text: string, start: number): number => {
  for (let at = text.indexOf(" (", start); at !== -1; at = text.indexOf(" (", at + 2)) {
    if (isPlaceStart(text, at + 2)) {
      return at + 1
    }
  }
  // a place that looks like nothing known: the parenthesis that belongs to the last one
  let depth = 0
  for (let i = text.length - 1; i > start; i--) {
    const unit = text.charCodeAt(i)
    if (unit === closing) {
      depth++
    } else if (unit === opening && --depth === 0) {
      return text.charCodeAt(i - 1) === space ? i : -1
    }
  }
  return -1
}

const space = 32

const isPlaceStart = (text: string, at: number): boolean => {
  switch (text.charCodeAt(at)) {
    case slash:
      return true
    case backslash:
      return text.charCodeAt(at + 1) === backslash
    case 60: // <
      return text.startsWith("<anonymous>", at)
    case 101: // e
      return text.startsWith("eval at ", at) || text.startsWith("evalmachine.", at) || hasScheme(text, at)
    case 105: // i
      return text.startsWith("index ", at) || hasScheme(text, at)
    case 110: // n
      return text.startsWith("native)", at) || hasScheme(text, at)
    default:
      return isDrive(text, at) || hasScheme(text, at)
  }
}

/** Is all of this a location, without a name before it? */
const isBarePlace = (text: string, start: number): boolean => {
  const { length } = text
  const digits = digitsStart(text, start, length)
  return (digits < length && digits > start + 1 && text.charCodeAt(digits - 1) === colon) ||
    isPlaceStart(text, start) || text.startsWith("native", start) && length === start + 6
}

const maxScheme = 32

/** `file:`, `node:`, `webpack-internal:`, … and then no space and no digit: those belong to names and to lines. */
const hasScheme = (text: string, at: number): boolean => {
  let i = at
  while (i < at + maxScheme && isSchemeUnit(text.charCodeAt(i))) {
    i++
  }
  const next = text.charCodeAt(i + 1)
  return i > at + 1 && isLetter(text.charCodeAt(at)) && text.charCodeAt(i) === colon &&
    next > space && next !== closing && !isDigit(next)
}

const isLetter = (unit: number): boolean => (unit | 32) >= 97 && (unit | 32) <= 122

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57

const isSchemeUnit = (unit: number): boolean =>
  isLetter(unit) || isDigit(unit) || unit === 45 || unit === 43 || unit === 46

/** `C:\` or `C:/`. */
const isDrive = (text: string, at: number): boolean => {
  if (text.charCodeAt(at + 1) !== colon || !isLetter(text.charCodeAt(at))) {
    return false
  }
  const next = text.charCodeAt(at + 2)
  return next === backslash || next === slash
}

/** Where the digits before `end` begin; `end` where there are none. */
const digitsStart = (text: string, start: number, end: number): number => {
  let i = end
  while (i > start && isDigit(text.charCodeAt(i - 1))) {
    i--
  }
  return i
}

/** Lines and columns count from 1. */
const ordinal = (digits: string): number | undefined => {
  const number = Number(digits)
  return number >= 1 && Number.isSafeInteger(number) ? number : undefined
}

/** The path of a file's URL; the query and the hash, with which modules are loaded anew, are no part of it. */
const filePath = (url: string): string | undefined => {
  const end = /[?#]/.exec(url)?.index ?? url.length
  const host = url.indexOf("/", 7)
  if (host === -1 || host >= end) {
    return undefined
  }
  const name = url.slice(7, host)
  const local = name === "" || name === "localhost"
  const path = local ? url.slice(isDrive(url, host + 1) ? host + 1 : host, end) : `//${name}${url.slice(host, end)}`
  return path.includes("%") ? decoded(path) : path
}

const decoded = (path: string): string => {
  // each run for itself: what is no valid encoding stays as it is, and spoils no other
  const text = path.replace(/(?:%[\da-f]{2})+/gi, decodedRun)
  // no file is called so, and whoever opens files by it throws
  return text.includes("\u0000") ? path : text
}

const decodedRun = (run: string): string => {
  try {
    return decodeURIComponent(run)
  } catch {
    return run
  }
}
