/**
 * What a builder has been told so far: sections of fields, none of them checked yet. Never changed, only copied.
 *
 * @since 0.1.0
 */
import { bare } from "../../domain/PlainJson.js"
import { type TimestampInput, toUtc } from "../../event/Timestamp.js"

type Section = "user" | "device" | "request" | "application" | "session" | "environment"

interface Bag {
  readonly [key: string]: unknown
}

export interface ContextInput {
  readonly sections: { readonly [S in Section]?: Bag }
  /** Segments: a set. */
  readonly groups: ReadonlyArray<string>
  readonly properties: Bag
  readonly queryParams: Bag
  readonly custom: Bag
  readonly timestamp: unknown
}

export const empty: ContextInput = {
  sections: {},
  groups: [],
  properties: {},
  queryParams: {},
  custom: {},
  timestamp: undefined
}

/** With these fields of a section; `undefined` forgets one. */
export const set = (self: ContextInput, section: Section, fields: Bag): ContextInput => ({
  ...self,
  sections: { ...self.sections, [section]: { ...self.sections[section], ...fields } }
})

/** With these entries of a bag. */
export const put = (
  self: ContextInput,
  bag: "properties" | "queryParams" | "custom",
  entries: Iterable<readonly [key: string, value: unknown]>
): ContextInput => {
  const copy = Object.assign(bare<unknown>(), self[bag])
  for (const [key, value] of entries) {
    copy[key] = value
  }
  return { ...self, [bag]: copy }
}

export const addGroup = (self: ContextInput, group: string): ContextInput => ({
  ...self,
  groups: Array.from(new Set([...self.groups, group]))
})

/** As JSON says a moment; what names none becomes a text that is none, which is found out when the context is built. */
export const moment = (input: TimestampInput): string => toUtc(input) ?? ""

/** What the schema of a context decodes. */
export const toEncoded = ({ custom, groups, properties, queryParams, sections, timestamp }: ContextInput): Bag => {
  const { device, request, user, ...rest } = sections
  return {
    ...rest,
    user: unless(isEmpty(user) && groups.length === 0 && isEmpty(properties), {
      ...user,
      groups: inOrder(groups),
      properties
    }),
    device: unless(isEmpty(device), { ...device, isMobile: device?.["isMobile"] ?? isMobile(device?.["deviceType"]) }),
    request: unless(isEmpty(request) && isEmpty(queryParams), { ...request, queryParams }),
    custom,
    timestamp
  }
}

/** Sorted, so that it does not matter which was named first; what is no text is left for the schema to find. */
const inOrder = (groups: ReadonlyArray<unknown>): ReadonlyArray<unknown> =>
  groups.every((group) => typeof group === "string") ? groups.toSorted() : groups

const isMobile = (deviceType: unknown): boolean | undefined =>
  deviceType === undefined ? undefined : deviceType === "mobile" || deviceType === "tablet"

const unless = (nothing: boolean, section: Bag): Bag | undefined => nothing ? undefined : section

const isEmpty = (bag: Bag | undefined): boolean =>
  bag === undefined || Object.values(bag).every((value) => value === undefined)
