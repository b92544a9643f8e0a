/**
 * Data from outside as TypeScript source: it stays data, whatever it holds.
 *
 * @since 0.1.0
 */

/** Control, format (writing direction too), private, unassigned and half characters, and the two line separators. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu

const escapeUnits = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("")

/** A string literal. What cannot be seen is escaped. */
export const literal = (text: string): string => JSON.stringify(text).replace(invisible, escapeUnits)

/** The key of an object literal, quoted. `"__proto__": x` would set the prototype; computed, it is a key. */
export const quotedKey = (key: string): string => key === "__proto__" ? `["__proto__"]` : literal(key)

const identifier = /^[A-Za-z_$][A-Za-z0-9_$]*$/

/** The key of an object literal, bare where that is possible. */
export const plainKey = (key: string): string => identifier.test(key) && key !== "__proto__" ? key : quotedKey(key)

/** Can `export const <name>` be written? Reserved words and the names that the file imports cannot. */
export const isExportableName = (name: string): boolean => identifier.test(name) && !taken.has(name)

const maxComment = 200

/** Text for within a block comment of one line: it neither ends the comment nor the line. Empty where nothing is left. */
export const comment = (text: string): string => {
  const line = text
    .replace(invisible, " ")
    .replaceAll("*/", "* /")
    .replace(/(^|[\s{])@/g, "$1\\@") // no tag: a description cannot make its flag `@deprecated`
    .replace(/\s+/g, " ")
    .trim()
  const characters = Array.from(line)
  return characters.length > maxComment ? `${characters.slice(0, maxComment).join("").trimEnd()}…` : line
}

const taken = new Set([
  "Flag",
  "Flags",
  "Schema",
  "arguments",
  "await",
  "break",
  "case",
  "catch",
  "class",
  "const",
  "continue",
  "debugger",
  "default",
  "delete",
  "do",
  "else",
  "enum",
  "eval",
  "export",
  "extends",
  "false",
  "finally",
  "for",
  "function",
  "if",
  "implements",
  "import",
  "in",
  "instanceof",
  "interface",
  "let",
  "new",
  "null",
  "package",
  "private",
  "protected",
  "public",
  "return",
  "static",
  "super",
  "switch",
  "this",
  "throw",
  "true",
  "try",
  "typeof",
  "undefined",
  "var",
  "void",
  "while",
  "with",
  "yield"
])
