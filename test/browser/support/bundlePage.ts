/** The page as it is in the package: two files as they are, and the modules in one. */
import { build } from "esbuild"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const assets = new URL("../../../src/devserver/page/assets/", import.meta.url)

export interface Asset {
  readonly type: string
  readonly body: string
}

export const bundlePage = async (): Promise<ReadonlyMap<string, Asset>> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", assets))],
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "warning"
  })
  const html = { type: "text/html; charset=utf-8", body: readFileSync(new URL("index.html", assets), "utf8") }
  return new Map([
    ["/", html],
    ["/style.css", { type: "text/css; charset=utf-8", body: readFileSync(new URL("style.css", assets), "utf8") }],
    ["/page.js", { type: "text/javascript; charset=utf-8", body: outputFiles[0]!.text }]
  ])
}
