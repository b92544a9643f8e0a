/**
 * One evaluation: from a key and a context to OpenFeature's resolution details. It never fails.
 *
 * @since 0.1.0
 */
import {
  type ErrorCode,
  type FlagMetadata,
  type ResolutionDetails,
  StandardResolutionReasons
} from "@openfeature/server-sdk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FlagError, FlagNotFound } from "../flags/evaluation/FlagError.js"
import type { FlagEvaluation } from "../flags/evaluation/FlagEvaluation.js"
import { FeatureFlags, type Service } from "../flags/FeatureFlags.js"
import type { FlagSnapshot } from "../flags/FlagSnapshot.js"
import * as ContextMapping from "./ContextMapping.js"
import * as Metadata from "./Metadata.js"
import * as Reason from "./Reason.js"
import * as ResolutionError from "./ResolutionError.js"
import type { StaticFlags } from "./StaticFlags.js"
import type { ValueKind } from "./ValueKind.js"

export interface Question<A> {
  readonly kind: ValueKind<A>
  readonly key: string
  readonly defaultValue: A
  readonly context: unknown
}

/** The answer where there is none: the caller's default, and why. */
export const failed = <A>(
  defaultValue: A,
  error: { readonly code: ErrorCode; readonly message: string },
  flagMetadata?: FlagMetadata
): ResolutionDetails<A> => ({
  value: defaultValue,
  reason: StandardResolutionReasons.ERROR,
  errorCode: error.code,
  errorMessage: error.message,
  ...(flagMetadata === undefined ? {} : { flagMetadata })
})

/** Evaluates the flag, which is an access of it: `$feature_flag_called` is captured once, whatever kind is asked for. */
export const resolve = <A>(
  question: Question<A>,
  isStatic: StaticFlags
): Effect.Effect<ResolutionDetails<A>, never, FeatureFlags> =>
  Effect.gen(function*() {
    const { context, defaultValue, key, kind } = question
    const flags = yield* FeatureFlags
    const subject = yield* ContextMapping.read(context)
    // no flag has such a key, and PostHog refuses to be asked for one
    if (typeof key !== "string" || key.trim() === "") {
      return yield* new FlagNotFound({ key: String(key) })
    }
    const snapshot = yield* flags.evaluate({ ...subject, flagKeys: [key] })
    yield* snapshot.variant(key)
    const flag = yield* Effect.orElse(snapshot.get(key), () => lookAgain(flags, snapshot, subject, key))
    const flagMetadata = Metadata.of(flag, snapshot)
    const value = kind(flag)
    if (value._tag === "Left") {
      return failed(defaultValue, value.left, flagMetadata)
    }
    const definitions = yield* flags.definitions.current
    return {
      value: value.right ?? defaultValue,
      // the default that stands in for a value is no variant of the flag
      ...(value.right === undefined ? {} : { variant: String(flag.value) }),
      reason: Reason.of(flag, snapshot, () => Option.exists(definitions, (definitions) => isStatic(definitions, key))),
      flagMetadata
    }
  }).pipe(
    Effect.catchTag("ResolutionError", (error) => Effect.succeed(failed(question.defaultValue, error))),
    Effect.catchAll((error: FlagError) =>
      Effect.flatMap(FeatureFlags, ({ definitions }) =>
        Effect.map(definitions.isReady, (isLoaded) =>
          failed(question.defaultValue, ResolutionError.fromFlagError(error, isLoaded))))
    )
  )

/**
 * Why the snapshot lacks the flag. It says so where PostHog was asked; otherwise the definitions do, and nobody is asked
 * a second time.
 */
const lookAgain = (
  flags: Service,
  { error, requestId }: FlagSnapshot,
  subject: ContextMapping.Subject,
  key: string
): Effect.Effect<FlagEvaluation, FlagError> =>
  Option.isSome(error)
    ? Effect.fail(error.value)
    : Option.isSome(requestId)
    ? Effect.fail(new FlagNotFound({ key }))
    : flags.evaluateFlag(key, { ...subject, onlyEvaluateLocally: true, sendEvents: false })
