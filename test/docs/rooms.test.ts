import { posix } from "node:path"
import { describe, expect, it } from "vitest"
import { manifest, modules, readText } from "./sources.js"

/** The rooms of the house, in the order that an event walks through them. Rooms side by side do not know each other. */
const order: ReadonlyArray<ReadonlyArray<string>> = [
  ["domain"],
  ["scope"],
  ["event"],
  ["exception", "flags", "delivery"],
  ["propagation"],
  [
    "PosthogConfig.ts",
    "ResolvedOptions.ts",
    "EventIntake.ts",
    "Signals.ts",
    "WaitUntil.ts",
    "DeliverySummary.ts",
    "PosthogService.ts",
    "NoopClient.ts",
    "PosthogClient.ts",
    "Posthog.ts"
  ],
  ["catalog"],
  ["testing", "devserver", "openfeature", "otlp", "hosts", "outbox", "ai"],
  ["cli"],
  ["index.ts"]
]

/** Inside of a large room, whose folders are rooms too; the empty name stands for the files that are in none of them. */
const orderWithin: { readonly [room: string]: ReadonlyArray<ReadonlyArray<string>> } = {
  // what was thrown, its frames, what is told of them and how often, the event, who notices exceptions
  exception: [["input"], ["stack"], ["limits", "privacy", "source"], [""], ["hooks"]],
  // whom for, how it is decided here, what is reported and where it comes from, the service
  flags: [["context"], ["evaluation"], ["called", "definitions", "remote"], ["registry", ""]]
}

/** Packages that are no peers of the library, and who may import them: optional peers, and what is bundled. */
const guests: { readonly [packageName: string]: string } = {
  "@effect/ai": "ai/",
  "@effect/cli": "cli/",
  "@effect/platform-node": "cli/",
  "@effect/rpc": "propagation/rpc/",
  "@effect/experimental": "outbox/",
  "@effect/sql": "outbox/",
  "@jridgewell/trace-mapping": "exception/source/TraceMapping.ts",
  "@openfeature/core": "openfeature/",
  "@openfeature/server-sdk": "openfeature/",
  ioredis: "flags/definitions/FlagDefinitionCacheRedis.ts",
  "csv-parse": "cli/import/",
  "node-sqlite3-wasm": "cli/",
  libsql: "outbox/SqliteClient.ts",
  re2js: "flags/evaluation/operators/LinearRegex.ts"
}

/** The files at the top are one room: the place where the others meet. */
const roomOf = (module: string): string => {
  const [top = ""] = module.split("/")
  return order.some((rooms) => rooms.length > 1 && top.endsWith(".ts") && rooms.includes(top)) ? "the client" : top
}

const folderOf = (module: string): string => {
  const [, folder = "", file] = module.split("/")
  return file === undefined ? "" : folder
}

const isAllowedWithin = (room: string, module: string, target: string): boolean => {
  const order = orderWithin[room]
  const rank = (folder: string): number => order?.findIndex((folders) => folders.includes(folder)) ?? 0
  const [from, to] = [folderOf(module), folderOf(target)]
  return from === to || rank(to) <= rank(from)
}

const rankOf = (module: string): number => order.findIndex((rooms) => rooms.includes(module.split("/")[0] ?? ""))

