/**
 * The messages of Effect's `ParseError`, which show the value that did not fit:
 *
 *     └─ ["password"]
 *        └─ Expected a string at least 8 character(s) long, actual "abc"
 *
 * @since 0.1.0
 */
import { mark } from "./Mark.js"

const branch = "─ "
const path = `${branch}[`
const actual = ", actual "
const names = /\["([^"\]]*)"\]/g

/** What was actual below a sensitive name is replaced. */
export const redact = (text: string, isSensitive: (name: string) => boolean): string => {
  if (!text.includes(path)) {
    return text
  }
  let depth = Number.POSITIVE_INFINITY
  return text.split("\n").map((line) => {
    const here = line.indexOf(branch)
    if (here !== -1 && here <= depth) {
      depth = line.startsWith("[", here + branch.length) &&
          Array.from(line.matchAll(names)).some(([, name]) => isSensitive(name!))
        ? here
        : Number.POSITIVE_INFINITY
    }
    if (depth === Number.POSITIVE_INFINITY) {
      return line
    }
    const at = line.indexOf(actual)
    // a line without a branch goes on with the value of the one before
    return at !== -1 ? line.slice(0, at + actual.length) + mark : here === -1 ? mark : line
  }).join("\n")
}
