/** A newcomer follows the README's commands to the letter, in an empty folder, and sees an event of their own on the page. */
import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { launch } from "./support/browser.js"

const root = fileURLToPath(new URL("../../", import.meta.url))
const readme = readFileSync(join(root, "README.md"), "utf8")

/** What stands in the README's blocks of this language below a heading. */
const blocks = (heading: string, language: string): ReadonlyArray<string> => {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? ""
  return Array.from(
    section.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g")),
    ([, text]) => text ?? ""
  )
}

let browser: Browser
const folder = mkdtempSync(join(tmpdir(), "effect-posthog-newcomer-"))

beforeAll(async () => {
  browser = await launch()
})

afterAll(async () => {
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
})

it("the README's commands, in an empty folder, end at one's own event on the page within five minutes", async () => {
  const begin = performance.now()
  // the package is not published: the one difference to what a newcomer does
  const packed: Record<string, { readonly filename: string }> = JSON.parse(
    execFileSync("npm", ["pack", "--silent", "--json", "--pack-destination", folder], { cwd: root, encoding: "utf8" })
      .replace(/^[^[{]*/, "")
  )
  const tarball = join(folder, Object.values(packed)[0]?.filename ?? "")
  const [install = ""] = blocks("Quickstart", "sh")
  const [program = ""] = blocks("Quickstart", "ts")
  const [commands = ""] = blocks("On your own machine", "sh")
  const [dev = "", start = ""] = commands.trim().split("\n")
  expect([install, program, dev, start].every((text) => text !== "")).toBe(true)
  const shell = (command: string) => execFileSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" })

  shell(install.replace(" effect-posthog ", ` ${tarball} `))
  writeFileSync(join(folder, "quickstart.mjs"), program)
  const tool = spawn("sh", ["-c", `exec ${dev}`], { cwd: folder, stdio: ["ignore", "pipe", "inherit"], detached: true })
  const ended = new Promise<void>((resolve) => tool.once("exit", () => resolve()))
  try {
    const url = await new Promise<string>((resolve) => {
      tool.stdout.on("data", (chunk: Buffer) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(chunk.toString("utf8"))?.[0]
        if (found !== undefined) {
          resolve(found)
        }
      })
    })
    shell(start)
    const page = await browser.newPage()
    await page.goto(url)
    await page.getByText("checkout started").first().waitFor()
    await page.getByText("user-123").first().waitFor()
  } finally {
    // with what npx started
    process.kill(-tool.pid!, "SIGTERM")
    await ended
  }
  const seconds = Math.round((performance.now() - begin) / 1000)
  expect(seconds).toBeLessThan(300)
  console.log(`from an empty folder to the event on the page: ${seconds} s`)
}, 300_000)
