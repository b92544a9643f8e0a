/**
 * From a request to the frame that it is handled in: one pass over the headers that count, and nothing parsed twice. Each
 * request to a server pays for this.
 *
 * @since 0.1.0
 */
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as Option from "effect/Option"
import { toId } from "../../domain/Id.js"
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import { type Frame, FrameId } from "../../scope/Frame.js"
import { entries } from "../../scope/ScopeOptions.js"
import type { Section } from "../../scope/Section.js"
import * as CallerSection from "../../scope/sections/CallerSection.js"
import * as CorrelationSection from "../../scope/sections/CorrelationSection.js"
import * as OperationSection from "../../scope/sections/OperationSection.js"
import * as RequestSection from "../../scope/sections/RequestSection.js"
import * as TraceSection from "../../scope/sections/TraceSection.js"
import * as Slots from "../../scope/Slots.js"
import { StepTrail } from "../../scope/StepTrail.js"
import type { Propagated } from "../Propagated.js"
import * as ReceivedHeaders from "./ReceivedHeaders.js"
import * as RequestNotes from "./RequestNotes.js"
import * as RequestTarget from "./RequestTarget.js"
import type { RequestUser } from "./ServerOptions.js"
import type { ServerSettings } from "./ServerSettings.js"

export interface RequestContext {
  readonly request: HttpServerRequest
  readonly route: string | undefined
  readonly user: RequestUser | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Random: what a new correlation and a new request id are made of. */
  readonly id: string
  /** Where a hook that throws is told of. */
  readonly complain: (hook: string, defect: unknown) => void
}

export const make = (settings: ServerSettings, context: RequestContext): Frame => {
  const { id, now, request, user } = context
  const headers = ReceivedHeaders.sourceOf(request.headers)
  const received = ReceivedHeaders.propagated(headers, settings.accepted)
  const connection = Option.getOrUndefined(request.remoteAddress)
  const address = settings.address.of(
    connection,
    settings.addressHeader === undefined ? undefined : headers[settings.addressHeader]
  )
  const isProxied = settings.addressHeader !== undefined && settings.address.isProxied(connection)
  const target = RequestTarget.of(request)
  const method = request.method
  const userAgent = ReceivedHeaders.text(headers["user-agent"])
  const path = ReceivedHeaders.text(target.path, RequestTarget.maxLength) ?? "/"
  const userId = user === undefined ? undefined : toId(user.id)

  const tags = new Map<string, Slots.Slot<JsonValue>>()
  const tag = (name: string, value: string | undefined) => {
    if (value !== undefined) {
      tags.set(name, new Slots.Slot(value))
    }
  }
  // in the order in which their names stand on an event
  tag("$current_url", RequestTarget.url(target, hostOf(headers, isProxied), schemeOf(request, headers, isProxied)))
  tag("$ip", address)
  tag("$request_method", method)
  tag("$request_path", path)
  tag("$user_agent", userAgent)
  tag("email", user === undefined ? undefined : toId(user.email))

  const distinctId = settings.headerFirst ? received.distinctId ?? userId : userId ?? received.distinctId
  const identity = new Map<string, Slots.Slot<string>>()
  if (distinctId !== undefined) {
    identity.set("distinctId" satisfies Slots.IdentityKey, new Slots.Slot(distinctId))
  }
  if (received.sessionId !== undefined) {
    identity.set("sessionId" satisfies Slots.IdentityKey, new Slots.Slot(received.sessionId))
  }

  return {
    id: new FrameId(),
    mode: "fresh",
    isOperation: true,
    attached: false,
    trail: new StepTrail(),
    // what leaves it is captured by the middleware, which knows of statuses
    captureExceptions: false,
    client: settings.client,
    slots: {
      ...Slots.empty,
      identity,
      tags: finalTags(settings, context, tags, received.tags),
      sections: sectionsOf(received, settings.correlation, id, {
        request: { userId: userId ?? received.userId, requestId: received.requestId ?? `req_${id}`, timestamp: now },
        operation: { name: operationName(settings, context, `${method} ${path}`), startTime: now }
      }),
      metadata: RequestNotes.make(headers, { address, userAgent, method, path, query: target.query })
    }
  }
}

