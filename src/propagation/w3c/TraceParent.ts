/**
 * The `traceparent` header of W3C Trace Context: which span of which trace a request or a message comes from.
 *
 * @since 0.1.0
 */
import type * as Brand from "effect/Brand"
import * as HeaderValue from "../text/HeaderValue.js"
import * as OptionalSpace from "./OptionalSpace.js"

/**
 * A position in a trace. Only `parse` and `make` give one, so what `format` writes is a valid header.
 *
 * @since 0.1.0
 * @category models
 */
export type TraceParent = Brand.Branded<Fields, "effect-posthog/TraceParent">

/**
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  /** 32 lower-case hexadecimal digits, not all of them zero. */
  readonly traceId: string
  /** 16 lower-case hexadecimal digits, not all of them zero; the recommendation calls it `parent-id`. */
  readonly spanId: string
  /** The bits `sampled` and `random`; the others are reserved, and always zero. */
  readonly flags: number
}

/**
 * The caller may have recorded the trace.
 *
 * @since 0.1.0
 * @category flags
 */
export const sampled = 0b01

/**
 * The trace id's last seven bytes are random: to be kept as it is for as long as the trace id is.
 *
 * @since 0.1.0
 * @category flags
 */
export const random = 0b10

const length = 55

const version00 = "00"

const forbidden = "ff"

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

const traceIdPattern = /^(?!0{32})[0-9a-f]{32}$/

const spanIdPattern = /^(?!0{16})[0-9a-f]{16}$/

/**
 * The position that these ids and flags stand for, `undefined` where an id is not valid. Reserved flags become zero.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (fields: Fields): TraceParent | undefined => {
  const { flags, spanId, traceId } = fields
  return typeof traceId === "string" && traceIdPattern.test(traceId) &&
      typeof spanId === "string" && spanIdPattern.test(spanId) && typeof flags === "number"
    // the one place where the brand is given
    ? { traceId, spanId, flags: flags & (sampled | random) } as TraceParent
    : undefined
}

/**
 * Reads a `traceparent` header, a text or bytes. `undefined` where it is missing or invalid, and where there is more
 * than one: the trace then starts anew (TRACE-11, TRHDR-14).
 *
 * Version 00 has exactly 55 characters. Of a higher version the same fields are read, whatever follows after a `-`;
 * ff is no version. White space around the header is no part of it.
 *
 * @example
 * import { parse } from "effect-posthog/propagation/w3c/TraceParent"
 *
 * parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
 * // { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", flags: 1 }
 *
 * @since 0.1.0
 * @category conversions
 */
export const parse = (input: unknown): TraceParent | undefined => {
  const [item, second] = HeaderValue.items(input)
  if (item === undefined || second !== undefined) {
    return undefined
  }
  const text = OptionalSpace.trim(typeof item === "string" ? item : HeaderValue.lists(item)[0] ?? "")
  const [, version, traceId, spanId, flags] = pattern.exec(text.slice(0, length)) ?? []
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) {
    return undefined
  }
  const isComplete = text.length === length || (version !== version00 && text.charAt(length) === "-")
  return isComplete && version !== forbidden ? make({ traceId, spanId, flags: Number.parseInt(flags, 16) }) : undefined
}

/**
 * The header's value: always of version 00, the highest that is known.
 *
 * @since 0.1.0
 * @category conversions
 */
export const format = (self: TraceParent): string =>
  `${version00}-${self.traceId}-${self.spanId}-${self.flags.toString(16).padStart(2, "0")}`
