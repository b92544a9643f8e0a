/**
 * From anything that went wrong to `$exception_list`.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Predicate from "effect/Predicate"
import { type JsonObject, toJsonValue } from "../domain/JsonValue.js"
import * as StackFrames from "./StackFrames.js"

/** No list has more entries (EXCMETA-22). */
export const maxEntries = 50

/** One thing that went wrong: its identity, for telling whether it was captured before, and the value itself. */
export interface Leaf {
  /** The error itself, or, where that is a primitive, the node of the cause that holds it. */
  readonly identity: object | undefined
  readonly error: unknown
}

/** The failures and defects of a cause in the order they stand in it; anything else is its own single leaf. */
export const leaves = (input: unknown): ReadonlyArray<Leaf> =>
  Cause.isCause(input) ? causeLeaves(input) : [{ identity: objectOf(input), error: input }]

const causeLeaves = (cause: Cause.Cause<unknown>): ReadonlyArray<Leaf> => {
  const result: Array<Leaf> = []
  const pending: Array<Cause.Cause<unknown>> = [cause]
  while (pending.length > 0) {
    const node = pending.pop()!
    switch (node._tag) {
      case "Fail": {
        result.push({ identity: objectOf(node.error) ?? node, error: node.error })
        break
      }
      case "Die": {
        result.push({ identity: objectOf(node.defect) ?? node, error: node.defect })
        break
      }
      case "Sequential":
      case "Parallel": {
        pending.push(node.right, node.left)
        break
      }
      case "Empty":
      case "Interrupt":
        break
    }
  }
  return result
}

const objectOf = (value: unknown): object | undefined => typeof value === "object" && value !== null ? value : undefined

/**
 * The entries for these errors: the outermost first, each followed by its causes, linked by `exception_id` and
 * `parent_id` (EXC-06). Cycles are cut.
 */
export const make = (errors: ReadonlyArray<unknown>, handled: boolean): ReadonlyArray<JsonObject> => {
  const entries: Array<JsonObject> = []
  const seen = new Set<unknown>()
  const add = (error: unknown, link: Link | undefined) => {
    if (entries.length >= maxEntries || seen.has(error)) {
      return
    }
    if (objectOf(error) !== undefined) {
      seen.add(error)
    }
    const id = entries.length
    const description = describe(error)
    entries.push({
      type: description.type,
      value: description.value,
      mechanism: {
        exception_id: id,
        type: link === undefined ? "generic" : "chained",
        ...(link === undefined ? { handled } : { parent_id: link.parent, source: link.source }),
        synthetic: description.synthetic
      },
      ...(description.frames.length === 0 ? {} : { stacktrace: { type: "raw", frames: description.frames } })
    })
    for (const { nested, source } of description.nested) {
      add(nested, { parent: id, source })
    }
  }
  errors.forEach((error, index) => add(error, index === 0 ? undefined : { parent: 0, source: "cause" }))
  return entries
}

interface Link {
  readonly parent: number
  readonly source: string
}

interface Description {
  readonly type: string
  readonly value: string
  readonly synthetic: boolean
  readonly frames: ReadonlyArray<JsonObject>
  readonly nested: ReadonlyArray<{ readonly nested: unknown; readonly source: string }>
}

const unreadable: Description = {
  type: "Error",
  value: "an error that cannot be read",
  synthetic: true,
  frames: [],
  nested: []
}

const describe = (error: unknown): Description => {
  try {
    return Predicate.isRecord(error) ? describeObject(error) : {
      type: "Error",
      value: typeof error === "string" ? error : String(error),
      synthetic: true,
      frames: [],
      nested: []
    }
  } catch {
    // a getter or a proxy that throws
    return unreadable
  }
}

const describeObject = (error: { readonly [key: PropertyKey]: unknown }): Description => {
  const isError = error instanceof Error
  const tag = text(error["_tag"])
  const stack = text(error["stack"])
  const value = text(error["message"])
  return {
    type: tag ?? text(error["name"]) ?? (isError ? "Error" : "Object"),
    value: value ?? (isError ? "" : JSON.stringify(toJsonValue(error)) ?? ""),
    synthetic: !isError && stack === undefined,
    frames: stack === undefined ? [] : StackFrames.parse(stack),
    nested: [
      ...(error["cause"] === undefined || error["cause"] === null ? [] : [{ nested: error["cause"], source: "cause" }]),
      ...(Array.isArray(error["errors"]) ? error["errors"].map((nested) => ({ nested, source: "member" })) : [])
    ]
  }
}

const text = (value: unknown): string | undefined => typeof value === "string" && value !== "" ? value : undefined
