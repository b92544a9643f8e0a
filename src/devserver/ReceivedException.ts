/**
 * What the properties of an `$exception` event must look like on the wire, by PostHog's specification alone.
 *
 * @since 0.1.0
 */
import type * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { Flag, NonEmptyText } from "./ReceivedEvent.js"

const maxEntries = 50
const maxFrames = 50
const maxContextLines = 10

const declared = <A>(demand: string, holds: (value: unknown) => value is A): Schema.Schema<A> =>
  Schema.declare(holds, { message: () => ({ message: demand, override: true }) })

const matching = (demand: string, pattern: RegExp) =>
  declared(demand, (value): value is string => Predicate.isString(value) && pattern.test(value))

const Text = declared("must be a string", Predicate.isString)

const Count = declared(
  "must be a whole number from 0",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0
)

const Line = declared(
  "must be a whole number from 1",
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 1
)

const ThreadId = declared(
  "must be a number or a string that is not empty",
  (value): value is number | string => Predicate.isNumber(value) || (Predicate.isString(value) && value !== "")
)

const Raw = declared("must be \"raw\"", (value): value is "raw" => value === "raw")

const extensions = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const optional = <A>(schema: Schema.Schema<A>) => Schema.optionalWith(schema, { exact: true })

const mustBeObject = { message: () => "must be an object" }

/**
 * How an exception came to be reported (EXCMETA-05 to EXCMETA-20). Further keys are a platform's own.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedMechanism = Schema.Struct({
  exception_id: Count,
  parent_id: optional(Count),
  type: optional(NonEmptyText),
  handled: optional(Flag),
  source: optional(matching("must be one lower-case word, like \"cause\"", /^[a-z][a-z0-9_]*$/)),
  synthetic: optional(Flag)
}, extensions).annotations(mustBeObject)

const ContextLines = Schema.Array(Text).annotations({ message: () => "must be an array" }).pipe(
  Schema.filter((lines) => lines.length <= maxContextLines || `must have at most ${maxContextLines} lines`)
)

/**
 * A frame of a stack (EXC-08, EXC-09, EXC-15). Further keys are a platform's own.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedFrame = Schema.Struct({
  platform: NonEmptyText,
  in_app: Flag,
  filename: optional(NonEmptyText),
  function: optional(NonEmptyText),
  module: optional(NonEmptyText),
  abs_path: optional(NonEmptyText),
  lineno: optional(Line),
  colno: optional(Count),
  context_line: optional(Text),
  pre_context: optional(ContextLines),
  post_context: optional(ContextLines)
}, extensions).annotations(mustBeObject).pipe(
  Schema.filter((frame) =>
    frame.context_line !== undefined || (frame.pre_context === undefined && frame.post_context === undefined) ||
    { path: ["context_line"], message: "is missing, although there are lines around it" }
  )
)

/**
 * A stack, the oldest call first (EXC-04).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedStacktrace = Schema.Struct({
  type: Raw,
  frames: Schema.Array(ReceivedFrame).annotations({ message: () => "must be an array" }).pipe(
    Schema.filter((frames) => frames.length <= maxFrames || `must have at most ${maxFrames} frames`)
  )
}, extensions).annotations(mustBeObject)

/**
 * One exception of the list (EXCMETA-01 to EXCMETA-03).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedExceptionEntry = Schema.Struct({
  type: NonEmptyText,
  value: Text,
  mechanism: ReceivedMechanism,
  stacktrace: optional(ReceivedStacktrace),
  module: optional(NonEmptyText),
  thread_id: optional(ThreadId)
}, extensions).annotations(mustBeObject)

type Entry = typeof ReceivedExceptionEntry.Type

interface Problem {
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

/** What nobody knows is left out (EXCMETA-05, EXCMETA-06); what is inside of an extension is the platform's affair. */
const nullProblems = (value: unknown, path: ReadonlyArray<PropertyKey> = []): ReadonlyArray<Problem> =>
  value === null
    ? [{ path, message: "must be left out instead of null" }]
    : path[1] === "mechanism" && path.length === 3
    ? []
    : Array.isArray(value)
    ? value.flatMap((item, index) => nullProblems(item, [...path, index]))
    : typeof value === "object"
    ? Object.entries(value).flatMap(([key, item]) => nullProblems(item, [...path, key]))
    : []

