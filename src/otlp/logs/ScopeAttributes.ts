/**
 * What a log record takes from the scope it was made in (LOG-07).
 *
 * `screen.name` and `app.state` are a client's, and `url.full` a browser's: a server has none of them.
 *
 * @since 0.1.0
 */
import type { EventFlags } from "../../event/EventFlags.js"
import type { ScopeView } from "../../scope/PosthogScope.js"

/** The scope's person, session and sections, and the keys of the flags that are on, where a snapshot is given. */
export const make = (view: ScopeView, flags: EventFlags | undefined): Record<string, unknown> => {
  const attributes: Record<string, unknown> = { ...view.sectionProperties }
  if (view.distinctId !== undefined) {
    attributes["posthogDistinctId"] = view.distinctId
  }
  if (view.sessionId !== undefined) {
    attributes["sessionId"] = view.sessionId
  }
  const active = flags === undefined ? [] : activeKeys(flags)
  if (active.length > 0) {
    attributes["feature_flags"] = active
  }
  return attributes
}

const activeKeys = ({ values }: EventFlags): ReadonlyArray<string> =>
  Array.from(values).filter(([, value]) => value !== false).map(([key]) => key).toSorted()
