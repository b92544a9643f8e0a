/**
 * The failures and defects of anything: a `Cause`, an `Exit`, what `runPromise` rejects with, an error, anything thrown.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"
import type * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { Edge } from "./ExceptionSnapshot.js"
import * as OriginalError from "./OriginalError.js"

/** One thing that went wrong, and where it stands among the others. */
export interface Leaf {
  /** What it is known by: the original error, or, where that is a primitive, the node of the cause that holds it. */
  readonly identity: object | undefined
  /** The original error, not the proxy that Effect makes of it. */
  readonly error: unknown
  /** The span it failed in, where Effect says so. */
  readonly span: Tracer.AnySpan | undefined
  readonly kind: "fail" | "die" | undefined
  /** The index of an earlier leaf, and the edge to it; the first one has neither. */
  readonly parent: number | undefined
  readonly edge: Edge | undefined
}

/** A cause has no more leaves than this. */
export const maxLeaves = 1000
/** And no more of its nodes are looked at: a cause that grows while it is read does not end. */
const maxNodes = 250_000

/** What is left to look at, of one cause or of several that belong together. */
export interface Budget {
  nodes: number
}

export const budget = (): Budget => ({ nodes: maxNodes })

/**
 * Every failure and every defect, depth first and left to right, each error once. Interruptions are none, and a success
 * has none.
 *
 * The first leaf of what came later in time hangs under the first leaf of what came before, as `suppressed`: a finalizer
 * that failed after the effect. What failed side by side hangs likewise, as `member`.
 */
export const leaves = (input: unknown, within: Budget = budget()): ReadonlyArray<Leaf> => {
  if (isSuccess(input)) {
    return []
  }
  const cause = causeOf(input)
  return cause === undefined ? [leaf(input, undefined, undefined)] : ofCause(cause, within)
}

/** Was what has no leaves at least interrupted? */
export const isInterruption = (input: unknown): boolean => {
  const first = causeOf(input)
  const pending = first === undefined ? [] : [first]
  const visited = new Set<unknown>()
  try {
    while (pending.length > 0 && visited.size < maxNodes) {
      const node = pending.pop()!
      const wrapped = node._tag === "Fail" ? node.error : node._tag === "Die" ? node.defect : undefined
      const below = node._tag === "Sequential" || node._tag === "Parallel"
        ? [node.right, node.left]
        : [causeOf(wrapped)]
      if (node._tag === "Interrupt") {
        return true
      }
      if (!visited.has(node)) {
        visited.add(node)
        pending.push(...below.filter((each) => each !== undefined))
      }
    }
  } catch {
    // a node that only looks like one of a cause
  }
  return false
}

/**
 * Those of the leaves for which the predicate holds, linked again: each hangs under the nearest one above it that was
 * kept, otherwise under the first.
 */
export const keep = (
  leaves: ReadonlyArray<Leaf>,
  predicate: (leaf: Leaf) => boolean
): ReadonlyArray<Leaf> => {
  const result: Array<Leaf> = []
  /** For each leaf its new index, or that of the nearest one above it. */
  const places: Array<number | undefined> = []
  for (const leaf of leaves) {
    const parent = leaf.parent === undefined ? undefined : places[leaf.parent]
    if (!predicate(leaf)) {
      places.push(parent)
      continue
    }
    places.push(result.length)
    result.push(
      result.length === 0
        ? { ...leaf, parent: undefined, edge: undefined }
        : { ...leaf, parent: parent ?? 0, edge: leaf.edge ?? "member" }
    )
  }
  return result
}

const leaf = (value: unknown, kind: Leaf["kind"], node: object | undefined): Leaf => {
  const { error, span } = OriginalError.make(value)
  return {
    identity: GuardedRead.isObject(error) ? error : node,
    error,
    span,
    kind,
    parent: undefined,
    edge: undefined
  }
}

/** An error may carry the tag `Success` or `Failure` and be an effect as well: it is no exit. */
const isExit = (value: object): value is Exit.Exit<unknown, unknown> =>
  Exit.isExit(value) && GuardedRead.read(value, "_op") === value._tag

