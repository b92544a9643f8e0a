/**
 * The `tracestate` header of W3C Trace Context: what each tracing system on a trace's way says of it in its own words.
 * It is carried, not understood; an application's own data belongs into baggage.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderValue from "../text/HeaderValue.js"
import * as OptionalSpace from "./OptionalSpace.js"

/**
 * One tracing system's entry.
 *
 * @since 0.1.0
 * @category models
 */
export interface Member {
  /** Lower-case letters, digits, `_`, `-`, `*`, `/` and `@`, first a letter or a digit; 256 characters at most. */
  readonly key: string
  /** Printable ASCII without `,` and `=`, no space at its end; 256 characters at most. */
  readonly value: string
}

/**
 * The most recent entry comes first, and no key twice.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceState {
  readonly members: ReadonlyArray<Member>
}

/**
 * Members that a trace state has at most.
 *
 * @since 0.1.0
 * @category limits
 */
export const maxMembers = 32

/**
 * Characters that are sent at most, commas included (TRACE-12).
 *
 * @since 0.1.0
 * @category limits
 */
export const maxLength = 512

/** A member that is longer is among the first to go where there is no room for all. */
const largeMember = 128

const keyPattern = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/

const valuePattern = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * @since 0.1.0
 * @category constructors
 */
export const empty: TraceState = { members: [] }

const isValid = ({ key, value }: Member): boolean =>
  typeof key === "string" && typeof value === "string" && keyPattern.test(key) && valuePattern.test(value)

/**
 * Reads the `tracestate` headers, texts or bytes, as one list. `undefined` where the list is invalid: then it is
 * dropped, and the `traceparent` beside it stays (TRACE-12).
 *
 * One invalid member makes the list invalid, and so do more than 32; empty members are passed over. Of members with the
 * same key the first is kept, which is the most recent.
 *
 * @example
 * import { parse } from "effect-posthog/propagation/w3c/TraceState"
 *
 * parse(["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"])
 * // { members: [{ key: "rojo", value: "00f067aa0ba902b7" }, { key: "congo", value: "t61rcWkgMzE" }] }
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (input: unknown): TraceState | undefined => {
  const items = HeaderValue.items(input)
  const texts = HeaderValue.lists(items)
  const text = texts.join(",")
  if (texts.length < items.length || text.length > HeaderValue.maxListLength) {
    return undefined
  }
  const members = new Map<string, Member>()
  let count = 0
  for (const part of text.split(",")) {
    const trimmed = OptionalSpace.trim(part)
    if (trimmed === "") {
      continue
    }
    const equals = trimmed.indexOf("=")
    const member = { key: trimmed.slice(0, Math.max(equals, 0)), value: trimmed.slice(equals + 1) }
    if (++count > maxMembers || !isValid(member)) {
      return undefined
    }
    if (!members.has(member.key)) {
      members.set(member.key, member)
    }
  }
  return { members: Array.from(members.values()) }
}

/**
 * The header's value, at most 32 members and 512 characters; `undefined` where there is nothing to send.
 *
 * What is too long loses whole members: from the end those of more than 128 characters, then any.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (self: TraceState): string | undefined =>
  GuardedRead.guarded(() => {
    const texts = self.members.slice(0, maxMembers).filter(isValid).map(({ key, value }) => `${key}=${value}`)
    let length = texts.reduce((sum, text) => sum + text.length, texts.length - 1)
    for (const isTooLarge of [(text: string) => text.length > largeMember, () => true]) {
      for (let i = texts.length - 1; i >= 0 && length > maxLength; i--) {
        const text = texts[i] ?? ""
        if (isTooLarge(text)) {
          texts.splice(i, 1)
          length -= text.length + 1
        }
      }
    }
    return texts.length === 0 ? undefined : texts.join(",")
  })

/**
 * The value of a tracing system's entry.
 *
 * @since 0.1.0
 * @category accessors
 */
export const get: {
  (key: string): (self: TraceState) => string | undefined
  (self: TraceState, key: string): string | undefined
} = dual(2, (self: TraceState, key: string) => self.members.find((member) => member.key === key)?.value)

/**
 * Writes an entry, which becomes the first one; the last of more than 32 goes. An invalid key or value changes nothing.
 *
 * @example
 * import * as TraceState from "effect-posthog/propagation/w3c/TraceState"
 *
 * const state = TraceState.set(TraceState.set(TraceState.empty, "congo", "1"), "rojo", "2")
 * TraceState.format(state) // "rojo=2,congo=1"
 *
 * @since 0.1.0
 * @category combinators
 */
export const set: {
  (key: string, value: string): (self: TraceState) => TraceState
  (self: TraceState, key: string, value: string): TraceState
} = dual(3, (self: TraceState, key: string, value: string): TraceState => {
  const member = { key, value }
  return isValid(member)
    ? { members: [member, ...remove(self, key).members].slice(0, maxMembers) }
    : self
})

/**
 * Removes an entry. Those of other tracing systems are theirs to remove.
 *
 * @since 0.1.0
 * @category combinators
 */
export const remove: {
  (key: string): (self: TraceState) => TraceState
  (self: TraceState, key: string): TraceState
} = dual(2, (self: TraceState, key: string): TraceState => ({
  members: self.members.filter((member) => member.key !== key)
}))