/** What is wrong with how the entries hang together (EXCMETA-11, EXCMETA-18 to EXCMETA-21). */
const treeProblems = (entries: ReadonlyArray<Entry>): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const earlier = new Set<number>()
  entries.forEach(({ mechanism }, index) => {
    const demand = (key: string, holds: boolean, message: string) => {
      if (!holds) {
        problems.push({ path: [index, "mechanism", key], message })
      }
    }
    if (index === 0) {
      demand("exception_id", mechanism.exception_id === 0, "must be 0 for the outermost exception")
      demand("parent_id", mechanism.parent_id === undefined, "must be left out for the outermost exception")
      demand("source", mechanism.source === undefined, "must be left out for the outermost exception")
      demand("type", mechanism.type !== "chained", "must not be \"chained\" for the outermost exception")
    } else {
      demand("exception_id", !earlier.has(mechanism.exception_id), "must be the id of no earlier exception")
      demand(
        "parent_id",
        mechanism.parent_id !== undefined && earlier.has(mechanism.parent_id),
        "must be the id of an earlier exception"
      )
      demand("type", mechanism.type === "chained", "must be \"chained\" for a nested exception")
    }
    earlier.add(mechanism.exception_id)
  })
  return problems
}

/**
 * The exceptions of an event, the one that was caught first (EXC-06).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedExceptionList = Schema.Array(ReceivedExceptionEntry).annotations({
  message: () => "must be an array"
}).pipe(
  Schema.filter((entries) =>
    (entries.length >= 1 && entries.length <= maxEntries) || `must have from 1 to ${maxEntries} entries`
  ),
  Schema.filter((entries) => [...treeProblems(entries), ...nullProblems(entries)])
)

/** What PostHog's processing writes, and what only native frames have (EXCMETA-37, EXCMETA-38). */
const foreign = [
  "$exception_handled",
  "$exception_types",
  "$exception_values",
  "$exception_sources",
  "$exception_functions",
  "$exception_fingerprint_version",
  "$exception_fingerprint_record",
  "$exception_issue_id",
  "$exception_release",
  "$cymbal_errors",
  "$debug_images"
]

const Level = Schema.Literal("fatal", "error", "warning", "log", "info", "debug").annotations({
  message: () => ({ message: "must be fatal, error, warning, log, info or debug", override: true })
})

/**
 * The properties of an `$exception` event; those that are not about the exception are not looked at.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReceivedException = Schema.Struct({
  $exception_list: ReceivedExceptionList,
  $exception_type: NonEmptyText,
  $exception_message: Text,
  $exception_level: optional(Level),
  $exception_source: optional(
    matching("must be <technology>.<stable_hook> in lower case", /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/)
  ),
  $exception_fingerprint: optional(NonEmptyText)
}, extensions).annotations(mustBeObject).pipe(
  Schema.filter((properties): ReadonlyArray<Problem> => {
    const outermost = properties.$exception_list[0]
    return [
      ...(properties.$exception_type === outermost?.type
        ? []
        : [{ path: ["$exception_type"], message: "must be the type of the outermost exception" }]),
      ...(properties.$exception_message === outermost?.value
        ? []
        : [{ path: ["$exception_message"], message: "must be the value of the outermost exception" }]),
      ...foreign.filter((key) => Object.hasOwn(properties, key)).map((key) => ({
        path: [key],
        message: "must not be sent"
      }))
    ]
  })
)

/**
 * The properties of an `$exception` event that passed validation.
 *
 * @since 0.1.0
 * @category models
 */
export type ReceivedException = typeof ReceivedException.Type

/**
 * Validates the properties of an `$exception` event; the error names every place that is wrong.
 *
 * @since 0.1.0
 * @category validation
 */
export const decode: (properties: unknown) => Either.Either<ReceivedException, ParseResult.ParseError> = Schema
  .decodeUnknownEither(ReceivedException, { errors: "all" })
