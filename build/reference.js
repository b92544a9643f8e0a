/**
 * The API reference, from what the compiler declares and the docstrings say: a page for each public module.
 *
 *   node build/reference.js            writes docs/reference
 *   node build/reference.js --check    ends with 1 where a page is not as it would be written
 *
 * It reads the compiler's declarations as text, since TypeScript 7 has no stable programming interface: every statement
 * at the top of a declaration file begins in the first column.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, posix } from "node:path"
import { argv, execPath, exit, stderr, stdout } from "node:process"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, "docs/reference")
const { exports, name: packageName, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))

/** Public modules, as their paths without extension: `scope/ScopeSetters`. */
const publicModules = Object.values(exports)
  .filter((target) => typeof target === "object" && target !== null)
  .map(({ types }) => types.replace("./dist/", "").replace(/\.d\.ts$/, ""))
const isPublic = new Set(publicModules)

const pageOf = (module) => `${module}.md`

const importOf = (module) => module === "index" ? packageName : `${packageName}/${module}`

/** The declarations of all of `src`, in a folder. */
const declare = () => {
  const out = mkdtempSync(join(tmpdir(), "reference-"))
  const { status, stderr: problems, stdout: errors } = spawnSync(
    execPath,
    [
      join(root, "node_modules/typescript/bin/tsc"),
      "-p",
      join(root, "src/tsconfig.json"),
      "--emitDeclarationOnly",
      "--declarationMap",
      "false",
      "--pretty",
      "false",
      "--outDir",
      out
    ],
    { encoding: "utf8", cwd: root }
  )
  if (status !== 0) {
    rmSync(out, { recursive: true, force: true })
    throw new Error(`the sources do not compile, so there is nothing to describe:\n${errors}${problems}`)
  }
  return out
}

const begins = /^(?:\/\*\*|export|declare|import|interface|type|class|abstract|const|function|enum|namespace)\b|^\/\*\*/

/** The statements at the top of a declaration file, each with the comment above it. */
const statementsOf = (text) => {
  const lines = text.split("\n")
  const statements = []
  let comments = []
  for (let i = 0; i < lines.length;) {
    const first = i
    if (lines[i].startsWith("/**")) {
      while (!lines[i].endsWith("*/")) {
        i++
      }
      i++
      comments.push(lines.slice(first, i).join("\n"))
    } else if (begins.test(lines[i])) {
      i++
      while (i < lines.length && !begins.test(lines[i])) {
        i++
      }
      statements.push({ comments, code: lines.slice(first, i).join("\n").trimEnd() })
      comments = []
    } else {
      i++
    }
  }
  return statements
}

/** A docstring as its parts. */
const docOf = (comment) => {
  const lines = (comment ?? "")
    .replace(/^\/\*\* ?/, "")
    .replace(/\s*\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^ *\* ?/, ""))
  const doc = { text: "", examples: [], since: undefined, category: undefined }
  const sections = [[]]
  for (const line of lines) {
    if (/^@\w+/.test(line)) {
      sections.push([line])
    } else {
      sections.at(-1).push(line)
    }
  }
  doc.text = sections[0].join("\n").replaceAll(/\{@link ([^}]+)\}/g, "`$1`").trim()
  for (const [head, ...rest] of sections.slice(1)) {
    const [, tag, value] = /^@(\w+)\s*(.*)$/.exec(head)
    if (tag === "example") {
      doc.examples.push([value, ...rest].join("\n").trim())
    } else if (tag === "since") {
      doc.since = value.trim()
    } else if (tag === "category") {
      doc.category = value.trim()
    }
  }
  return doc
}

const declared =
  /^export (?:declare |abstract |async )*(?:const|let|var|function\*?|class|interface|type|enum|namespace) ([\w$]+)/

