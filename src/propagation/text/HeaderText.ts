/**
 * Texts in headers: what comes in is cleaned, what goes out can be nothing but one header's value.
 *
 * @since 0.1.0
 */
import * as BoundedText from "../../domain/BoundedText.js"
import * as HeaderValue from "./HeaderValue.js"

/**
 * UTF-16 units that a text from a header may have (TRHDR-04, LIMIT-04).
 *
 * @since 0.1.0
 * @category limits
 */
export const defaultMaxLength = 1000

/** As much of a text is looked at as many times what may remain: the rest would be control characters and spaces. */
const lookahead = 16

/** `%E4%BD%A0` is one unit. */
const encodedUnit = 9

const marker = "UTF-8''"

const marked = /^utf-8'[a-z0-9-]*'/i

const longestMark = 64

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\x00-\x1f\x7f-\x9f]+/g

const plain = /^[\x20-\x7e]*$/

/** The characters of an ext-value (RFC 8187, attr-char), and those of its escapes. */
const extValue = /^[A-Za-z0-9!#$&+.^_`|~%-]*$/

/**
 * A text from outside as it may be used, or `undefined` where there is none (TRHDR-04, TRHDR-14): the value itself, or
 * the first of several of which something remains. Control characters (C0, DEL, C1) are stripped, white space around
 * the rest too; it is well-formed, and cut to `maxLength` UTF-16 units (1000), never within a surrogate pair. Bytes are
 * taken as UTF-8. Anything else is missing.
 *
 * @example
 * import { clean } from "effect-posthog/propagation/text/HeaderText"
 *
 * clean(" user-\u0000123\r\n") // "user-123"
 * clean(["", "user-123"]) // "user-123"
 * clean(42) // undefined
 *
 * @since 0.1.0
 * @category conversions
 */
export const clean = (value: unknown, maxLength: number = defaultMaxLength): string | undefined =>
  first(value, maxLength, (text) => text)

/**
 * Like `clean`, for a text that `encode` may have written: an ext-value is decoded, and what it held is cleaned.
 *
 * @example
 * import { read } from "effect-posthog/propagation/text/HeaderText"
 *
 * read("UTF-8''Am%C3%A9lie") // "Amélie"
 * read("UTF-8''%0D%0Aadmin") // "admin"
 *
 * @since 0.1.0
 * @category conversions
 */
export const read = (value: unknown, maxLength: number = defaultMaxLength): string | undefined =>
  first(value, maxLength, (text) => decode(text, maxLength))

const first = (value: unknown, maxLength: number, decoded: (text: string) => string): string | undefined => {
  const most = Math.max(maxLength, 0)
  for (const item of HeaderValue.items(value)) {
    const text = cleaned(decoded(HeaderValue.head(item, lookahead * most)), most)
    if (text !== "") {
      return text
    }
  }
  return undefined
}

const cleaned = (text: string, maxLength: number): string =>
  // the cut may bring white space to the end
  BoundedText.head(text.replace(controls, "").trim(), maxLength).trimEnd()

/**
 * The text as the value of a header: printable ASCII without line breaks, whatever the text is. It is written as it
 * stands where it can be, and as an ext-value (RFC 8187, `UTF-8''…`) where it holds other characters, has spaces around
 * it or looks like an ext-value itself. Half surrogate pairs become U+FFFD, and `maxLength` UTF-16 units (1000) are
 * written at most. What is no text is `""`.
 *
 * @example
 * import { encode } from "effect-posthog/propagation/text/HeaderText"
 *
 * encode("user-123") // "user-123"
 * encode("Amélie\r\nX-Admin: 1") // "UTF-8''Am%C3%A9lie%0D%0AX-Admin%3A%201"
 *
 * @since 0.1.0
 * @category conversions
 */
export const encode = (text: string | undefined, maxLength: number = defaultMaxLength): string => {
  if (typeof text !== "string") {
    return ""
  }
  const bounded = BoundedText.head(text, Math.max(maxLength, 0))
  return plain.test(bounded) && !bounded.startsWith(" ") && !bounded.endsWith(" ") && !marked.test(bounded)
    ? bounded
    : marker + encodeURIComponent(bounded).replace(/['()*]/g, escaped)
}

/** What `encodeURIComponent` leaves and an ext-value may not hold. */
const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

/**
 * What `encode` was given. A text that is no ext-value, a malformed one, or one of more than `maxLength` UTF-16 units
 * (1000) stands for itself.
 *
 * An ext-value may hold anything, control characters too: `clean` what comes out, or `read` instead.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decode = (text: string, maxLength: number = defaultMaxLength): string => {
  if (typeof text !== "string" || text.length > longestMark + encodedUnit * maxLength) {
    return typeof text === "string" ? text : ""
  }
  const [mark] = marked.exec(text) ?? []
  if (mark === undefined || mark.length > longestMark) {
    return text
  }
  const encoded = text.slice(mark.length)
  if (!extValue.test(encoded)) {
    return text
  }
  try {
    const decoded = decodeURIComponent(encoded)
    return decoded.length > maxLength ? text : decoded
  } catch {
    return text
  }
}
