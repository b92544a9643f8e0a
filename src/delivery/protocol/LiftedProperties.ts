/**
 * Properties that steer PostHog stand beside an event's properties in capture v1, and the library's name in a header
 * (CAP-26, HTTP-34).
 *
 * Properties are JSON text already, and stay it: the members that move are cut out, nothing else is parsed.
 *
 * @since 0.1.0
 */
import * as JsonMembers from "./JsonMembers.js"

/** JSON members without braces. A value that does not fit its new place stays a property. */
export interface Lifted {
  /** With a comma after each. */
  readonly root: string
  readonly options: string
  readonly properties: string
}

/** `own`: the text of a JSON object; `shared`: more of its members, without braces. */
export type Lift = (own: string, shared: string) => Lifted

/** For the events of one request: what several of them share is cut once. */
export const lifter = (): Lift => {
  const known = new Map<string, Lifted>()
  return (own, shared) => {
    let others = known.get(shared)
    if (others === undefined) {
      others = cut(shared)
      known.set(shared, others)
    }
    if (own === "{}") {
      return others
    }
    const mine = cut(own.slice(1, -1))
    return {
      root: mine.root + others.root,
      options: joined(mine.options, others.options),
      properties: joined(mine.properties, others.properties)
    }
  }
}

const joined = (a: string, b: string): string => a === "" ? b : b === "" ? a : `${a},${b}`

const named =
  /"\$(?:lib|lib_version|cookieless_mode|ignore_sent_at|process_person_profile|product_tour_id|session_id|window_id)"/

const cut = (members: string): Lifted => {
  // most texts have no such name in them, at any depth; and the first search is faster than the second
  if (!members.includes("\"$") || !named.test(members)) {
    return { root: "", options: "", properties: members }
  }
  let root = ""
  let options = ""
  let properties = ""
  // of the members since the last one that moved
  let start = 0
  let end = 0
  JsonMembers.forEach(members, (name, memberStart, value, memberEnd) => {
    const place = places.get(name)?.(members.slice(value, memberEnd))
    if (place === undefined) {
      start = end === start ? memberStart : start
      end = memberEnd
      return
    }
    root += place.root
    options = joined(options, place.options)
    properties = joined(properties, members.slice(start, end))
    start = end
  })
  return { root, options, properties: joined(properties, members.slice(start, end)) }
}

type Place = Pick<Lifted, "root" | "options">

/** Where the property goes that has this JSON text; `undefined` where it stays. */
type Move = (value: string) => Place | undefined

const nowhere: Move = () => ({ root: "", options: "" })

const toRoot = (name: string): Move => (value) =>
  isText(value) ? { root: `"${name}":${value},`, options: "" } : undefined

const toOptions = (name: string, read: (value: string) => string | undefined): Move => (value) => {
  const option = read(value)
  return option === undefined ? undefined : { root: "", options: `"${name}":${option}` }
}

const isText = (value: string): boolean => value.startsWith("\"") && value !== "\"\""

const text = (value: string): string | undefined => isText(value) ? value : undefined

/** What PostHog's own SDKs take for yes and no. */
const flag = (value: string): string | undefined => {
  const given: unknown = value.startsWith("{") || value.startsWith("[") ? undefined : JSON.parse(value)
  switch (typeof given) {
    case "boolean":
      return value
    case "number":
      return String(given !== 0)
    case "string":
      return words.get(given.trim().toLowerCase())
    default:
      return undefined
  }
}

const words: ReadonlyMap<string, string> = new Map([["true", "true"], ["1", "true"], ["false", "false"], [
  "0",
  "false"
]])

const places: ReadonlyMap<string, Move> = new Map([
  ["$lib", nowhere],
  ["$lib_version", nowhere],
  ["$cookieless_mode", toOptions("cookieless_mode", flag)],
  ["$ignore_sent_at", toOptions("disable_skew_correction", flag)],
  ["$process_person_profile", toOptions("process_person_profile", flag)],
  ["$product_tour_id", toOptions("product_tour_id", text)],
  ["$session_id", toRoot("session_id")],
  ["$window_id", toRoot("window_id")]
])
