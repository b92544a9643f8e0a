import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import {
  type Done,
  idsIn,
  inventoryProblems,
  parseArguments,
  render,
  renderJson,
  report,
  Requirement,
  run,
  type Selection,
  totals
} from "./coverage.js"
import { testNames } from "./names.js"
import { tokenize } from "./tokens.js"

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), "utf8")
const requirements = Schema.decodeUnknownSync(Schema.parseJson(Schema.Array(Requirement)))(read("requirements.json"))
const root = fileURLToPath(new URL("../../", import.meta.url))

/** The names that count. */
const counted = (source: string): ReadonlyArray<string> =>
  testNames(source).filter((test) => test.uncounted === undefined).map((test) => test.name)

const uncounted = (source: string): ReadonlyArray<string> =>
  testNames(source).filter((test) => test.uncounted !== undefined).map((test) => `${test.uncounted}: ${test.name}`)

const requirement = (id: string, level: Requirement["level"], notApplicable?: string): Requirement => ({
  id,
  section: id.replace(/-\d+$/, ""),
  level,
  gherkin: false,
  summary: `what ${id} asks`,
  ...(notApplicable === undefined ? {} : { notApplicable })
})

const some = [
  requirement("CAP-01", "M"),
  requirement("CAP-02", "M"),
  requirement("CAP-03", "D"),
  requirement("CAP-22", "M"),
  requirement("CAPAI-01", "M"),
  requirement("LOG-01", "M", "nothing to log here"),
  requirement("LOG-02", "R")
]
const noneDone: Done = { sections: [], exceptions: {} }

const check = (
  source: string,
  selection: Partial<Selection> = {},
  done: Done = noneDone
) => report(some, done, [{ file: "test/a.test.ts", text: source }], { sections: [], allLevels: false, ...selection })

const states = (result: ReturnType<typeof check>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    result.sections.flatMap((section) => section.requirements.map((each) => [each.requirement.id, each.state]))
  )

