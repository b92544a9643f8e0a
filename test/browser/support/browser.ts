/** A headless Chromium: `CHROMIUM_PATH`, or where Debian puts it. */
import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"

const usual = "/usr/bin/chromium"

export const launch = (): Promise<Browser> => {
  const path = process.env["CHROMIUM_PATH"] ?? (existsSync(usual) ? usual : undefined)
  if (path === undefined) {
    throw new Error("these tests need a Chromium: CHROMIUM_PATH says where it is")
  }
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
  })
}

/** What the page complained about: it should be nothing. */
export const complaints = (page: Page): ReadonlyArray<string> => {
  const found: Array<string> = []
  page.on("pageerror", (error) => found.push(String(error)))
  page.on("console", (message) => {
    // that the server is away is no mistake of the page's
    if (
      message.type() === "error" && !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE/.test(message.text())
    ) {
      found.push(message.text())
    }
  })
  return found
}
