/**
 * Random bits without leaving the caller's step.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Random from "effect/Random"

/** A source of 32 random bits. */
export type Source = () => number

/**
 * The platform's secure source, or, where a program brings its own `Random`, one that is seeded from that: the same seed
 * gives the same bits.
 */
export const make: Effect.Effect<Source> = Effect.gen(function*() {
  const services = yield* FiberRef.get(DefaultServices.currentServices)
  const random = Context.get(services, Random.Random)
  return random === Context.get(DefaultServices.liveServices, Random.Random)
    ? secure()
    : seeded(yield* Effect.all([draw, draw, draw, draw]))
})

const draw = Random.nextIntBetween(0, 0x1_0000_0000)

const secure = (): Source => {
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

// sfc32: 128 bits of state, so that a seeded run has ids as far apart as a secure one
const seeded = (seed: ReadonlyArray<number>): Source => {
  let [a = 0, b = 0, c = 0, d = 0] = seed
  return () => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum | 0
    return sum >>> 0
  }
}
