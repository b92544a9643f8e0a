/**
 * The hosts that the scope may travel to.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"

export type HostAllowList = (url: URL) => boolean

/** Exact host names, in any case: no subdomain of them, no pattern, no port. */
export const make = (hosts: ReadonlyArray<string>): HostAllowList => {
  const allowed = new Set(hosts.flatMap((host) => hostNameOf(host) ?? []))
  return ({ hostname }) => allowed.has(withoutDot(hostname))
}

/** As a URL writes it: in lower case, an international name in ASCII, an IPv6 address in brackets. */
const hostNameOf = (host: string): string | undefined =>
  /^[^\s/?#@\\]+$/.test(host)
    ? GuardedRead.guarded(() => withoutDot(new URL(`http://${host.includes("::") && !host.startsWith("[") ? `[${host}]` : host}`).hostname))
    : undefined

/** `example.com.` is the same host. */
const withoutDot = (host: string): string => host.endsWith(".") ? host.slice(0, -1) : host
