/**
 * What was thrown, behind the proxy in which Effect carries the span it failed in.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Predicate from "effect/Predicate"
import type * as Tracer from "effect/Tracer"
import * as GuardedRead from "../../domain/GuardedRead.js"

const spanKey = Symbol.for("effect/SpanAnnotation")

export interface OriginalError {
  readonly error: unknown
  readonly span: Tracer.AnySpan | undefined
}

/** Two proxies of one error have the same original. */
export const make = (value: unknown): OriginalError => {
  if (!GuardedRead.isObject(value)) {
    return { error: value, span: undefined }
  }
  try {
    return { error: original(value), span: spanKey in value ? span(GuardedRead.read(value, spanKey)) : undefined }
  } catch {
    return { error: value, span: undefined }
  }
}

const original = (value: object): object => {
  const result: unknown = Cause.originalError(value)
  // a proxy that claims to have every property names something else, or nothing, as its original
  return GuardedRead.isObject(result) ? result : value
}

const span = (value: unknown): Tracer.AnySpan | undefined =>
  Predicate.isTagged(value, "Span") || Predicate.isTagged(value, "ExternalSpan")
    // what lies under Effect's own key with a span's tag is one
    ? value as Tracer.AnySpan
    : undefined
