/**
 * The hosts that the scope may travel to.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"

export type HostAllowList = (url: URL) => boolean

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" }

/** Exact host names, in any case: no subdomain of them, no pattern. One that names a port holds for that port alone. */
export const make = (hosts: ReadonlyArray<string>): HostAllowList => {
  const allowed = new Set(hosts.flatMap((host) => entryOf(host) ?? []))
  return ({ hostname, port, protocol }) => {
    const name = withoutDot(hostname)
    return protocol in defaultPorts &&
      (allowed.has(name) || allowed.has(`${name}:${port === "" ? defaultPorts[protocol] : port}`))
  }
}

/** As a URL writes it: in lower case, an international name in ASCII, an IPv6 address in brackets. */
const entryOf = (host: string): string | undefined => {
  const [, name = "", port] = /^(\[[^\]]+\]|[^:\s/?#@\\]+)(:\d{1,5})?$/.exec(host) ?? []
  return name === ""
    ? undefined
    : GuardedRead.guarded(() => `${withoutDot(new URL(`http://${name}`).hostname)}${port ?? ""}`)
}

/** `example.com.` is the same host. */
const withoutDot = (host: string): string => host.endsWith(".") ? host.slice(0, -1) : host