/** `extraTags` first, then `tagMap` over all of them (seed 000 §3.1). A caller's tags never replace our own. */
const finalTags = (
  { extraTags, tagMap }: ServerSettings,
  { complain, request }: RequestContext,
  own: ReadonlyMap<string, Slots.Slot<JsonValue>>,
  received: JsonObject | undefined
): ReadonlyMap<string, Slots.Slot<JsonValue>> => {
  if (received === undefined && extraTags === undefined && tagMap === undefined) {
    return own
  }
  const tags = new Map(received === undefined ? [] : Slots.of(Object.entries(received)))
  for (const [key, slot] of own) {
    tags.set(key, slot)
  }
  try {
    for (const [key, value] of entries(extraTags?.(request) ?? {})) {
      tags.set(key, new Slots.Slot(value))
    }
  } catch (defect) {
    complain("extraTags", defect)
  }
  try {
    return tagMap === undefined ? tags : Slots.of(entries(tagMap(valuesOf(tags))))
  } catch (defect) {
    complain("tagMap", defect)
    return Slots.empty.tags
  }
}

const valuesOf = (slots: ReadonlyMap<string, Slots.Slot<JsonValue>>): JsonObject => {
  const result: Record<string, JsonValue> = {}
  for (const [key, { value }] of slots) {
    if (value !== undefined) {
      result[key] = value
    }
  }
  return result
}

const sectionsOf = (
  { correlation, operationName, service, trace }: Propagated,
  mode: ServerSettings["correlation"],
  id: string,
  own: { readonly request: RequestSection.RequestFields; readonly operation: OperationSection.OperationFields }
): ReadonlyMap<string, Slots.Slot<Slots.SectionValue>> => {
  const sections = new Map<string, Slots.Slot<Slots.SectionValue>>()
  const add = <A>(section: Section<A>, value: A | undefined) => {
    if (value !== undefined) {
      sections.set(section.name, new Slots.Slot<Slots.SectionValue>({ section, value, opaque: false }))
    }
  }
  // by their names, in order
  if (service !== undefined || operationName !== undefined) {
    add(CallerSection.section, { serviceName: service?.name, serviceVersion: service?.version, operationName })
  }
  add(CorrelationSection.section, {
    id: (mode === "inherit" ? correlation?.id : undefined) ?? `corr_${id}`,
    parentId: mode === "inherit" ? correlation?.parentId : mode === "child" ? correlation?.id : undefined
  })
  add(OperationSection.section, OperationSection.fromFields(own.operation))
  add(RequestSection.section, RequestSection.fromFields(own.request))
  add(TraceSection.section, trace)
  return sections
}

const operationName = (
  { operationName }: ServerSettings,
  { complain, request, route }: RequestContext,
  byPath: string
): string => {
  if (typeof operationName === "function") {
    try {
      return toId(operationName(request, route)) ?? byPath
    } catch (defect) {
      complain("operationName", defect)
      return byPath
    }
  }
  return operationName === "route" && route !== undefined ? `${request.method} ${route}` : byPath
}

const hostPattern = /^[^\s/?#@\\]{1,255}$/

const hostOf = (headers: ReceivedHeaders.Source, isProxied: boolean): string | undefined => {
  const host = (isProxied ? first(headers["x-forwarded-host"]) : undefined) ?? headers["host"]
  return typeof host === "string" && hostPattern.test(host) ? host : undefined
}

const schemeOf = (
  request: HttpServerRequest,
  headers: ReceivedHeaders.Source,
  isProxied: boolean
): "http" | "https" => {
  const forwarded = isProxied ? first(headers["x-forwarded-proto"])?.toLowerCase() : undefined
  return forwarded === "https" || forwarded === "http" ? forwarded : isEncrypted(request.source) ? "https" : "http"
}

/** Of several proxies the first one saw the client. */
const first = (header: unknown): string | undefined =>
  typeof header === "string" ? header.split(",", 1)[0]?.trim() : undefined

const isEncrypted = (source: unknown): boolean =>
  // Node's request has a socket; of what another server calls its source nothing is known
  (source as { readonly socket?: { readonly encrypted?: unknown } | null } | undefined)?.socket?.encrypted === true