/** What a module exports: entries by name, and what it passes on from others. */
const read = (out) => {
  const cache = new Map()
  const moduleOf = (module) => {
    const known = cache.get(module)
    if (known !== undefined) {
      return known
    }
    const entries = new Map()
    const namespaces = []
    const result = { doc: undefined, entries, namespaces }
    cache.set(module, result)
    const statements = statementsOf(readFileSync(join(out, `${module}.d.ts`), "utf8"))
    // the module's own docstring: the compiler drops it together with an import that it stands above
    result.doc = docOf(/^\/\*\*\n[\s\S]*?\*\/(?=\n)/.exec(readFileSync(join(root, "src", `${module}.ts`), "utf8"))?.[0])
    const targetOf = (specifier) => posix.join(posix.dirname(module), specifier).replace(/\.js$/, "")
    const passOn = (target, name, as) => {
      const entry = moduleOf(target).entries.get(name)
      if (entry !== undefined) {
        entries.set(as, isPublic.has(target) && target !== module ? { ...entry, from: entry.from ?? target } : entry)
      }
    }
    for (const { code, comments } of statements) {
      const comment = comments.at(-1)
      const [, name] = declared.exec(code) ?? []
      const [, namespace, namespaceFrom] = /^export \* as (\w+) from "(.+)";$/.exec(code) ?? []
      const [, all] = /^export (?:type )?\* from "(.+)";$/.exec(code) ?? []
      const [, list, listFrom] = /^export (?:type )?\{([\s\S]*)\} from "(.+)";$/.exec(code) ?? []
      const [, own] = /^export (?:type )?\{([\s\S]*)\};$/.exec(code) ?? []
      if (name !== undefined) {
        const before = entries.get(name)
        const doc = comment === undefined || before !== undefined && before.doc.since !== undefined
          ? before?.doc ?? docOf(comment)
          : docOf(comment)
        entries.set(name, { doc, code: [...before?.code ?? [], code], from: undefined })
      } else if (namespace !== undefined) {
        namespaces.push({ name: namespace, target: targetOf(namespaceFrom), doc: docOf(comment) })
      } else if (all?.startsWith(".")) {
        for (const each of moduleOf(targetOf(all)).entries.keys()) {
          passOn(targetOf(all), each, each)
        }
      } else if (listFrom?.startsWith(".")) {
        for (const item of list.replaceAll(/\/\*\*[\s\S]*?\*\//g, "").split(",").map((each) => each.trim())) {
          const [, from, as] = /^(?:type )?([\w$]+)(?: as ([\w$]+))?$/.exec(item) ?? []
          if (from !== undefined) {
            passOn(targetOf(listFrom), from, as ?? from)
          }
        }
      } else if (own !== undefined) {
        for (const item of own.replaceAll(/\/\*\*[\s\S]*?\*\//g, "").split(",").map((each) => each.trim())) {
          const [, from, as] = /^(?:type )?([\w$]+)(?: as ([\w$]+))?$/.exec(item) ?? []
          const origin = from === undefined ? undefined : imported(statements, from)
          if (origin?.module.startsWith(".")) {
            passOn(targetOf(origin.module), origin.name, as ?? from)
          }
        }
      }
    }
    return result
  }
  return moduleOf
}

/** Where a name that a module exports without declaring it was imported from. */
const imported = (statements, name) => {
  for (const { code } of statements) {
    const [, list, module] = /^import (?:type )?\{([\s\S]*)\} from "(.+)";$/.exec(code) ?? []
    for (const item of list?.split(",") ?? []) {
      const [, from, as] = /^(?:type )?([\w$]+)(?: as ([\w$]+))?$/.exec(item.trim()) ?? []
      if (from !== undefined && (as ?? from) === name) {
        return { module, name: from }
      }
    }
  }
}

/** The compiler writes four columns; members that nobody may use are left out. */
const signature = (code) =>
  code
    .map((each) => each.replaceAll(/^(?: {4})+/gm, (spaces) => " ".repeat(spaces.length / 2)))
    .map((each) => each.replace(/^export declare /, "declare ").replace(/^export /, ""))
    .join("\n")

const fence = (code) => `\`\`\`ts\n${code}\n\`\`\``

const sentence = (text) => text.split(/\n\n/)[0].replaceAll("\n", " ").replaceAll("|", "\\|")

const link = (from, to) => posix.relative(posix.dirname(pageOf(from)), pageOf(to))

const exampleOf = (example) => example.includes("```") ? example : fence(example)

const group = (values, keyOf) =>
  values.reduce((map, value) => map.set(keyOf(value), [...map.get(keyOf(value)) ?? [], value]), new Map())

const page = (module, { doc, entries, namespaces }) => {
  const own = Array.from(entries).filter(([, { from }]) => from === undefined)
  const others = Array.from(entries).filter(([, { from }]) => from !== undefined)
  const categories = group(own, ([, { doc }]) => doc.category ?? "other")
  const parts = [`# ${importOf(module)}`]
  if (doc.text !== "") {
    parts.push(doc.text)
  }
  parts.push(...doc.examples.map(exampleOf))
  if (doc.since !== undefined) {
    parts.push(`Since ${doc.since}.`)
  }
  if (namespaces.length > 0) {
    parts.push(
      "## Modules",
      namespaces
        .map(({ doc, name, target }) => `- [\`${name}\`](${link(module, target)}): ${sentence(doc.text)}`)
        .join("\n")
    )
  }
  if (others.length > 0) {
    parts.push(
      "## From other modules",
      Array.from(group(others, ([, { from }]) => from))
        .map(([from, names]) =>
          `- [${from}](${link(module, from)}): ${names.map(([name]) => `\`${name}\``).join(", ")}`
        )
        .join("\n")
    )
  }
  for (const [category, members] of Array.from(categories)) {
    parts.push(`## ${category}`)
    for (const [name, { code, doc }] of members) {
      parts.push(`### ${name}`)
      if (doc.text !== "") {
        parts.push(doc.text)
      }
      parts.push(fence(signature(code)), ...doc.examples.map(exampleOf))
      if (doc.since !== undefined) {
        parts.push(`Since ${doc.since}.`)
      }
    }
  }
  return `${parts.join("\n\n")}\n`
}

const contents = (moduleOf) => {
  const rooms = group(publicModules, (module) => module.includes("/") ? module.split("/")[0] : "")
  const parts = [
    "# API reference",
    `${packageName} ${version}: every public module, from the docstrings. Written by \`npm run docs:reference\`; do not edit.`
  ]
  for (const [room, modules] of rooms) {
    parts.push(
      `## ${room === "" ? packageName : room}`,
      modules
        .map((module) => `- [${importOf(module)}](${pageOf(module)}): ${sentence(moduleOf(module).doc.text)}`)
        .join("\n")
    )
  }
  return `${parts.join("\n\n")}\n`
}

const out = declare()
const pages = new Map()
try {
  const moduleOf = read(out)
  pages.set("README.md", contents(moduleOf))
  for (const module of publicModules) {
    pages.set(pageOf(module), page(module, moduleOf(module)))
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}

const written = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".md"))
  : []

if (argv.includes("--check")) {
  const stale = [
    ...Array.from(pages)
      .filter(([path, text]) => !written.includes(path) || readFileSync(join(folder, path), "utf8") !== text)
      .map(([path]) => path),
    ...written.filter((path) => !pages.has(path))
  ]
  if (stale.length > 0) {
    stderr.write(`docs/reference is out of date, run npm run docs:reference:\n${stale.join("\n")}\n`)
    exit(1)
  }
} else {
  rmSync(folder, { recursive: true, force: true })
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
const size = Array.from(pages.values()).reduce((sum, text) => sum + text.length, 0)
stdout.write(`${pages.size} pages, ${Math.round(size / 1024)} KiB\n`)
