/**
 * Whose event it is: explicit, then the scope's, then nobody's (CAP-04, TRHDR-09; seed 000 §2.1).
 *
 * @since 0.1.0
 */
import { toId } from "../domain/Id.js"
import type { ScopeView } from "../scope/PosthogScope.js"

export interface Identity {
  readonly distinctId: string
  /** A random id of its own, for which PostHog keeps no person profile. */
  readonly personless: boolean
}

/**
 * `undefined` where an id was given that is none: present but empty is a mistake, absent is nobody.
 */
export const resolve = (
  explicit: unknown,
  view: ScopeView,
  randomId: () => string
): Identity | undefined => {
  if (explicit !== undefined && explicit !== null) {
    const distinctId = toId(explicit)
    return distinctId === undefined ? undefined : { distinctId, personless: false }
  }
  return view.distinctId === undefined
    ? { distinctId: randomId(), personless: true }
    : { distinctId: view.distinctId, personless: false }
}
