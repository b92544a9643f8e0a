/**
 * Patterns of the flags service (Rust's fancy_regex) for RE2: what both read alike passes, what Rust reads in another way
 * is rewritten, and all the rest is left to the service. Whether a pattern is valid is for RE2 to say.
 *
 * @since 0.1.0
 */
import { type Alphabet, noWord, perlClass } from "./RegexClass.js"
import * as RegexSet from "./RegexSet.js"
import {
  assertion,
  categoryEscape,
  groupFlags,
  groupName,
  matchAt,
  perlEscape,
  repetition,
  simpleEscape
} from "./RegexTokens.js"

export interface Translation {
  readonly source: string
  /** At least as many as the instructions of the program. */
  readonly size: number
  /** Reads `\d`, `\w` or the like, so that the two alphabets differ. */
  readonly hasAlphabet: boolean
}

/** `undefined`: only the service can tell what this means. */
export const translate = (pattern: string, alphabet: Alphabet): Translation | undefined =>
  new Translator(pattern, alphabet).run()

const maxRepetition = 1000

/** Of groups in groups; the service refuses 250. */
const maxDepth = 100

interface Sequence {
  size: number
  /** What a repetition would repeat. */
  last: "nothing" | "atom" | "unrepeatable"
  lastSize: number
}

/** Every method reads one kind of token, and returns `false` where it is none that both engines know. */
class Translator {
  private position = 0
  private source = ""
  private hasAlphabet = false
  private hasCategory = false
  private ignoresCase = false
  private readonly names = new Set<string>()
  private readonly outer: Array<Sequence> = []
  private inner: Sequence = { size: 0, last: "nothing", lastSize: 0 }
  private readonly pattern: string
  private readonly alphabet: Alphabet

  constructor(pattern: string, alphabet: Alphabet) {
    this.pattern = pattern
    this.alphabet = alphabet
  }

  run(): Translation | undefined {
    while (this.position < this.pattern.length) {
      if (!this.token()) {
        return undefined
      }
    }
    // Rust and RE2 fold the case of categories in different ways
    if (this.ignoresCase && this.hasCategory) {
      return undefined
    }
    const size = this.outer.reduce((sum, { size }) => sum + size, this.inner.size)
    return { source: this.source, size: size + 4, hasAlphabet: this.hasAlphabet }
  }

  private token(): boolean {
    switch (this.pattern[this.position]) {
      case "\\":
        return this.escape()
      case "[":
        return this.set()
      case "(":
        return this.open()
      case ")":
        return this.close()
      case "|":
        this.inner.last = "nothing"
        this.inner.size += 1
        return this.copy(1)
      case "^":
      case "$":
        return this.unrepeatable(1)
      case "*":
      case "+":
      case "?":
        return this.repeat(1, 1)
      case "{":
        return this.count()
      case "}":
        return false
      default:
        return this.atom((this.pattern.codePointAt(this.position) ?? 0) > 0xffff ? 2 : 1)
    }
  }

  private escape(): boolean {
    const simple = this.match(simpleEscape)
    if (simple !== undefined) {
      return this.atom(simple[0].length)
    }
    const perl = this.match(perlEscape)?.[1]
    if (perl !== undefined) {
      this.hasAlphabet = true
      return this.atom(2, perl === "W" ? noWord[this.alphabet] : `[${perlClass(perl, this.alphabet)}]`)
    }
    const category = this.match(categoryEscape)
    if (category !== undefined) {
      this.hasCategory = true
      return this.atom(category[0].length)
    }
    const between = this.match(assertion)?.[1]
    if (between === undefined) {
      // a backslash at the very end is wrong everywhere
      return this.position === this.pattern.length - 1 && this.copy(1)
    }
    const isBoundary = between === "b" || between === "B"
    this.hasAlphabet ||= isBoundary
    // RE2 knows no boundaries of Unicode's words
    return (!isBoundary || this.alphabet === "ascii") && this.unrepeatable(2)
  }

  private set(): boolean {
    const set = RegexSet.read(this.pattern, this.position, this.alphabet)
    this.hasAlphabet ||= set?.hasAlphabet === true
    this.hasCategory ||= set?.hasCategory === true
    return set !== undefined && this.atom(set.end - this.position, set.source)
  }

  private open(): boolean {
    if (this.pattern[this.position + 1] !== "?") {
      return this.enter(1)
    }
    const named = this.match(groupName)
    if (named !== undefined) {
      const name = named[1] ?? ""
      const isNew = !this.names.has(name)
      this.names.add(name)
      return isNew && this.enter(named[0].length)
    }
    const flags = this.match(groupFlags)
    if (flags === undefined || flags[0] === "(?)") {
      return false
    }
    this.ignoresCase ||= flags[1]?.includes("i") === true
    return flags[2] === ":" ? this.enter(flags[0].length) : this.unrepeatable(flags[0].length)
  }

  private enter(length: number): boolean {
    this.outer.push(this.inner)
    this.inner = { size: 2, last: "nothing", lastSize: 0 }
    return this.outer.length <= maxDepth && this.copy(length)
  }

  private close(): boolean {
    const closed = this.inner
    const inner = this.outer.pop()
    if (inner !== undefined) {
      inner.size += closed.size
      inner.lastSize = closed.size
      // Rust refuses to repeat a group that is empty
      inner.last = closed.last === "nothing" ? "unrepeatable" : "atom"
      this.inner = inner
    }
    return this.copy(1)
  }

  private count(): boolean {
    const counts = this.match(repetition)
    if (counts === undefined || this.inner.last === "nothing") {
      return false
    }
    const min = Number(counts[1])
    const max = counts[2] === undefined ? min : counts[2] === "" ? min + 1 : Number(counts[2])
    // a range that runs backwards is wrong everywhere: the engine says so
    return max <= maxRepetition && this.repeat(counts[0].length, Math.max(min, max))
  }

  private repeat(length: number, times: number): boolean {
    const { inner } = this
    if (inner.last === "unrepeatable") {
      return false
    }
    // to repeat nothing is wrong everywhere: RE2 says so
    inner.last = inner.last === "nothing" ? "nothing" : "unrepeatable"
    inner.size += inner.lastSize * Math.max(0, times - 1) + times + 1
    this.copy(length)
    return this.pattern[this.position] !== "?" || this.copy(1)
  }

  private atom(length: number, source = this.pattern.slice(this.position, this.position + length)): true {
    this.position += length
    this.source += source
    this.inner.size += 1
    this.inner.lastSize = 1
    this.inner.last = "atom"
    return true
  }

  private unrepeatable(length: number): true {
    this.inner.size += 1
    this.inner.last = "unrepeatable"
    return this.copy(length)
  }

  private copy(length: number): true {
    this.source += this.pattern.slice(this.position, this.position + length)
    this.position += length
    return true
  }

  private match(form: RegExp): RegExpExecArray | undefined {
    return matchAt(form, this.pattern, this.position)
  }
}
