/** docs/reference names all there is. That it is what `npm run docs:reference` writes is seen by `npm run check`. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { publicModules, readText, root } from "./sources.js"

describe("docs/reference", () => {
  it("has a page for every public module, with every export that the module declares", () => {
    const lacking = publicModules.flatMap((module) => {
      const page = `docs/reference/${module.replace(/\.ts$/, ".md")}`
      if (!existsSync(join(root, page))) {
        return [page]
      }
      const text = readText(page)
      return Array.from(
        readText(`src/${module}`).matchAll(
          /^export (?:abstract |async )*(?:const|function|class|interface|type) ([\w$]+)/gm
        ),
        ([, name = ""]) => name
      ).filter((name) => !text.includes(`\n### ${name}\n`)).map((name) => `${page}: ${name}`)
    })
    expect(lacking).toEqual([])
  })
})
