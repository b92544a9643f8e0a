/**
 * The TypeScript in the documentation: the README's snippets and the docstrings' examples.
 */

export interface Snippet {
  /** The line of the document that the snippet's first line is on, from 1. */
  readonly line: number
  readonly code: string
  /** A whole program, marked by `<!-- run -->` above its fence. */
  readonly runs: boolean
  /** Why it cannot be executed here, said by `<!-- not run: … -->` above its fence. */
  readonly notRun?: string | undefined
}

/** The fenced blocks of a Markdown document whose language is TypeScript. */
export const fromMarkdown = (text: string): ReadonlyArray<Snippet> => {
  const snippets: Array<Snippet> = []
  const lines = text.split("\n")
  let above = ""
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ""
    const fence = /^(\s*)(`{3,})(\w*)/.exec(line)
    if (fence === null) {
      above = line.trim() === "" ? above : line.trim()
      continue
    }
    const [, indent = "", ticks = "", language = ""] = fence
    const start = i + 1
    const found = lines.findIndex((each, at) => at >= start && each.trim() === ticks)
    i = found === -1 ? lines.length : found
    if (language === "ts" || language === "typescript") {
      snippets.push({
        line: start + 1,
        code: lines.slice(start, i).map((each) => each.startsWith(indent) ? each.slice(indent.length) : each).join(
          "\n"
        ),
        runs: above === "<!-- run -->",
        notRun: /^<!-- not run: (.+) -->$/.exec(above)?.[1]
      })
    }
    above = ""
  }
  return snippets
}

/** The `@example`s of the docstrings of a module: their fenced blocks, or all of them where there is no fence. */
export const fromDocstrings = (source: string): ReadonlyArray<Snippet> => {
  const snippets: Array<Snippet> = []
  for (const comment of source.matchAll(/^[ ]*\/\*\*\n[\s\S]*?\*\//gm)) {
    const first = source.slice(0, comment.index).split("\n").length
    const lines = comment[0].split("\n").slice(0, -1).map((line) => line.replace(/^ *\* ?/, ""))
    for (let i = 0; i < lines.length; i++) {
      if (!/^@example\b/.test(lines[i] ?? "")) {
        continue
      }
      const next = lines.findIndex((line, at) => at > i && /^@\w/.test(line))
      const example = lines.slice(i + 1, next === -1 ? lines.length : next).join("\n")
      const line = first + i + 1
      const fenced = fromMarkdown(example)
      if (fenced.length > 0) {
        snippets.push(...fenced.map((snippet) => ({ ...snippet, line: line + snippet.line - 1 })))
      } else {
        snippets.push({ line, code: example, runs: false })
      }
    }
  }
  return snippets
}
