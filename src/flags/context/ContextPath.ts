/**
 * Properties of a context by the seed's paths: `user.plan`, `device.os`, `custom.a.b`, or a bare name for a property of
 * the user.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import * as BagPath from "./BagPath.js"
import { emptyBag } from "./ContextFields.js"
import {
  ApplicationContext,
  type ContextData,
  DeviceContext,
  EnvironmentContext,
  RequestContext,
  SessionContext,
  UserContext
} from "./ContextSections.js"
import { snakeCase } from "./Spelling.js"

/** Reads one property from any context. `undefined`: it is missing. It allocates nothing. */
export type Read = (context: ContextData) => JsonValue | undefined

type Section = "user" | "device" | "request" | "application" | "session" | "environment"

const spellings = (fields: object): ReadonlyMap<string, string> =>
  new Map(Object.keys(fields).flatMap((name) => [[snakeCase(name), name], [name, name]]))

/** The fields of each section by either spelling, from its schema: one that is added there is readable here. */
export const sections: { readonly [S in Section]: ReadonlyMap<string, string> } = {
  user: spellings(UserContext.fields),
  device: new Map([...spellings(DeviceContext.fields), ["type", "deviceType"]]),
  request: spellings(RequestContext.fields),
  application: spellings(ApplicationContext.fields),
  session: spellings(SessionContext.fields),
  environment: spellings(EnvironmentContext.fields)
}

/** What paths call the sections. */
export const namespaces: ReadonlyMap<string, Section> = new Map([
  ["user", "user"],
  ["device", "device"],
  ["request", "request"],
  ["application", "application"],
  ["app", "application"],
  ["session", "session"],
  ["environment", "environment"],
  ["env", "environment"]
])

/** The reader of a path; the path is taken apart once. */
export const reader = (path: string): Read => {
  const [head, rest] = split(path)
  if (rest === undefined) {
    return head === "custom"
      ? first(({ custom }) => present(custom), user(path))
      : head === "timestamp"
      ? first(ofTimestamp(), user(path))
      : user(path)
  }
  const property = wholeProperty(path)
  if (head === "custom") {
    const find = BagPath.at(rest)
    return first(({ custom }) => custom === emptyBag ? undefined : find(custom), property)
  }
  const section = namespaces.get(head)
  return section === undefined
    ? user(path)
    : first(section === "user" ? user(rest) : inSection(section, rest) ?? nothing, property)
}

/** The reader of a declared field alone, by its full path. */
export const field = (path: string): Read => {
  const [head, rest] = split(path)
  const section = namespaces.get(head)
  return section === undefined || rest === undefined ? nothing : inSection(section, rest) ?? nothing
}

const split = (path: string): readonly [head: string, rest: string | undefined] => {
  const dot = path.indexOf(".")
  return dot === -1 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)]
}

const nothing: Read = () => undefined

/** What `one` finds, `null` included, otherwise what `other` does. */
export const first = (one: Read, other: Read): Read => (context) => {
  const value = one(context)
  return value === undefined ? other(context) : value
}

/** A declared field of the user, otherwise one of their further properties. */
const user = (path: string): Read => {
  const find = BagPath.at(path)
  const property: Read = ({ user }) =>
    user === undefined || user.properties === emptyBag ? undefined : find(user.properties)
  const declared = inSection("user", path)
  return declared === undefined ? property : first(declared, property)
}

/** A property whose own key looks like a path: `app.version`. */
const wholeProperty = (key: string): Read => ({ user }) => {
  if (user === undefined || user.properties === emptyBag) {
    return undefined
  }
  const value = user.properties[key]
  return value !== undefined && Object.hasOwn(user.properties, key) ? value : undefined
}

const ofTimestamp = (): Read => {
  const plain = toJson()
  return ({ timestamp }) => timestamp === undefined ? undefined : plain(timestamp)
}

const inSection = (section: Section, path: string): Read | undefined => {
  const field = sections[section].get(path)
  if (field !== undefined) {
    return inField(section, field)
  }
  const [head, rest] = split(path)
  const bag = rest === undefined ? undefined : sections[section].get(head)
  if (rest === undefined || (bag !== "properties" && bag !== "queryParams")) {
    return undefined
  }
  const find = BagPath.at(rest)
  return bag === "properties"
    ? ({ user }) => user === undefined ? undefined : find(user.properties)
    : ({ request }) => request === undefined ? undefined : find(request.queryParams)
}

const inField = (section: Section, field: string): Read => {
  if (field === "isMobile") {
    return ({ device }) =>
      device === undefined || device.isMobile !== undefined
        ? device?.isMobile
        : device.deviceType === undefined
        ? undefined
        : device.deviceType === "mobile" || device.deviceType === "tablet"
  }
  const plain = toJson()
  const of = (value: unknown): JsonValue | undefined =>
    // fields hold JSON where they hold no object
    typeof value === "object" && value !== null ? plain(value) : value as JsonValue | undefined
  // the names of fields were read off the sections' own schemas; one function per section, for speed: each reads one
  // property of one kind of object
  switch (section) {
    case "user":
      return ({ user }) => user === undefined ? undefined : of(user[field as keyof UserContext])
    case "device":
      return ({ device }) => device === undefined ? undefined : of(device[field as keyof DeviceContext])
    case "request":
      return ({ request }) => request === undefined ? undefined : of(request[field as keyof RequestContext])
    case "application":
      return ({ application }) =>
        application === undefined ? undefined : of(application[field as keyof ApplicationContext])
    case "session":
      return ({ session }) => session === undefined ? undefined : of(session[field as keyof SessionContext])
    case "environment":
      return ({ environment }) => of(environment[field as keyof EnvironmentContext])
  }
}

/** What is no text, number or truth is a moment, a list or a bag; an empty one of the latter says nothing. */
const toJson = (): (value: object) => JsonValue | undefined => {
  // the text of the moment that was read last: a pure function's memory, so that reading again makes nothing new
  let last: object | undefined
  let text: string | undefined
  return (value) => {
    if (value === last) {
      return text
    }
    if (!DateTime.isDateTime(value)) {
      return present(value as JsonObject | ReadonlyArray<JsonValue>)
    }
    last = value
    return text = DateTime.formatIso(value)
  }
}

const present = (value: JsonObject | ReadonlyArray<JsonValue>): JsonValue | undefined => {
  for (const key in value) {
    if (Object.hasOwn(value, key)) {
      return value
    }
  }
  return undefined
}