describe("names of tests", () => {
  it("reads the names of all kinds of tests", () => {
    expect(counted(`
      it("a", () => {})
      test('b', () => {})
      it.effect("c", () => Effect.void)
      it.scoped("d", () => Effect.void)
      it.live("e", () => Effect.void)
      it.scopedLive("f", () => Effect.void)
      it.prop("g", [fc.string()], ([s]) => true)
      it.effect.prop("h", { s: Schema.String }, ({ s }) => Effect.void)
      it.scoped.prop("i", [fc.string()], () => Effect.void)
      it.only("j", () => {})
      it.concurrent("k", async () => {})
    `)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"])
  })

  it("reads the name behind a table of cases and behind type arguments", () => {
    expect(counted(`
      it.each([["x", 1], ["y", 2]])("a %s", () => {})
      it.effect.each<{ n: number; f: (x: Array<string>) => void }>(cases)("b", () => Effect.void)
      test.for(cases)("c", () => {})
      it.each\`
        a    | b
        \${1} | \${"it('no', f)"}
      \`("d", () => {})
      it.effect<A, E>("e", () => Effect.void)
    `)).toEqual(["a %s", "b", "c", "d", "e"])
  })

  it("reads a call that spans lines and says where its name stands", () => {
    expect(testNames("// first\n\nit.effect(\n  // the name\n  \"a\",\n  () => Effect.void\n)")).toEqual([
      { name: "a", line: 5, uncounted: undefined }
    ])
  })

  it("reads a template literal without substitutions and no other", () => {
    const source = "it(`plain`, f)\nit(`with ${a} in it`, f)\nit(\"a\" + \"b\", f)\nit(name, f)\nit(\"c\".trim(), f)"
    expect(counted(source)).toEqual(["plain"])
    expect(uncounted(source)).toEqual(["computed: with   in it", "computed: a", "computed: c"])
  })

  it("decodes escapes", () => {
    expect(counted(`it("a \\"b\\" \\u0043 \\u{43} \\x43 it's", f)`)).toEqual(["a \"b\" C C C it's"])
  })

  it("does not read comments", () => {
    expect(counted(`
      // it("a", f)
      /* it("b", f) */
      /** it("c", f)
       *  it("d", f) */
      it(/* "e", */ "f", f)
    `)).toEqual(["f"])
  })

  it("does not read strings, template literals and regular expressions", () => {
    expect(counted(`
      const a = "it('a', f)"
      const b = 'it("b", f)'
      const c = \`it("c", f) \${ it("d", f) } \${ \`it("e", f)\` }\`
      const d = /it("f", f)/
      const e = x / 2; it("g", f); const h = y / 2
      const i = /[/"]/.test(j) ? "it(" : '"'
      if (k) /"/.test(l)
      const m = n! / 2; const o = "it('p', f) /"
      it("q", f)
    `)).toEqual(["g", "q"])
  })

  it("does not read what only resembles a test", () => {
    expect(counted(`
      describe("a", () => {})
      suite("b", () => {})
      submit("c", f)
      /x/.test("d", f)
      pattern.it("e", f)
      it.layer(Live)("f", (it) => { it.effect("inner", f) })
      layer(Live)("g", (it) => {})
      it.flakyTest(Effect.void, "1 second")
      beforeEach("h", f)
      const it = "i"
      it < 3
    `)).toEqual(["inner"])
  })

  it("does not count tests that do not run or are meant to fail", () => {
    const source = `
      it.skip("a", f)
      it.effect.skip("b", f)
      test.todo("c")
      it.effect.fails("d", f)
      it.skipIf(condition)("e", f)
      it.effect.runIf(condition())("f", f)
      it("g")
      it("h",)
      it("i", { skip: true }, f)
      it("j", f, { todo: true })
      it("k", { skip: false, retry: 2 }, f)
      it("l", () => { call({}, { skip: true }) })
      it.prop("m", { skip: fc.boolean() }, f)
    `
    expect(counted(source)).toEqual(["k", "l", "m"])
    expect(uncounted(source)).toEqual(
      ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].map((name) => `skipped: ${name}`)
    )
  })

  it("does not count tests within a group that does not run", () => {
    expect(counted(`
      describe.skip("a", () => {
        describe("b", () => { it("c", f) })
        it("d", f)
      })
      it("e", f)
      describe.todo("f")
      describe.skipIf(condition)("g", () => { it("h", f) })
      describe("i", { skip: true }, () => { it("j", f) })
      describe("k", () => { it("l", f) })
    `)).toEqual(["e", "l"])
  })

  it("survives sources that are cut short", () => {
    const source = "it.each([1])(\"a\", () => { const x = `b ${ { c: /d/ } } e`; /* f */ \"g\" })"
    for (let length = 0; length <= source.length; length++) {
      expect(tokenize(source.slice(0, length)).length).toBeLessThan(60)
      expect(testNames(source.slice(0, length)).length).toBeLessThan(2)
    }
  })
})

describe("IDs in a name", () => {
  const known = new Set(["CAP-01", "CAP-02", "CAPAI-01", "FLAGS-LOCAL-39"])
  const sections = new Set(["CAP", "CAPAI", "FLAGS-LOCAL"])
  const ids = (name: string) => idsIn(name, known, sections)

  it("are separated by commas, spaces or other punctuation", () => {
    expect(ids("CAP-01, CAP-02 (CAPAI-01): FLAGS-LOCAL-39's rule; CAP-01")).toEqual({
      known: ["CAP-01", "CAP-02", "CAPAI-01", "FLAGS-LOCAL-39"],
      unknown: []
    })
  })

  it("are not found in ranges between their ends", () => {
    expect(ids("CAP-01 to CAPAI-01").known).toEqual(["CAP-01", "CAPAI-01"])
    expect(ids("CAP-01..03").known).toEqual(["CAP-01"])
    expect(ids("CAP-01-02")).toEqual({ known: [], unknown: ["CAP-01-02"] })
  })

  it("are told from typos", () => {
    const typos = ["CAP-99", "CAP-1", "CAP-001", "CAPP-01", "FLAG-LOCAL-39", "LOCAL-39", "CAP-01a", "X-CAP-01"]
    expect(ids(typos.join(" "))).toEqual({ known: [], unknown: typos })
  })

  it("are told from ordinary words", () => {
    expect(ids("UTF-8, UTF-16, SHA-1, ISO-8601, RFC-3339, P-95, cap-01, X-POSTHOG-SESSION-ID, CAP-x, 2-01")).toEqual({
      known: [],
      unknown: []
    })
  })
})

