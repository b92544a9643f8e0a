/** What the documents call by the name of a module, such as `Posthog.flush`, is something that the module has. */
import { readdirSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { documents, publicModules, readText, root } from "./sources.js"

const texts = [
  ...documents,
  ...readdirSync(root).filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md" || name === "llms.txt")
]

/** By the name that a document gives a module: the last part of its path. */
const paths = new Map(publicModules.map((module) => [module.replace(/^.*\//, "").replace(/\.ts$/, ""), module]))

/** Modules whose name is also that of a value with members of its own. */
const passedOver = new Set(["index", "DevServer", "PosthogConfig", "TimedOperation"])

interface Mention {
  readonly document: string
  readonly module: string
  readonly member: string
}

const mentionsOf = (document: string, text: string): ReadonlyArray<Mention> =>
  Array.from(
    text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/(?<![\w./-])([A-Z]\w+)\.([a-z]\w*)\b(?!\.|\/)/g),
    ([, module = "", member = ""]) => ({ document, module, member })
  ).filter(({ member, module }) =>
    paths.has(module) && !passedOver.has(module) && !/^(?:ts|test|md|js)$|_/.test(member)
  ) // _: Python's names

describe("documents", () => {
  it("name no member of a public module that it does not have", () => {
    const mentions = texts.flatMap((document) => mentionsOf(document, readText(document)))
    expect(mentions.length).toBeGreaterThan(150)
    // the reference is what the compiler says of a module; another test has it up to date
    const unknown = mentions
      .filter(({ member, module }) => {
        const page = readText(`docs/reference/${paths.get(module)?.replace(/\.ts$/, ".md")}`)
        return !page.includes(`\n### ${member}\n`) &&
          !page.split("\n").some((line) => line.startsWith("- [") && line.includes(`\`${member}\``))
      })
      .map(({ document, member, module }) => `${document}: ${module}.${member}`)
    expect([...new Set(unknown)]).toEqual([])
  })

  it("are looked at outside of their snippets", () => {
    expect(mentionsOf("a.md", "`Posthog.flush` of `src/Posthog.ts`\n```ts\nPosthog.no\n```\nand Flags.none")).toEqual([
      { document: "a.md", module: "Posthog", member: "flush" },
      { document: "a.md", module: "Flags", member: "none" }
    ])
  })
})
