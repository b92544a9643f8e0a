/** The page by itself: what it does with any event, at any width, with the keyboard, and when its server goes away. */
import { type Browser, type BrowserContextOptions, type Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { EventDetail } from "../../src/devserver/page/PageApi.js"
import { complaints, launch } from "./support/browser.js"
import { type Asset, bundlePage } from "./support/bundlePage.js"
import { hostile, sample, samples } from "./support/samples.js"
import * as StandIn from "./support/StandIn.js"

let browser: Browser
let assets: ReadonlyMap<string, Asset>
let server: StandIn.StandIn
let page: Page
let said: ReadonlyArray<string>

beforeAll(async () => {
  assets = await bundlePage()
  browser = await launch()
})

afterAll(() => browser.close())

const open = async (hash = "", options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  said = complaints(page)
  await page.goto(`${server.url}/${hash}`)
  return page
}

beforeEach(async () => {
  server = await StandIn.start(assets)
})

afterEach(async () => {
  // whatever a test shows, nothing is ever refused by the browser or thrown by the page
  expect(said).toEqual([])
  for (const context of browser.contexts()) {
    await context.close()
  }
  await server.stop()
})

const rows = (page: Page) => page.locator(".view:not([hidden]) [role=option]:not([hidden])")

/** The names in the list from top to bottom; they follow the number of events with the next frame. */
const names = (page: Page): Promise<ReadonlyArray<string>> =>
  rows(page).evaluateAll((rows) =>
    rows.toSorted((a, b) => Number(a.getAttribute("aria-posinset")) - Number(b.getAttribute("aria-posinset")))
      .map((row) => row.querySelector(".name")?.textContent ?? "")
  )

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute("aria-label") ?? element?.textContent ?? ""
  })

const detail = (page: Page) => page.locator(".view:not([hidden]) .detail")

describe("the list", () => {
  it("shows events as they arrive, the newest first, and waits while it is paused", async () => {
    server.add(samples(1, 10))
    page = await open()
    await page.getByText("10 events").waitFor()
    server.add([sample(11, { event: "just arrived" })])
    await page.getByText("11 events").waitFor()
    await expect.poll(async () => (await names(page))[0]).toBe("just arrived")
    await page.getByRole("button", { name: "Pause" }).click()
    server.add([sample(12, { event: "while paused" }), sample(13, { event: "while paused too" })])
    await page.getByText("11 events, 2 waiting").waitFor()
    await expect.poll(async () => (await names(page))[0]).toBe("just arrived")
    await page.getByRole("button", { name: "Resume" }).click()
    await page.getByText("13 events").waitFor()
    await expect.poll(async () => (await names(page)).slice(0, 3)).toEqual([
      "while paused too",
      "while paused",
      "just arrived"
    ])
  })

  it("keeps the place of who reads further down, and says how many are new", async () => {
    server.add(samples(1, 500))
    page = await open()
    await page.getByText("500 events").waitFor()
    const list = page.getByRole("listbox", { name: "Events" })
    await list.evaluate((element) => {
      element.scrollTop = 3000
    })
    await page.locator("[data-number=\"400\"]").waitFor()
    const before = await page.locator("[data-number=\"400\"]").boundingBox()
    server.add(samples(501, 7))
    await page.getByRole("button", { name: "7 new" }).waitFor()
    expect(await page.locator("[data-number=\"400\"]").boundingBox()).toEqual(before)
    await page.getByRole("button", { name: "7 new" }).click()
    await page.locator("[data-number=\"507\"]").waitFor()
  })

  it("holds 100,000 events with as many elements as there is room for, and comes to the last one", async () => {
    server.add(samples(1, 100_000))
    page = await open()
    await page.getByText("100,000 events").waitFor()
    expect(await rows(page).count()).toBeLessThan(60)
    await page.getByRole("listbox", { name: "Events" }).focus()
    await page.keyboard.press("End")
    await page.locator("[data-number=\"1\"]").waitFor({ timeout: 50_000 })
    expect(await page.locator("[role=option]").count()).toBeLessThan(60)
  })

  it("searches by name, person, session and correlation, alone and together", async () => {
    server.add(samples(1, 300))
    page = await open()
    const search = page.getByRole("searchbox", { name: "Search events" })
    const expected = [
      ["name:\"order paid\"", 50],
      ["person:customer-12@example.org", 1],
      ["session:session-77", 1],
      ["correlation:correlation-20", 4],
      ["name:order correlation:correlation-20", 1],
      ["customer-299", 1]
    ] as const
    for (const [text, total] of expected) {
      await search.fill(text)
      await page.getByText(total === 1 ? /^1 event$/ : `${total} events`).waitFor()
    }
    await search.fill("nothing has this name")
    await page.getByText("Nothing matches.").waitFor()
  })

  it("lets arrive only what is searched for", async () => {
    server.add(samples(1, 30))
    page = await open("#/events?q=name%3Aorder")
    await page.getByText("5 events").waitFor()
    server.add([sample(31, { event: "something else" }), sample(32, { event: "order shipped" })])
    await page.getByText("6 events").waitFor()
    await expect.poll(() => names(page)).toEqual(["order shipped", ...Array.from({ length: 5 }, () => "order paid")])
  })
})

