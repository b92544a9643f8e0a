/** What the page's files may hold. */
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { bundlePage } from "./support/bundlePage.js"

const assets = new URL("../../src/devserver/page/assets/", import.meta.url)

const sources = readdirSync(assets).filter((name) => name.endsWith(".ts")).map((name) => ({
  name,
  code: readFileSync(new URL(name, assets), "utf8")
}))

/** The ways from text to HTML or to code. */
const forbidden =
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc|\beval\b|new Function|setHTML/

describe("the page's files", () => {
  it("know no way from text to HTML or to code", () => {
    expect(sources.length).toBeGreaterThan(20)
    expect(sources.filter(({ code }) => forbidden.test(code)).map(({ name }) => name)).toEqual([])
    expect(forbidden.test("element.innerHTML = text")).toBe(true)
  })

  it("have no script or style within the markup, and ask no other server for anything", async () => {
    const files = await bundlePage()
    const html = files.get("/")!.body
    expect(html).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(html.match(/<script[^>]*>[^<]+<\/script>|<style|\son\w+=|\sstyle=/g)).toBeNull()
    for (const [path, { body }] of files) {
      expect({ path, addresses: body.match(/(?:src|href|url)\s*[=(]\s*["']?https?:/g) }).toEqual({
        path,
        addresses: null
      })
    }
  })

  it("are light: page and style together below 80 kB as they are", async () => {
    const files = await bundlePage()
    const bytes = Array.from(files.values()).reduce((sum, { body }) => sum + Buffer.byteLength(body), 0)
    console.log(`${bytes} bytes`)
    expect(bytes).toBeLessThan(80_000)
  })
})
