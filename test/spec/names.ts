/**
 * Finds the tests of a vitest or @effect/vitest source and tells which of them really run. Only a literal name counts:
 * what a test claims to show must be readable in the source.
 */
import { type Token, tokenize } from "./tokens.js"

export interface TestName {
  readonly name: string
  readonly line: number
  /** Why the test shows nothing: it does not run, it is expected to fail, or its name is put together at run time. */
  readonly uncounted: "skipped" | "computed" | undefined
}

const testFunctions = new Set(["it", "test"])
const groupFunctions = new Set(["describe", "suite"])

/** Modifiers that leave a test a test that runs. */
const running = new Set([
  "effect",
  "scoped",
  "live",
  "scopedLive",
  "prop",
  "each",
  "for",
  "only",
  "concurrent",
  "sequential",
  "shuffle"
])

/** Modifiers after which a test does not run everywhere, or passes by failing. */
const notRunning = new Set(["skip", "todo", "fails", "skipIf", "runIf"])

/** Modifiers that take arguments (or a template) of their own before the call that holds the name. */
const curried = new Set(["each", "for", "skipIf", "runIf"])

const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" }

const isPunct = (token: Token | undefined, text: string): boolean => token?.kind === "punct" && token.text === text

/** The index of the bracket that closes the one at `start`; the last index if it is never closed. */
const closing = (tokens: ReadonlyArray<Token>, start: number): number => {
  const expected: Array<string> = []
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]
    if (token?.kind !== "punct") continue
    const closer = closers[token.text]
    if (closer !== undefined) expected.push(closer)
    else if (token.text === expected.at(-1)) {
      expected.pop()
      if (expected.length === 0) return index
    }
  }
  return tokens.length - 1
}

/** The index behind type arguments that start at `start` and are followed by a call, or `start` if there are none. */
const behindTypeArguments = (tokens: ReadonlyArray<Token>, start: number): number => {
  if (!isPunct(tokens[start], "<")) return start
  let depth = 0
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]
    if (isPunct(token, "<")) depth++
    else if (isPunct(token, ">") && --depth === 0) {
      const next = tokens[index + 1]
      return isPunct(next, "(") || next?.kind === "template" ? index + 1 : start
    } else if (isPunct(token, "(") || isPunct(token, "[") || isPunct(token, "{")) index = closing(tokens, index)
    else if (isPunct(token, ")") || isPunct(token, "]") || isPunct(token, "}")) return start
  }
  return start
}

interface Call {
  readonly modifiers: ReadonlyArray<string>
  /** The parenthesis that opens the call with the name. */
  readonly open: number
}

/** The call that starts with the function name at `start`: `it.effect.each<A>(cases)(`. */
const readCall = (tokens: ReadonlyArray<Token>, start: number): Call | undefined => {
  const modifiers: Array<string> = []
  let index = start + 1
  for (;;) {
    const next = tokens[index + 1]
    if (isPunct(tokens[index], ".") && next?.kind === "word") {
      modifiers.push(next.text)
      index += 2
      const isCurried = curried.has(next.text)
      if (!isCurried) continue
      index = behindTypeArguments(tokens, index)
      if (isPunct(tokens[index], "(")) index = closing(tokens, index) + 1
      else if (tokens[index]?.kind === "template") index++
      else return undefined
    } else {
      const open = behindTypeArguments(tokens, index)
      return isPunct(tokens[open], "(") ? { modifiers, open } : undefined
    }
  }
}

/** Whether an argument of the call is an options object that switches it off: `{ skip: true }`. */
const optedOut = (tokens: ReadonlyArray<Token>, call: Call, close: number): boolean => {
  // The object of a property test holds its arbitraries, which may have any name: only a literal `true` is an option.
  const arbitraries = call.modifiers.includes("prop")
  for (let index = call.open + 1; index < close; index++) {
    const token = tokens[index]
    if (token?.kind !== "punct" || closers[token.text] === undefined) continue
    const end = closing(tokens, index)
    if (token.text === "{" && isPunct(tokens[index - 1], ",")) {
      for (let inner = index + 1; inner < end; inner++) {
        const key = tokens[inner]
        if (key?.kind === "punct" && closers[key.text] !== undefined) inner = closing(tokens, inner)
        else if (
          (key?.kind === "word" || key?.kind === "string") && ["skip", "todo", "fails"].includes(key.text) &&
          isPunct(tokens[inner + 1], ":") &&
          (arbitraries ? tokens[inner + 2]?.text === "true" : tokens[inner + 2]?.text !== "false")
        ) return true
      }
    }
    index = end
  }
  return false
}

/** All tests of a source, in order. Groups (`describe`) are no tests, but a skipped one skips what is in it. */
export const testNames = (source: string): ReadonlyArray<TestName> => {
  const tokens = tokenize(source)
  const names: Array<TestName> = []
  let skippedUntil = -1
  for (let start = 0; start < tokens.length; start++) {
    const token = tokens[start]
    if (token?.kind !== "word" || isPunct(tokens[start - 1], ".") || isPunct(tokens[start - 1], "?.")) continue
    const isTest = testFunctions.has(token.text)
    if (!isTest && !groupFunctions.has(token.text)) continue
    const call = readCall(tokens, start)
    if (call === undefined) continue
    const close = closing(tokens, call.open)
    const off = call.modifiers.some((modifier) => notRunning.has(modifier)) || optedOut(tokens, call, close)
    if (!isTest) {
      if (off) skippedUntil = Math.max(skippedUntil, close)
      continue
    }
    if (call.modifiers.some((modifier) => !running.has(modifier) && !notRunning.has(modifier))) continue
    const name = tokens[call.open + 1]
    if (name?.kind !== "string" && name?.kind !== "template") continue
    const after = tokens[call.open + 2]
    const alone = isPunct(after, ",") || call.open + 2 === close
    // Without a function behind the name the test is one to be written.
    const empty = call.open + 2 === close || (isPunct(after, ",") && call.open + 3 === close)
    names.push({
      name: name.text,
      line: name.line,
      uncounted: off || empty || start < skippedUntil ? "skipped" : name.substituted || !alone ? "computed" : undefined
    })
  }
  return names
}
