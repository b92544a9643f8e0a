/**
 * The package as its users get it: built, packed, installed in an empty folder.
 */
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, posix } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { npmInstall, root, run } from "./support.js"

const manifest: {
  readonly name: string
  readonly version: string
  readonly exports: Record<string, string | null | { readonly types: string; readonly default: string }>
  readonly devDependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

const lowest = (peer: "effect" | "@effect/platform") => (manifest.peerDependencies[peer] ?? "").replace("^", "")

const optional = Object.keys(manifest.peerDependenciesMeta).filter((peer) =>
  manifest.peerDependenciesMeta[peer]?.optional === true
)

const installations = [
  {
    name: "the pinned peers, the optional ones too",
    peers: ["effect", "@effect/platform", ...optional].map((peer) => `${peer}@${manifest.devDependencies[peer]}`),
    isWhole: true
  },
  {
    name: "the lowest peers allowed, and none that is optional",
    peers: [`effect@${lowest("effect")}`, `@effect/platform@${lowest("@effect/platform")}`],
    isWhole: false
  }
]

/** Starts the embedded PostHog as its users do, asks it something and stops it: what it printed, and what it answered. */
const tryDev = (cwd: string, command: ReadonlyArray<string>): Promise<ReadonlyArray<unknown>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...command, "dev", "--port", "0"], { cwd })
    let printed = ""
    let isAsked = false
    const end = (settle: () => void) => {
      child.removeAllListeners("exit").once("exit", settle)
      child.kill()
    }
    child.stderr.on("data", (chunk) => printed += String(chunk))
    child.once("exit", () => reject(new Error(`it ended: ${printed}`)))
    child.stdout.on("data", (chunk) => {
      printed += String(chunk)
      const url = /http:\/\/\S+:\d+/.exec(printed)?.[0]
      if (url === undefined || isAsked) {
        return
      }
      isAsked = true
      const event = { event: "installed", distinct_id: "ada", properties: {} }
      const ask = async () => [
        (await fetch(`${url}/batch/`, {
          method: "POST",
          body: JSON.stringify({ api_key: "phc_demo", batch: [event] })
        }))
          .status,
        ...await Promise.all(["/", "/page.js", "/style.css"].map(async (path) => (await fetch(url + path)).status)),
        (JSON.parse(await (await fetch(`${url}/_dev/api/events`)).text()) as { readonly total: number }).total
      ]
      ask().then((answers) => end(() => resolve(answers)), (error: unknown) => end(() => reject(error)))
    })
  })

/** Modules that need an optional peer. */
const guests = [
  "./ai/PosthogAi",
  "./flags/definitions/FlagDefinitionCacheRedis",
  "./openfeature/PosthogProvider",
  "./outbox/Outbox",
  "./outbox/SqliteClient",
  "./propagation/rpc/PosthogRpc"
]

/** What the build adds to the compiler's: the tool, what is embedded in the library, and the licenses of all that. */
const bundles = [
  "dist/THIRD-PARTY.txt",
  "dist/cli/main.js",
  "dist/cli/node-sqlite3-wasm.wasm",
  "dist/cli/page/index.html",
  "dist/cli/page/page.js",
  "dist/cli/page/style.css",
  "dist/exception/source/trace-mapping.js",
  "dist/flags/evaluation/operators/re2js.js"
]

const compilers = ["5.9.3", "7.0.2"]

const modules = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === "object" && target !== null ? [{ subpath, target }] : []
)
const specifierOf = (subpath: string) => posix.join(manifest.name, subpath)

const home = mkdtempSync(join(tmpdir(), "effect-posthog-package-"))
const appOf = (installation: string) => join(home, installation.replaceAll(" ", "-"))
const compilerOf = (version: string) => join(home, `typescript-${version}`)
const tried: Array<string> = []

let files: ReadonlyArray<string> = []
/** The modules that are in the package and not for its users. */
let closed: ReadonlyArray<string> = []

const emptyFolder = (path: string): string => {
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, "package.json"), JSON.stringify({ private: true, type: "module" }))
  return path
}