describe("the report", () => {
  const all = "it(\"CAP-01 and CAP-02\", f)\nit(\"CAP-22\", f)"

  it("is fine if every mandatory ID of the chosen sections has a test", () => {
    const result = check(all, { sections: ["CAP"] })
    expect(result.ok).toBe(true)
    expect(result.sections.find(({ section }) => section === "CAP")).toMatchObject({
      demanded: 3,
      covered: 3,
      missing: 0
    })
  })

  it("fails if a mandatory ID of a chosen section has no test", () => {
    const result = check("it(\"CAP-01\", f)", { sections: ["CAP"] })
    expect(result.ok).toBe(false)
    expect(states(result)).toMatchObject({ "CAP-01": "covered", "CAP-02": "missing", "CAP-03": "optional" })
    expect(render(result)).toContain("Without a test (2): CAP-02, CAP-22")
    expect(render(result)).toContain("      test/a.test.ts:1: CAP-01")
  })

  it("takes the name of a section exactly", () => {
    const result = check(`${all}\nit("CAPAI-99x CAPAI", f)`, { sections: ["CAP"] })
    expect(result.sections.filter(({ chosen }) => chosen).map(({ section }) => section)).toEqual(["CAP"])
    expect(check(all, { sections: ["CAP"] }).ok).toBe(true)
    expect(check(all, { sections: ["CAPAI"] }).ok).toBe(false)
    expect(check("it(\"CAPAI-01\", f)", { sections: ["CAPAI"] }).ok).toBe(true)
    expect(states(check("it(\"CAPAI-01\", f)"))).toMatchObject({ "CAP-01": "missing" })
    expect(check(all, { sections: ["CA"] }).problems).toEqual(["there is no section CA"])
  })

  it("does not count IDs of groups, comments, strings and skipped tests", () => {
    const result = check(
      `
      describe("CAP-01", () => {
        // CAP-02
        const name = "CAP-02"
        it.skip("CAP-22", f)
        it(\`CAP-02 \${name}\`, f)
      })
    `,
      { sections: ["CAP"] }
    )
    expect(states(result)).toMatchObject({ "CAP-01": "missing", "CAP-02": "missing", "CAP-22": "missing" })
    expect(result.notes).toEqual([
      "CAP-22 not counted, the test does not run or is meant to fail: test/a.test.ts:5: CAP-22",
      "CAP-02 not counted, the name is not one literal: test/a.test.ts:6: CAP-02  "
    ])
  })

  it("fails on an ID that does not exist, whichever sections are chosen", () => {
    const result = check(`${all}\nit("CAPAI-77 is a typo", f)`, { sections: ["CAP"] })
    expect(result.ok).toBe(false)
    expect(result.problems).toEqual(["there is no requirement CAPAI-77: test/a.test.ts:3: CAPAI-77 is a typo"])
  })

  it("checks the sections that are done if none is chosen, and lets their exceptions wait", () => {
    const done: Done = { sections: ["CAP"], exceptions: { CAP: { later: ["CAP-22"] } } }
    const source = "it(\"CAP-01, CAP-02\", f)"
    const result = check(source, {}, done)
    expect(result.ok).toBe(true)
    expect(states(result)).toMatchObject({ "CAP-22": "later", "CAPAI-01": "missing" })
    expect(result.notes).toEqual(["CAP: not mandatory and without a test: CAP-03 (D)"])
    expect(check("it(\"CAP-01\", f)", {}, done).ok).toBe(false)
    expect(check(source, { sections: ["CAP"] }, done).ok).toBe(false)
    expect(check(all, {}, done).notes).toContain("done.json: CAP-22 has a test by now and need not wait for later")
  })

  it("refuses exceptions and sections that do not exist", () => {
    const done: Done = { sections: ["CAPP"], exceptions: { CAP: { later: ["CAPAI-01"] } } }
    expect(check(all, {}, done).problems).toEqual([
      "done.json: there is no section CAPP",
      "done.json: exceptions for CAP, which is not done",
      "done.json: CAPAI-01 is not an ID of section CAP"
    ])
  })

  it("demands what is not mandatory with all levels, and never what does not apply", () => {
    expect(check(all, { sections: ["CAP"], allLevels: true }).ok).toBe(false)
    expect(check(`${all}\nit("CAP-03", f)`, { sections: ["CAP"], allLevels: true }).ok).toBe(true)
    expect(check("", { sections: ["LOG"] }).ok).toBe(true)
    expect(states(check("", { sections: ["LOG"], allLevels: true }))).toMatchObject({
      "LOG-01": "notApplicable",
      "LOG-02": "missing"
    })
  })

  it("is printed for machines with the tests of each requirement", () => {
    const json: unknown = JSON.parse(renderJson(check(all, { sections: ["CAP"] })))
    expect(json).toMatchObject({
      ok: true,
      sections: [
        {
          section: "CAP",
          chosen: true,
          requirements: [
            { id: "CAP-01", level: "M", state: "covered", tests: [{ file: "test/a.test.ts", line: 1 }] },
            { id: "CAP-02" },
            { id: "CAP-03", state: "optional", tests: [] },
            { id: "CAP-22" }
          ]
        },
        {},
        {}
      ]
    })
  })
})

