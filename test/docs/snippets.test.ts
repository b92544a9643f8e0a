import { build } from "esbuild"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Embedded, makeEmbedded } from "./embedded.js"
import type { Evaluated } from "./evaluate.js"
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

const programs = [...readme, ...docs].filter(({ runs }) => runs)
const notRun = [...readme, ...docs].filter(({ notRun }) => notRun !== undefined)
const others = [...readme, ...docs].filter(({ notRun, runs }) => !runs && notRun === undefined)

interface Ended {
  readonly code: number
  readonly output: string
}

/** Runs a program of node's, and returns its exit code with all that it printed. */
const node = (env: Record<string, string>, ...args: ReadonlyArray<string>) =>
  new Promise<Ended>((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...process.env, ...env }, timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: `${stdout}${stderr}` })
    )
  })

/** The names that a snippet declares at its top: what they stand for can be run. */
const namesOf = (code: string) => Array.from(code.matchAll(/^(?:export )?const (\w+)/gm), ([, name = ""]) => name)

const write = () => {
  for (const { code, line, path } of [...readme, ...docs, ...examples]) {
    // each line keeps its number, so that what the compiler says can be found in the document
    writeFileSync(path, `${"\n".repeat(line - 1)}${code}\nexport const snippet = { ${namesOf(code).join(", ")} }\n`)
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
}

/**
 * The snippets as plain JavaScript over one copy of the library: a process that has to compile all of it by itself takes
 * seconds to begin.
 */
const compile = () =>
  build({
    absWorkingDir: root,
    entryPoints: [...programs, ...others].map(({ path }) => path).concat(join(root, "test/docs/evaluate.ts")),
    outdir: join(out, "js"),
    outExtension: { ".js": ".mjs" },
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "silent",
    plugins: [{
      name: "the library's sources, and packages as they are",
      setup: (plugins) => {
        plugins.onResolve({ filter: /^effect-posthog(?:\/|$)/ }, ({ path }) => ({
          path: join(root, "src", `${path === "effect-posthog" ? "index" : path.slice("effect-posthog/".length)}.ts`)
        }))
        plugins.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
          kind === "entry-point" ? null : { path, external: true })
      }
    }]
  })

const compiled = (path: string) => join(out, "js", basename(path).replace(/\.ts$/, ".mjs"))

/** Each program against a PostHog of its own, so many at once. */
const runAll = async (atOnce: number) => {
  const waiting = [...programs]
  const ended = new Map<string, Ended & { readonly events: ReadonlyArray<string>; readonly invalid: number }>()
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const embedded = await makeEmbedded()
      try {
        const result = await node(embedded.env, compiled(next.path))
        ended.set(next.place, { ...result, events: await embedded.events(), invalid: await embedded.invalid() })
      } finally {
        await embedded.close()
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return ended
}

let embedded: Embedded
let typeChecked: Promise<Ended>
let evaluated: Promise<Ended>
let ran: ReturnType<typeof runAll>

beforeAll(async () => {
  write()
  embedded = await makeEmbedded()
  typeChecked = node({}, "node_modules/typescript/bin/tsc", "-p", out, "--pretty", "false")
  await compile()
  evaluated = node(embedded.env, compiled("evaluate.ts"), ...others.map(({ path }) => compiled(path)))
  ran = runAll(2)
}, 60_000)

afterAll(async () => {
  await Promise.allSettled([typeChecked, evaluated, ran])
  await embedded.close()
  rmSync(out, { recursive: true, force: true })
})

describe("the documentation's TypeScript", () => {
  it("type-checks: every snippet of the README and of docs, and every example of the docstrings", async () => {
    expect(examples.length).toBeGreaterThan(0)
    const { code, output } = await typeChecked
    expect(output).toBe("")
    expect(code).toBe(0)
    console.log(
      `type-checked ${readme.length} snippets of README.md, ${docs.length} of docs and ${examples.length} examples of docstrings`
    )
  }, 90_000)

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

describe("every snippet of the README and of docs is executed", () => {
  it("whole programs run, end with exit code 0 and deliver well-formed events to the embedded PostHog", async () => {
    expect(programs.length, "snippets below <!-- run -->").toBeGreaterThan(0)
    const ended = await ran
    for (const { place } of programs) {
      const { code, events, invalid, output } = ended.get(place) ?? { code: -1, events: [], invalid: 0, output: "?" }
      expect({ place, code, invalid, output: code === 0 ? "" : output }).toEqual({
        place,
        code: 0,
        invalid: 0,
        output: ""
      })
      console.log(`${place} ran${events.length > 0 ? ` and delivered ${events.join(", ")}` : ""}`)
    }
    expect(Array.from(ended.values()).filter(({ events }) => events.length > 0).length).toBeGreaterThan(0)
  }, 90_000)

  it("the others are evaluated, and the effects that they give names to are run; none of them dies", async () => {
    const { output } = await evaluated
    const results = output.split("\n")
      .filter((line) => line.startsWith("\u0000"))
      .map((line): Evaluated => JSON.parse(line.slice(1)))
    const byPath = new Map(results.map((result) => [result.path, result]))
    const problems = others.flatMap(({ path, place }) =>
      (byPath.get(compiled(path))?.problems ?? [`was not evaluated: ${output.slice(-2_000)}`]).map((problem) =>
        `${place}: ${problem}`
      )
    )
    expect(problems, "a snippet that cannot be executed here says so: <!-- not run: why -->").toEqual([])
    const count = (key: "ran" | "unprovided") => results.reduce((sum, result) => sum + result[key].length, 0)
    console.log(
      `evaluated ${results.length} snippets; ran ${count("ran")} effects of theirs, ${
        count("unprovided")
      } need a service of the application's`
    )
    expect(count("ran")).toBeGreaterThan(count("unprovided"))
    expect(await embedded.invalid()).toBe(0)
  }, 90_000)

  it("but for those that say why they cannot be", () => {
    console.log(
      `${programs.length} run as programs, ${others.length} evaluated, ${notRun.length} not executed:\n${
        notRun.map(({ notRun, place }) => `  ${place}: ${notRun}`).join("\n")
      }`
    )
    expect(programs.length + others.length + notRun.length).toBe(readme.length + docs.length)
    expect(notRun.length).toBeLessThan(others.length / 5)
  })
})
