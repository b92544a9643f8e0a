/**
 * The `baggage` header of W3C Baggage: what an application sends along with a request, for whoever comes after.
 * Nothing of it is trusted.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderValue from "../text/HeaderValue.js"
import * as Member from "./BaggageMember.js"

export type {
  /** @since 0.1.0 */
  BaggageEntry,
  /** @since 0.1.0 */
  BaggageProperty
} from "./BaggageMember.js"

/**
 * Entries in their order. A key may be there more than once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Baggage {
  readonly entries: ReadonlyArray<Member.BaggageEntry>
}

/**
 * Entries that are read and sent at most: as many as the grammar has. The recommendation asks for 64.
 *
 * @since 0.1.0
 * @category limits
 */
export const maxEntries = 180

/**
 * Bytes that are sent at most, commas included.
 *
 * @since 0.1.0
 * @category limits
 */
export const maxBytes = 8192

/**
 * @since 0.1.0
 * @category constructors
 */
export const empty: Baggage = { entries: [] }

/**
 * Reads the `baggage` headers, texts or bytes, as one list. Values are decoded: percent-encoded UTF-8, where what is
 * invalid becomes U+FFFD. They may hold anything, control characters too.
 *
 * A malformed member is dropped alone, and as a whole. The first 180 entries are read, of at most 65,536 characters.
 *
 * @example
 * import { parse } from "effect-posthog/propagation/w3c/Baggage"
 *
 * parse("userId=Am%C3%A9lie;private, isProduction = false")
 * // { entries: [
 * //   { key: "userId", value: "Amélie", properties: [{ key: "private", value: undefined }] },
 * //   { key: "isProduction", value: "false", properties: [] }
 * // ] }
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (input: unknown): Baggage => {
  const entries: Array<Member.BaggageEntry> = []
  let room = HeaderValue.maxListLength
  for (const text of HeaderValue.lists(input)) {
    for (let start = 0; start <= text.length && entries.length < maxEntries;) {
      const comma = text.indexOf(",", start)
      const end = comma === -1 ? text.length : comma
      room -= end - start + 1
      if (room < -1) {
        return { entries }
      }
      const entry = Member.parse(text.slice(start, end))
      if (entry !== undefined) {
        entries.push(entry)
      }
      start = end + 1
    }
  }
  return { entries }
}

/**
 * The header's value, `undefined` where there is nothing to send. Values are percent-encoded as far as they have to be.
 *
 * Up to 180 entries and 8,192 bytes all of them are sent. Beyond that, an entry for which there is no room is left out
 * as a whole, and the ones before it stay. An entry whose key, or a property's, is no token is left out too.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (self: Baggage): string | undefined =>
  GuardedRead.guarded(() => {
    let text = ""
    let count = 0
    // more entries than bytes never have room
    for (let i = 0; i < Math.min(self.entries.length, maxBytes) && count < maxEntries; i++) {
      const separator = count === 0 ? "" : ","
      const member = GuardedRead.guarded(() => {
        const entry = self.entries[i]
        return entry === undefined
          ? undefined
          : Member.format(entry, maxBytes - text.length - separator.length)
      })
      if (member !== undefined) {
        text += separator + member
        count++
      }
    }
    return count === 0 ? undefined : text
  })

/**
 * The value of a key, the first one where there are several.
 *
 * @since 0.1.0
 * @category accessors
 */
export const get: {
  (key: string): (self: Baggage) => string | undefined
  (self: Baggage, key: string): string | undefined
} = dual(2, (self: Baggage, key: string) => self.entries.find((entry) => entry.key === key)?.value)

/**
 * Writes the only entry of a key: in the place of its first one, or at the end. A key that is no token (RFC 7230)
 * changes nothing.
 *
 * @example
 * import * as Baggage from "effect-posthog/propagation/w3c/Baggage"
 *
 * Baggage.format(Baggage.set(Baggage.parse("a=1,b=2"), "a", "50 %")) // "a=50%20%25,b=2"
 *
 * @since 0.1.0
 * @category combinators
 */
export const set: {
  (key: string, value: string, properties?: ReadonlyArray<Member.BaggageProperty>): (self: Baggage) => Baggage
  (self: Baggage, key: string, value: string, properties?: ReadonlyArray<Member.BaggageProperty>): Baggage
} = dual(
  (args) => typeof args[0] === "object",
  (
    self: Baggage,
    key: string,
    value: string,
    properties: ReadonlyArray<Member.BaggageProperty> = []
  ): Baggage => {
    const entry = { key, value, properties }
    if (!Member.isValid(entry)) {
      return self
    }
    const first = self.entries.findIndex((each) => each.key === key)
    return {
      entries: first === -1
        ? [...self.entries, entry]
        : self.entries.flatMap((each, i) => i === first ? [entry] : each.key === key ? [] : [each])
    }
  }
)

/**
 * Removes all entries of a key.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remove: {
  (key: string): (self: Baggage) => Baggage
  (self: Baggage, key: string): Baggage
} = dual(2, (self: Baggage, key: string): Baggage => ({
  entries: self.entries.filter((entry) => entry.key !== key)
}))