describe("the place", () => {
  it("is in the address: reloading keeps search, open event and tab", async () => {
    server.add(samples(1, 30))
    page = await open()
    await page.getByRole("searchbox").fill("name:order")
    await page.getByText("5 events").waitFor()
    await rows(page).first().click()
    await page.getByRole("tab", { name: "Raw" }).click()
    await page.reload()
    await page.getByText("5 events").waitFor()
    expect(await page.getByRole("searchbox").inputValue()).toBe("name:order")
    await detail(page).getByLabel("The event as JSON").waitFor()
    await page.goBack()
    await detail(page).waitFor({ state: "hidden" })
  })

  it("survives the server: it says that it is away, connects again and shows what came since", async () => {
    server.add(samples(1, 5))
    page = await open()
    await page.getByText("5 events").waitFor()
    await page.locator(".status.live").waitFor()
    const { port } = server
    await server.stop()
    await page.getByText("reconnecting").waitFor()
    server = await StandIn.start(assets, port)
    server.add(samples(1, 8))
    await page.getByText("8 events").waitFor()
    await page.locator(".status.live").waitFor()
    server.add(samples(9, 1))
    await page.getByText("9 events").waitFor()
  })
})

describe("the keyboard alone", () => {
  it("searches, walks, opens, changes the tab, closes, and goes to every view", async () => {
    server.add(samples(1, 60))
    page = await open()
    await page.getByText("60 events").waitFor()
    await page.keyboard.press("Tab")
    expect(await focused(page)).toBe("Skip to the content")
    await page.keyboard.press("Enter")
    await page.keyboard.press("/")
    expect(await focused(page)).toBe("Search events")
    await page.keyboard.type("name:order")
    await page.getByText("10 events").waitFor()
    await page.keyboard.press("Enter")
    expect(await focused(page)).toBe("Events")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("k")
    await page.locator("[role=option].cursor[data-number=\"50\"]").waitFor()
    const active = await page.getByRole("listbox", { name: "Events" }).getAttribute("aria-activedescendant")
    expect(await page.locator(`#${active}`).getAttribute("aria-posinset")).toBe("2")
    await page.keyboard.press("Enter")
    await detail(page).getByRole("heading", { name: "order paid" }).waitFor()
    expect(await focused(page)).toBe("The open event")
    for (let i = 0; i < 20 && await focused(page) !== "Properties"; i++) {
      await page.keyboard.press("Tab")
    }
    await page.keyboard.press("ArrowRight")
    expect(await focused(page)).toBe("Scope")
    await page.keyboard.press("Escape")
    await detail(page).waitFor({ state: "hidden" })
    expect(await focused(page)).toBe("Events")
    for (const [key, name] of [["2", "Exceptions"], ["3", "Flags"], ["4", "Delivery"], ["5", "Time line"]] as const) {
      await page.keyboard.press(key)
      await page.getByRole("region", { name, exact: true }).waitFor()
    }
    await page.keyboard.press("1")
    expect(await page.getByRole("searchbox").inputValue()).toBe("name:order")
    await page.keyboard.press("?")
    await page.getByRole("dialog", { name: "Keys" }).waitFor()
    await page.keyboard.press("Escape")
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "hidden" })
  })

  it("shows where it is: everything that takes the focus has an outline", async () => {
    server.add(samples(1, 5))
    server.setFlags([{
      key: "a",
      active: true,
      name: "",
      conditions: [{ description: "everyone", rollout: 50 }],
      variants: []
    }], () => [])
    page = await open("#/flags")
    await page.getByRole("switch").waitFor()
    const seen = new Set<string>()
    for (let i = 0; i < 16; i++) {
      await page.keyboard.press("Tab")
      const { name, outline } = await page.evaluate(() => {
        const element = document.activeElement!
        const { outlineStyle, outlineWidth } = getComputedStyle(element)
        return { name: element.outerHTML.slice(0, 80), outline: outlineStyle !== "none" && outlineWidth !== "0px" }
      })
      if (!name.startsWith("<body")) {
        seen.add(name)
        expect(`${name} ${outline}`).toBe(`${name} true`)
      }
    }
    expect(seen.size).toBeGreaterThan(10)
  })
})