beforeAll(async () => {
  await run(root, "npm", "run", "build")
  const packed: Record<
    string,
    { readonly filename: string; readonly files: ReadonlyArray<{ readonly path: string }> }
  > = JSON.parse(await run(root, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", home))
  const [tarball] = Object.values(packed)
  if (tarball === undefined) {
    throw new Error("npm pack made no tarball")
  }
  files = tarball.files.map(({ path }) => path)
  const open = new Set(modules.map(({ target }) => target.default))
  closed = files
    .filter((file) => file.startsWith("dist/") && file.endsWith(".js") && !open.has(`./${file}`))
    .map((file) => `./${file.slice("dist/".length, -".js".length)}`)
  tried.push(`npm pack: ${files.length} files, ${modules.length} public modules, ${closed.length} closed ones`)
  for (const { name, peers } of installations) {
    await npmInstall(emptyFolder(appOf(name)), join(home, tarball.filename), ...peers)
    tried.push(`npm install with ${peers.join(", ")}`)
  }
  for (const version of compilers) {
    await npmInstall(emptyFolder(compilerOf(version)), `typescript@${version}`)
  }
})

afterAll(() => {
  console.log(`Tried on Node ${process.versions.node}:\n${tried.map((line) => `  ${line}\n`).join("")}`)
  rmSync(home, { recursive: true, force: true })
})

describe("the packed files", () => {
  it("are the build, its sources and the documents: no test, no project file, no build state", () => {
    const strange = files.filter((file) =>
      !bundles.includes(file) &&
      !/^dist\/[\w/]+\.(js|js\.map|d\.ts|d\.ts\.map)$|^src\/[\w/]+\.ts$|^docs\/[\w/-]+\.(md|png)$/.test(file) &&
      !/^(package\.json|[A-Z]+\.md|llms\.txt|LICENSE)$/.test(file)
    )
    expect(strange).toEqual([])
    const readme = readFileSync(join(root, "README.md"), "utf8")
    const linked = Array.from(readme.matchAll(/\]\((?!https?:)([\w/.-]+\.(?:md|txt|png|ts))[)#]/g), ([, file]) => file!)
      // what is not for users stays in the repository
      .filter((file) => !file.startsWith("test/"))
    expect(linked.length).toBeGreaterThan(15)
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", ...linked]))
  })

  it("hold for every source its module, its declarations and both maps, and nothing that has no source", () => {
    const sources = files.filter((file) => file.startsWith("src/") && !file.startsWith("src/cli/")).map((file) =>
      file.slice("src/".length, -3)
    )
    const built = files.filter((file) => file.startsWith("dist/") && !bundles.includes(file))
    expect(files).toEqual(expect.arrayContaining(bundles))
    expect(sources.length).toBeGreaterThan(0)
    expect(built.toSorted()).toEqual(
      sources.flatMap((name) => [".d.ts", ".d.ts.map", ".js", ".js.map"].map((end) => `dist/${name}${end}`)).toSorted()
    )
  })

  it("have maps that lead to sources in the package", () => {
    const maps = files.filter((file) => file.endsWith(".map"))
    for (const map of maps) {
      const { sources }: { readonly sources: ReadonlyArray<string> } = JSON.parse(readFileSync(join(root, map), "utf8"))
      expect(sources.map((source) => posix.join(dirname(map), source)), map).toEqual([
        map.replace(/^dist\//, "src/").replace(/(\.d\.ts|\.js)\.map$/, ".ts")
      ])
      const mapped = map.slice(0, -".map".length)
      expect(readFileSync(join(root, mapped), "utf8"), mapped).toContain(`//# sourceMappingURL=${posix.basename(map)}`)
    }
    tried.push(`${maps.length} source maps followed to their sources`)
  })
})

describe("package.json", () => {
  it("exports modules one by one, each with its declarations first, and every file it names is in the package", () => {
    for (const { subpath, target } of modules) {
      const path = subpath === "." ? "index" : subpath.slice("./".length)
      expect(Object.entries(target), subpath).toEqual([["types", `./dist/${path}.d.ts`], [
        "default",
        `./dist/${path}.js`
      ]])
      expect(files, subpath).toEqual(expect.arrayContaining([`dist/${path}.d.ts`, `dist/${path}.js`]))
    }
    const others = Object.entries(manifest.exports).filter(([subpath]) =>
      !modules.some((module) => module.subpath === subpath)
    )
    expect(others).toEqual([["./package.json", "./package.json"], ["./internal/*", null]])
  })

  it("brings no dependency: the peers are all that the library needs, and two of them are all that it must have", () => {
    expect(Object.keys(manifest).filter((key) => /dependencies$/i.test(key)).toSorted()).toEqual([
      "devDependencies",
      "peerDependencies"
    ])
    expect(Object.keys(manifest.peerDependencies).filter((peer) => !optional.includes(peer)).toSorted()).toEqual([
      "@effect/platform",
      "effect"
    ])
  })
})

describe.each(installations)("installed in an empty folder with $name", ({ isWhole, name }) => {
  const app = appOf(name)

  const load = async (specifiers: ReadonlyArray<string>) => {
    cpSync(join(root, "test/package/fixture/load.cjs"), join(app, "load.cjs"))
    const answers: Record<string, { readonly imported: string; readonly required: string }> = JSON.parse(
      await run(app, process.execPath, "load.cjs", JSON.stringify(specifiers))
    )
    return answers
  }

  it("leaves nothing for npm to complain about", async () => {
    await run(app, "npm", "ls", "--all")
  })

  it("loads every public module with import and with require, as one and the same module", async () => {
    const open = modules.filter(({ subpath }) => isWhole || !guests.includes(subpath))
    const specifiers = open.map(({ subpath }) => specifierOf(subpath))
    expect(await load(specifiers)).toEqual(
      Object.fromEntries(specifiers.map((each) => [each, { required: "loaded", imported: "loaded", same: true }]))
    )
    if (!isWhole) {
      const loaded = await load(guests.map(specifierOf))
      for (const { imported, required } of Object.values(loaded)) {
        expect(imported).toBe("ERR_MODULE_NOT_FOUND")
        // Node 20 has no such code for require where an import of the same module has failed before
        expect(required).toMatch(/^ERR_MODULE_NOT_FOUND|^TypeError/)
      }
      expect(Object.keys(loaded)).toHaveLength(guests.length)
    }
    tried.push(`${specifiers.length} public modules loaded twice, with ${name}`)
  })

  it("brings the command line tool, which needs nothing else", async () => {
    const empty = emptyFolder(join(home, `tool-${isWhole}`))
    cpSync(join(app, "node_modules", manifest.name, "dist/cli/main.js"), join(empty, "main.js"))
    expect(await run(empty, process.execPath, "main.js", "--version")).toContain(manifest.version)
    expect(await run(app, join("node_modules", ".bin", "effect-posthog"), "flags", "--help")).toContain("pull")
    const tool = join(app, "node_modules", manifest.name, "dist/cli/main.js")
    expect(await tryDev(emptyFolder(join(home, `dev-${isWhole}`)), [tool])).toEqual([200, 200, 200, 200, 1])
    tried.push(`the tool run in an empty folder and as a command, with ${name}`)
  })

  it("keeps every other module closed to import and to require", async () => {
    expect(closed.length).toBeGreaterThan(0)
    const specifiers = [...closed, "./internal/anything", "./dist/index.js", "./src/index.ts", "./scope", "./nothing"]
      .map(specifierOf)
    const refused = "ERR_PACKAGE_PATH_NOT_EXPORTED"
    expect(await load(specifiers)).toEqual(
      Object.fromEntries(specifiers.map((each) => [each, { required: refused, imported: refused, same: true }]))
    )
    tried.push(`${specifiers.length} closed paths refused twice, with ${name}`)
  })

  it("shares one scope between import and require, between two copies of effect and two of itself", async () => {
    cpSync(join(root, "test/package/fixture/share.cjs"), join(app, "share.cjs"))
    const copy = join(app, "node_modules", ".copy")
    cpSync(join(app, "node_modules", manifest.name), copy, { recursive: true })
    const seen: unknown = JSON.parse(await run(app, process.execPath, "share.cjs", join(copy, "dist/index.js")))
    const tags = { opener: 1, other: 2 }
    expect(seen).toEqual({
      twoCopiesOfEffect: true,
      twoCopiesOfTheLibrary: true,
      importAndRequire: [tags, tags],
      requireAndImport: [tags, tags],
      installedTwice: [tags, tags],
      events: ["user-1"]
    })
  })

  it.each(compilers)("type-checks a strict program, libraries included, under TypeScript %s", async (version) => {
    const program = join(app, `program-${version}`)
    mkdirSync(program)
    cpSync(join(root, "test/package/fixture/quickstart.ts"), join(program, "quickstart.ts"))
    writeFileSync(
      join(program, "modules.ts"),
      // the declarations of optional peers want Node's and are not ours to check
      modules.filter(({ subpath }) => !guests.includes(subpath))
        .map(({ subpath }, i) => `export * as m${i} from "${specifierOf(subpath)}"\n`).join("")
    )
    writeFileSync(
      join(program, "closed.ts"),
      closed.map((subpath, i) =>
        `// @ts-expect-error: closed\nexport type Closed${i} = typeof import("${specifierOf(subpath)}")\n`
      ).join("")
    )
    writeFileSync(
      join(program, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "ES2022",
          // @effect/platform's own declarations want the DOM's; ours want neither those nor Node's
          lib: ["ES2022", "DOM"],
          types: [],
          module: "NodeNext",
          strict: true,
          exactOptionalPropertyTypes: true,
          noUncheckedIndexedAccess: true,
          verbatimModuleSyntax: true,
          skipLibCheck: false,
          declaration: true,
          outDir: "out"
        },
        files: ["quickstart.ts", "modules.ts", "closed.ts"]
      })
    )
    const compiler = join(compilerOf(version), "node_modules/typescript/bin/tsc")
    expect(await run(program, process.execPath, compiler, "--version")).toContain(version)
    await run(program, process.execPath, compiler, "-p", ".", "--pretty", "false")
    expect(existsSync(join(program, "out/quickstart.d.ts"))).toBe(true)
    tried.push(`quickstart and ${modules.length} modules type-checked by TypeScript ${version}, with ${name}`)
  })
})
