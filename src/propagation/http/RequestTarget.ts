/**
 * What a request asks for: its path, its query, and the address that the client used.
 *
 * @since 0.1.0
 */
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import * as ReceivedHeaders from "./ReceivedHeaders.js"

export interface RequestTarget {
  /** Without the query. */
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
  /** Scheme and host, where the target itself names them, as a web handler's does. */
  readonly origin: string | undefined
}

/** UTF-16 units of an address or a path that are kept. */
export const maxLength = 2048

const maxParams = 64

/** `originalUrl`: a router that is mounted somewhere shortens the other one. */
export const of = (request: HttpServerRequest): RequestTarget => {
  const url = request.originalUrl
  // a fragment is never sent: what looks like one belongs to the path
  const absolute = url.startsWith("/") ? null : /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)
  const origin = absolute?.[0]
  const target = origin === undefined ? url : url.slice(origin.length)
  const at = target.indexOf("?")
  return {
    path: (at === -1 ? target : target.slice(0, at)) || "/",
    query: at === -1 ? "" : target.slice(at),
    origin
  }
}

/** `host` and `scheme`: what the client sent, or trusted proxies. */
export const url = (
  { origin, path, query }: RequestTarget,
  host: string | undefined,
  scheme: "http" | "https"
): string | undefined => {
  const from = origin ?? (host === undefined ? undefined : `${scheme}://${host}`)
  return from === undefined ? undefined : ReceivedHeaders.text(from + path + query, maxLength)
}

/** A name that comes several times has a list. */
export const params = (query: string): JsonObject => {
  const result: Record<string, JsonValue> = bare()
  let count = 0
  for (const [name, value] of pairs(query.length > maxLength ? query.slice(0, maxLength) : query)) {
    if (count++ === maxParams) {
      break
    }
    const known = result[name]
    result[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
  }
  return result
}

const pairs = (query: string): Iterable<readonly [name: string, value: string]> =>
  // one plain pair is what most queries are, and needs no parser
  /^\?[\w.-]+=[\w.-]*$/.test(query)
    ? [[query.slice(1, query.indexOf("=")), query.slice(query.indexOf("=") + 1)]]
    : new URLSearchParams(query)
