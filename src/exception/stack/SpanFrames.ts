/**
 * The spans that an error failed in, as lines of a stack: what Effect knows of the way a program went.
 *
 * @since 0.1.0
 */
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import * as StackLine from "./StackLine.js"

/** Spans that are looked at, and lines that come of them: a function of `Effect.fn` has two, its place and its call's. */
const maxSpans = 10
const maxLines = 10
/** UTF-16 units of a span's name. */
const maxName = 200
const maxLocation = 1024
/** UTF-16 units of what a span says of its place: two lines. */
const maxTrace = 4096

/**
 * `at <name of the span> (<file>:<line>:<column>)`, the innermost span first, up to one of another process. `StackLine`
 * reads the name back, whatever it is.
 */
export const lines = (span: Tracer.AnySpan | undefined): ReadonlyArray<string> => {
  const result: Array<string> = []
  try {
    let current = span
    for (let i = 0; i < maxSpans && current?._tag === "Span"; i++) {
      const name = nameOf(current)
      const locations = locationsOf(current)
      for (const location of locations.length === 0 ? [undefined] : locations) {
        result.push(StackLine.make(name, location))
      }
      current = Option.getOrUndefined(current.parent)
    }
  } catch {
    // a tracer's span that cannot be read ends the chain
  }
  return result.slice(0, maxLines)
}

const nameOf = (span: Tracer.Span): string => {
  const name: unknown = span.name
  const text = typeof name === "string" ? clean(name, maxName) : ""
  return text === "" ? "span" : text
}

const locationsOf = (span: Tracer.Span): ReadonlyArray<string> => {
  const trace = traceOf(span)
  return trace === undefined ? [] : trace.slice(0, maxTrace).split("\n").flatMap((line) => {
    const text = clean(line, maxLocation)
    const location = StackLine.location(text.startsWith("at ") ? text : `at ${text}`)
    return location === undefined ? [] : [location]
  })
}

/**
 * Effect keeps where a span was made in a table of its own that only this id leads to: read span by span, names cannot
 * blur it as in the text of `Cause.prettyErrors`, and if it goes, no more than the locations is lost.
 */
const traceOf = (span: Tracer.Span): string | undefined => {
  try {
    const traces: unknown = globalValue("effect/Tracer/spanToTrace", () => new WeakMap<object, unknown>())
    const trace: unknown = traces instanceof WeakMap ? traces.get(span) : undefined
    // what a span that failed tells its exporter
    const told: unknown = typeof trace === "function" ? trace() : span.attributes.get("code.stacktrace")
    return typeof told === "string" ? told : undefined
  } catch {
    return undefined
  }
}

const controls = /[\p{Cc}\u2028\u2029]/gu

const clean = (text: string, maxLength: number): string => {
  const last = text.charCodeAt(maxLength - 1)
  const end = text.length > maxLength && last >= 0xd800 && last < 0xdc00 ? maxLength - 1 : maxLength
  return text.slice(0, end).toWellFormed().replace(controls, " ").trim()
}
