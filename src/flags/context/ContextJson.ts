/**
 * An evaluation context from JSON and to it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../../domain/JsonValue.js"
import { toJsonObject } from "../../domain/JsonValue.js"
import { EvaluationContext } from "./EvaluationContext.js"
import { fromParseError, type InvalidContext } from "./InvalidContext.js"

const decode = Schema.decodeUnknownEither(EvaluationContext, { errors: "all" })
const encode = Schema.encodeSync(EvaluationContext)

/**
 * A context from parsed JSON, with names in either spelling; whatever the input is, it fails with what is wrong and
 * where.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromJsonEither = (input: unknown): Either.Either<EvaluationContext, InvalidContext> =>
  Either.mapLeft(decode(input), fromParseError)

/**
 * `fromJsonEither` as an effect.
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromJson = (input: unknown): Effect.Effect<EvaluationContext, InvalidContext> =>
  Effect.suspend(() => fromJsonEither(input))

/**
 * The context as JSON, with the names of the seed (`created_at`); what is not set is left out.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toJson = (context: EvaluationContext): JsonObject => toJsonObject(encode(context))
