/**
 * One member of a `baggage` header: a key, its value, and what is said of it.
 *
 * @since 0.1.0
 */
import * as OptionalSpace from "./OptionalSpace.js"

/**
 * Something said of an entry; the recommendation gives it no meaning.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaggageProperty {
  /** A token (RFC 7230). */
  readonly key: string
  /** `undefined` for a property that is nothing but its key. */
  readonly value: string | undefined
}

/**
 * An entry.
 *
 * @since 0.1.0
 * @category models
 */
export interface BaggageEntry {
  /** A token (RFC 7230), as it stands: keys are not percent-encoded. */
  readonly key: string
  /** Any text: it is percent-encoded on its way. */
  readonly value: string
  readonly properties: ReadonlyArray<BaggageProperty>
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** baggage-octet */
const valuePattern = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/

/** What is no baggage-octet, and the percent sign. */
const toEncode = /[^\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+/gu

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const isToken = (key: unknown): key is string => typeof key === "string" && tokenPattern.test(key)

/** Can the entry be sent at all? */
export const isValid = ({ key, properties, value }: BaggageEntry): boolean =>
  isToken(key) && typeof value === "string" &&
  properties.every(({ key, value }) => isToken(key) && (value === undefined || typeof value === "string"))

/** The entry, `undefined` for a member that is empty or malformed. */
export const parse = (member: string): BaggageEntry | undefined => {
  const [first = "", ...rest] = member.split(";")
  const entry = parsePair(first)
  if (entry === undefined || entry.value === undefined) {
    return undefined
  }
  const properties: Array<BaggageProperty> = []
  for (const part of rest) {
    // `a=1;` says nothing more than `a=1`
    if (OptionalSpace.trim(part) !== "") {
      const property = parsePair(part)
      if (property === undefined) {
        return undefined
      }
      properties.push(property)
    }
  }
  return { key: entry.key, value: entry.value, properties }
}

const parsePair = (text: string): BaggageProperty | undefined => {
  const equals = text.indexOf("=")
  const key = OptionalSpace.trim(equals === -1 ? text : text.slice(0, equals))
  const value = equals === -1 ? undefined : OptionalSpace.trim(text.slice(equals + 1))
  return isToken(key) && (value === undefined || valuePattern.test(value))
    ? { key, value: value === undefined ? undefined : decode(value) }
    : undefined
}

/** A percent sign that begins no octet stands for itself. */
const decode = (value: string): string =>
  value.includes("%")
    ? value.replace(
      /(?:%[0-9A-Fa-f]{2})+/g,
      (octets) => decoder.decode(Uint8Array.from(octets.slice(1).split("%"), (octet) => Number.parseInt(octet, 16)))
    )
    : value

/** The member's text of at most so many bytes, `undefined` for an entry that is longer or cannot be sent. */
export const format = (entry: BaggageEntry, maxBytes: number): string | undefined => {
  // no text gets shorter by being encoded: a long one need not be encoded to be refused
  if (!(entry.value.length <= maxBytes) || !(entry.properties.length <= maxBytes) || !isValid(entry)) {
    return undefined
  }
  let text = `${entry.key}=${encode(entry.value)}`
  for (const { key, value } of entry.properties) {
    if (text.length + (value?.length ?? 0) > maxBytes) {
      return undefined
    }
    text += value === undefined ? `;${key}` : `;${key}=${encode(value)}`
  }
  return text.length <= maxBytes ? text : undefined
}

const encode = (value: string): string => value.toWellFormed().replace(toEncode, encodeURIComponent)
