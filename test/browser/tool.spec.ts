/** The page with the real `effect-posthog dev` behind it, and real events: the demo's. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { complaints, launch } from "./support/browser.js"
import * as Demo from "./support/demo.js"
import { definitions } from "./support/flags.js"
import * as Tool from "./support/tool.js"

let browser: Browser
let folder: string
let tool: Tool.Tool
let demo: Demo.Demo
let page: Page
let said: ReadonlyArray<string>

const flagFile = () => join(folder, "flags.json")

const startTool = (port?: number) => Tool.start(["--data", join(folder, "data"), "--flags", flagFile()], port)

beforeAll(async () => {
  Tool.bundle()
  browser = await launch()
})

afterAll(() => browser.close())

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "effect-posthog-browser-"))
  writeFileSync(flagFile(), JSON.stringify(definitions))
  tool = await startTool()
  demo = await Demo.open(tool.url)
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  page = await context.newPage()
  said = complaints(page)
  await page.goto(tool.url)
})

afterEach(async () => {
  expect(said).toEqual([])
  await page.context().close()
  await demo.close()
  await tool.stop()
  rmSync(folder, { recursive: true, force: true })
})

const rows = () => page.locator(".view:not([hidden]) [role=option]:not([hidden])")
const detail = () => page.locator(".view:not([hidden]) .detail")
const properties = (origin: string) => detail().locator(`.origin.of-${origin} dt`)

const goTo = (place: string) =>
  page.evaluate((place) => {
    location.hash = `#/${place}`
  }, place)

describe("events of the demo", () => {
  it("arrive while the page is open, are found, and are shown with where each property came from", async () => {
    await page.getByText("Waiting for the first event").waitFor()
    await demo.checkOut([1, 2, 3, 4])
    await page.getByText("12 events").waitFor()
    const search = page.getByRole("searchbox", { name: "Search events" })
    await search.fill("name:\"order paid\" person:grace@hopper.navy")
    await page.getByText(/^1 event$/).waitFor()
    await rows().filter({ hasText: "order paid" }).click()
    await detail().getByRole("heading", { name: "order paid" }).waitFor()
    expect(await properties("explicit").allTextContents()).toEqual(["total"])
    expect(await properties("tag").allTextContents()).toEqual([
      "customer",
      "order.number",
      "order.sku",
      "request.id",
      "request.path",
      "shipping",
      "shop",
      "step",
      "stock.checked"
    ])
    expect(await properties("super").allTextContents()).toEqual(["release"])
    expect(await properties("system").allTextContents()).toEqual(expect.arrayContaining(["$lib", "$lib_version"]))
    expect(await detail().locator(".origin.of-unknown").count()).toBe(0)
    await detail().getByRole("tab", { name: "Scope 2" }).click()
    expect(await detail().locator(".scope-head .badge").allTextContents()).toEqual(["fresh", "inherited"])
    await detail().getByRole("tab", { name: "Raw" }).click()
    const raw = await detail().getByLabel("The event as JSON").textContent()
    expect(JSON.parse(raw ?? "")).toMatchObject({ event: "order paid", distinct_id: "grace@hopper.navy" })
  })

  it("show the frames of a request as a tree: what each set, what is hidden, what is set again further in", async () => {
    await demo.ship("corr-tree")
    // the rows stand still
    await page.getByText("3 events").waitFor()
    await rows().filter({ hasText: "order placed" }).click()
    await detail().getByRole("tab", { name: "Scope 3" }).click()
    await detail().getByText("events of the same correlation").waitFor()
    const frames = detail().locator(".scope-frame")
    const [hidden, request, inner] = [frames.nth(0), frames.nth(1), frames.nth(2)]
    expect(await hidden.textContent()).toContain("hidden by a fresh frame further in")
    expect(await hidden.textContent()).toContain("worker")
    expect(await request.locator("dt.lost").allTextContents()).toEqual(["tagsstep"])
    expect(await request.textContent()).toContain("region")
    expect(await inner.locator("dt").allTextContents()).toEqual(["tagsstep"])
    expect(await detail().locator(".scope-events a").allTextContents()).toEqual(["parcel packed", "$exception"])
    await detail().getByRole("link", { name: "parcel packed" }).click()
    await detail().getByRole("heading", { name: "parcel packed" }).waitFor()
  })

  it("can be searched by session and correlation, and stand on one time line across services", async () => {
    await demo.checkOut([1])
    await demo.ship("corr-line")
    await page.getByText("6 events").waitFor()
    const search = page.getByRole("searchbox", { name: "Search events" })
    for (const text of ["session:session-of-ada", "correlation:corr-line"]) {
      await search.fill(text)
      await page.getByText("3 events").waitFor()
    }
    await rows().first().click()
    await detail().getByRole("link", { name: "time line" }).click()
    const entries = page.locator(".timeline .entry")
    await entries.nth(2).waitFor()
    expect(await entries.locator(".service").allTextContents()).toEqual(["storefront", "warehouse", "shipping"])
    expect(await entries.locator(".entry-title").allTextContents()).toEqual([
      "order placed",
      "parcel packed",
      expect.stringContaining("xception")
    ])
    await entries.getByRole("link", { name: "order placed" }).click()
    await detail().getByRole("heading", { name: "order placed" }).waitFor()
  })

  it("survive the server: it starts again, the page comes back and has old and new ones", async () => {
    await demo.checkOut([1, 2])
    await page.getByText("6 events").waitFor()
    const { port } = tool
    await tool.stop()
    await page.getByText("reconnecting").waitFor()
    tool = await startTool(port)
    await page.locator(".status.live").waitFor()
    await page.getByText("6 events").waitFor()
    await demo.checkOut([3])
    await page.getByText("9 events").waitFor()
  })
})

describe("exceptions of the demo", () => {
  it("have frames and lines of source, and lead to their causes", async () => {
    await demo.checkOut([17, 100])
    await demo.ship("corr-exceptions")
    await page.getByText("7 events").waitFor()
    await page.keyboard.press("2")
    await page.getByText("3 exceptions").waitFor()
    await rows().filter({ hasText: "TypeError" }).click()
    const [crash] = [detail().locator(".exception").first()]
    await crash.getByRole("heading", { name: "TypeError" }).waitFor()
    expect(await crash.locator(".line.here").first().textContent()).toContain("the planned defect")
    expect(await crash.locator(".frame").first().textContent()).toContain("examples/demo/shop.ts:")
    const folded = crash.getByRole("button", { name: "frames of libraries" }).first()
    const before = await crash.locator(".frame").count()
    await folded.click()
    expect(await crash.locator(".frame").count()).toBeGreaterThan(before)
    await rows().filter({ hasText: "the carrier refused" }).click()
    await detail().getByText("1.2 kg is too heavy for a letter", { exact: true }).waitFor()
    await detail().getByRole("button", { name: "RangeError" }).click()
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("RangeError")
    await page.getByRole("searchbox", { name: "Search exceptions" }).fill("OutOfStock")
    await page.getByText(/^1 exception$/).waitFor()
  })
})

describe("flags", () => {
  const flagFor = async (distinctId: string, key: string): Promise<unknown> => {
    const response = await fetch(`${tool.url}/flags/?v=2`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ api_key: "phc_demo", distinct_id: distinctId })
    })
    const { flags } = await response.json() as { flags: Record<string, { enabled: boolean }> }
    return flags[key]?.enabled
  }

  it("are switched and rolled out at once, for applications too, and explained condition by condition", async () => {
    await demo.checkOut([1])
    await goTo("flags")
    const card = page.locator("[data-key=new-checkout].flag-card")
    const explained = page.locator("[data-key=new-checkout].explanation")
    // picked, not typed
    await page.getByRole("button", { name: "grace@hopper.navy" }).click()
    await explained.getByText("outside the rollout").waitFor()
    const slider = card.getByRole("slider", { name: "Rollout of condition 2 of new-checkout" })
    await slider.focus()
    await page.keyboard.press("End")
    await explained.locator(".matched").waitFor()
    await explained.getByText("true", { exact: true }).waitFor()
    expect(await flagFor("grace@hopper.navy", "new-checkout")).toBe(true)
    await page.keyboard.press("Home")
    await explained.getByText("outside the rollout").waitFor()
    // typed, with properties
    await page.getByRole("combobox", { name: "Person" }).fill("somebody new")
    await page.getByText("Person properties and groups").click()
    await page.getByLabel("Person properties, over").fill("{\"plan\": \"pro\"}")
    await page.getByRole("button", { name: "Explain" }).click()
    await explained.locator("li.matched").getByText("plan is pro").waitFor()
    expect(page.url()).toContain("person=somebody+new")
    const toggle = card.getByRole("switch", { name: "new-checkout is active" })
    await toggle.click()
    await explained.getByText("false", { exact: true }).waitFor()
    expect(await toggle.getAttribute("aria-checked")).toBe("false")
    expect(await flagFor("grace@hopper.navy", "new-checkout")).not.toBe(true)
    await page.getByLabel("Person properties, over").fill("{\"plan\":")
    await page.getByRole("button", { name: "Explain" }).click()
    await page.getByText("must be a JSON object").waitFor()
  })

  it("follow their file", async () => {
    await goTo("flags")
    await page.locator("[data-key=pricing].flag-card").waitFor()
    const [first] = definitions.flags
    writeFileSync(flagFile(), JSON.stringify({ ...definitions, flags: [{ ...first, key: "brand-new" }] }))
    await page.locator("[data-key=brand-new].flag-card").waitFor()
    await page.locator("[data-key=pricing].flag-card").waitFor({ state: "detached" })
    writeFileSync(flagFile(), "{ broken")
    await page.locator(".flags-view [role=alert]:not([hidden])").waitFor()
    expect(readFileSync(flagFile(), "utf8")).toBe("{ broken")
  })
})

describe("delivery", () => {
  it("shows requests, what a fault does to a client, and that nothing is lost when it ends", async () => {
    await goTo("delivery")
    await page.getByRole("radio", { name: "503" }).click()
    await page.getByText("The fault is on").waitFor()
    await demo.order([1, 2, 3])
    const answers = page.locator("table.requests .answer")
    await answers.getByText("503").first().waitFor()
    await page.getByRole("radio", { name: "None" }).click()
    await answers.getByText("200").first().waitFor()
    await demo.flush()
    const stored = page.locator(".figure").filter({ hasText: "events" }).locator("dd")
    await expect.poll(() => stored.textContent()).toBe("9")
    await goTo("events")
    await page.getByText("9 events").waitFor()
  })

  it("says in plain words what is wrong with what arrives", async () => {
    await goTo("delivery")
    await fetch(`${tool.url}/i/v0/e/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ api_key: "phc_demo", event: 7 })
    })
    await page.locator("tr.with-problems .request-problems li").first().waitFor()
    expect(await page.locator("tr.with-problems .answer").first().textContent()).toBe("400")
  })

  it("forgets everything only when asked twice", async () => {
    await demo.checkOut([1])
    await page.getByText("3 events").waitFor()
    await page.getByRole("button", { name: "Clear" }).click()
    await page.getByRole("button", { name: "Forget everything?" }).click()
    await page.getByText("Waiting for the first event").waitFor()
  })
})
