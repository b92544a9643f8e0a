/**
 * Which of the machines between the client and this server are the operator's own.
 *
 * @since 0.1.0
 */
import { BlockList } from "node:net"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as Address from "./Address.js"

/**
 * - a number: so many proxies stand in front of this server, whatever their addresses;
 * - a list: these addresses and networks (`10.0.0.0/8`, `2001:db8::/32`, `192.0.2.1`);
 * - a predicate over the address, without port and zone, and the number of the hop: 0 is who opened the connection.
 *
 * @since 0.1.0
 * @category models
 */
export type TrustedProxies = number | ReadonlyArray<string> | ((address: string, hop: number) => boolean)

export interface ProxyTrust {
  /** `undefined` is a connection that has no address: a web handler's, a Unix socket's. */
  readonly isTrusted: (address: string | undefined, hop: number) => boolean
  /** What the list holds that is no network. It trusts nobody. */
  readonly invalid: ReadonlyArray<string>
}

export const make = (trusted: TrustedProxies): ProxyTrust => {
  if (typeof trusted === "number") {
    return { isTrusted: (_, hop) => hop < trusted, invalid: [] }
  }
  if (typeof trusted === "function") {
    return {
      // a predicate that throws trusts nobody
      isTrusted: (address, hop) =>
        address !== undefined && GuardedRead.guarded(() => trusted(address, hop) === true) === true,
      invalid: []
    }
  }
  const networks = new BlockList()
  const invalid = trusted.filter((network) => !add(networks, network))
  return {
    isTrusted: (address) => address !== undefined && networks.check(address, Address.family(address)),
    invalid
  }
}

const add = (networks: BlockList, network: string): boolean => {
  const [text = "", prefix, ...rest] = typeof network === "string" ? network.split("/") : []
  const address = Address.parse(text)
  if (address === undefined || rest.length > 0) {
    return false
  }
  const family = Address.family(address)
  const bits = family === "ipv4" ? 32 : 128
  if (prefix === undefined) {
    networks.addAddress(address, family)
    return true
  }
  // an IPv4 network written as IPv6 has a prefix of another length
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits || (family === "ipv4" && text.includes(":"))) {
    return false
  }
  networks.addSubnet(address, Number(prefix), family)
  return true
}
