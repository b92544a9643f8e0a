/**
 * `npm run spec:coverage`: which requirement of `requirements.json` is shown by which test.
 *
 * A requirement is covered if a test that runs names its ID in the test's own name. Without arguments the sections of
 * `done.json` are checked; `--section CAP` (repeatable) checks others, then without the exceptions written there.
 * `--all-levels` demands every applicable ID instead of the mandatory ones, `--json` prints for machines. The exit code
 * is 1 if a demanded ID has no test, if a test names an ID that does not exist, or if the inventory itself is wrong.
 */
import * as Schema from "effect/Schema"
import { readdirSync, readFileSync, realpathSync } from "node:fs"
import { join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { testNames } from "./names.js"

/** M mandatory, S should, O optional, D described, R fact of a reference implementation, L later text. */
export const Requirement = Schema.Struct({
  id: Schema.NonEmptyString,
  section: Schema.NonEmptyString,
  level: Schema.Literal("M", "S", "O", "D", "R", "L"),
  /** Whether a scenario of the public specification covers it. */
  gherkin: Schema.Boolean,
  summary: Schema.NonEmptyString,
  /** Why it does not apply to this SDK; then no test is demanded. */
  notApplicable: Schema.optionalWith(Schema.NonEmptyString, { exact: true })
})
export type Requirement = typeof Requirement.Type

/** The sections that are complete, and the IDs in them that wait for a part which is still to come. */
export const Done = Schema.Struct({
  sections: Schema.Array(Schema.NonEmptyString),
  exceptions: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({ later: Schema.Array(Schema.NonEmptyString) })
  })
})
export type Done = typeof Done.Type

const decodeRequirements = Schema.decodeUnknownSync(Schema.parseJson(Schema.Array(Requirement)), {
  onExcessProperty: "error"
})
const decodeDone = Schema.decodeUnknownSync(Schema.parseJson(Done), { onExcessProperty: "error" })

/** How many requirements there are; an ID that gets lost must not look like one that is shown. */
export const totals = { requirements: 473, mandatory: 239 } as const

export interface Source {
  readonly file: string
  readonly text: string
}

export interface Shown {
  readonly file: string
  readonly line: number
  readonly name: string
}

export interface RequirementReport {
  readonly requirement: Requirement
  /** `optional`: no test is demanded at this level. */
  readonly state: "covered" | "missing" | "later" | "optional" | "notApplicable"
  readonly tests: ReadonlyArray<Shown>
}

export interface SectionReport {
  readonly section: string
  readonly done: boolean
  readonly chosen: boolean
  readonly demanded: number
  readonly covered: number
  readonly missing: number
  readonly later: number
  readonly total: number
  readonly shown: number
  readonly requirements: ReadonlyArray<RequirementReport>
}

export interface Report {
  readonly ok: boolean
  readonly allLevels: boolean
  /** What makes the check fail besides missing tests: IDs that do not exist, an inventory that does not add up. */
  readonly problems: ReadonlyArray<string>
  readonly notes: ReadonlyArray<string>
  readonly sections: ReadonlyArray<SectionReport>
}

export interface Selection {
  /** Empty: the sections that are done, with their exceptions. */
  readonly sections: ReadonlyArray<string>
  readonly allLevels: boolean
}

/** Words of two digits that look like an ID and are none. */
const ordinary = new Set(["UTF", "ISO", "ES", "RFC", "SHA", "MD", "CP", "TS", "GMT", "UTC"])

