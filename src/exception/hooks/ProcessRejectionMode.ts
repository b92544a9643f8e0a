/**
 * What Node does with a rejected promise that nobody handles, as it was told with `--unhandled-rejections`.
 *
 * @since 0.1.0
 */

/**
 * - `throw`: a listener deals with it, without one it becomes an uncaught exception
 * - `strict`: it is an uncaught exception first; if the process survives that, listeners hear of it
 * - `warn`, `none`: listeners hear of it, and what Node does does not depend on them
 * - `warn-with-error-code`: a listener deals with it, without one there is a warning and an exit code
 */
export type ProcessRejectionMode = "throw" | "strict" | "warn" | "none" | "warn-with-error-code"

const modes: ReadonlySet<string> = new Set<ProcessRejectionMode>([
  "throw",
  "strict",
  "warn",
  "none",
  "warn-with-error-code"
])

const isMode = (text: string | undefined): text is ProcessRejectionMode => text !== undefined && modes.has(text)

/** Node reads the variable first and the arguments after it; the last word counts. */
export const make = (nodeOptions: string, execArgv: ReadonlyArray<string>): ProcessRejectionMode => {
  let mode: ProcessRejectionMode = "throw"
  const words = [...split(nodeOptions), ...execArgv]
  words.forEach((word, index) => {
    const [name = "", value] = word.split("=")
    // Node takes an underscore for a dash
    if (name.replaceAll("_", "-") === "--unhandled-rejections") {
      const text = value ?? words[index + 1]
      if (isMode(text)) {
        mode = text
      }
    }
  })
  return mode
}

/** As Node splits `NODE_OPTIONS`: at spaces that stand in no double quotes, in which a backslash escapes. */
const split = (text: string): ReadonlyArray<string> => {
  const words: Array<string> = []
  let word = ""
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!
    if (char === "\\" && quoted) {
      word += text[++i] ?? ""
    } else if (char === "\"") {
      quoted = !quoted
    } else if (char === " " && !quoted) {
      words.push(word)
      word = ""
    } else {
      word += char
    }
  }
  return [...words, word]
}
