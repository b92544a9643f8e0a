/**
 * The ids of traces and spans (TRACE-10).
 *
 * Effect's own tracer takes them from `Math.random`, whose sequences of two processes may meet. Here they come from the
 * platform's secure source, or, where a program brings its own `Random`, from that: the same seed gives the same ids.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Random from "effect/Random"
import { PCGRandom } from "effect/Utils"

/** Lowercase hex, never all zero. */
export interface SpanIds {
  /** 16 bytes, 32 characters. */
  readonly traceId: () => string
  /** 8 bytes, 16 characters. */
  readonly spanId: () => string
}

/** A source of 32 random bits. */
export type Source = () => number

export const make: Effect.Effect<SpanIds> = Effect.gen(function*() {
  const services = yield* FiberRef.get(DefaultServices.currentServices)
  const random = Context.get(services, Random.Random)
  if (random === Context.get(DefaultServices.liveServices, Random.Random)) {
    return fromSource(secureSource())
  }
  const generator = new PCGRandom(yield* draw, yield* draw, yield* draw, yield* draw)
  return fromSource(() => generator.integer(0x1_0000_0000))
})

const draw = Random.nextIntBetween(0, 0x1_0000_0000)

const secureSource = (): Source => {
  const pool = new Uint32Array(1024)
  let position = pool.length
  return () => {
    if (position === pool.length) {
      crypto.getRandomValues(pool)
      position = 0
    }
    return pool[position++]!
  }
}

export const fromSource = (source: Source): SpanIds => ({
  traceId: () => notZero(hex(source()) + hex(source()) + hex(source()) + hex(source())),
  spanId: () => notZero(hex(source()) + hex(source()))
})

const hex = (bits: number): string => (bits >>> 0).toString(16).padStart(8, "0")

// one draw in 2^64 at the most: any other id will do
const notZero = (id: string): string => /^0*$/.test(id) ? `${id.slice(1)}1` : id