/** Goes to a place, and waits for what is there to be seen. */
const visit = async (page: Page, place: string, sight: string) => {
  await page.evaluate((place) => {
    location.hash = `#/${place}`
  }, place)
  await page.locator(`.view:not([hidden]) ${sight}`).first().waitFor()
}

/** Everything that the server says holds what the event holds. */
const poison = (evil: EventDetail) => {
  server.setTimeline({
    correlationId: evil.correlationId!,
    entries: [{
      kind: "log",
      service: evil.service,
      at: 1,
      durationMillis: null,
      title: evil.event,
      uuid: null
    }]
  })
  server.setFlags([{
    key: evil.service!,
    active: true,
    name: evil.event,
    conditions: [{ description: evil.event, rollout: 10 }],
    variants: [{ key: evil.event, rollout: 100 }]
  }], (person) => [{
    key: person,
    value: evil.event,
    reason: evil.event,
    conditions: [{ description: evil.event, outcome: "matched", detail: evil.event }]
  }])
  server.setDelivery({
    dropped: [{ at: evil.timestamp, reason: evil.event, count: 1 }],
    requests: [{
      number: 1,
      at: evil.timestamp,
      path: evil.service!,
      library: evil.event,
      events: 1,
      bytes: 1,
      status: 200,
      attempt: 1,
      problems: [evil.event]
    }]
  })
}

describe("what an event holds", () => {
  it("is shown as text and runs nothing, wherever it stands", async () => {
    const evil = hostile(3)
    server.add([sample(1), sample(2), evil])
    poison(evil)
    page = await open()
    await page.getByText("3 events").waitFor()
    const check = async () => {
      expect(
        await page.evaluate(() => ({
          ran: "ran" in globalThis,
          polluted: "polluted" in {},
          scripts: document.querySelectorAll("script").length,
          images: document.querySelectorAll("main img, main b, main iframe").length
        }))
      ).toEqual({ ran: false, polluted: false, scripts: 1, images: 0 })
    }
    await rows(page).filter({ hasText: "evil" }).click()
    for (const tab of ["Exception", "Properties", "Scope", "Raw"]) {
      await detail(page).getByRole("tab", { name: tab }).click()
      await detail(page).getByText("<script>window.ran = true</script>").first().waitFor()
      await check()
    }
    await detail(page).getByRole("tab", { name: "Properties" }).click()
    await detail(page).getByText("__proto__", { exact: true }).waitFor()
    await detail(page).getByText("مرحبا بالعالم").waitFor()
    await detail(page).getByText("👩‍👩‍👧").waitFor()
    // what turns the direction of text is shown, not obeyed
    await detail(page).getByText("\\u202etxt.exe\\u202c and \\u0000").waitFor()
    expect(
      await detail(page).locator("dd a").evaluateAll((links) =>
        links.map((link) => (link as HTMLAnchorElement).protocol)
      )
    ).toEqual(expect.arrayContaining(["https:"]))
    expect(await detail(page).locator("a[href^=\"javascript:\"], a[href^=\"data:\"]").count()).toBe(0)
    expect(await detail(page).locator(".panel a").count()).toBe(1)
    const more = detail(page).getByRole("button", { name: "Show all 1,000,010 characters" })
    await more.click()
    await check()
    const places = [
      ["delivery", "table.requests .request-problems"],
      [`timeline?correlation=${encodeURIComponent(evil.correlationId!)}`, ".entry"],
      [`flags?person=${encodeURIComponent(evil.distinctId)}`, ".explanation"]
    ] as const
    for (const [place, sight] of places) {
      await visit(page, place, sight)
      await check()
    }
  })

  it("stands under the name of its origin, in a colour of its own", async () => {
    server.add([hostile(1)])
    page = await open(`#/events?tab=properties&event=${hostile(1).uuid}`)
    const sections = detail(page).locator(".origin")
    await sections.first().waitFor()
    expect(await sections.locator(".badge").allTextContents()).toEqual([
      "explicit",
      "tag",
      "section",
      "flag",
      "super",
      "system",
      "unknown"
    ])
    const colours = await sections.locator(".badge").evaluateAll((badges) =>
      badges.map((each) => getComputedStyle(each).color)
    )
    expect(new Set(colours).size).toBe(7)
  })
})

