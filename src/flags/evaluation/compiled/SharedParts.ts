/**
 * What the filters of one set have in common. Flags often ask the same of the same property: what reads and what matches
 * it is then made once, which takes less room, above all in the processor's caches, when every flag is evaluated.
 *
 * @since 0.1.0
 */
import type { Matcher } from "../PropertyMatcher.js"
import type { Reader } from "./PropertyFilter.js"

export class SharedParts {
  readonly #readers = new Map<string, Reader>()
  readonly #matchers = new Map<string, Matcher>()

  reader(groupType: string | undefined, key: string, make: () => Reader): Reader {
    return shared(this.#readers, JSON.stringify([groupType ?? null, key]), make)
  }

  matcher(place: string, key: string, operator: unknown, value: unknown, make: () => Matcher): Matcher {
    return isShort(operator) && (isShort(value) || (Array.isArray(value) && value.length <= 32 && value.every(isShort)))
      // a list tells what is absent from null
      ? shared(this.#matchers, JSON.stringify([place, key, given(operator), given(value)]), make)
      : make()
  }
}

const given = (value: unknown): ReadonlyArray<unknown> => value === undefined ? [] : [value]

const isShort = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "boolean" ||
  // JSON.stringify writes -0 as 0
  (typeof value === "number" && !Object.is(value, -0)) ||
  (typeof value === "string" && value.length <= 100)

const shared = <A>(parts: Map<string, A>, name: string, make: () => A): A => {
  let part = parts.get(name)
  if (part === undefined) {
    part = make()
    parts.set(name, part)
  }
  return part
}
