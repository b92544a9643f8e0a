/**
 * UUIDv7: ids that sort by time, made without leaving the caller's step.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Random from "effect/Random"

/** Makes the next UUIDv7 for a time in milliseconds since the epoch. Ids of one generator never repeat and never go back. */
export interface UuidGenerator {
  readonly next: (nowMillis: number) => string
}

/** Is this the text of a UUID, of any version? */
export const isUuid = (input: unknown): input is string => typeof input === "string" && pattern.test(input)

const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/**
 * A generator with random bits from the platform's secure source, or, where a program brings its own `Random`, with bits
 * seeded from that: the same seed gives the same ids.
 */
export const make: Effect.Effect<UuidGenerator> = Effect.gen(function*() {
  const services = yield* FiberRef.get(DefaultServices.currentServices)
  const random = Context.get(services, Random.Random)
  if (random === Context.get(DefaultServices.liveServices, Random.Random)) {
    return generator(secureSource())
  }
  const seed = yield* Effect.all([draw, draw, draw, draw])
  return generator(seededSource(seed))
})

/** A source of 32 random bits. */
type Source = () => number

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

// sfc32: 128 bits of state, so that a seeded run has ids as far apart as a secure one
const seededSource = (seed: ReadonlyArray<number>): Source => {
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

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

const generator = (random: Source): UuidGenerator => {
  let last = -1
  let counter = 0
  let prefix = ""
  const startMillisecond = (millis: number) => {
    last = millis
    // half of the counter's range is left to count up in; when it is used up, the next millisecond is taken early
    counter = random() & 0x7ff
    const text = Math.max(0, Math.floor(millis)).toString(16).padStart(12, "0")
    prefix = `${text.slice(-12, -4)}-${text.slice(-4)}-7`
  }
  return {
    next: (nowMillis) => {
      if (nowMillis > last) {
        startMillisecond(nowMillis)
      } else if (++counter > 0xfff) {
        startMillisecond(last + 1)
      }
      const high = random()
      const low = random()
      return prefix + hex[counter >>> 8]![1]! + hex[counter & 0xff]! + "-" +
        hex[(high >>> 24) & 0x3f | 0x80]! + hex[(high >>> 16) & 0xff]! + "-" +
        hex[(high >>> 8) & 0xff]! + hex[high & 0xff]! + hex[low >>> 24]! + hex[(low >>> 16) & 0xff]! +
        hex[(low >>> 8) & 0xff]! + hex[low & 0xff]!
    }
  }
}