const specifiersOf = (source: string): ReadonlyArray<string> => {
  const code = source.replace(/^[ ]*\/\*\*[\s\S]*?\*\//gm, "")
  return Array.from(
    code.matchAll(/^(?:import|export)\s(?:[^"'`=]*?\sfrom\s)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm),
    ([, statement, expression]) => statement ?? expression ?? ""
  )
}

type Imports = ReadonlyMap<string, ReadonlyArray<string>>

const importsOf = (read: (module: string) => string, names: ReadonlyArray<string>): Imports =>
  new Map(names.map((module) => [module, specifiersOf(read(module))]))

const isRelative = (specifier: string) => specifier.startsWith(".")

const resolve = (module: string, specifier: string) =>
  posix.join(posix.dirname(module), specifier).replace(/\.js$/, ".ts")

const violations = (imports: Imports): ReadonlyArray<string> =>
  Array.from(imports).flatMap(([module, specifiers]) => {
    if (rankOf(module) === -1) {
      return [`${module} stands in a room that the order does not name`]
    }
    return specifiers.filter(isRelative).flatMap((specifier) => {
      const target = resolve(module, specifier)
      if (!imports.has(target)) {
        return [`${module} imports ${specifier}, which is no module of src`]
      }
      const isRight = roomOf(target) !== roomOf(module)
        ? rankOf(target) < rankOf(module)
        : isAllowedWithin(roomOf(module), module, target)
      return isRight ? [] : [`${module} imports ${target}`]
    })
  })

const cycles = (imports: Imports): ReadonlyArray<string> => {
  const found: Array<string> = []
  const done = new Set<string>()
  const visit = (module: string, path: ReadonlyArray<string>): void => {
    if (path.includes(module)) {
      found.push([...path.slice(path.indexOf(module)), module].join(" → "))
      return
    }
    if (done.has(module)) {
      return
    }
    for (const specifier of (imports.get(module) ?? []).filter(isRelative)) {
      visit(resolve(module, specifier), [...path, module])
    }
    done.add(module)
  }
  for (const module of imports.keys()) {
    visit(module, [])
  }
  return found
}

const packageOf = (specifier: string) => specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

describe("imports", () => {
  const imports = importsOf((module) => readText(`src/${module}`), modules)

  it("go one way through the rooms of the house", () => {
    expect(violations(imports)).toEqual([])
    const count = Array.from(imports.values()).flat().filter(isRelative).length
    expect(count).toBeGreaterThan(modules.length)
    console.log(`${modules.length} modules, ${count} imports between them`)
  })

  it("never come back to where they started, types included", () => {
    expect(cycles(imports)).toEqual([])
  })

  it("name no package but the peers", () => {
    const peers = Object.keys(manifest.peerDependencies)
    const strangers = Array.from(imports).flatMap(([module, specifiers]) =>
      specifiers
        .filter((each) => !isRelative(each) && !each.startsWith("node:") && !peers.includes(packageOf(each)))
        .filter((each) => !module.startsWith(guests[packageOf(each)] ?? "nowhere"))
        .map((each) => `${module} imports ${each}`)
    )
    expect(strangers).toEqual([])
  })
})

describe("the check of imports", () => {
  const check = (sources: Record<string, string>) => {
    const imports = importsOf((module) => sources[module] ?? "", Object.keys(sources))
    return { violations: violations(imports), cycles: cycles(imports) }
  }

  it("finds what goes against the order, between neighbours, to nowhere, and from a room it does not know", () => {
    expect(
      check({
        "scope/A.ts": "import type { B } from \"../event/B.js\"\nexport {\n  c,\n  d\n} from \"../domain/C.js\"\n",
        "event/B.ts": "",
        "domain/C.ts": "/**\n * import x from \"../event/B.js\"\n */\nexport type X = import(\"../scope/A.js\").A\n",
        "flags/D.ts": "import \"../delivery/E.js\"\n",
        "delivery/E.ts": "import { b } from \"../event/B.js\"\nimport { no } from \"./No.js\"\n",
        "Posthog.ts": "import * as Config from \"./PosthogConfig.js\"\n",
        "PosthogConfig.ts": "import * as Test from \"./testing/T.js\"\n",
        "testing/T.ts": "import * as Server from \"../devserver/S.js\"\n",
        "devserver/S.ts": "",
        "cellar/F.ts": ""
      }).violations
    ).toEqual([
      "scope/A.ts imports event/B.ts",
      "domain/C.ts imports scope/A.ts",
      "flags/D.ts imports delivery/E.ts",
      "delivery/E.ts imports ./No.js, which is no module of src",
      "PosthogConfig.ts imports testing/T.ts",
      "testing/T.ts imports devserver/S.ts",
      "cellar/F.ts stands in a room that the order does not name"
    ])
  })

  it("finds a cycle within a room", () => {
    expect(check({
      "scope/A.ts": "import \"./B.js\"\n",
      "scope/B.ts": "import type { C } from \"./C.js\"\n",
      "scope/C.ts": "import \"./B.js\"\n"
    })).toEqual({ violations: [], cycles: ["scope/B.ts → scope/C.ts → scope/B.ts"] })
  })
})
