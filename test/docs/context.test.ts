/** The tables of docs/context.md and docs/guarantees.md name tests: each of them is there. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { readText, root } from "./sources.js"

interface Row {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** The rows of the tables whose last column is headed `test`. */
const rowsOf = (markdown: string): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  let isWanted = false
  markdown.split("\n").forEach((text, index) => {
    if (!text.startsWith("|")) {
      isWanted = false
      return
    }
    const cells = text.split("|").slice(1, -1).map((cell) => cell.trim())
    if (cells.at(-1) === "test") {
      isWanted = true
    } else if (isWanted && !cells.every((cell) => /^-+$/.test(cell))) {
      rows.push({ line: index + 1, cells })
    }
  })
  return rows
}

/** Does a call begin with this name, as that of a test does? */
const isTest = (source: string, name: string): boolean =>
  source.split(`"${name}"`).slice(0, -1).some((before) => /\(\s*$/.test(before))

/** What is wrong with the tests that a row names; `undefined` for a file that is not there. */
const problems = ({ cells, line }: Row, read: (file: string) => string | undefined): ReadonlyArray<string> => {
  const named = [...(cells.at(-1) ?? "").matchAll(/`([^`]+\.ts)` "([^"]+)"/g)]
  if (named.length === 0) {
    return [`${line}: no test is named`]
  }
  return named.flatMap(([, file = "", name = ""]) => {
    const source = read(file)
    return source === undefined
      ? [`${line}: test/${file} is not there`]
      : isTest(source, name)
      ? []
      : [`${line}: test/${file} has no test "${name}"`]
  })
}

const readTest = (file: string) => existsSync(join(root, "test", file)) ? readText(`test/${file}`) : undefined

describe("docs/guarantees.md", () => {
  it("names tests that are there, one for every promise", () => {
    const rows = rowsOf(readText("docs/guarantees.md"))
    expect(rows.length).toBeGreaterThan(30)
    expect(rows.flatMap((row) => problems(row, readTest))).toEqual([])
  })
})

describe("docs/context.md", () => {
  const rows = rowsOf(readText("docs/context.md"))

  it("names tests that are there, one in every row", () => {
    expect(rows.length).toBeGreaterThan(80)
    expect(rows.flatMap((row) => problems(row, readTest))).toEqual([])
  })

  it("names every method of the seed's six namespaces", () => {
    const named = rows.map(({ cells }) => cells[0]).join("\n")
    const methods = [
      "get_correlation_id set_correlation_id generate_correlation_id get_parent_correlation_id",
      "set_parent_correlation_id new_correlation inherit_correlation reset_correlation_id",
      "get_service_name set_service_name get_service_version set_service_version service_context",
      "get_service register_service",
      "get_user_id set_user_id get_operation_name set_operation_name get_request_id set_request_id request_context",
      "get_operation_start_time set_operation_start_time get_operation_metadata set_operation_metadata",
      "add_operation_metadata timed_operation",
      "get_full_context get_correlation_context set_from_context",
      "clear_context ensure_correlation_id has_correlation_id get_context_summary",
      "start_execution get_execution_time_ms get_metrics_state set_metrics_state reset create_for_handler"
    ].join(" ").split(" ")
    expect(methods.filter((method) => !new RegExp(`[.\`]${method}\``).test(named))).toEqual([])
  })
})

describe("the check of named tests", () => {
  const table = "| a | test |\n| - | ---- |\n"

  it("finds rows without a test, files and names that are not there; other tables are none of its business", () => {
    const rows = rowsOf(
      `| a | b |\n| - | - |\n| 1 | 2 |\n\n${table}| 1 | \`a.test.ts\` "there" |\n| 2 | soon |\n| 3 | \`a.test.ts\` "gone" |\n` +
        "| 4 | `b.test.ts` \"any\" |\n"
    )
    const read = (file: string) => file === "a.test.ts" ? "it(\"there\", () => {}) // \"gone\"" : undefined
    expect(rows.flatMap((row) => problems(row, read))).toEqual([
      "8: no test is named",
      "9: test/a.test.ts has no test \"gone\"",
      "10: test/b.test.ts is not there"
    ])
  })
})
