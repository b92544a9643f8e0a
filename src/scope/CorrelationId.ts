/**
 * Ids of correlations.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as RandomId from "../domain/RandomId.js"

/** A new one: `corr_` as the seed has it, and 32 hexadecimal digits instead of its eleven, so that none comes twice. */
export const next: Effect.Effect<string> = Effect.map(RandomId.next, (id) => `corr_${id}`)
