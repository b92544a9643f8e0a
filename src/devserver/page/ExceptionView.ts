/**
 * The exceptions of an event as the page shows them, from whichever SDK they come.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { Exception, StackFrame } from "./PageApi.js"

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown): Fields => Predicate.isRecord(value) ? value : {}

const textOf = (value: unknown): string => Predicate.isString(value) ? value : ""

const wholeOf = (value: unknown): number | null => Predicate.isNumber(value) && Number.isInteger(value) ? value : null

const linesOf = (value: unknown): ReadonlyArray<string> => Array.isArray(value) ? value.filter(Predicate.isString) : []

const listOf = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const frame = (value: unknown): StackFrame => {
  const fields = fieldsOf(value)
  const text = fields["context_line"]
  return {
    file: textOf(fields["filename"]) || textOf(fields["abs_path"]) || textOf(fields["module"]),
    function: textOf(fields["function"]),
    line: wholeOf(fields["lineno"]),
    column: wholeOf(fields["colno"]),
    inApp: fields["in_app"] === true,
    before: linesOf(fields["pre_context"]),
    text: Predicate.isString(text) ? text : null,
    after: linesOf(fields["post_context"])
  }
}

/** Where an SDK does not say what belongs to what, each is the cause of the one before. */
const parentOf = (mechanism: Fields, ids: ReadonlyMap<unknown, number>, index: number): number | null => {
  if (index === 0) {
    return null
  }
  const parent = ids.get(mechanism["parent_id"])
  return parent !== undefined && parent < index ? parent : index - 1
}

/** The exceptions of `$exception_list`; the frames of each begin with the call that threw. */
export const fromProperties = (properties: Fields): ReadonlyArray<Exception> => {
  const entries = listOf(properties["$exception_list"]).map(fieldsOf)
  const mechanisms = entries.map(({ mechanism }) => fieldsOf(mechanism))
  const ids = new Map<unknown, number>()
  mechanisms.forEach(({ exception_id: id }, index) => {
    if (id !== undefined && !ids.has(id)) {
      ids.set(id, index)
    }
  })
  return entries.map((entry, index) => {
    const mechanism = mechanisms[index] ?? {}
    const source = textOf(mechanism["source"])
    return {
      type: textOf(entry["type"]) || "Error",
      value: textOf(entry["value"]),
      parent: parentOf(mechanism, ids, index),
      relation: index === 0 ? null : source === "" || source === "cause" ? "cause" : "member",
      frames: listOf(fieldsOf(entry["stacktrace"])["frames"]).map(frame).toReversed()
    }
  })
}
