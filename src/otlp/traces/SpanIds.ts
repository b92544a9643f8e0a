/**
 * The ids of traces and spans (TRACE-10).
 *
 * Effect's own tracer takes them from `Math.random`, whose sequences of two processes may meet. Here they come from the
 * platform's secure source, or, where a program brings its own `Random`, from that: the same seed gives the same ids.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as RandomSource from "../../domain/RandomSource.js"

/** Lowercase hex, never all zero. */
export interface SpanIds {
  /** 16 bytes, 32 characters. */
  readonly traceId: () => string
  /** 8 bytes, 16 characters. */
  readonly spanId: () => string
}

export const make: Effect.Effect<SpanIds> = Effect.map(RandomSource.make, (source) => fromSource(source))

export const fromSource = (source: RandomSource.Source): SpanIds => ({
  traceId: () => notZero(hex(source()) + hex(source()) + hex(source()) + hex(source())),
  spanId: () => notZero(hex(source()) + hex(source()))
})

const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(8, "0")

// one draw in 2^64 at the most: any other id will do
const notZero = (id: string): string => /^0*$/.test(id) ? `${id.slice(1)}1` : id
