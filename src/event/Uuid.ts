/**
 * UUIDv7: ids that sort by time, made without leaving the caller's step.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as RandomSource from "../domain/RandomSource.js"

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
export const make: Effect.Effect<UuidGenerator> = Effect.map(RandomSource.make, (random) => generator(random))

const digits = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0))

const generator = (random: RandomSource.Source): UuidGenerator => {
  let last = -1
  let counter = 0
  // the text is written into bytes and read out at once: joined from pieces, each id would keep its pieces alive
  const text = Buffer.from("00000000-0000-7000-0000-000000000000", "latin1")
  const write = (offset: number, length: number, value: number) => {
    for (let i = offset + length - 1, rest = value; i >= offset; i--, rest >>>= 4) {
      text[i] = digits[rest & 15]!
    }
  }
  const startMillisecond = (millis: number) => {
    last = millis
    // half of the counter's range is left to count up in; when it is used up, the next millisecond is taken early
    counter = random() & 0x7ff
    const whole = Math.max(0, Math.floor(millis))
    write(0, 8, Math.floor(whole / 0x1_0000))
    write(9, 4, whole % 0x1_0000)
  }
  return {
    next: (nowMillis) => {
      if (nowMillis > last) {
        startMillisecond(nowMillis)
      } else if (++counter > 0xfff) {
        startMillisecond(last + 1)
      }
      const high = random()
      write(15, 3, counter)
      write(19, 4, 0x8000 | (high >>> 16) & 0x3fff)
      write(24, 4, high)
      write(28, 8, random())
      return text.toString("latin1")
    }
  }
}
