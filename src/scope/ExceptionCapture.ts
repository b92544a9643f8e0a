/**
 * The service that turns what goes wrong into `$exception` events. The scope declares it, because leaving a scope with a
 * failure uses it; the room `exception` implements it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import type { CaptureOutcome } from "../domain/CaptureOutcome.js"
import type { ExceptionBoundary } from "../domain/ExceptionBoundary.js"
import type { Mechanism } from "../domain/Mechanism.js"
import type { Properties } from "../domain/PropertyValue.js"

/**
 * What can be said about an exception when it is captured. What is said wins over what the error says of itself, and that
 * over the boundary's defaults; what is not valid counts as not said (EXCMETA-09, EXCMETA-33).
 *
 * @since 0.1.0
 * @category models
 */
export interface CaptureExceptionOptions {
  /** Whose exception it is. Default: the scope's distinct id, otherwise nobody's (personless). */
  readonly distinctId?: string | undefined
  /** Further properties. They cannot replace those that describe the exception. */
  readonly properties?: Properties | undefined
  /** PostHog's groups by type, over the scope's. */
  readonly groups?: { readonly [type: string]: string | number } | undefined
  /** When it happened. Default: now. */
  readonly timestamp?: Date | number | string | undefined
  /** The event's id. Default: a fresh UUIDv7. */
  readonly uuid?: string | undefined
  /** Was it dealt with? Default: as the boundary says, which for a call of the application's is true. */
  readonly handled?: boolean | undefined
  /** How severe it is, in any logger's word; `fatal`, `error`, `warning`, `log`, `info` or `debug` is what is sent. */
  readonly level?: string | undefined
  /** Exceptions with the same fingerprint are one issue in PostHog. Default: PostHog decides (EXCMETA-34). */
  readonly fingerprint?: string | undefined
  /** The hook that noticed it, as `<technology>.<stable_hook>`; for integrations (EXCMETA-12). */
  readonly source?: string | undefined
  /** What is known of the outermost exception's mechanism, and extensions to it (EXCMETA-07). */
  readonly mechanism?: Mechanism | undefined
  /** Where it was noticed. Default: a call of the application's. For integrations. */
  readonly boundary?: ExceptionBoundary | undefined
  /**
   * Where the capture stands in the program: its stack is used for what has none of its own.
   *
   * @internal
   */
  readonly callSite?: Error | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Captures a `Cause`, an `Exit`, an error or anything thrown as one `$exception` event. The same error captured again
   * yields the first event's id and no second event. An interruption is refused.
   */
  readonly captureException: (
    input: unknown,
    options?: CaptureExceptionOptions
  ) => Effect.Effect<CaptureOutcome>
  /** Does a frame that does not say so itself capture the failures that leave it? */
  readonly captureExceptionsByDefault: boolean
  /**
   * Sends everything that is not delivered yet, without a promise: the process ends when this returns, at the latest after
   * so many milliseconds.
   *
   * @internal
   */
  readonly flushAtExit?: ((timeoutMillis: number) => void) | undefined
}

/**
 * @since 0.1.0
 * @category tags
 */
export class ExceptionCapture extends Context.Tag("effect-posthog/ExceptionCapture")<ExceptionCapture, Service>() {}

/**
 * Captures a `Cause`, an error or anything thrown as one `$exception` event of the current scope (seed 000 §4). What has no
 * stack of its own, such as a text, gets that of this call.
 *
 * @example
 * import { Effect } from "effect"
 * import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"
 *
 * const program = Effect.fail(new Error("no stock")).pipe(
 *   Effect.tapErrorCause((cause) => ExceptionCapture.capture(cause, { properties: { sku: "A-1" } }))
 * )
 *
 * @since 0.1.0
 * @category constructors
 */
export const capture = (
  input: unknown,
  options?: CaptureExceptionOptions
): Effect.Effect<CaptureOutcome, never, ExceptionCapture> => {
  const said = hasStack(input) ? options : withCallSite(options)
  return Effect.flatMap(ExceptionCapture, (service) => service.captureException(input, said))
}

/** Does it bring a stack of its own? What cannot be looked at does not. */
const hasStack = (input: unknown): boolean => {
  if (typeof input !== "object" || input === null) {
    return false
  }
  try {
    return Cause.isCause(input) || Exit.isExit(input) ||
      ("stack" in input && typeof input.stack === "string" && input.stack !== "")
  } catch {
    return false
  }
}

/** The place of the call: by the time the effect runs, the stack is the runtime's. */
const withCallSite = (options: CaptureExceptionOptions | undefined): CaptureExceptionOptions | undefined => {
  try {
    if (options?.callSite !== undefined) {
      return options
    }
    const callSite = new Error()
    Error.captureStackTrace(callSite, capture)
    return { ...options, callSite }
  } catch {
    // options that cannot be read are the service's to refuse
    return options
  }
}

/**
 * Captures the cause of an effect that fails, once, if there is at least one typed failure in it. The effect goes on
 * unchanged, with the very same cause.
 *
 * Together with `captureDefects`, and inside a scope that captures, it still makes one event.
 *
 * @example
 * import { Effect } from "effect"
 * import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"
 *
 * const program = Effect.fail(new Error("no stock")).pipe(
 *   ExceptionCapture.captureFailures({ level: "warning" }),
 *   Effect.catchAll(() => Effect.succeed("later"))
 * )
 *
 * @since 0.1.0
 * @category combinators
 */
export const captureFailures: {
  (
    options?: CaptureExceptionOptions
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | ExceptionCapture>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: CaptureExceptionOptions
  ): Effect.Effect<A, E, R | ExceptionCapture>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: CaptureExceptionOptions) =>
    captureCause(self, Cause.isFailure, options)
)

/**
 * Captures the cause of an effect that dies, once, if there is at least one defect in it. The effect goes on unchanged,
 * with the very same cause.
 *
 * @example
 * import { Effect } from "effect"
 * import * as ExceptionCapture from "effect-posthog/scope/ExceptionCapture"
 *
 * const program = Effect.die(new Error("this cannot happen")).pipe(ExceptionCapture.captureDefects())
 *
 * @since 0.1.0
 * @category combinators
 */
export const captureDefects: {
  (
    options?: CaptureExceptionOptions
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | ExceptionCapture>
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    options?: CaptureExceptionOptions
  ): Effect.Effect<A, E, R | ExceptionCapture>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(self: Effect.Effect<A, E, R>, options?: CaptureExceptionOptions) => captureCause(self, Cause.isDie, options)
)

const captureCause = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  holds: (cause: Cause.Cause<E>) => boolean,
  options: CaptureExceptionOptions | undefined
): Effect.Effect<A, E, R | ExceptionCapture> =>
  Effect.tapErrorCause(self, (cause) =>
    holds(cause)
      // a client of the user's own making may die: the original failure goes on all the same
      ? Effect.exit(Effect.flatMap(ExceptionCapture, (service) => service.captureException(cause, options)))
      : Effect.void)
