/**
 * Character classes in brackets.
 *
 * @since 0.1.0
 */
import { type Alphabet, perlClass } from "./RegexClass.js"
import { categoryEscape, matchAt, perlEscape, posixClass, simpleEscape } from "./RegexTokens.js"

export interface CharacterSet {
  readonly source: string
  /** Where the pattern goes on. */
  readonly end: number
  readonly hasAlphabet: boolean
  readonly hasCategory: boolean
}

/** The one that begins here; `undefined` where only the service can tell what it means. One that never ends passes: RE2 refuses it. */
export const read = (pattern: string, start: number, alphabet: Alphabet): CharacterSet | undefined => {
  let end = start + (pattern.startsWith("[^", start) ? 2 : 1)
  let source = pattern.slice(start, end)
  let hasAlphabet = false
  let hasCategory = false
  // a bracket that comes first does not close
  for (let isFirst = true; isFirst || pattern[end] !== "]"; isFirst = false) {
    if (end >= pattern.length) {
      return { source, end, hasAlphabet, hasCategory }
    }
    const item = readItem(pattern, end, alphabet)
    if (item === undefined) {
      return undefined
    }
    source += item.source
    end += item.length
    hasAlphabet ||= item.kind === "alphabet"
    hasCategory ||= item.kind === "category"
    // Rust takes a dash after a set for half of a range
    if (item.kind !== "character" && pattern[end] === "-" && pattern[end + 1] !== "]") {
      return undefined
    }
  }
  return { source: `${source}]`, end: end + 1, hasAlphabet, hasCategory }
}

interface Item {
  readonly kind: "character" | "alphabet" | "category" | "posix"
  readonly source: string
  /** In the pattern. */
  readonly length: number
}

const copy = (kind: Item["kind"], source: string): Item => ({ kind, source, length: source.length })

const readItem = (pattern: string, at: number, alphabet: Alphabet): Item | undefined => {
  const pair = pattern.slice(at, at + 2)
  if (pair === "&&" || pair === "--" || pair === "~~") {
    return undefined
  }
  if (pair.startsWith("[")) {
    const posix = matchAt(posixClass, pattern, at)
    return posix && copy("posix", posix[0])
  }
  if (!pair.startsWith("\\") || at === pattern.length - 1) {
    return copy("character", pair.slice(0, 1))
  }
  const simple = matchAt(simpleEscape, pattern, at)
  if (simple !== undefined) {
    return copy("character", simple[0])
  }
  const perl = matchAt(perlEscape, pattern, at)?.[1]
  if (perl !== undefined) {
    const source = perlClass(perl, alphabet)
    return source === undefined ? undefined : { kind: "alphabet", source, length: 2 }
  }
  const category = matchAt(categoryEscape, pattern, at)
  return category && copy("category", category[0])
}
