import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeSink } from "./sink.js"
import { fromDocstrings, fromMarkdown, type Snippet } from "./snippets.js"
import { documents, modules, publicModules, readText, root } from "./sources.js"

mkdirSync(join(root, "test/.out"), { recursive: true })
const out = mkdtempSync(join(root, "test/.out/docs-"))

interface Written extends Snippet {
  /** Where the snippet stands: `README.md:12`. */
  readonly place: string
  readonly path: string
}

const placed = (document: string, snippets: ReadonlyArray<Snippet>): ReadonlyArray<Written> =>
  snippets.map((snippet) => ({
    ...snippet,
    place: `${document}:${snippet.line}`,
    path: join(out, `${document.replaceAll("/", "_")}_${snippet.line}.ts`)
  }))

const readme = placed("README.md", fromMarkdown(readText("README.md")))
const docs = documents.flatMap((name) => placed(name, fromMarkdown(readText(name))))
const examples = modules.flatMap((module) => placed(`src/${module}`, fromDocstrings(readText(`src/${module}`))))

/** Runs a program of node's, and returns its exit code with all that it printed. */
const node = (env: Record<string, string>, ...args: ReadonlyArray<string>) =>
  new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...process.env, ...env }, timeout: 20_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` })
    )
  })

beforeAll(() => {
  for (const { code, line, path } of [...readme, ...docs, ...examples]) {
    // each line keeps its number, so that what the compiler says can be found in the document
    writeFileSync(path, `${"\n".repeat(line - 1)}${code}\n`)
  }
  writeFileSync(
    join(out, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.json",
      include: ["."],
      exclude: [],
      compilerOptions: {
        noUnusedLocals: false,
        noUnusedParameters: false,
        // style is not what is asked here, and only a patched compiler knows of it
        plugins: [{ name: "@effect/language-service", diagnostics: false }]
      }
    })
  )
})

afterAll(() => rmSync(out, { recursive: true, force: true }))

describe("the documentation's TypeScript", () => {
  it("type-checks: every snippet of the README and of docs, and every example of the docstrings", async () => {
    expect(examples.length).toBeGreaterThan(0)
    const { code, output } = await node({}, "node_modules/typescript/bin/tsc", "-p", out, "--pretty", "false")
    expect(output).toBe("")
    expect(code).toBe(0)
    console.log(
      `type-checked ${readme.length} snippets of README.md, ${docs.length} of docs and ${examples.length} examples of docstrings`
    )
  })

  it("imports from the library only what package.json exports", () => {
    const open = new Set(publicModules.map((module) => `/${module.replace(/\.ts$/, "")}`).concat(""))
    const closed = [...readme, ...docs, ...examples].flatMap(({ code, place }) =>
      Array.from(code.matchAll(/from "effect-posthog([^"]*)"/g), ([, subpath = ""]) => subpath)
        .filter((subpath) => !open.has(subpath))
        .map((subpath) => `${place}: effect-posthog${subpath}`)
    )
    expect(closed).toEqual([])
  })
})

describe("the README's whole programs", () => {
  it("run, end with exit code 0 and deliver their events", async () => {
    const programs = readme.filter(({ runs }) => runs)
    expect(programs.length, "snippets below <!-- run -->").toBeGreaterThan(0)
    const sink = await makeSink()
    try {
      for (const { path, place } of programs) {
        const { code, output } = await node(
          { POSTHOG_API_KEY: "phc_readme", POSTHOG_HOST: sink.url },
          "--import",
          "tsx",
          path
        )
        const events = sink.take()
        expect({ place, code, output: code === 0 ? "" : output }).toEqual({ place, code: 0, output: "" })
        expect(events.length, `events of ${place}; it printed:\n${output}`).toBeGreaterThan(0)
        console.log(`${place} delivered ${events.join(", ")}`)
      }
    } finally {
      await sink.close()
    }
  })
})
