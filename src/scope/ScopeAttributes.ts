/**
 * What records of a trace or a log say of the scope they were made in (TRACE-18, LOG-07).
 *
 * @since 0.1.0
 */
import { guarded } from "../domain/GuardedRead.js"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import type { PosthogScope } from "./PosthogScope.js"

export const none: JsonObject = {}

/** `posthogDistinctId`, `sessionId`, and what the sections show on events; frozen, as the scope is an immutable value. */
export const of = (scope: PosthogScope): JsonObject =>
  // a section of the application's own may fail to show itself
  guarded(() => {
    const { distinctId, sectionProperties, sessionId } = scope.view
    const attributes: Record<string, JsonValue> = { ...sectionProperties }
    if (distinctId !== undefined) {
      attributes["posthogDistinctId"] = distinctId
    }
    if (sessionId !== undefined) {
      attributes["sessionId"] = sessionId
    }
    return attributes
  }) ?? none
