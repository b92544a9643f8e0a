/**
 * Reads declared flags: what an evaluation comes to, given what was declared.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { FlagError } from "../evaluation/FlagError.js"
import { FlagPayloadInvalid } from "../evaluation/FlagError.js"
import { type FlagEvaluation, type FlagValue, isEnabled } from "../evaluation/FlagEvaluation.js"
import type { Flag } from "./Flag.js"
import * as FlagLog from "./FlagLog.js"
import type { FlagReads, When } from "./FlagReads.js"
import type { FlagDeclarations } from "./FlagTypes.js"

/** Evaluates one flag; `isAccess` where its value is what is asked for, not its payload. */
export type Evaluate<R, Options extends ReadonlyArray<unknown>> = (
  key: string,
  isAccess: boolean,
  ...options: Options
) => Effect.Effect<FlagEvaluation, FlagError, R>

/** What stands in for a declaration when a program that the compiler did not see names an unknown key. */
const undeclared: Flag = { _tag: "BooleanFlag", default: false, payload: undefined }

/** The reads of these declarations, over any way to evaluate a flag. */
export const make = <Flags extends FlagDeclarations>(declarations: Flags) => {
  const flags = new Map<string, Flag>(Object.entries(declarations))
  const log = FlagLog.make()
  const flagOf = (key: string): Flag => flags.get(key) ?? undeclared

  return <R, Options extends ReadonlyArray<unknown>>(
    evaluate: Evaluate<R, Options>
  ): FlagReads<Flags, R, Options> => {
    const readEnabled = (key: string, options: Options): Effect.Effect<boolean, never, R> =>
      Effect.matchEffect(evaluate(key, true, ...options), {
        onFailure: (error) => Effect.as(log.unavailable(key, error), flagOf(key).default === true),
        onSuccess: (evaluation) => Effect.succeed(isEnabled(evaluation))
      })

    const readVariant = (key: string, options: Options): Effect.Effect<string, never, R> => {
      const flag = flagOf(key)
      const fallback = String(flag.default)
      return Effect.matchEffect(evaluate(key, true, ...options), {
        onFailure: (error) => Effect.as(log.unavailable(key, error), fallback),
        onSuccess: (evaluation) =>
          isVariantOf(flag, evaluation.value)
            ? Effect.succeed(evaluation.value)
            : Effect.as(log.undeclared(evaluation), fallback)
      })
    }

    const readPayload = (key: string, options: Options): Effect.Effect<unknown, unknown, R> => {
      const flag = flagOf(key)
      if (flag.payload === undefined) {
        return Effect.dieMessage(`Flag ${JSON.stringify(key)} declares no payload`)
      }
      const { decode, orElse } = flag.payload
      return Effect.matchEffect(evaluate(key, false, ...options), {
        onFailure: (error) => Effect.fail(new FlagPayloadInvalid({ key, reason: error.message })),
        onSuccess: ({ payload, value }) =>
          flag._tag === "VariantsFlag" && !isVariantOf(flag, value)
            ? Effect.fail(new FlagPayloadInvalid({ key, reason: `${JSON.stringify(value)} is no declared variant` }))
            : payload === undefined
            ? Effect.fail(new FlagPayloadInvalid({ key, reason: "missing" }))
            : Effect.tapError(decode(key, payload), log.refused)
      }).pipe(Effect.catchAll((invalid) => Effect.zipRight(log.withoutPayload(invalid), orElse(invalid))))
    }

    const when = (wanted: boolean): When<string, R, Options> =>
      dual((args) => typeof args[0] !== "string", <A, E, R1>(
        self: Effect.Effect<A, E, R1>,
        key: string,
        ...options: Options
      ) => Effect.whenEffect(self, Effect.map(readEnabled(key, options), (enabled) => enabled === wanted)))

    const reads: Untyped<R, Options> = {
      isEnabled: (key, ...options) => readEnabled(key, options),
      whenEnabled: when(true),
      whenDisabled: when(false),
      ifEnabled: (key, { onFalse, onTrue }, ...options) =>
        Effect.flatMap(readEnabled(key, options), (enabled): typeof onTrue => enabled ? onTrue : onFalse),
      variant: (key, ...options) => readVariant(key, options),
      match: (key, branches, ...options) =>
        Effect.flatMap(
          readVariant(key, options),
          (variant) =>
            Object.hasOwn(branches, variant) && branches[variant] !== undefined
              ? branches[variant]
              : Effect.dieMessage(`Flag ${JSON.stringify(key)} has no branch for ${JSON.stringify(variant)}`)
        ),
      payload: (key, ...options) => readPayload(key, options)
    }
    // The compiler cannot follow from a key to its declaration at run time: `readVariant` gives declared variants only,
    // `readPayload` what the declared schema decodes, and `match` what the branches give.
    return reads as unknown as FlagReads<Flags, R, Options>
  }
}

const isVariantOf = (flag: Flag, value: FlagValue): value is string =>
  flag._tag === "VariantsFlag" && typeof value === "string" && flag.variants.includes(value)

/** `FlagReads` as it is when nothing is known of the flags. */
interface Untyped<R, Options extends ReadonlyArray<unknown>> {
  readonly isEnabled: (key: string, ...options: Options) => Effect.Effect<boolean, never, R>
  readonly whenEnabled: When<string, R, Options>
  readonly whenDisabled: When<string, R, Options>
  readonly ifEnabled: (
    key: string,
    branches: { readonly onTrue: Branch; readonly onFalse: Branch },
    ...options: Options
  ) => Branch
  readonly variant: (key: string, ...options: Options) => Effect.Effect<string, never, R>
  readonly match: (key: string, branches: { readonly [variant: string]: Branch }, ...options: Options) => Branch
  readonly payload: (key: string, ...options: Options) => Effect.Effect<unknown, unknown, R>
}

type Branch = Effect.Effect<unknown, unknown, unknown>
