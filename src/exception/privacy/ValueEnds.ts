/**
 * Where a value in a text ends. Every function reads on from where it begins, and what it tells depends on nothing that
 * stands before: a text that was redacted is read as it was the first time.
 *
 * @since 0.1.0
 */
import * as C from "./Characters.js"

/** The value is in a literal that this quote ends; 0 for none. */
export type Quote = number

/** Of a value that stands without quotes: up to whitespace, or a mark that something else follows. */
export const ofBare = (text: string, start: number, quote: Quote): number => {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // letters and digits
    if (code >= 97 ? code <= 122 : code <= 57 && code >= 48) {
      continue
    }
    if (C.isSpace(code) || (code === quote && quote !== 0)) {
      return i
    }
    const next = i + 1
    switch (code) {
      case C.doubleQuote:
      case C.singleQuote:
      case C.backtick:
        if (isBreak(text, next)) {
          return i
        }
        break
      case C.backslash: {
        const end = endOfRun(text, i, C.backslash)
        if (C.isQuote(text.charCodeAt(end)) && isBreak(text, end + 1)) {
          return i
        }
        i = end - 1
        break
      }
      case C.closeParenthesis:
      case C.closeBracket:
      case C.closeBrace:
      case C.greater:
        if (isBreak(text, next) || C.isQuote(text.charCodeAt(next))) {
          return i
        }
        break
      case C.less:
        if (text.charCodeAt(next) === C.slash) {
          return i
        }
        break
      case C.comma:
      case C.semicolon:
        if (isBreak(text, next) || C.isQuote(text.charCodeAt(next)) || isField(text, next)) {
          return i
        }
        break
      case C.ampersand:
        if (next === text.length || isField(text, next)) {
          return i
        }
        break
    }
  }
  return text.length
}

/** Of the value of an HTTP header: its line. `quote` is what encloses the whole header. */
export const ofHeader = (text: string, start: number, quote: Quote): number => {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === C.newline || code === C.carriageReturn || (code === quote && quote !== 0)) {
      return i
    }
    if (code === C.backslash) {
      const next = text.charCodeAt(i + 1)
      // an escaped end of a line, in a text that was made of a text
      if (next === C.letterN || next === C.letterR || (next === quote && quote !== 0)) {
        return i
      }
    }
  }
  return text.length
}

/** Of what stands in these quotes, each after so many backslashes; `start` is behind the first. */
export const ofQuoted = (text: string, start: number, mark: number, backslashes: number, quote: Quote): number => {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === C.backslash) {
      if (backslashes === 0) {
        i++
        continue
      }
      const end = endOfRun(text, i, C.backslash)
      if (text.charCodeAt(end) === mark && end - i <= backslashes) {
        return i
      }
      // more of them escape a quote that belongs to the value
      i = text.charCodeAt(end) === mark ? end : end - 1
    } else if (code === mark || (code === quote && quote !== 0)) {
      return i
    }
  }
  return text.length
}

/** Of what stands in brackets, behind the last; the end of the text where that is missing. */
export const ofBracketed = (text: string, start: number, quote: Quote): number => {
  let depth = 0
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === quote && quote !== 0) {
      return i
    }
    if (C.isOpening(code)) {
      depth++
    } else if (C.isClosing(code)) {
      depth--
      if (depth === 0) {
        return i + 1
      }
    } else if (code === C.backslash) {
      i++
    } else if (C.isQuote(code) && !(code === C.singleQuote && C.isOfName(text.charCodeAt(i - 1)))) {
      i = ofQuoted(text, i + 1, code, 0, quote)
      if (text.charCodeAt(i) === quote && quote !== 0) {
        return i
      }
    }
  }
  return text.length
}

export const endOfRun = (text: string, start: number, code: number): number => {
  let end = start
  while (text.charCodeAt(end) === code) {
    end++
  }
  return end
}

export const endOfName = (text: string, start: number): number => {
  let end = start
  while (C.isOfName(text.charCodeAt(end))) {
    end++
  }
  return end
}

/** Does a value that was in quotes or brackets surely not go on here? */
const isBreak = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return at >= text.length || C.isSpace(code) || C.isClosing(code) || code === C.comma || code === C.semicolon ||
    code === C.colon || code === C.dot || code === C.plus || code === C.greater || code === C.less
}

/** Does another name with its value stand here? */
const isField = (text: string, at: number): boolean => {
  const end = endOfName(text, at)
  const code = text.charCodeAt(end)
  return end > at && (code === C.equals || code === C.colon)
}
