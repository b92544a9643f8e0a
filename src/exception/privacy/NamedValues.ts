/**
 * Values that stand beside a sensitive name in a text: `name=value`, `name: value`, `"name": "value"`, `name => 'value'`,
 * `["name", "value"]`, `--name value`, the query of a URL, the line of an HTTP header.
 *
 * In a source line these are the literals up to the end of the statement, while code stays: `const password = "[redacted]"`,
 * `const token = readToken()`. What stands within its literals and comments is read like any other text.
 *
 * One pass from left to right; it never reads a place more often than a few times.
 *
 * @since 0.1.0
 */
import * as C from "./Characters.js"
import { mark } from "./Mark.js"
import * as ValueEnds from "./ValueEnds.js"

export const redact = (text: string, isCode: boolean, isSensitive: (name: string) => boolean): string =>
  new Pass(text, isCode, isSensitive).run()

/** Values that tell nothing but that there is none, and the names of types. */
const harmless: ReadonlySet<string> = new Set([
  "null",
  "undefined",
  "true",
  "false",
  "None",
  "nil",
  "NaN",
  "string",
  "number",
  "boolean",
  "bigint",
  "symbol",
  "object",
  "function",
  "unknown",
  "never"
])
const longestHarmless = 9

/** What JavaScript's `typeof` may tell. */
const typeNames: ReadonlySet<string> = new Set([
  "string",
  "number",
  "boolean",
  "bigint",
  "symbol",
  "object",
  "function",
  "undefined"
])

const headerName = /(?:authorization|cookie2?)$/i
const scheme = /^(?:basic|bearer|digest|dpop|negotiate|token)$/i
/** Parameters of URLs that are secrets, though their names are innocent elsewhere. */
const secretParameter = /^(?:key|sig|signature|x-(?:amz|goog)-signature)$/i
/** The last words of names of two: `API key: …`. */
const secondWord = /^(?:keys?|number|tokens)$/i

interface Name {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The line of an HTTP header, which ends at its end or at this quote. */
interface Header {
  readonly quote: ValueEnds.Quote
  readonly isEnclosed: boolean
}

class Pass {
  readonly #text: string
  readonly #isCode: boolean
  readonly #isSensitive: (name: string) => boolean
  #result = ""
  /** Up to here the text is in the result, and names are not looked for. */
  #copied = 0
  #at = 0
  /** The quote of the source literal that is open. */
  #quote: ValueEnds.Quote = 0
  #isComment: boolean

  constructor(text: string, isCode: boolean, isSensitive: (name: string) => boolean) {
    this.#text = text
    this.#isCode = isCode
    this.#isSensitive = isSensitive
    this.#isComment = isCode && text.trimStart().startsWith("*")
  }

  run(): string {
    const text = this.#text
    while (this.#at < text.length) {
      const code = text.charCodeAt(this.#at)
      // nearly all that a text is made of
      if (code > C.equals && code !== C.backtick && code !== C.backslash) {
        this.#at++
        continue
      }
      switch (code) {
        case C.equals:
        case C.colon:
          this.#separator(code)
          break
        case C.comma:
          this.#pair()
          break
        case C.hyphen:
          this.#option()
          break
        default:
          this.#at++
          if (this.#isCode) {
            this.#source(code)
          }
      }
    }
    return this.#copied === 0 ? text : this.#result + text.slice(this.#copied)
  }

  /** Where literals and comments of a source line begin and end. */
  #source(code: number): void {
    const next = this.#text.charCodeAt(this.#at)
    if (code === C.backslash) {
      this.#at += this.#quote === 0 ? 0 : 1
    } else if (this.#isComment) {
      this.#isComment = !(code === C.asterisk && next === C.slash)
    } else if (C.isQuote(code)) {
      this.#quote = this.#quote === 0 ? code : this.#quote === code ? 0 : this.#quote
    } else if (code === C.slash && this.#quote === 0 && (next === C.slash || next === C.asterisk)) {
      this.#isComment = true
      this.#at++
    }
  }

  get #isBetweenLiterals(): boolean {
    return this.#isCode && this.#quote === 0 && !this.#isComment
  }

