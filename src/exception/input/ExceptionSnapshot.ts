/**
 * What is taken of an exception in the caller's step: everything that may change or vanish afterwards, and nothing that
 * takes time.
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import type { JsonObject } from "../../domain/JsonValue.js"

/** How an entry hangs together with the one it belongs to (EXCMETA-20). */
export type Edge = "cause" | "member" | "suppressed"

/** One entry of the later `$exception_list`. */
export interface SnapshotEntry {
  /** At least one character. */
  readonly type: string
  /** The message, within its bound; possibly empty. */
  readonly value: string
  /** The stack as V8 wrote it, head line included, within its bound. */
  readonly stack: string | undefined
  /** The span it failed in, where Effect says so. */
  readonly span: Tracer.AnySpan | undefined
  /** EXCMETA-17; `undefined` where it cannot be told. */
  readonly synthetic: boolean | undefined
  /** The index of an earlier entry, and the edge to it; the outermost one has neither. */
  readonly parent: number | undefined
  readonly edge: Edge | undefined
  /** What it was in its `Cause`. */
  readonly kind: "fail" | "die" | undefined
  /** The fields of a tagged error, within their bound. */
  readonly fields: JsonObject | undefined
}

export interface ExceptionSnapshot {
  /** One to fifty entries, parents before their children, depth first (EXCMETA-21, EXCMETA-22). */
  readonly entries: ReadonlyArray<SnapshotEntry>
  /** What the outermost error's class says of itself: the annotation keys of Effect 4's ErrorReporter. */
  readonly severity: unknown
  readonly attributes: JsonObject | undefined
}
