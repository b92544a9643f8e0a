/**
 * Reading any carrier of headers: of an HTTP request, of a message. Whatever it is made of, looking something up in it
 * never throws, and never looks at more than so many entries.
 *
 * @since 0.1.0
 */
import { isHeaders } from "@effect/platform/Headers"
import * as AtLeast from "../../domain/AtLeast.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderValue from "./HeaderValue.js"

export type {
  /** @since 0.1.0 */
  HeaderItem,
  /** @since 0.1.0 */
  HeaderValue
} from "./HeaderValue.js"

/**
 * A carrier that is looked into several times.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reader {
  /** What stands under the name, whatever the case of either; several values in their order. */
  readonly get: (name: string) => HeaderValue.HeaderValue | undefined
}

/**
 * Entries of a carrier that are looked at.
 *
 * @since 0.1.0
 * @category limits
 */
export const defaultMaxEntries = 256

const maxNameLength = 256

/**
 * A reader for anything: `Headers` of the platform and of the web, an object of values (`IncomingHttpHeaders`, Kafka's
 * with their Buffers), a `Map`, an array or another iterable of `[name, value]` pairs, an array of `{ key, value }`.
 * Values are texts, bytes, or arrays of them. Where the carrier is something else, cannot be read, or holds something
 * else under a name, the header is missing (TRHDR-14).
 *
 * - Names are compared as ASCII, whatever their case (TRHDR-02). Only own properties count.
 * - Of an object's names that differ only in case, the one in lower case wins, then the first. Pairs with the same name
 *   are several values of it.
 * - What comes after the first `maxEntries` entries (256) is not looked at, unless a lookup needs no list of them.
 *
 * @example
 * import * as Carrier from "effect-posthog/propagation/text/Carrier"
 *
 * const reader = Carrier.read({ "X-Request-Id": "42", traceparent: Buffer.from("00-…") })
 * reader.get("x-request-id") // "42"
 * reader.get("toString") // undefined
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = (carrier: unknown, maxEntries: number = defaultMaxEntries): Reader => {
  if (typeof carrier !== "object" || carrier === null) {
    return nothing
  }
  return GuardedRead.guarded(() => readerOf(carrier, AtLeast.atLeast(0, maxEntries, defaultMaxEntries))) ?? nothing
}

/**
 * What stands under the name in a carrier that is looked into once.
 *
 * @since 0.1.0
 * @category accessors
 */
export const get = (carrier: unknown, name: string): HeaderValue.HeaderValue | undefined => read(carrier).get(name)

const nothing: Reader = { get: () => undefined }

const readerOf = (carrier: object, maxEntries: number): Reader => {
  // the headers of each request to an HTTP server: their names are in lower case, so nothing has to be listed
  if (isHeaders(carrier)) {
    return new ObjectReader(carrier, 0)
  }
  if (carrier instanceof Headers) {
    return { get: (name) => GuardedRead.guarded(() => HeaderValue.of(carrier.get(name))) }
  }
  const isIterable = Array.isArray(carrier) || typeof Reflect.get(carrier, Symbol.iterator) === "function"
  return isIterable ? pairsReader(carrier, maxEntries) : new ObjectReader(carrier, maxEntries)
}

/** The name in lower case, or `undefined` for what is no name: beyond ASCII, other letters have `k` as lower case too. */
const nameOf = (key: unknown): string | undefined =>
  typeof key === "string" && key.length <= maxNameLength && /^[\x21-\x7e]+$/.test(key) ? key.toLowerCase() : undefined

class ObjectReader implements Reader {
  readonly #carrier: object
  readonly #maxEntries: number
  /** By the name in lower case, the name in the carrier: made only when a name is not there as it stands. */
  #names: ReadonlyMap<string, string> | undefined

  constructor(carrier: object, maxEntries: number) {
    this.#carrier = carrier
    this.#maxEntries = maxEntries
  }

  get(name: string): HeaderValue.HeaderValue | undefined {
    const lower = name.toLowerCase()
    const value = this.#own(lower)
    if (value !== undefined || this.#maxEntries === 0) {
      return value
    }
    this.#names ??= namesOf(this.#carrier, this.#maxEntries)
    const key = this.#names.get(lower)
    return key === undefined ? undefined : this.#own(key)
  }

  #own(key: string): HeaderValue.HeaderValue | undefined {
    try {
      return Object.hasOwn(this.#carrier, key) ? HeaderValue.of(Reflect.get(this.#carrier, key)) : undefined
    } catch {
      return undefined
    }
  }
}

const namesOf = (carrier: object, maxEntries: number): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  for (const key of GuardedRead.keys(carrier).slice(0, maxEntries)) {
    const name = nameOf(key)
    // a name in lower case was already looked up as it stands
    if (name !== undefined && name !== key && !names.has(name)) {
      names.set(name, key)
    }
  }
  return names
}

const pairsReader = (carrier: object, maxEntries: number): Reader => {
  let values: ReadonlyMap<string, ReadonlyArray<HeaderValue.HeaderItem>> | undefined
  return {
    get: (name) => {
      values ??= valuesOf(carrier, maxEntries)
      return HeaderValue.of(values.get(name.toLowerCase()))
    }
  }
}

const valuesOf = (
  carrier: object,
  maxEntries: number
): ReadonlyMap<string, ReadonlyArray<HeaderValue.HeaderItem>> => {
  const values = new Map<string, Array<HeaderValue.HeaderItem>>()
  const add = (entry: unknown) => {
    const [key, value] = pairOf(entry)
    const name = nameOf(key)
    if (name !== undefined) {
      const known = values.get(name)
      const items = HeaderValue.items(value)
      if (known === undefined) {
        values.set(name, [...items])
      } else if (known.length < HeaderValue.maxItems) {
        known.push(...items)
      }
    }
  }
  // an entry that cannot be read is passed over; an iterator that throws has ended
  GuardedRead.guarded(() => {
    if (Array.isArray(carrier)) {
      const count = Math.min(carrier.length, maxEntries)
      for (let i = 0; i < count; i++) {
        GuardedRead.guarded(() => add(carrier[i]))
      }
      return
    }
    let left = maxEntries
    // what was asked before reading: an object with an iterator
    for (const entry of carrier as Iterable<unknown>) {
      if (left-- <= 0) {
        return
      }
      GuardedRead.guarded(() => add(entry))
    }
  })
  return values
}

const pairOf = (entry: unknown): readonly [key: unknown, value: unknown] =>
  Array.isArray(entry)
    ? [entry[0], entry[1]]
    : typeof entry === "object" && entry !== null && Object.hasOwn(entry, "key") && Object.hasOwn(entry, "value")
    ? [Reflect.get(entry, "key"), Reflect.get(entry, "value")]
    : [undefined, undefined]