/** The IDs a test name holds: those that exist, and those that look like one but do not. */
export const idsIn = (
  name: string,
  known: ReadonlySet<string>,
  sections: ReadonlySet<string>
): { readonly known: ReadonlyArray<string>; readonly unknown: ReadonlyArray<string> } => {
  const found = { known: new Set<string>(), unknown: new Set<string>() }
  for (const run of name.match(/[\p{L}\p{N}_$-]+/gu) ?? []) {
    const word = run.replace(/-+$/, "")
    const prefix = /^([A-Z]+(?:-[A-Z]+)*)-\d/.exec(word)?.[1]
    if (known.has(word)) found.known.add(word)
    else if (prefix === undefined) continue
    else if (sections.has(prefix)) {
      if (/-\d+$/.test(word) || /-\d\d/.test(word)) found.unknown.add(word)
    } else if (/^[A-Z-]{2,}-\d\d$/.test(word) && !ordinary.has(prefix)) found.unknown.add(word)
  }
  return { known: [...found.known], unknown: [...found.unknown] }
}

/** What is wrong with the inventory itself. */
export const inventoryProblems = (requirements: ReadonlyArray<Requirement>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const mandatory = requirements.filter((requirement) => requirement.level === "M").length
  if (requirements.length !== totals.requirements) {
    problems.push(`requirements.json holds ${requirements.length} requirements, not ${totals.requirements}`)
  }
  if (mandatory !== totals.mandatory) {
    problems.push(`requirements.json holds ${mandatory} mandatory requirements, not ${totals.mandatory}`)
  }
  const seen = new Set<string>()
  for (const { id, section } of requirements) {
    if (seen.has(id)) problems.push(`requirements.json holds ${id} twice`)
    seen.add(id)
    if (!new RegExp(`^${section}-\\d+$`).test(id)) problems.push(`${id} is not an ID of section ${section}`)
  }
  return problems
}

const doneProblems = (requirements: ReadonlyArray<Requirement>, done: Done): ReadonlyArray<string> => {
  const sectionOf = new Map(requirements.map(({ id, section }) => [id, section]))
  const sections = new Set(sectionOf.values())
  const problems = done.sections.filter((section) => !sections.has(section)).map((section) =>
    `done.json: there is no section ${section}`
  )
  for (const [section, { later }] of Object.entries(done.exceptions)) {
    if (!done.sections.includes(section)) problems.push(`done.json: exceptions for ${section}, which is not done`)
    for (const id of later) {
      if (sectionOf.get(id) !== section) problems.push(`done.json: ${id} is not an ID of section ${section}`)
    }
  }
  return problems
}

