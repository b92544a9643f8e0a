/**
 * A condition of a flag in words.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"

const operators: Readonly<Record<string, string>> = {
  exact: "is",
  is_not: "is not",
  icontains: "contains",
  not_icontains: "does not contain",
  regex: "matches",
  not_regex: "does not match",
  is_set: "is set",
  is_not_set: "is not set",
  gt: ">",
  gte: "≥",
  lt: "<",
  lte: "≤",
  is_date_before: "is before",
  is_date_after: "is after",
  flag_evaluates_to: "evaluates to",
  in: "is in",
  not_in: "is not in"
}

const longest = 80

const shown = (value: unknown): string => {
  const text = Array.isArray(value) ? value.map((each) => String(each)).join(" or ") : String(value)
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}

const filter = (value: unknown): string => {
  if (!Predicate.isRecord(value)) {
    return "a filter that cannot be read"
  }
  const key = value["type"] === "flag" ? `flag ${shown(value["key"])}` : shown(value["key"])
  const operator = Predicate.isString(value["operator"]) ? value["operator"] : "exact"
  const words = Object.hasOwn(operators, operator) ? operators[operator] : operator.replaceAll("_", " ")
  return value["type"] === "cohort"
    ? `${operator === "not_in" || value["negation"] === true ? "not in" : "in"} cohort ${shown(value["value"])}`
    : operator === "is_set" || operator === "is_not_set"
    ? `${key} ${words}`
    : `${key} ${words} ${shown(value["value"])}`
}

/** Who is meant, without the percentage. */
export const describe = (condition: Readonly<Record<string, unknown>>): string => {
  const filters = condition["properties"]
  const who = Array.isArray(filters) && filters.length > 0 ? filters.map(filter).join(" and ") : "everybody"
  return Predicate.isString(condition["variant"]) ? `${who}, always ${condition["variant"]}` : who
}
