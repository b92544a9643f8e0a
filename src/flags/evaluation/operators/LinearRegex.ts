/**
 * Regular expressions in linear time (FLAGS-LOCAL-50): the only module that knows the engine.
 *
 * @since 0.1.0
 */
import { RE2JS, RE2JSSyntaxException } from "re2js"
import type { Alphabet } from "./RegexClass.js"
import { translate } from "./RegexSyntax.js"

export interface Regex {
  readonly _tag: "Regex"
  /** Is it found anywhere in this? `undefined`: it cannot be told here, or not in time. */
  readonly test: (subject: string) => boolean | undefined
}

/** `invalid`: no engine reads it. `unsupported`: the service's engine may (FLAGS-LOCAL-49). */
export type Compiled = Regex | "invalid" | "unsupported"

export const compile = (pattern: string): Compiled => {
  if (pattern.length > maxPattern) {
    return "unsupported"
  }
  if (!special.test(pattern)) {
    return { _tag: "Regex", test: (subject) => subject.includes(pattern) }
  }
  const ascii = compileFor(pattern, "ascii")
  if (typeof ascii === "string") {
    return ascii
  }
  if (!ascii.hasAlphabet) {
    return { _tag: "Regex", test: ascii.test }
  }
  let unicode: Program | "invalid" | "unsupported" | undefined
  return {
    _tag: "Regex",
    test: (subject) => {
      if (!beyondAscii.test(subject)) {
        return ascii.test(subject)
      }
      // few subjects need it, and its classes are large
      unicode ??= compileFor(pattern, "unicode")
      return typeof unicode === "string" ? undefined : unicode.test(subject)
    }
  }
}

/** Characters of a pattern, instructions of its program, and steps through it for one subject. */
const maxPattern = 4096
const maxProgram = 10_000
const maxSteps = 10_000_000

const special = /[\\^$.|?*+()[\]{}]/
const beyondAscii = /[\u0080-\uffff]/

interface Program {
  readonly test: (subject: string) => boolean | undefined
  readonly hasAlphabet: boolean
}

const compileFor = (pattern: string, alphabet: Alphabet): Program | "invalid" | "unsupported" => {
  const translation = translate(pattern, alphabet)
  if (translation === undefined || translation.size > maxProgram) {
    return "unsupported"
  }
  try {
    const regex = RE2JS.compile(translation.source)
    const longest = Math.floor(maxSteps / translation.size)
    return {
      test: (subject) => (subject.length > longest ? undefined : run(regex, subject)),
      hasAlphabet: translation.hasAlphabet
    }
  } catch (error) {
    return error instanceof RE2JSSyntaxException && (!limits.has(error.error) || isBackwards(error.input))
      ? "invalid"
      : "unsupported"
  }
}

/** `{2,1}`: wrong everywhere, unlike a count that is only too large. */
const isBackwards = (part: string | null): boolean => {
  const counts = /^\{(\d+),(\d+)\}/.exec(part ?? "")
  return counts !== null && Number(counts[1]) > Number(counts[2])
}

/** What the engine refuses without the pattern being wrong. */
const limits: ReadonlySet<string> = new Set([
  "invalid repeat count",
  "expression nests too deeply",
  "expression too large"
])

const run = (regex: RE2JS, subject: string): boolean | undefined => {
  try {
    return regex.test(subject)
  } catch {
    return undefined
  }
}
