/**
 * The service that turns what goes wrong into `$exception` events. The scope declares it, because leaving a scope with a
 * failure uses it; the room `exception` implements it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { CaptureOutcome } from "../domain/CaptureOutcome.js"
import type { Properties } from "../domain/PropertyValue.js"

/**
 * What can be said about an exception when it is captured.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaptureExceptionOptions {
  /** Whose exception it is. Default: the scope's distinct id, otherwise nobody's (personless). */
  readonly distinctId?: string | undefined
  /** Further properties. They cannot replace those that describe the exception. */
  readonly properties?: Properties | undefined
  /** Was it dealt with? Default: true. A failure that leaves a scope is reported as not handled. */
  readonly handled?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Captures a `Cause`, an error or anything thrown as one `$exception` event. The same error captured again yields the
   * first event's id and no second event. An interruption is refused.
   */
  readonly captureException: (
    input: unknown,
    options?: CaptureExceptionOptions
  ) => Effect.Effect<CaptureOutcome>
  /** Does a frame that does not say so itself capture the failures that leave it? */
  readonly captureExceptionsByDefault: boolean
}

/**
 * @since 0.1.0
 * @category tags
 */
export class ExceptionCapture extends Context.Tag("effect-posthog/ExceptionCapture")<ExceptionCapture, Service>() {}

/**
 * Captures a `Cause`, an error or anything thrown as one `$exception` event of the current scope (seed 000 §4).
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
): Effect.Effect<CaptureOutcome, never, ExceptionCapture> =>
  Effect.flatMap(ExceptionCapture, (service) => service.captureException(input, options))