  #separator(code: number): void {
    const text = this.#text
    const at = this.#at
    let after = at + 1
    while (isOfOperator(code, text.charCodeAt(after))) {
      after++
    }
    this.#at = after
    const second = text.charCodeAt(at + 1)
    // neither `a::b` nor `scheme://`
    if (code === C.colon && (second === C.colon || (second === C.slash && text.charCodeAt(at + 2) === C.slash))) {
      return
    }
    const name = this.#nameBefore(at, code)
    if (name === undefined) {
      return
    }
    const before = text.charCodeAt(name.start - 1)
    const isParameter = code === C.equals && (before === C.question || before === C.ampersand)
    if (!this.#counts(name, isParameter)) {
      return
    }
    if (!this.#isBetweenLiterals || (isParameter && isParameterValue(text, after))) {
      this.#value(after, code === C.colon && headerName.test(name.text) ? this.#headerOf(name) : undefined)
    } else if (code === C.colon || text.charCodeAt(after - 1) !== C.greater) {
      this.#statement(after, code === C.equals && isComparison(text, at, after))
    }
  }

  /** `"Cookie: a=b"` is enclosed, `"cookie": "a=b"` is not. */
  #headerOf({ end, start }: Name): Header {
    const before = this.#text.charCodeAt(start - 1)
    const after = this.#text.charCodeAt(end)
    return C.isQuote(before) && !C.isQuote(after) && after !== C.backslash
      ? { quote: before, isEnclosed: true }
      : { quote: this.#quote, isEnclosed: false }
  }

  #counts(name: Name, isParameter: boolean): boolean {
    if (name.text === "redacted") {
      return false
    }
    if (this.#isSensitive(name.text) || (isParameter && secretParameter.test(name.text))) {
      return true
    }
    if (!secondWord.test(name.text) || this.#isBetweenLiterals) {
      return false
    }
    const end = name.start - 1
    const first = C.isBlank(this.#text.charCodeAt(end)) ? this.#nameUpTo(end) : undefined
    return first !== undefined && this.#isSensitive(`${first.text} ${name.text}`)
  }

  /** The name before a separator, through what may stand between them. */
  #nameBefore(at: number, separator: number): Name | undefined {
    const text = this.#text
    let end = at
    while (end > this.#copied && isBeforeSeparator(text.charCodeAt(end - 1), separator)) {
      end--
    }
    return this.#nameUpTo(end)
  }

  #nameUpTo(end: number): Name | undefined {
    const text = this.#text
    let start = end
    while (start > this.#copied && C.isOfName(text.charCodeAt(start - 1))) {
      start--
    }
    let first = start
    while (first < end && (text.charCodeAt(first) === C.dollar || text.charCodeAt(first) === C.hyphen)) {
      first++
    }
    return first === end ? undefined : { start, end, text: text.slice(first, end) }
  }

  /** `"name", "value"` */
  #pair(): void {
    const text = this.#text
    const at = this.#at++
    if (!C.isQuote(text.charCodeAt(at - 1))) {
      return
    }
    const start = this.#skipBlanks(at + 1)
    const opening = ValueEnds.endOfRun(text, start, C.backslash)
    const quote = text.charCodeAt(opening)
    if (!C.isQuote(quote) || quote === this.#quote) {
      return
    }
    const name = this.#nameBefore(at, C.comma)
    if (name !== undefined && this.#counts(name, false)) {
      this.#value(start)
    }
  }

  /** `--name value` */
  #option(): void {
    const text = this.#text
    const at = this.#at
    const end = ValueEnds.endOfName(text, at)
    this.#at = end
    const before = text.charCodeAt(at - 1)
    if (
      text.charCodeAt(at + 1) !== C.hyphen || end === at + 2 || !C.isBlank(text.charCodeAt(end)) ||
      (at > 0 && !C.isSpace(before) && !C.isQuote(before)) || this.#isBetweenLiterals
    ) {
      return
    }
    const start = this.#skipBlanks(end)
    if (text.charCodeAt(start) !== C.hyphen && this.#isSensitive(text.slice(at + 2, end))) {
      this.#value(start)
    }
  }

  #skipBlanks(at: number): number {
    let start = at
    while (C.isBlank(this.#text.charCodeAt(start))) {
      start++
    }
    return start
  }

  /** A value as it stands in a message. */
  #value(from: number, header?: Header): void {
    const text = this.#text
    const quote = this.#quote
    const start = this.#skipBlanks(from)
    const opening = ValueEnds.endOfRun(text, start, C.backslash)
    const code = text.charCodeAt(opening)
    this.#at = start
    if (start >= text.length || (code === quote && quote !== 0)) {
      return
    }
    if (C.isQuote(code) && header?.isEnclosed !== true) {
      const backslashes = opening - start
      const end = ValueEnds.ofQuoted(text, opening + 1, code, backslashes, quote)
      this.#replace(opening + 1, end)
      const closing = ValueEnds.endOfRun(text, end, C.backslash)
      this.#at = text.charCodeAt(closing) === code ? closing + 1 : end
      return
    }
    if (quote === C.backtick && text.startsWith("${", start)) {
      // what will be filled in stands elsewhere
      this.#at = start + 2
      return
    }
    const end = header !== undefined
      ? ValueEnds.ofHeader(text, start, header.quote)
      : C.isOpening(code) && code !== C.openParenthesis
      ? ValueEnds.ofBare(text, ValueEnds.ofBracketed(text, start, quote), quote)
      : this.#schemeEnd(start, ValueEnds.ofBare(text, start, quote))
    if (end - start > longestHarmless || !harmless.has(text.slice(start, end))) {
      this.#replace(start, end)
    }
    this.#at = end
  }

  /** `Bearer` is not the value, what follows is. */
  #schemeEnd(start: number, end: number): number {
    const text = this.#text
    return end - start < 10 && text.charCodeAt(end) === C.space && scheme.test(text.slice(start, end))
      ? ValueEnds.ofBare(text, end + 1, this.#quote)
      : end
  }

  /** The literals of a source line up to the end of the statement, or the one that something is compared with. */
  #statement(from: number, isComparison: boolean): void {
    const text = this.#text
    let depth = 0
    let at = from
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (C.isQuote(code)) {
        const end = ValueEnds.ofQuoted(text, at + 1, code, 0, 0)
        if (!isComparison || !typeNames.has(text.slice(at + 1, Math.min(end, at + 12)))) {
          this.#replace(at + 1, end)
        }
        at = end
        if (isComparison) {
          at++
          break
        }
      } else if (C.isOpening(code)) {
        depth++
      } else if (C.isClosing(code)) {
        depth--
      } else if (code === C.slash && (text.charCodeAt(at + 1) === C.slash || text.charCodeAt(at + 1) === C.asterisk)) {
        break
      }
      if (
        depth < 0 || code === C.semicolon || code === C.newline || (code === C.comma && depth === 0) ||
        (isComparison && !C.isSpace(code))
      ) {
        break
      }
    }
    this.#at = Math.min(at, text.length)
  }

  #replace(start: number, end: number): void {
    if (end > start) {
      this.#result += this.#text.slice(this.#copied, start) + mark
      this.#copied = end
    }
  }
}

const isOfOperator = (first: number, code: number): boolean =>
  first === C.colon ? code === C.colon || code === C.equals : code === C.equals || code === C.greater

const isComparison = (text: string, at: number, after: number): boolean => {
  const before = text.charCodeAt(at - 1)
  return after - at > 1 || before === C.exclamation || before === C.less || before === C.greater
}

/** Whitespace, quotes, `]` and, before `=`, the rest of an operator; `?` and `!` before the colon of a TypeScript field. */
const isBeforeSeparator = (code: number, separator: number): boolean =>
  C.isBlank(code) || C.isQuote(code) || code === C.backslash || code === C.closeBracket || code === C.asterisk ||
  code === C.question || code === C.exclamation ||
  (separator === C.equals &&
    (code === C.plus || code === C.bar || code === C.ampersand || code === C.less || code === C.greater))

const isParameterValue = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return text.startsWith(mark, at) ||
    (!C.isSpace(code) && !C.isQuote(code) && !C.isOpening(code) && !C.isClosing(code))
}
