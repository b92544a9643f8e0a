/**
 * What a span says of the scope it started in (TRACE-18). Frozen at the start: the scope is an immutable value.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../../domain/JsonValue.js"
import type { PosthogScope } from "../../scope/PosthogScope.js"

export interface ScopeAttributes {
  readonly posthogDistinctId: string | undefined
  readonly sessionId: string | undefined
  /** `correlation_id`, `service_name` and what else the sections show on events. */
  readonly sections: JsonObject
}

export const none: ScopeAttributes = { posthogDistinctId: undefined, sessionId: undefined, sections: {} }

export const make = ({ view }: PosthogScope): ScopeAttributes => {
  try {
    const { distinctId, sectionProperties, sessionId } = view
    return { posthogDistinctId: distinctId, sessionId, sections: sectionProperties }
  } catch {
    // a section of the application's own may fail to show itself
    return none
  }
}

/** Those that there are. */
export const entries = (self: ScopeAttributes): Array<readonly [key: string, value: unknown]> => {
  const { posthogDistinctId, sections, sessionId } = self
  const identity: ReadonlyArray<readonly [key: string, value: unknown]> = [
    ["posthogDistinctId", posthogDistinctId],
    ["sessionId", sessionId]
  ]
  return [
    ...identity.filter(([, value]) => value !== undefined),
    ...Object.entries(sections).filter(([key]) => !isIdentity(key))
  ]
}

/** Is this key one of them, and so not one of those that are counted? */
export const has = (self: ScopeAttributes, key: string): boolean =>
  key === "posthogDistinctId"
    ? self.posthogDistinctId !== undefined
    : key === "sessionId"
    ? self.sessionId !== undefined
    : Object.hasOwn(self.sections, key)

const isIdentity = (key: string): boolean => key === "posthogDistinctId" || key === "sessionId"
