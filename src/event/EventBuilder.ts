/**
 * From a call to a finished event, in one synchronous step.
 *
 * @since 0.1.0
 */
import type { RefusalReason } from "../domain/CaptureOutcome.js"
import { toId } from "../domain/Id.js"
import { type JsonObject, type JsonValue, toJsonObject } from "../domain/JsonValue.js"
import type { Properties } from "../domain/PropertyValue.js"
import { isoTime } from "../scope/IsoTime.js"
import type { ScopeView } from "../scope/PosthogScope.js"
import { groupEntries } from "../scope/ScopeOptions.js"
import * as AmbientProperties from "./AmbientProperties.js"
import type { EventFlags } from "./EventFlags.js"
import * as EventProperties from "./EventProperties.js"
import { bytes, FinishedEvent, size } from "./FinishedEvent.js"
import * as Identity from "./Identity.js"
import { type TimestampInput, toUtc } from "./Timestamp.js"
import { isUuid, type UuidGenerator } from "./Uuid.js"

/**
 * What can be said about an event.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaptureOptions {
  /** The event's own properties: they win over everything but `$lib` and `$lib_version`. */
  readonly properties?: Properties | undefined
  /** Whose event it is. Default: the scope's distinct id, otherwise nobody's (personless). */
  readonly distinctId?: string | undefined
  /** When it happened. Default: now. A text or number that names no moment is replaced by now. */
  readonly timestamp?: TimestampInput | undefined
  /** Its id. Default, and where this is not a uuid: a fresh UUIDv7. */
  readonly uuid?: string | undefined
  /** PostHog's groups by type, over the scope's (CAP-08). */
  readonly groups?: { readonly [type: string]: string | number } | undefined
  /** Keep PostHog from looking up where the sender's address is. Default: the client's `disableGeoip`. */
  readonly disableGeoip?: boolean | undefined
  /** Flags that the event carries: a snapshot, or a part of one (`only`, `onlyAccessed`). Nothing is evaluated (CAP-22). */
  readonly flags?: EventFlags | undefined
}

/**
 * What can be said about a change of person properties.
 *
 * @since 0.1.0
 * @category models
 */
export type PersonOptions = Pick<CaptureOptions, "distinctId" | "timestamp" | "uuid">

/**
 * @since 0.1.0
 * @category models
 */
