/**
 * For development: an event that says where its properties came from and which frames its scope had, in the property
 * `$inspect`. The page of the embedded PostHog shows it.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"
import { toJsonValue } from "../domain/JsonValue.js"
import type { Frame, FrameId } from "../scope/Frame.js"
import * as PosthogScope from "../scope/PosthogScope.js"
import * as ScopeData from "../scope/ScopeData.js"
import { FinishedEvent } from "./FinishedEvent.js"

export const property = "$inspect"

/** Adds the inspection to an event that was captured in this scope. */
export type Inspect = (event: FinishedEvent, scope: PosthogScope.PosthogScope) => FinishedEvent

/** `superNames`: the names of the client's super properties. */
export const make = (superNames: ReadonlySet<string>): Inspect => {
  const ids = new WeakMap<FrameId, string>()
  let frames = 0

  const idOf = (id: FrameId): string => {
    const known = ids.get(id) ?? `frame ${++frames}`
    ids.set(id, known)
    return known
  }

  const describe = (frame: Frame) => ({
    id: idOf(frame.id),
    mode: frame.mode,
    set: toJsonValue(whatIsSet(frame)) ?? {}
  })

  return (event, scope) => {
    const explicit = namesIn(event.own)
    const shared = namesIn(`{${event.shared}}`)
    const { sectionProperties, tags } = scope.view
    const originOf = (name: string) =>
      Object.hasOwn(tags, name)
        ? "tag"
        : Object.hasOwn(sectionProperties, name)
        ? "section"
        : name.startsWith("$feature/") || name === "$active_feature_flags"
        ? "flag"
        : superNames.has(name)
        ? "super"
        : "system"
    const origins: Record<string, Array<string>> = { explicit: [...explicit] }
    for (const name of shared) {
      ;(origins[originOf(name)] ??= []).push(name)
    }
    const text = JSON.stringify({ origins, frames: PosthogScope.frames(scope).map(describe) })
    const members = `"${property}":${text}}`
    return new FinishedEvent({
      ...event,
      own: event.own === "{}" ? `{${members}` : `${event.own.slice(0, -1)},${members}`
    })
  }
}

const namesIn = (text: string): ReadonlyArray<string> =>
  // the text of an object, made by JSON.stringify
  Object.keys(JSON.parse(text) as JsonObject)

/** What the frame alone would show. */
const whatIsSet = (frame: Frame): object => {
  const data = ScopeData.fromScope(PosthogScope.push(PosthogScope.empty, frame))
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => typeof value !== "object" || Object.keys(value).length > 0)
  )
}
