/**
 * Random ids of 32 hexadecimal digits.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"

/**
 * The next id: from the platform's secure source, or from the program's own `Random` where it brings one, so that the same
 * seed gives the same ids.
 */
export const next: Effect.Effect<string> = Effect.withFiberRuntime((fiber) => nextIn(fiber, Effect.succeed))

/** The same for code that has the fiber at hand, and knows how it goes on. */
export const nextIn = <A, E, R>(
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  use: (id: string) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Context.get(fiber.currentDefaultServices, Random.Random) === Context.get(DefaultServices.liveServices, Random.Random)
    ? use(secure())
    : Effect.flatMap(seeded, use)

/** Of a UUID's 128 bits six say of which version it is: these are taken from where all are random. */
const secure = (): string => {
  const uuid = crypto.randomUUID()
  return uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(24) + crypto.randomUUID().slice(28)
}

const draw = Effect.map(
  Random.nextIntBetween(0, 0x1_0000_0000),
  (bits) => bits.toString(16).padStart(8, "0")
)

const seeded = Effect.map(Effect.all([draw, draw, draw, draw]), (words) => words.join(""))