export const report = (
  requirements: ReadonlyArray<Requirement>,
  done: Done,
  sources: ReadonlyArray<Source>,
  selection: Selection
): Report => {
  const known = new Set(requirements.map(({ id }) => id))
  const sections = new Set(requirements.map(({ section }) => section))
  const problems: Array<string> = [...doneProblems(requirements, done)]
  const notes: Array<string> = []

  for (const section of selection.sections) {
    if (!sections.has(section)) problems.push(`there is no section ${section}`)
  }

  const shownBy = new Map<string, Array<Shown>>()
  const uncounted: Array<readonly [ids: ReadonlyArray<string>, why: string, place: string]> = []
  for (const { file, text } of sources) {
    for (const test of testNames(text)) {
      const ids = idsIn(test.name, known, sections)
      const place = `${file}:${test.line}: ${test.name}`
      for (const id of ids.unknown) problems.push(`there is no requirement ${id}: ${place}`)
      if (test.uncounted !== undefined) {
        if (ids.known.length > 0) uncounted.push([ids.known, test.uncounted, place])
        continue
      }
      for (const id of ids.known) {
        const shown = shownBy.get(id) ?? []
        shown.push({ file, line: test.line, name: test.name })
        shownBy.set(id, shown)
      }
    }
  }
  for (const [ids, why, place] of uncounted) {
    notes.push(
      why === "skipped"
        ? `${ids.join(", ")} not counted, the test does not run or is meant to fail: ${place}`
        : `${ids.join(", ")} not counted, the name is not one literal: ${place}`
    )
  }

  const chosenByName = new Set(selection.sections)
  const sectionReports = [...sections].map((section): SectionReport => {
    const isDone = done.sections.includes(section)
    const chosen = chosenByName.size === 0 ? isDone : chosenByName.has(section)
    const later = new Set(chosenByName.size === 0 ? done.exceptions[section]?.later : [])
    const own = requirements.filter((requirement) => requirement.section === section)
    const reports = own.map((requirement): RequirementReport => {
      const tests = shownBy.get(requirement.id) ?? []
      const demanded = selection.allLevels || requirement.level === "M"
      const state = tests.length > 0 ?
        "covered" :
        requirement.notApplicable !== undefined ?
        "notApplicable" :
        !demanded ?
        "optional" :
        later.has(requirement.id) ?
        "later" :
        "missing"
      return { requirement, state, tests }
    })
    if (isDone && chosen) {
      const optional = reports.filter(({ requirement, state }) => state === "optional" && !later.has(requirement.id))
      if (optional.length > 0) {
        notes.push(
          `${section}: not mandatory and without a test: ${
            optional.map(({ requirement }) => `${requirement.id} (${requirement.level})`).join(", ")
          }`
        )
      }
      for (const id of later) {
        if (shownBy.has(id)) notes.push(`done.json: ${id} has a test by now and need not wait for later`)
      }
    }
    const demanded = reports.filter(({ requirement, state }) =>
      state !== "notApplicable" && (selection.allLevels || requirement.level === "M")
    )
    const count = (state: RequirementReport["state"]) => demanded.filter((each) => each.state === state).length
    return {
      section,
      done: isDone,
      chosen,
      demanded: demanded.length,
      covered: count("covered"),
      missing: count("missing"),
      later: count("later"),
      total: own.length,
      shown: reports.filter(({ state }) => state === "covered").length,
      requirements: reports
    }
  })

  const missing = sectionReports.some((section) => section.chosen && section.missing > 0)
  return {
    ok: problems.length === 0 && !missing,
    allLevels: selection.allLevels,
    problems,
    notes,
    sections: sectionReports
  }
}

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))
      .join("  ").trimEnd()
  ).join("\n")
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, number) => total + number, 0)

const counts = (section: Omit<SectionReport, "section" | "chosen" | "done" | "requirements">) =>
  [section.demanded, section.covered, section.missing, section.later, section.total, section.shown].map(String)

/** The report for people. */
export const render = (result: Report): string => {
  const chosen = result.sections.filter((section) => section.chosen)
  const demanded = result.allLevels ? "demanded" : "mandatory"
  const lines: Array<string> = []

  for (const section of chosen) {
    lines.push(
      `${section.section}: ${demanded} ${section.demanded}, covered ${section.covered}, missing ${section.missing}`
    )
    for (const { requirement, state, tests } of section.requirements) {
      if (!result.allLevels && requirement.level !== "M") continue
      const head = `${requirement.id} (${requirement.level})`
      if (state === "covered") {
        lines.push(`  ${head}`, ...tests.map(({ file, line, name }) => `      ${file}:${line}: ${name}`))
      } else if (state === "notApplicable") {
        lines.push(`  ${head} does not apply: ${requirement.notApplicable}`)
      } else {
        lines.push(`  ${head} ${state === "later" ? "LATER" : "NO TEST"}: ${requirement.summary}`)
      }
    }
    lines.push("")
  }

  const total = {
    demanded: sum(result.sections.map((section) => section.demanded)),
    covered: sum(result.sections.map((section) => section.covered)),
    missing: sum(result.sections.map((section) => section.missing)),
    later: sum(result.sections.map((section) => section.later)),
    total: sum(result.sections.map((section) => section.total)),
    shown: sum(result.sections.map((section) => section.shown))
  }
  lines.push(
    table([
      ["section", "done", "checked", demanded, "covered", "missing", "later", "of all levels", "covered"],
      ...result.sections.map((section) => [
        section.section,
        section.done ? "done" : "",
        section.chosen ? "yes" : "",
        ...counts(section)
      ]),
      ["all", "", "", ...counts(total)]
    ]),
    ""
  )

  if (result.notes.length > 0) lines.push("Notes", ...result.notes.map((note) => `  ${note}`), "")
  if (result.problems.length > 0) lines.push("Problems", ...result.problems.map((problem) => `  ${problem}`), "")

  const missing = chosen.flatMap((section) =>
    section.requirements.filter(({ state }) => state === "missing").map(({ requirement }) => requirement.id)
  )
  if (missing.length > 0) lines.push(`Without a test (${missing.length}): ${missing.join(", ")}`)
  lines.push(
    `${result.ok ? "OK" : "FAILED"}: ${chosen.length} ${chosen.length === 1 ? "section" : "sections"} checked, ${
      sum(chosen.map((section) => section.covered))
    } of ${sum(chosen.map((section) => section.demanded))} ${demanded} requirements covered`
  )
  return lines.join("\n")
}

