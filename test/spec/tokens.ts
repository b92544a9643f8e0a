/**
 * A tokenizer for TypeScript sources, exact enough to tell code from what only looks like code: strings, template
 * literals with nested substitutions, both kinds of comments, and regular expressions. TypeScript 7 has no JavaScript
 * API, and a parser that happens to lie in node_modules is nobody's declared dependency.
 */

export interface Token {
  readonly kind: "word" | "punct" | "string" | "template" | "number" | "regex"
  /** The source text; for strings and templates without substitutions the value they denote. */
  readonly text: string
  /** A template literal with `${}`: its text holds only the literal parts. */
  readonly substituted: boolean
  readonly line: number
}

const wordStart = /[\p{ID_Start}$_#@]/u
const wordPart = /[\p{ID_Continue}$\u200c\u200d]/u
const space = /\s/

/** After these words an expression begins, so a slash opens a regular expression. */
const beforeExpression = new Set([
  "return",
  "typeof",
  "case",
  "in",
  "of",
  "delete",
  "void",
  "throw",
  "new",
  "else",
  "do",
  "yield",
  "await",
  "instanceof",
  "extends",
  "default"
])

/** The parenthesis after these words is not a value, so a slash after it opens a regular expression. */
const withHead = new Set(["if", "while", "for", "with"])

const longPuncts = ["...", "=>", "++", "--", "?."]

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v", "0": "\0" }

/** What the escapes of a string or template literal stand for. */
const cook = (raw: string): string =>
  raw.replace(
    /\\(?:u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r\n|([\s\S]))/g,
    (_, braced?: string, four?: string, two?: string, single?: string) => {
      const hex = braced ?? four ?? two
      if (hex !== undefined) {
        const code = Number.parseInt(hex, 16)
        return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd"
      }
      if (single === undefined || single === "\n") return ""
      return escapes[single] ?? single
    }
  )

export const tokenize = (source: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  /** For every open bracket: whether it is the head of `if`, `while`, `for`, `with`. */
  const open: Array<boolean> = []
  let closedHead = false
  let position = 0
  let line = 1

  const charAt = (index: number): string => String.fromCodePoint(source.codePointAt(index) ?? 0)

  const countLines = (from: number, to: number): void => {
    for (let index = from; index < to; index++) if (source[index] === "\n") line++
  }

  const push = (kind: Token["kind"], text: string, end: number, substituted = false): void => {
    tokens.push({ kind, text, substituted, line })
    countLines(position, end)
    position = end
  }

  /** Whether a slash here divides, that is, whether a value ends right before it. */
  const afterValue = (): boolean => {
    const last = tokens.at(-1)
    if (last === undefined) return false
    switch (last.kind) {
      case "word":
        return !beforeExpression.has(last.text) || isMember(tokens.length - 1)
      case "punct":
        if (last.text === ")") return !closedHead
        if (last.text === "!") return isPostfixBang()
        return last.text === "]" || last.text === "++" || last.text === "--"
      default:
        return true
    }
  }

  const isMember = (index: number): boolean => {
    const before = tokens[index - 1]
    return before !== undefined && (before.text === "." || before.text === "?.") && before.kind === "punct"
  }

  /** `value! / 2` against `!/regex/`: the former stands directly behind a value. */
  const isPostfixBang = (): boolean => {
    let bang = position - 1
    while (bang >= 0 && space.test(source[bang] ?? "")) bang--
    return bang > 0 && /[\p{ID_Continue}$)\]]/u.test(source[bang - 1] ?? "") &&
      !beforeExpression.has(tokens.at(-2)?.text ?? "")
  }

  /** The end of the regular expression that starts at `start`, or -1 if the line ends before it does. */
  const regexEnd = (start: number): number => {
    let inClass = false
    for (let index = start + 1; index < source.length; index++) {
      const char = source[index]
      if (char === "\n" || char === "\r") return -1
      if (char === "\\") index++
      else if (char === "[") inClass = true
      else if (char === "]") inClass = false
      else if (char === "/" && !inClass) {
        let end = index + 1
        while (/[a-z]/.test(source[end] ?? "")) end++
        return end
      }
    }
    return -1
  }

  const readString = (quote: string): void => {
    let end = position + 1
    while (end < source.length && source[end] !== quote && source[end] !== "\n") end += source[end] === "\\" ? 2 : 1
    push("string", cook(source.slice(position + 1, end)), Math.min(end + 1, source.length))
  }

  /** Reads a template literal; the code in its substitutions is skipped, not tokenized into the result. */
  const readTemplate = (): void => {
    const start = position
    const startLine = line
    let raw = ""
    let substituted = false
    position++
    while (position < source.length && source[position] !== "`") {
      if (source[position] === "\\") {
        raw += source.slice(position, position + 2)
        position += 2
      } else if (source.startsWith("${", position)) {
        substituted = true
        raw += " "
        position += 2
        const kept = tokens.length
        tokens.push({ kind: "punct", text: "{", substituted: false, line })
        readUntilClosed()
        tokens.length = kept
      } else {
        raw += source[position]
        position++
      }
    }
    position = Math.min(position + 1, source.length)
    line = startLine
    countLines(start, position)
    tokens.push({ kind: "template", text: cook(raw), substituted, line: startLine })
  }

  /** Reads the code of a substitution up to and including the brace that closes it. */
  const readUntilClosed = (): void => {
    const depth = open.length
    while (position < source.length) {
      if (source[position] === "}" && open.length === depth) {
        position++
        return
      }
      readOne()
    }
  }

  const readOne = (): void => {
    const char = charAt(position)
    if (space.test(char)) {
      if (char === "\n") line++
      position++
    } else if (source.startsWith("//", position)) {
      const end = source.indexOf("\n", position)
      position = end === -1 ? source.length : end
    } else if (source.startsWith("/*", position)) {
      const close = source.indexOf("*/", position + 2)
      const end = close === -1 ? source.length : close + 2
      countLines(position, end)
      position = end
    } else if (char === "\"" || char === "'") {
      readString(char)
    } else if (char === "`") {
      readTemplate()
    } else if (wordStart.test(char) || char === "\\") {
      let end = position + char.length
      while (end < source.length && wordPart.test(charAt(end))) end += charAt(end).length
      push("word", source.slice(position, end), end)
    } else if (/\d/.test(char) || (char === "." && /\d/.test(source[position + 1] ?? ""))) {
      const end = position + (/^(?:[\d_]*\.?[\d_]+[eE][+-]?\d+|[\w.]+)/.exec(source.slice(position, position + 80))?.[0]
        .length ?? 1)
      push("number", source.slice(position, end), end)
    } else if (char === "/" && !afterValue() && regexEnd(position) !== -1) {
      const end = regexEnd(position)
      push("regex", source.slice(position, end), end)
    } else {
      const punct = longPuncts.find((long) => source.startsWith(long, position)) ?? char
      if (punct === "(" || punct === "[" || punct === "{") {
        const last = tokens.at(-1)
        open.push(
          punct === "(" && last?.kind === "word" && withHead.has(last.text) && !isMember(tokens.length - 1)
        )
      } else if (punct === ")" || punct === "]" || punct === "}") {
        closedHead = open.pop() ?? false
      }
      push("punct", punct, position + punct.length)
    }
  }

  if (source.startsWith("#!")) position = Math.max(source.indexOf("\n"), 0)
  while (position < source.length) readOne()
  return tokens
}