export interface IdentifyOptions extends Pick<CaptureOptions, "timestamp" | "uuid"> {
  /** Person properties to set. */
  readonly properties?: Properties | undefined
  /** Person properties to set where the person has none of that name yet (IDENT-03). */
  readonly setOnce?: Properties | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface GroupIdentifyOptions extends Pick<CaptureOptions, "distinctId" | "timestamp" | "uuid"> {
  /** Group properties to set. */
  readonly properties?: Properties | undefined
}

export interface Settings {
  readonly client: AmbientProperties.ClientProperties
  readonly uuids: UuidGenerator
  /** Do the scope's tags become person properties in `set` and `setOnce`? (seed 000 §7.1) */
  readonly tagsInSet: boolean
  /** Bytes. */
  readonly maxEventBytes: number
  /** The same of `captureAi`. */
  readonly maxAiEventBytes: number
}

/** An event that is larger than it may be: what may be said of it. */
export interface TooLarge {
  readonly tooLarge: { readonly event: string; readonly bytes: number }
}

export type Built = FinishedEvent | RefusalReason | TooLarge

export const isFinished = (built: Built): built is FinishedEvent => typeof built !== "string" && !("tooLarge" in built)

/** An event of which everything is settled but some properties of its own, which take longer. */
export interface EventDraft {
  readonly uuid: string
  readonly event: string
  readonly distinctId: string
  /** The caller's properties, as they were when the draft was begun. */
  readonly properties: JsonObject
  /** What it has without its caller's doing. */
  readonly ambient: AmbientProperties.AmbientProperties
  /** `own`: the text of a JSON object, and the names in it: they win over what is ambient. */
  readonly finish: (own: string, names: Iterable<string>) => Built
}

/** Every way to an event. `now` is in milliseconds since the epoch, `view` the scope of the call. */
export interface EventBuilder {
  readonly capture: (now: number, view: ScopeView, event: string, options: CaptureOptions) => Built
  /** The same for `captureAi` (CAPAI-08). */
  readonly captureAi: (now: number, view: ScopeView, event: string, options: CaptureOptions) => Built
  /** The first half of `capture`: all that the caller's moment decides. */
  readonly begin: (now: number, view: ScopeView, event: string, options: CaptureOptions) => EventDraft | RefusalReason
  /** An event that has these of its properties and no other, wherever they come from (FLAGS-TRACK-13). */
  readonly captureOnly: (
    now: number,
    view: ScopeView,
    event: string,
    options: CaptureOptions,
    names: ReadonlySet<string>
  ) => Built
  readonly set: (
    now: number,
    view: ScopeView,
    how: "$set" | "$set_once",
    properties: Properties,
    options: PersonOptions
  ) => Built
  readonly unset: (now: number, view: ScopeView, names: ReadonlyArray<string>, options: PersonOptions) => Built
  readonly identify: (now: number, view: ScopeView, distinctId: string, options: IdentifyOptions) => Built
  readonly alias: (now: number, view: ScopeView, distinctId: string, alias: string) => Built
  readonly groupIdentify: (
    now: number,
    view: ScopeView,
    type: string,
    key: string | number,
    options: GroupIdentifyOptions
  ) => Built
}

export const make = (settings: Settings): EventBuilder => {
  const { client, maxAiEventBytes, maxEventBytes, tagsInSet, uuids } = settings
  const makeAmbient = AmbientProperties.maker(client)
  const ambient = ambientCache(makeAmbient)
  const withFlags = flagsCache(makeAmbient)
  const utc = clockText()

  const around = (
    view: ScopeView,
    extent: AmbientProperties.Extent,
    who: Identity.Identity,
    options: Pick<CaptureOptions, "flags">
  ): AmbientProperties.AmbientProperties =>
    options.flags === undefined
      ? ambient(view, extent, who.personless)
      : withFlags(view, extent, who.personless, options.flags)

  const uuidOf = (now: number, options: Pick<CaptureOptions, "uuid">): string =>
    isUuid(options.uuid) ? options.uuid : uuids.next(now)

  const timestampOf = (now: number, options: Pick<CaptureOptions, "timestamp">): string =>
    (options.timestamp === undefined ? undefined : toUtc(options.timestamp)) ?? utc(now)

  const finish = (
    now: number,
    view: ScopeView,
    event: string,
    who: Identity.Identity,
    extent: AmbientProperties.Extent,
    properties: object | undefined,
    options: Pick<CaptureOptions, "timestamp" | "uuid" | "flags">,
    only?: ReadonlySet<string>,
    isAi = false
  ): Built => {
    const ambient = around(view, extent, who, options)
    const { own, shared } = only === undefined
      ? EventProperties.merge(properties, ambient, client.library)
      : EventProperties.mergeOnly(properties, ambient, client.library, only)
    return checked({
      uuid: uuidOf(now, options),
      event: event.toWellFormed(),
      distinctId: who.distinctId,
      timestamp: timestampOf(now, options),
      own,
      shared,
      isAi
    })
  }

  const checked = (fields: FinishedEvent): FinishedEvent | TooLarge => {
    const event = new FinishedEvent(fields)
    return isTooLarge(event, event.isAi ? maxAiEventBytes : maxEventBytes)
      ? { tooLarge: { event: event.event, bytes: bytes(event) } }
      : event
  }

  const person = (
    now: number,
    view: ScopeView,
    properties: JsonObject,
    options: PersonOptions
  ): Built => {
    const who = Identity.resolve(options.distinctId, view, () => "")
    return who === undefined
      ? "invalidDistinctId"
      : who.personless
      ? "personless"
      : finish(now, view, "$set", who, "session", properties, options)
  }

  const capture = (
    now: number,
    view: ScopeView,
    event: string,
    options: CaptureOptions,
    only?: ReadonlySet<string>,
    isAi?: boolean
  ): Built => {
    if (typeof event !== "string" || event.trim() === "") {
      return "invalidEvent"
    }
    const who = Identity.resolve(options.distinctId, view, () => uuids.next(now))
    return who === undefined
      ? "invalidDistinctId"
      : finish(now, view, event, who, "full", withEventOptions(view, options), options, only, isAi)
  }

  const begin = (
    now: number,
    view: ScopeView,
    event: string,
    options: CaptureOptions
  ): EventDraft | RefusalReason => {
    const who = Identity.resolve(options.distinctId, view, () => uuids.next(now))
    if (who === undefined) {
      return "invalidDistinctId"
    }
    const properties: Record<string, JsonValue> = { ...toJsonObject(withEventOptions(view, options)) }
    for (const name of Object.keys(client.library)) {
      delete properties[name]
    }
    const ambient = around(view, "full", who, options)
    const { distinctId } = who
    const uuid = uuidOf(now, options)
    const timestamp = timestampOf(now, options)
    return {
      uuid,
      event,
      distinctId,
      properties,
      ambient,
      finish: (own, names) =>
        checked({
          uuid,
          event,
          distinctId,
          timestamp,
          own,
          shared: AmbientProperties.without(ambient, names),
          isAi: false
        })
    }
  }

  return {
    capture,
    captureAi: (now, view, event, options) => capture(now, view, event, options, undefined, true),
    captureOnly: capture,
    begin,
    set: (now, view, how, properties, options) => {
      const own = toJsonObject(properties)
      const merged: JsonObject = tagsInSet ? { ...view.tags, ...own } : own
      return Object.keys(merged).length === 0
        ? "nothingToSet"
        : person(now, view, { [how]: merged }, options)
    },
    unset: (now, view, names, options) => {
      const wanted = Array.from(names).filter((name) => typeof name === "string" && name.trim() !== "")
      return wanted.length === 0 ? "nothingToSet" : person(now, view, { $unset: wanted }, options)
    },
    identify: (now, view, distinctId, options) => {
      const id = toId(distinctId)
      if (id === undefined) {
        return "invalidDistinctId"
      }
      const properties: Record<string, JsonValue> = { $set: toJsonObject(options.properties) }
      if (options.setOnce !== undefined) {
        properties["$set_once"] = toJsonObject(options.setOnce)
      }
      return finish(now, view, "$identify", { distinctId: id, personless: false }, "system", properties, options)
    },
    alias: (now, view, distinctId, alias) => {
      const existing = toId(distinctId)
      const added = toId(alias)
      return existing === undefined || added === undefined
        ? "invalidAlias"
        : finish(now, view, "$create_alias", { distinctId: existing, personless: false }, "system", {
          distinct_id: existing,
          alias: added
        }, {})
    },
    groupIdentify: (now, view, type, key, options) => {
      const groupType = toId(type)
      const groupKey = toId(key)
      if (groupType === undefined || groupKey === undefined) {
        return "invalidGroup"
      }
      const explicit = options.distinctId
      const distinctId = explicit === undefined || explicit === null
        ? view.distinctId ?? `$${groupType}_${groupKey}`
        : toId(explicit)
      return distinctId === undefined
        ? "invalidDistinctId"
        : finish(now, view, "$groupidentify", { distinctId, personless: false }, "session", {
          $group_type: groupType,
          $group_key: groupKey,
          $group_set: toJsonObject(options.properties)
        }, options)
    }
  }
}

/** The caller's properties with what the other options of a capture add to them. */
const withEventOptions = (view: ScopeView, options: CaptureOptions): object | undefined => {
  const { disableGeoip, groups, properties } = options
  if (groups === undefined && disableGeoip === undefined) {
    return properties
  }
  const merged: Record<string, JsonValue> = Object.assign(Object.create(null), toJsonObject(properties))
  if (groups !== undefined && !("$groups" in merged)) {
    merged["$groups"] = { ...view.groups, ...Object.fromEntries(groupEntries(groups)) }
  }
  if (disableGeoip !== undefined && !("$geoip_disable" in merged)) {
    merged["$geoip_disable"] = disableGeoip
  }
  return merged
}

const isTooLarge = (event: FinishedEvent, maxEventBytes: number): boolean => {
  const length = size(event)
  // a UTF-16 unit is at most three bytes of UTF-8: only what may be too large is measured
  return length * 3 > maxEventBytes &&
    (length > maxEventBytes || length + Buffer.byteLength(event.own) - event.own.length > maxEventBytes)
}

/** How many scopes' ambient properties are kept at hand: a few requests take turns, a long one has many events. */
const kept = 8

/** Ambient properties are made once for the events of a scope's view, as long as few other views come between them. */
const ambientCache = (make: AmbientProperties.Make) => {
  const views: Array<ScopeView | undefined> = Array.from({ length: kept }, () => undefined)
  const results: Array<AmbientProperties.AmbientProperties | undefined> = Array.from({ length: kept }, () => undefined)
  const personless: Array<boolean> = Array.from({ length: kept }, () => false)
  let oldest = 0
  // a WeakMap would cost more than what it saves: nearly every request has a view of its own
  return (view: ScopeView, extent: AmbientProperties.Extent, isPersonless: boolean) => {
    if (extent !== "full") {
      return make(extent, isPersonless, view)
    }
    for (let i = 0; i < kept; i++) {
      if (views[i] === view && personless[i] === isPersonless) {
        // the three lists are filled together
        return results[i]!
      }
    }
    const made = make(extent, isPersonless, view)
    views[oldest] = view
    personless[oldest] = isPersonless
    results[oldest] = made
    oldest = (oldest + 1) % kept
    return made
  }
}

/** The same for events that carry flags: the last one is remembered with each snapshot. */
const flagsCache = (make: AmbientProperties.Make) => {
  const cache = new WeakMap<EventFlags, {
    readonly view: ScopeView
    readonly isPersonless: boolean
    readonly ambient: AmbientProperties.AmbientProperties
  }>()
  return (view: ScopeView, extent: AmbientProperties.Extent, isPersonless: boolean, flags: EventFlags) => {
    const last = cache.get(flags)
    if (last !== undefined && last.view === view && last.isPersonless === isPersonless) {
      return last.ambient
    }
    const ambient = make(extent, isPersonless, view, flags)
    cache.set(flags, { view, isPersonless, ambient })
    return ambient
  }
}

/** The text of a moment, remembered for as long as the clock stands on it. */
const clockText = () => {
  let last = Number.NaN
  let text = ""
  return (now: number): string => {
    if (now !== last) {
      last = now
      text = isoTime(now)
    }
    return text
  }
}
