/**
 * Addresses as headers and sockets write them.
 *
 * @since 0.1.0
 */
import { isIP, isIPv4 } from "node:net"

/** `203.0.113.7:4711`, `[2001:db8::1]:4711`, `[2001:db8::1]` */
const withPort = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/

const mapped = /^::ffff:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i

/** Longer than any address with its zone and its port. */
const maxLength = 128

/**
 * The address in a text, without port, brackets and zone; of an IPv4 address within IPv6 the former. `undefined` for what
 * is none: `unknown`, a hidden name, anything forged.
 */
export const parse = (text: string): string | undefined => {
  // nearly every connection's
  if (isIPv4(text)) {
    return text
  }
  if (text.length > maxLength) {
    return undefined
  }
  const bare = text.trim()
  const [, v6, v4] = withPort.exec(bare) ?? []
  const [address = ""] = (v6 ?? v4 ?? bare).split("%")
  if (isIP(address) === 0) {
    return undefined
  }
  return mapped.exec(address)?.[1] ?? address.toLowerCase()
}

export const family = (address: string): "ipv4" | "ipv6" => isIPv4(address) ? "ipv4" : "ipv6"