/** The report for machines. */
export const renderJson = (result: Report): string =>
  JSON.stringify(
    {
      ...result,
      sections: result.sections.map(({ requirements, ...section }) => ({
        ...section,
        requirements: requirements.map(({ requirement, state, tests }) => ({ ...requirement, state, tests }))
      }))
    },
    undefined,
    2
  )

export interface Arguments extends Selection {
  readonly json: boolean
  readonly errors: ReadonlyArray<string>
}

/**
 * Section names may stand alone, and npm's variables are read too: without `--` before them, npm takes the options for
 * its own and hands on only what is left.
 */
export const parseArguments = (
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string | undefined>>
): Arguments => {
  const sections = new Set<string>()
  const errors: Array<string> = []
  let allLevels = environment["npm_config_all_levels"] === "true"
  let json = environment["npm_config_json"] === "true"
  for (const value of (environment["npm_config_section"] ?? "").split(/\s+/)) {
    if (value !== "" && value !== "true") sections.add(value)
  }
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ""
    if (arg === "--all-levels") allLevels = true
    else if (arg === "--json") json = true
    else if (arg === "--section") {
      const value = args[++index]
      if (value === undefined || value.startsWith("-")) errors.push("--section needs the name of a section")
      else sections.add(value)
    } else if (arg.startsWith("--section=") && arg.length > "--section=".length) {
      sections.add(arg.slice("--section=".length))
    } else if (arg.startsWith("-") || arg === "") errors.push(`unknown option ${arg}`)
    else sections.add(arg)
  }
  return { sections: [...sections], allLevels, json, errors }
}

const testFiles = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : testFiles(join(folder, entry.name))
    return entry.name.endsWith(".test.ts") ? [join(folder, entry.name)] : []
  }).toSorted()

/** Reads the project under `root`, prints, and gives the exit code. */
export const run = (
  root: string,
  args: ReadonlyArray<string>,
  environment: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void
): number => {
  const options = parseArguments(args, environment)
  if (options.errors.length > 0) {
    print([...options.errors, "usage: npm run spec:coverage -- [--section NAME]... [--all-levels] [--json]"].join("\n"))
    return 1
  }
  const requirements = decodeRequirements(readFileSync(join(root, "test/spec/requirements.json"), "utf8"))
  const done = decodeDone(readFileSync(join(root, "test/spec/done.json"), "utf8"))
  const sources = testFiles(join(root, "test")).map((path): Source => ({
    file: relative(root, path).split(sep).join("/"),
    text: readFileSync(path, "utf8")
  }))
  const checked = report(requirements, done, sources, options)
  const inventory = inventoryProblems(requirements)
  const result: Report = {
    ...checked,
    ok: checked.ok && inventory.length === 0,
    problems: [...inventory, ...checked.problems]
  }
  print(options.json ? renderJson(result) : render(result))
  return result.ok ? 0 : 1
}

const here = fileURLToPath(import.meta.url)
const started = process.argv[1]
if (started !== undefined && realpathSync(started) === here) {
  process.exitCode = run(
    fileURLToPath(new URL("../../", import.meta.url)),
    process.argv.slice(2),
    process.env,
    (text) => console.log(text)
  )
}
