/** Each example can be run by its name; that it runs, `npm run examples` shows. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readText, root } from "./sources.js"

const names = [
  ["quickstart", "scopes", "http-server", "http-client", "rpc", "queue", "workflow", "flags", "typed-flags"],
  ["exceptions", "outbox", "testing", "express", "next", "lambda", "cli"]
].flat()

it("examples: those that are promised are there, and the README names all that are", () => {
  const found = readdirSync(join(root, "examples"))
    .filter((name) => name.endsWith(".ts") && name !== "demo.ts")
    .map((name) => name.slice(0, -3))
  expect(names.filter((name) => !found.includes(name))).toEqual([])
  const readme = readText("README.md")
  expect(found.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
})