describe("at 375 px", () => {
  it("nothing has to be scrolled sideways, in any view", async () => {
    const evil = hostile(4)
    server.add([...samples(1, 3), evil])
    poison(evil)
    page = await open("", { viewport: { width: 375, height: 700 } })
    await page.getByText("4 events").waitFor()
    const event = `events?event=${evil.uuid}&tab=`
    const places = [
      ["events", ".row"],
      [`${event}exception`, ".exception .line.here"],
      [`${event}properties`, ".origin dd"],
      [`${event}scope`, ".scope-frame dd"],
      [`${event}raw`, ".raw"],
      ["exceptions", ".bar"],
      ["flags?person=ada", ".explanation"],
      ["delivery", "table.requests td"],
      ["timeline", ".recent li"],
      [`timeline?correlation=${encodeURIComponent(evil.correlationId!)}`, ".entry"]
    ] as const
    for (const [place, sight] of places) {
      await visit(page, place, sight)
      const wide = await page.evaluate(() =>
        Array.from(document.querySelectorAll("body *")).filter((element) => {
          const { right, width } = element.getBoundingClientRect()
          // what scrolls in itself says so
          return width > 0 && right > innerWidth + 0.5 && element.closest("pre, .scrolls, nav, .cell") === null
        }).map((element) => element.outerHTML.slice(0, 100))
      )
      expect({ place, wide, by: await page.evaluate(() => document.documentElement.scrollWidth) })
        .toEqual({ place, wide: [], by: 375 })
    }
  })
})

/** The contrast of every text with what is behind it, by WCAG 2. */
const lowContrasts = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(() => {
    const parse = (text: string) => (/rgba?\(([^)]+)\)/.exec(text)?.[1] ?? "").split(",").map(Number)
    const luminance = (rgb: ReadonlyArray<number>) => {
      const [r = 0, g = 0, b = 0] = rgb.map((value) => value / 255).map((value) =>
        value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
      )
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (element: Element | null): ReadonlyArray<number> => {
      if (element === null) {
        return [255, 255, 255]
      }
      const [r = 0, g = 0, b = 0, a = 1] = parse(getComputedStyle(element).backgroundColor)
      return a === 0 ? ground(element.parentElement) : [r, g, b]
    }
    return Array.from(document.querySelectorAll("body *")).flatMap((element) => {
      const hasText = Array.from(element.childNodes).some((node) =>
        node.nodeType === 3 && node.textContent?.trim() !== ""
      )
      if (!hasText || element.getBoundingClientRect().width === 0) {
        return []
      }
      const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      return ratio < 4.5 ? [`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 100)}`] : []
    })
  })

describe.each(["light", "dark"] as const)("in the %s", (colorScheme) => {
  it("every text stands out from its ground by 4.5 and more", async () => {
    server.add([...samples(1, 20), hostile(21)])
    poison(hostile(21))
    page = await open("", { colorScheme })
    await page.getByText("21 events").waitFor()
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(ground).toBe(colorScheme === "dark" ? "rgb(18, 19, 21)" : "rgb(247, 247, 245)")
    const event = `events?event=${hostile(21).uuid}&tab=`
    const places = [
      [`${event}properties`, ".origin dd"],
      [`${event}scope`, ".scope-frame dd"],
      [`${event}exception`, ".exception .line.here"],
      [`${event}raw`, ".raw"],
      ["flags?person=ada", ".explanation"],
      ["delivery", "table.requests td"],
      ["timeline", ".recent li"],
      [`timeline?correlation=${encodeURIComponent(hostile(21).correlationId!)}`, ".entry"]
    ] as const
    for (const [place, sight] of places) {
      await visit(page, place, sight)
      expect({ place, low: await lowContrasts(page) }).toEqual({ place, low: [] })
    }
  })
})
