/**
 * The payload of a declared flag: how it is decoded, and what stands in for it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import type { JsonValue } from "../../domain/JsonValue.js"
import { FlagPayloadInvalid } from "../evaluation/FlagError.js"

/**
 * What a flag's payload decodes to. `E` is `FlagPayloadInvalid`, or `never` where a default payload is declared.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagPayload<out A, out E = FlagPayloadInvalid> {
  readonly schema: Schema.Schema.AnyNoContext
  readonly decode: (key: string, payload: JsonValue) => Effect.Effect<A, FlagPayloadInvalid>
  /** What is given instead of a payload that is missing or not accepted: the default one, or the failure. */
  readonly orElse: (invalid: FlagPayloadInvalid) => Effect.Effect<A, E>
}

/**
 * Fails where there is no payload, or one that the schema does not accept.
 *
 * @since 0.1.0
 * @category constructors
 */
export const strict = <A, I>(schema: Schema.Schema<A, I>): FlagPayload<A> => ({
  schema,
  decode: decodeWith(schema),
  orElse: Effect.fail
})

/**
 * Gives `fallback` there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const total = <A, I>(schema: Schema.Schema<A, I>, fallback: A): FlagPayload<A, never> => ({
  schema,
  decode: decodeWith(schema),
  orElse: () => Effect.succeed(fallback)
})

const decodeWith = <A, I>(schema: Schema.Schema<A, I>): FlagPayload<A>["decode"] => {
  const decode = ParseResult.decodeUnknown(schema)
  return (key, payload) =>
    Effect.mapError(
      Effect.suspend(() => decode(payload)),
      (issue) => new FlagPayloadInvalid({ key, reason: ParseResult.TreeFormatter.formatIssueSync(issue) })
    )
}
