/**
 * User names and passwords in URLs and connection strings: `scheme://user:password@host`.
 *
 * @since 0.1.0
 */
import * as C from "./Characters.js"
import { mark } from "./Mark.js"

/** What stands between `://` and `@` is replaced; also a user name alone, which often is a token. In linear time. */
export const redact = (text: string): string => {
  let from = text.indexOf("://")
  if (from === -1) {
    return text
  }
  let result = ""
  let copied = 0
  let word = { end: -1, lastAt: -1 }
  while (from !== -1) {
    const start = from + 3
    if (word.end < start) {
      word = wordFrom(text, start)
    }
    const end = credentialsEnd(text, start, word)
    // where something has been taken out already, nothing is left to take, and no end can be trusted
    if (end > start && !text.slice(start, end).includes(mark)) {
      result += text.slice(copied, start) + mark
      copied = end
    }
    from = text.indexOf("://", Math.max(start, end))
  }
  return copied === 0 ? text : result + text.slice(copied)
}

/** Where what surely is no URL any more begins, and the last `@` before. */
const wordFrom = (text: string, start: number): { readonly end: number; readonly lastAt: number } => {
  let lastAt = -1
  let end = start
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (C.isSpace(code) || C.isQuote(code) || code === C.less || code === C.greater) {
      break
    }
    if (code === C.at) {
      lastAt = end
    }
  }
  return { end, lastAt }
}

const credentialsEnd = (
  text: string,
  start: number,
  word: { readonly end: number; readonly lastAt: number }
): number => {
  let at = -1
  let colon = -1
  let end = start
  for (; end < word.end; end++) {
    const code = text.charCodeAt(end)
    if (code === C.slash || code === C.question || code === C.hash || code === C.backslash) {
      break
    }
    if (code === C.at) {
      at = end
    } else if (code === C.colon) {
      colon = end
    }
  }
  if (at !== -1 || colon === -1 || isPort(text, colon + 1, end)) {
    return at
  }
  // `user:pass/word@host`: people do not escape their passwords
  return word.lastAt
}

const isPort = (text: string, start: number, end: number): boolean => {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    // an IPv6 address has a colon before its last bracket
    if ((code < 48 || code > 57) && code !== C.closeBracket) {
      return false
    }
  }
  return end - start <= 5
}
