import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../../", import.meta.url))

export const readText = (path: string): string => readFileSync(join(root, path), "utf8")

export const manifest: {
  readonly version: string
  readonly exports: Record<string, string | null | { readonly default: string }>
  readonly peerDependencies: Record<string, string>
} = JSON.parse(readText("package.json"))

/** Every module of the library, as its path below `src/`. */
export const modules: ReadonlyArray<string> = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".ts"))
  .toSorted()

/** The documents beside the README. */
export const documents: ReadonlyArray<string> = readdirSync(join(root, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`)

/** The modules that package.json exports. */
export const publicModules: ReadonlyArray<string> = Object.values(manifest.exports).flatMap((target) =>
  typeof target === "object" && target !== null
    ? [target.default.replace("./dist/", "").replace(/\.js$/, ".ts")]
    : []
)
