/** What the documents link to is there. */
import { existsSync, readdirSync } from "node:fs"
import { dirname, join, normalize } from "node:path"
import { expect, it } from "vitest"
import { documents, readText, root } from "./sources.js"

const top = readdirSync(root).filter((name) => name.endsWith(".md") || name === "llms.txt")

const withoutCode = (text: string) => text.replaceAll(/```[\s\S]*?```/g, "")

it("documents: every link into the repository leads to a file that is there", () => {
  const links = [...top, ...documents, "docs/reference/README.md"].flatMap((document) =>
    Array.from(
      withoutCode(readText(document)).matchAll(/\]\(([^)\s]+)\)/g),
      ([, target = ""]) => ({ document, target })
    )
      .filter(({ target }) => !/^[a-z]+:/.test(target) && !target.startsWith("#"))
  )
  expect(links.length).toBeGreaterThan(150)
  const broken = links.filter(({ document, target }) =>
    !existsSync(join(root, normalize(join(dirname(document), target.split("#")[0] ?? ""))))
  )
  expect(broken).toEqual([])
})
