/**
 * A few results of a pure function by the identity of its two arguments. Fibers take turns on a few scopes at a time;
 * for those a short list is faster than a WeakMap, whose entries cost the collector more than making the value again.
 *
 * @since 0.1.0
 */

const size = 16

export const memoize = <A, B, C>(f: (a: A, b: B) => C): (a: A, b: B) => C => {
  const entries: Array<{ readonly a: A; readonly b: B; readonly value: C }> = []
  let next = 0
  let last: { readonly a: A; readonly b: B; readonly value: C } | undefined
  return (a, b) => {
    if (last !== undefined && last.a === a && last.b === b) {
      return last.value
    }
    for (const entry of entries) {
      if (entry.a === a && entry.b === b) {
        last = entry
        return entry.value
      }
    }
    last = { a, b, value: f(a, b) }
    entries[next] = last
    next = (next + 1) % size
    return last.value
  }
}