describe("arguments", () => {
  it("choose sections in every way npm hands them on", () => {
    const chosen = { sections: ["CAP", "LOG"], allLevels: false, json: false, errors: [] }
    expect(parseArguments(["--section", "CAP", "--section=LOG"], {})).toEqual(chosen)
    expect(parseArguments(["CAP", "LOG"], { npm_config_section: "true\n\ntrue" })).toEqual(chosen)
    expect(parseArguments([], { npm_config_section: "CAP\n\nLOG" })).toEqual(chosen)
    expect(parseArguments(["--all-levels", "--json"], {})).toMatchObject({ allLevels: true, json: true })
    expect(parseArguments([], { npm_config_all_levels: "true" })).toMatchObject({ allLevels: true, json: false })
  })

  it("are refused if unknown or incomplete", () => {
    expect(parseArguments(["--secton", "CAP"], {}).errors).toEqual(["unknown option --secton"])
    expect(parseArguments(["--section"], {}).errors).toHaveLength(1)
    expect(parseArguments(["--section", "--json"], {}).errors).toHaveLength(1)
    expect(run(root, ["--nonsense"], {}, () => {})).toBe(1)
    expect(run(root, ["--section", "NONSENSE"], {}, () => {})).toBe(1)
  })
})

/** Per section: all, then by level M, S, O, D, R, L, then how many have a scenario. */
const expected: ReadonlyArray<readonly [string, ...ReadonlyArray<number>]> = [
  ["SETUP", 10, 0, 0, 0, 6, 4, 0, 0],
  ["CAP", 26, 5, 0, 0, 17, 3, 1, 4],
  ["CAPAI", 17, 10, 0, 0, 6, 1, 0, 3],
  ["EXC", 15, 10, 0, 0, 3, 2, 0, 9],
  ["EXCMETA", 38, 38, 0, 0, 0, 0, 0, 30],
  ["STEPS", 2, 0, 0, 1, 1, 0, 0, 0],
  ["IDENT", 4, 2, 0, 0, 2, 0, 0, 2],
  ["ALIAS", 3, 2, 0, 0, 1, 0, 0, 2],
  ["GROUPID", 3, 2, 0, 0, 1, 0, 0, 2],
  ["PERSON", 3, 0, 0, 2, 0, 1, 0, 0],
  ["DISTINCT", 1, 1, 0, 0, 0, 0, 0, 1],
  ["SUPER", 1, 0, 0, 1, 0, 0, 0, 0],
  ["FLAGS-EVAL", 32, 27, 0, 1, 1, 2, 1, 17],
  ["FLAGS-GET", 12, 8, 0, 0, 3, 1, 0, 8],
  ["FLAGS-ISEN", 5, 4, 0, 1, 0, 0, 0, 4],
  ["FLAGS-OVR", 6, 5, 0, 0, 1, 0, 0, 5],
  ["FLAGS-CACHE", 5, 3, 0, 0, 1, 1, 0, 3],
  ["FLAGS-TRACK", 18, 11, 1, 0, 3, 3, 0, 6],
  ["FLAGS-DEFS", 27, 14, 0, 1, 5, 5, 2, 10],
  ["FLAGS-REMOTE", 7, 0, 0, 0, 0, 6, 1, 0],
  ["FLAGS-LOCAL", 79, 7, 0, 0, 4, 12, 56, 4],
  ["BATCH", 9, 3, 0, 2, 4, 0, 0, 3],
  ["RETRY", 11, 4, 0, 0, 5, 1, 1, 3],
  ["HTTP", 24, 10, 0, 1, 4, 7, 2, 9],
  ["LIMIT", 10, 3, 0, 0, 4, 3, 0, 0],
  ["HOOK", 9, 3, 0, 0, 5, 1, 0, 3],
  ["CONSENT", 4, 1, 0, 0, 2, 1, 0, 1],
  ["TRHDR", 15, 8, 2, 2, 3, 0, 0, 5],
  ["TRACE", 38, 32, 2, 0, 2, 1, 1, 0],
  ["LOG", 20, 18, 0, 0, 1, 1, 0, 0],
  ["FLUSH", 5, 3, 0, 0, 2, 0, 0, 3],
  ["SHUT", 7, 4, 1, 0, 2, 0, 0, 4],
  ["DEBUG", 2, 0, 0, 1, 1, 0, 0, 0],
  ["RCONF", 1, 0, 0, 1, 0, 0, 0, 0],
  ["CROSS", 4, 1, 0, 0, 3, 0, 0, 0]
]

