/**
 * What is wrong with an event that does not fit its schema: where, and what was expected. Never a value: it may be what
 * must not be logged.
 *
 * @since 0.1.0
 */
import type * as ParseResult from "effect/ParseResult"
import type * as SchemaAST from "effect/SchemaAST"
import * as TypeText from "./TypeText.js"

/**
 * One thing that is wrong.
 *
 * @since 0.1.0
 * @category models
 */
export interface SchemaIssue {
  /** Keys and positions, from the properties inwards; empty for the properties as a whole. */
  readonly path: ReadonlyArray<string>
  /** What was expected, and the kind of what was there. */
  readonly problem: string
}

/**
 * No event was made, because it does not fit the schema that the catalogue has for it. It has been logged and counted.
 *
 * @since 0.1.0
 * @category models
 */
export interface SchemaViolation {
  readonly _tag: "Refused"
  readonly reason: "schemaViolation"
  readonly event: string
  readonly issues: ReadonlyArray<SchemaIssue>
}

/**
 * A violation in one line: `total: expected number, got string; currency: is missing`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const render = (issues: ReadonlyArray<SchemaIssue>): string =>
  issues.map(({ path, problem }) => path.length === 0 ? problem : `${path.join(".")}: ${problem}`).join("; ")

export const make = (event: string, issues: ReadonlyArray<SchemaIssue>): SchemaViolation => ({
  _tag: "Refused",
  reason: "schemaViolation",
  event,
  issues
})

/** What is told of one event at most. */
const maxIssues = 20

export const issuesOf = (issue: ParseResult.ParseIssue): ReadonlyArray<SchemaIssue> => {
  const issues = new Map<string, SchemaIssue>()
  for (const each of visit(issue, [])) {
    issues.set(`${each.path.join("\0")}\0${each.problem}`, each)
  }
  return Array.from(issues.values()).slice(0, maxIssues)
}

const visit = (issue: ParseResult.ParseIssue, path: ReadonlyArray<string>): ReadonlyArray<SchemaIssue> => {
  switch (issue._tag) {
    case "Pointer": {
      const keys = Array.isArray(issue.path) ? issue.path : [issue.path]
      return visit(issue.issue, [...path, ...keys.map(String)])
    }
    case "Missing":
      return [{ path, problem: "is missing" }]
    case "Unexpected":
      return [{ path, problem: "is not expected" }]
    case "Forbidden":
      return [{ path, problem: "cannot be checked in one synchronous step" }]
    case "Type":
      return [{ path, problem: expected(issue.ast, issue.actual) }]
    case "Refinement":
      return issue.kind === "From" ? visit(issue.issue, path) : refined(issue, path)
    case "Transformation":
      // a problem of the transformation's own says what it expects in a message that may quote the value
      return issue.kind === "Transformation"
        ? [{ path, problem: expected(issue.ast, issue.actual) }]
        : visit(issue.issue, path)
    case "Composite": {
      if (issue.ast._tag === "Union") {
        return [{ path, problem: expected(issue.ast, issue.actual) }]
      }
      return issuesIn(issue.issues).flatMap((each) => visit(each, path))
    }
  }
}

/** A filter of a whole may point at its parts. */
const refined = (issue: ParseResult.Refinement, path: ReadonlyArray<string>): ReadonlyArray<SchemaIssue> => {
  const pointed = visit(issue.issue, path).filter((each) => each.path.length > path.length)
  return pointed.length > 0 ? pointed : [{ path, problem: expected(issue.ast, issue.actual) }]
}

const issuesIn = (issues: ParseResult.SingleOrNonEmpty<ParseResult.ParseIssue>) =>
  "_tag" in issues ? [issues] : Array.from(issues)

const expected = (ast: SchemaAST.AST, actual: unknown): string => `expected ${TypeText.of(ast)}, got ${kindOf(actual)}`

const kindOf = (value: unknown): string => {
  switch (typeof value) {
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : "an object"
    case "undefined":
      return "undefined"
    default:
      return `a ${typeof value}`
  }
}
