/**
 * Text from elsewhere as Markdown: it stays text, whatever it holds, also in the cell of a table.
 *
 * @since 0.1.0
 */

/** Control, format (writing direction too), private, unassigned and half characters, and the two line separators. */
const invisible = /[\p{C}\p{Zl}\p{Zp}]+/gu

const oneLine = (text: string): string => text.replace(invisible, " ").replace(/\s+/g, " ").trim()

/** Characters that begin something in Markdown or HTML anywhere in a line. */
const special = /[\\`*_{}[\]<>|~&$]/g

/** One line of text. */
export const text = (text: string): string =>
  oneLine(text)
    .replace(special, "\\$&")
    // what begins something only at the start of a line
    .replace(/^(?=[#+=-])/, "\\")
    .replace(/^(\d+)(?=[.)])/, "$1\\")
    // addresses become links by themselves
    .replace(/:(?=\/\/)/g, "\\:")
    .replace(/\b(?=www\.)/gi, "\u200b")

/** One line of code. A bar would end the cell of a table, in code too. */
export const code = (text: string): string => {
  const line = oneLine(text)
  if (line === "") {
    return ""
  }
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  const padding = line.startsWith("`") || line.endsWith("`") ? " " : ""
  return `${fence}${padding}${line.replaceAll("|", "\\|")}${padding}${fence}`
}