describe("the inventory", () => {
  it("has as many requirements per section and level as the specification", () => {
    const levels = ["M", "S", "O", "D", "R", "L"] as const
    const sections = [...new Set(requirements.map(({ section }) => section))]
    expect(sections.map((section) => {
      const own = requirements.filter((each) => each.section === section)
      return [
        section,
        own.length,
        ...levels.map((level) => own.filter((each) => each.level === level).length),
        own.filter(({ gherkin }) => gherkin).length
      ]
    })).toEqual(expected)
    expect(requirements).toHaveLength(473)
    expect(requirements.filter(({ level }) => level === "M")).toHaveLength(239)
    expect(totals).toEqual({ requirements: 473, mandatory: 239 })
    expect(inventoryProblems(requirements)).toEqual([])
  })

  it("is refused if a requirement is lost, doubled or in the wrong section", () => {
    expect(inventoryProblems(requirements.slice(1))).toEqual(["requirements.json holds 472 requirements, not 473"])
    expect(inventoryProblems([...requirements, requirement("CAP-01", "M")])).toEqual([
      "requirements.json holds 474 requirements, not 473",
      "requirements.json holds 240 mandatory requirements, not 239",
      "requirements.json holds CAP-01 twice"
    ])
    expect(inventoryProblems(requirements.map((each) => each.id === "LOG-01" ? { ...each, section: "LO" } : each)))
      .toEqual(["LOG-01 is not an ID of section LO"])
  })

  it("says something of its own about each requirement, on one line", () => {
    expect(new Set(requirements.map(({ summary }) => summary)).size).toBe(473)
    expect(requirements.filter(({ summary }) => !/^[^\n]{20,320}\.$/.test(summary))).toEqual([])
  })

  it("lets no mandatory requirement be inapplicable", () => {
    expect(requirements.filter((each) => each.level === "M" && each.notApplicable !== undefined)).toEqual([])
  })

  it("has a scenario for exactly the requirements marked so", () => {
    const Scenarios = Schema.parseJson(Schema.Array(Schema.Struct({
      feature: Schema.NonEmptyString,
      number: Schema.Int,
      server: Schema.Boolean,
      checks: Schema.NonEmptyString,
      requirements: Schema.NonEmptyArray(Schema.String)
    })))
    const scenarios = Schema.decodeUnknownSync(Scenarios)(read("scenarios.json"))
    expect(scenarios).toHaveLength(131)
    expect(scenarios.filter(({ server }) => server)).toHaveLength(40)
    expect(new Set(scenarios.map(({ feature }) => feature)).size).toBe(30)
    const withScenario = new Set(scenarios.flatMap((scenario) => scenario.requirements))
    expect(requirements.filter(({ gherkin }) => gherkin).map(({ id }) => id).toSorted()).toEqual(
      [...withScenario].toSorted()
    )
  })

  it("is what the command reads, and the exit code says what the report says", () => {
    const output: Array<string> = []
    const code = run(root, ["--json"], {}, (text) => output.push(text))
    const Output = Schema.parseJson(Schema.Struct({
      ok: Schema.Boolean,
      sections: Schema.Array(
        Schema.Struct({ demanded: Schema.Int, total: Schema.Int, chosen: Schema.Boolean, done: Schema.Boolean })
      )
    }))
    const { ok, sections } = Schema.decodeUnknownSync(Output)(output.join(""))
    expect(code).toBe(ok ? 0 : 1)
    expect(sections).toHaveLength(35)
    expect(sections.reduce((total, section) => total + section.total, 0)).toBe(473)
    expect(sections.reduce((total, section) => total + section.demanded, 0)).toBe(239)
    expect(sections.every((section) => section.chosen === section.done)).toBe(true)
  })
})
