/**
 * After the compiler: what has to work without an install of its own is put into one file, with the packages it needs.
 *
 *   node build/bundle.js            the tool, the engine of regular expressions and the reader of source maps, in dist
 *   node build/bundle.js tool DIR   only the tool, in DIR
 *
 * The tool is `cli/main.js`, beside it the database's WebAssembly and, in `cli/page`, what a browser gets.
 */
import { build } from "esbuild"
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname, join, sep } from "node:path"
import { argv } from "node:process"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  minify: true,
  legalComments: "none", // the licenses stand in THIRD-PARTY.txt
  metafile: true,
  logLevel: "warning"
}

/** `npx effect-posthog`: everything inside, effect too. */
const bundleTool = async (dist) => {
  rmSync(join(dist, "cli"), { recursive: true, force: true }) // the compiler's, which nobody can import
  const outfile = join(dist, "cli", "main.js")
  const { metafile } = await build({
    ...common,
    entryPoints: [join(root, "src/cli/main.ts")],
    outfile,
    // packages in the older format ask for Node's own modules at run time
    banner: {
      js:
        `import { createRequire as __createRequire } from "node:module";const require = __createRequire(import.meta.url);` +
        // the database's code looks for its WebAssembly beside itself
        `import { fileURLToPath as __fileURLToPath } from "node:url";const __dirname = __fileURLToPath(new URL(".", import.meta.url));`
    }
  })
  chmodSync(outfile, 0o755)
  const wasm = "node-sqlite3-wasm.wasm"
  copyFileSync(join(root, "node_modules/node-sqlite3-wasm/dist", wasm), join(dist, "cli", wasm))
  return [metafile, await bundlePage(dist)]
}

/** The page: two files as they are, and its modules in one. */
const bundlePage = async (dist) => {
  const assets = join(root, "src/devserver/page/assets")
  const folder = join(dist, "cli", "page")
  mkdirSync(folder, { recursive: true })
  const { metafile } = await build({
    ...common,
    entryPoints: [join(assets, "main.ts")],
    platform: "browser",
    target: "es2022",
    outfile: join(folder, "page.js")
  })
  for (const name of ["index.html", "style.css"]) {
    copyFileSync(join(assets, name), join(folder, name))
  }
  return metafile
}

/** Packages that the library needs and does not ask its users for, each beside the one module that knows it. */
const embedded = [
  { name: "re2js", module: "flags/evaluation/operators/LinearRegex.js", file: "re2js.js" },
  { name: "@jridgewell/trace-mapping", module: "exception/source/TraceMapping.js", file: "trace-mapping.js" }
]

const embed = async (dist, { file, module, name }) => {
  const path = join(dist, module)
  const code = readFileSync(path, "utf8")
  const [statement, names] = new RegExp(`^import \\{([^}]+)\\} from "${name}";$`, "m").exec(code) ?? []
  if (statement === undefined) {
    throw new Error(`${path} does not import ${name} as expected`)
  }
  const { metafile } = await build({
    ...common,
    stdin: { contents: `export {${names}} from "${name}"`, resolveDir: root },
    outfile: join(dirname(path), file)
  })
  // the line stays a line: the source map stays right
  writeFileSync(path, code.replace(statement, statement.replace(`"${name}"`, `"./${file}"`)))
  return metafile
}

/** The folders of the packages that went into bundles. */
const packagesOf = (metafiles) => {
  const inputs = metafiles.flatMap(({ inputs }) => Object.keys(inputs))
  return new Set(
    inputs.flatMap((input) =>
      Array.from(input.matchAll(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/g), ([folder]) => join(root, folder))
    )
  )
}

const licenseOf = (folder) => {
  const { author, license, name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((entry) => /^(license|licence|copying)(\.|$)/i.test(entry))
  const by = typeof author === "object" && author !== null ? author.name : author
  return {
    name: `${name} ${version}`,
    text: file === undefined
      ? `${license}, ${by ?? "see the package"}`
      : readFileSync(join(folder, file), "utf8").trim()
  }
}

/** Every license text once, under the packages it is the license of. */
const thirdParty = (metafiles) => {
  const byText = new Map()
  for (
    const { name, text } of Array.from(packagesOf(metafiles), licenseOf).toSorted((a, b) => a.name < b.name ? -1 : 1)
  ) {
    byText.set(text, [...(byText.get(text) ?? []), name])
  }
  return Array.from(byText, ([text, names]) => `${names.join("\n")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`)
}

/** What the library imports, its users have: Node's modules and the peers. A type counts as much as a value. */
const strangers = (dist) => {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  const own = new Set(Object.keys(peerDependencies))
  const packageOf = (specifier) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")
  return readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(js|d\.ts)$/.test(path) && !path.startsWith(`cli${sep}`))
    .flatMap((path) => {
      const code = readFileSync(join(dist, path), "utf8").replace(/^ *\/\*\*[\s\S]*?\*\//gm, "")
      return Array.from(code.matchAll(/(?:\bfrom ?|\bimport ?\(?)"([^".][^"]*)"/g))
        .map(([, specifier]) => specifier)
        .filter((specifier) => !specifier.startsWith("node:") && !own.has(packageOf(specifier)))
        .map((specifier) => `${path} imports ${specifier}`)
    })
}

const [, , only, folder] = argv
const dist = folder ?? join(root, "dist")
const metafiles = await bundleTool(dist)
if (only !== "tool") {
  if (!existsSync(dist)) {
    throw new Error("there is no dist: compile first")
  }
  for (const each of embedded) {
    metafiles.push(await embed(dist, each))
  }
  const found = strangers(dist)
  if (found.length > 0) {
    throw new Error(`not to be had where this is installed:\n${found.join("\n")}`)
  }
}
writeFileSync(join(dist, "THIRD-PARTY.txt"), thirdParty(metafiles))