const isSuccess = (value: unknown): boolean => {
  try {
    return GuardedRead.isObject(value) && isExit(value) && Exit.isSuccess(value)
  } catch {
    return false
  }
}

const nodeTags: ReadonlySet<unknown> = new Set(["Empty", "Fail", "Die", "Interrupt", "Sequential", "Parallel"])

/** The cause that something is, or that it only wraps. */
const causeOf = (value: unknown): Cause.Cause<unknown> | undefined => {
  if (!GuardedRead.isObject(value)) {
    return undefined
  }
  try {
    const cause: unknown = Cause.isCause(value)
      ? value
      : Runtime.isFiberFailure(value)
      ? value[Runtime.FiberFailureCauseId]
      : isExit(value) && Exit.isFailure(value)
      ? value.cause
      : undefined
    return Cause.isCause(cause) && nodeTags.has(cause._tag) ? cause : undefined
  } catch {
    return undefined
  }
}

/** A node with two sides that is being walked: its left side, then its right one. */
interface Open {
  readonly node: object
  readonly right: Cause.Cause<unknown>
  readonly edge: Edge
  /** The first leaf of the left side; `walking` as long as that is not known. */
  left: number | undefined | typeof walking
}

const walking = "walking"

type Building = { -readonly [K in keyof Leaf]: Leaf[K] }

const ofCause = (cause: Cause.Cause<unknown>, within: Budget): ReadonlyArray<Leaf> => {
  const result: Array<Building> = []
  const indexes = new Map<object, number>()
  /** The first leaf of each node that was walked: one that stands in several places, or in itself, is walked once. */
  const walked = new Map<object, number | undefined>()
  const open: Array<Open> = []

  const add = (value: unknown, kind: "fail" | "die", node: object): number | undefined => {
    const added = leaf(value, kind, node)
    // there is an identity: the node at least
    const known = indexes.get(added.identity!)
    if (known !== undefined || result.length >= maxLeaves) {
      return known
    }
    indexes.set(added.identity!, result.length)
    return result.push(added) - 1
  }

  const link = (later: number, earlier: number, edge: Edge): void => {
    const found = result[later]!
    // an error that stands in several places hangs where it stood first
    if (later > earlier && found.parent === undefined) {
      found.parent = earlier
      found.edge = edge
    }
  }

  /** Goes down the left sides to the first leaf. */
  const descend = (start: Cause.Cause<unknown>): number | undefined => {
    let node: Cause.Cause<unknown> | undefined = start
    while (node !== undefined && result.length < maxLeaves) {
      if (within.nodes-- <= 0) {
        return undefined
      }
      const current: Cause.Cause<unknown> = node
      switch (current._tag) {
        case "Fail":
        case "Die": {
          const value: unknown = current._tag === "Fail" ? current.error : current.defect
          node = causeOf(value)
          if (node === undefined) {
            return add(value, current._tag === "Fail" ? "fail" : "die", current)
          }
          if (walked.has(current)) {
            return undefined
          }
          walked.set(current, undefined)
          break
        }
        case "Sequential":
        case "Parallel": {
          if (walked.has(current)) {
            return walked.get(current)
          }
          walked.set(current, undefined)
          open.push({
            node: current,
            right: current.right,
            edge: current._tag === "Sequential" ? "suppressed" : "member",
            left: walking
          })
          node = current.left
          break
        }
        default:
          return undefined
      }
    }
    return undefined
  }

  const descendSafely = (start: Cause.Cause<unknown>): number | undefined => {
    try {
      return descend(start)
    } catch {
      // a node that only looks like one of a cause
      return undefined
    }
  }

  let first = descendSafely(cause)
  while (open.length > 0) {
    const side = open.at(-1)!
    if (side.left === walking) {
      side.left = first
      first = descendSafely(side.right)
      continue
    }
    open.pop()
    if (side.left !== undefined && first !== undefined) {
      link(first, side.left, side.edge)
    }
    first = side.left ?? first
    walked.set(side.node, first)
  }
  return result
}
