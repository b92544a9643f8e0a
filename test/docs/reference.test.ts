/** docs/reference is what `npm run docs:reference` writes. */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { publicModules, readText, root } from "./sources.js"

const check = () =>
  new Promise<string>((resolve) => {
    execFile(
      process.execPath,
      ["build/reference.js", "--check"],
      { cwd: root, maxBuffer: 16 * 1024 * 1024 },
      (error, _stdout, stderr) => resolve(error === null ? "" : stderr)
    )
  })

describe("docs/reference", () => {
  it("is up to date: otherwise run npm run docs:reference", async () => {
    expect(await check()).toBe("")
  }, 60_000)

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
