/** Makes docs/screenshot.png: the page with the demo's events, 1280 × 800; and the same in the dark. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { launch } from "./support/browser.js"
import * as Demo from "./support/demo.js"
import { definitions } from "./support/flags.js"
import * as Tool from "./support/tool.js"

const mostBytes = 300_000

const shots = [
  { name: "screenshot.png", colorScheme: "light" },
  { name: "screenshot-dark.png", colorScheme: "dark" }
] as const

Tool.bundle()
const folder = mkdtempSync(join(tmpdir(), "effect-posthog-screenshot-"))
writeFileSync(join(folder, "flags.json"), JSON.stringify(definitions))
const tool = await Tool.start(["--memory", "--flags", join(folder, "flags.json")])
const demo = await Demo.open(tool.url)
const browser = await launch()
try {
  for (let i = 1; i <= 30; i++) {
    await demo.order([2 * i - 1, 2 * i])
  }
  await demo.flush()
  await demo.ship("01a1fe70-corr-5c1d")
  await demo.checkOut([61, 62, 63, 64])
  for (const { colorScheme, name } of shots) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme })
    const page = await context.newPage()
    await page.goto(tool.url)
    await page.locator(".status.live").waitFor()
    await page.getByRole("option").filter({ hasText: "order paid" }).first().click()
    await page.locator(".origin").first().waitFor()
    await page.mouse.move(0, 0)
    const path = fileURLToPath(new URL(`../../docs/${name}`, import.meta.url))
    await page.screenshot({ path })
    const { size } = statSync(path)
    console.log(`docs/${name}: ${size} bytes`)
    if (size > mostBytes) {
      throw new Error(`docs/${name} has more than ${mostBytes} bytes`)
    }
    await context.close()
  }
} finally {
  await browser.close()
  await demo.close()
  await tool.stop()
  rmSync(folder, { recursive: true, force: true })
}
