/**
 * Which flags are defined otherwise than before.
 *
 * @since 0.1.0
 */
import type { FlagDefinitions } from "../flags/evaluation/FlagDefinitions.js"
import { isFields, ownField } from "../flags/evaluation/OwnField.js"

/** Their keys, sorted; `undefined` where any may be concerned: what flags share has changed, or cannot be compared. */
export const between = (before: FlagDefinitions, after: FlagDefinitions): Array<string> | undefined => {
  try {
    if (shared(before) !== shared(after)) {
      return undefined
    }
    const old = texts(before)
    const now = texts(after)
    return Array.from(new Set([...old.keys(), ...now.keys()])).filter((key) => old.get(key) !== now.get(key))
      .toSorted()
  } catch {
    // nested deeper than JSON can be written
    return undefined
  }
}

const shared = ({ raw }: FlagDefinitions): string => {
  const { flags: _, ...rest } = raw
  return JSON.stringify(rest)
}

const texts = ({ raw }: FlagDefinitions): ReadonlyMap<string, string> => {
  const texts = new Map<string, string>()
  const flags = ownField(raw, "flags")
  for (const flag of Array.isArray(flags) ? flags : []) {
    const key = isFields(flag) ? ownField(flag, "key") : undefined
    if (typeof key === "string") {
      texts.set(key, JSON.stringify(flag))
    }
  }
  return texts
}
