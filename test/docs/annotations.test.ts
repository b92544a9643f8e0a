import { describe, expect, it } from "vitest"
import * as Library from "../../src/event/Library.js"
import { manifest, publicModules, readText } from "./sources.js"

const declaration =
  /^export (?:declare |abstract |async )*(const|let|var|function\*?|class|interface|type|enum|namespace) ([\w$]+)/

/** Exports that only pass on what another module declares: they are described where they are declared. */
const reexport = /^export (?:\* |type \* |\{|type \{)/

const lacking = (source: string): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const header = /^\/\*\*\n[\s\S]*?\*\/\n/.exec(source)?.[0] ?? ""
  if (!header.includes("@since")) {
    problems.push("1: the module's own docstring has no @since")
  }
  const overloaded = new Set<string>()
  for (const found of source.matchAll(/^export .*/gm)) {
    const [text] = found
    const line = source.slice(0, found.index).split("\n").length
    if (reexport.test(text)) {
      const names = /\{([\s\S]*?)\}(?! from)/.exec(source.slice(found.index))?.[1] ?? ""
      for (const [, name] of names.matchAll(/(?:^|,)(?:\s|\/\*\*.*?\*\/)*(?:type )?([\w$]+)/g)) {
        if (new RegExp(`^(?:const|let|function|class|interface|type|enum) ${name}\\b`, "m").test(source)) {
          problems.push(`${line}: ${name} is declared here and exported by a list`)
        }
      }
      continue
    }
    const [, kind, name] = declaration.exec(text) ?? []
    if (kind === undefined || name === undefined) {
      problems.push(`${line}: what is exported has no name: ${text}`)
      continue
    }
    if (kind === "function" && overloaded.has(name)) {
      continue
    }
    overloaded.add(name)
    const docstring = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(source.slice(0, found.index))?.[0] ?? ""
    for (const tag of ["@since", "@category"]) {
      if (!docstring.includes(tag)) {
        problems.push(`${line}: ${name} has no ${tag}`)
      }
    }
  }
  return problems
}

describe("what users see of the library", () => {
  it("is described: every export of a public module says since when it is there and what it belongs to", () => {
    expect(publicModules.length).toBeGreaterThan(0)
    const problems = publicModules.flatMap((module) =>
      lacking(readText(`src/${module}`)).map((problem) => `src/${module}:${problem}`)
    )
    expect(problems).toEqual([])
  })

  it("bears the package's version", () => {
    expect(Library.version).toBe(manifest.version)
    expect(Library.name).toBe("effect-posthog")
  })
})

describe("the check of docstrings", () => {
  const header = "/**\n * A module.\n *\n * @since 0.1.0\n */\n"

  it("finds an export without docstring, without tag, and one behind a list", () => {
    expect(lacking("export const a = 1\n")).toEqual([
      "1: the module's own docstring has no @since",
      "1: a has no @since",
      "1: a has no @category"
    ])
    expect(lacking(`${header}\n/** @since 0.1.0 */\nexport type A = 1\n`)).toEqual(["8: A has no @category"])
    expect(lacking(`${header}const a = 1\nexport { a }\n`)).toEqual(["7: a is declared here and exported by a list"])
    expect(lacking(`${header}export default 1\n`)).toEqual(["6: what is exported has no name: export default 1"])
  })

  it("passes described exports, overloads and what comes from elsewhere", () => {
    const described = "/**\n * @since 0.1.0\n * @category models\n */\n"
    expect(lacking(`${header}${described}export function f(): 1\nexport function f(a?: 1): 1 {}\n`)).toEqual([])
    expect(lacking(`${header}export * from "./B.js"\nexport { b, type C } from "./B.js"\n`)).toEqual([])
    expect(lacking(`${header}import type { B } from "./B.js"\nexport type {\n  /** @since 0.1.0 */\n  B\n}\n`)).toEqual(
      []
    )
  })
})
