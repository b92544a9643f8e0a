/**
 * The trace that a request or message came with, as its headers said it: handed on where no span of our own is active.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as Section from "../Section.js"
import { orNothing } from "./SectionFields.js"

/**
 * W3C headers. None of them shows on events.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceFields {
  readonly traceparent?: string | undefined
  /** Belongs to its `traceparent`. */
  readonly tracestate?: string | undefined
  readonly baggage?: string | undefined
}

/**
 * An inner `traceparent` comes with its own `tracestate` or with none; the baggage stands for itself.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<TraceFields> = Section.make({
  name: "trace",
  merge: (outer, inner) => ({
    ...(inner.traceparent === undefined
      ? { traceparent: outer.traceparent, tracestate: outer.tracestate }
      : { traceparent: inner.traceparent, tracestate: inner.tracestate }),
    baggage: inner.baggage ?? outer.baggage
  }),
  properties: () => ({})
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = ({ baggage, traceparent, tracestate }: TraceFields): TraceFields | undefined => {
  const parent = toId(traceparent)
  return orNothing({
    traceparent: parent,
    tracestate: parent === undefined ? undefined : toId(tracestate),
    baggage: toId(baggage)
  })
}
