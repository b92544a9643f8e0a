/**
 * Where a request comes from: the address of the connection, or what proxies that are trusted say of it. Nobody else's
 * word counts, for anybody can send these headers.
 *
 * @since 0.1.0
 */
import * as Address from "./Address.js"
import * as TrustedProxies from "./TrustedProxies.js"

/**
 * The header that the proxies write. Only one is believed: a proxy hands on those that it does not write, and then the
 * client has written them.
 *
 * @since 0.1.0
 * @category models
 */
export type AddressHeader = "x-forwarded-for" | "forwarded" | "x-real-ip"

export interface ClientAddress {
  /** Is the connection one of a trusted proxy, so that what it says of host and scheme counts? */
  readonly isProxied: (connection: string | undefined) => boolean
  /** `header`: the value of the header that is believed. */
  readonly of: (connection: string | undefined, header: unknown) => string | undefined
  readonly invalid: ReadonlyArray<string>
}

/** Hops that are looked at. */
const maxHops = 64

/** A list that is longer is no header that a proxy wrote. */
const maxLength = 4 * 1024

/** Without trusted proxies the connection's address is the client's. */
export const direct: ClientAddress = {
  isProxied: () => false,
  of: (connection) => connection === undefined ? undefined : Address.parse(connection),
  invalid: []
}

export const make = (proxies: TrustedProxies.TrustedProxies, name: AddressHeader): ClientAddress => {
  const { invalid, isTrusted } = TrustedProxies.make(proxies)
  const hopsOf = name === "forwarded" ? forwarded : name === "x-real-ip" ? single : forwardedFor
  return {
    isProxied: (connection) => isTrusted(connection === undefined ? undefined : Address.parse(connection), 0),
    of: (connection, header) => {
      let address = connection === undefined ? undefined : Address.parse(connection)
      if (!isTrusted(address, 0)) {
        return address
      }
      // the last entry is what the nearest proxy saw: as far as the hops are trusted, the next one's word counts
      const hops = typeof header === "string" && header.length <= maxLength ? hopsOf(header) : []
      const last = Math.max(0, hops.length - maxHops)
      for (let i = hops.length - 1, hop = 1; i >= last; i--, hop++) {
        address = hops[i]
        if (address === undefined || !isTrusted(address, hop)) {
          return address
        }
      }
      return address
    },
    invalid
  }
}

type Hops = ReadonlyArray<string | undefined>

const forwardedFor = (header: string): Hops => header.split(",").map(Address.parse)

const single = (header: string): Hops => [Address.parse(header)]

/** RFC 7239: elements of pairs, of which `for` is the one that counts; values may be quoted. */
const forwarded = (header: string): Hops => {
  const hops: Array<string | undefined> = []
  let hop: string | undefined
  let pair = ""
  let quoted = false
  let escaped = false
  const endPair = () => {
    const [name, value] = split(pair)
    if (hop === undefined && name === "for") {
      hop = Address.parse(value)
    }
    pair = ""
  }
  for (const character of header) {
    if (escaped || (quoted && character !== "\"" && character !== "\\")) {
      pair += character
      escaped = false
    } else if (character === "\"") {
      quoted = !quoted
    } else if (quoted) {
      escaped = true
    } else if (character === ";" || character === ",") {
      endPair()
      if (character === ",") {
        hops.push(hop)
        hop = undefined
      }
    } else {
      pair += character
    }
  }
  endPair()
  // a quote that never ends has swallowed what came after it
  hops.push(quoted ? undefined : hop)
  return hops
}

const split = (pair: string): readonly [name: string, value: string] => {
  const at = pair.indexOf("=")
  return [pair.slice(0, at).trim().toLowerCase(), pair.slice(at + 1)]
}
