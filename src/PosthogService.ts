/**
 * What a client can do.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { FlushReport } from "./delivery/Delivery.js"
import type { Stats } from "./delivery/Ledger.js"
import type { CaptureOutcome, ImmediateOutcome, Refused } from "./domain/CaptureOutcome.js"
import type { Properties } from "./domain/PropertyValue.js"
import type { CaptureOptions, GroupIdentifyOptions, IdentifyOptions, PersonOptions } from "./event/EventBuilder.js"
import type { FinishedEvent } from "./event/FinishedEvent.js"
import type { Service as FeatureFlagsService } from "./flags/FeatureFlags.js"
import type { Service as ExceptionCaptureService } from "./scope/ExceptionCapture.js"
import type { ServiceFields } from "./scope/sections/ServiceSection.js"
import type * as Signals from "./Signals.js"

/**
 * A PostHog client. Nothing in it fails: what could not be captured is an outcome, a log line and a counter.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service extends ExceptionCaptureService {
  readonly capture: (event: string, options?: CaptureOptions) => Effect.Effect<CaptureOutcome>
  readonly captureImmediate: (event: string, options?: CaptureOptions) => Effect.Effect<ImmediateOutcome>
  readonly captureAi: (event: string, options?: CaptureOptions) => Effect.Effect<CaptureOutcome>
  readonly captureAiImmediate: (event: string, options?: CaptureOptions) => Effect.Effect<ImmediateOutcome>
  readonly set: (properties: Properties, options?: PersonOptions) => Effect.Effect<CaptureOutcome>
  readonly setOnce: (properties: Properties, options?: PersonOptions) => Effect.Effect<CaptureOutcome>
  readonly unset: (
    names: string | ReadonlyArray<string>,
    options?: PersonOptions
  ) => Effect.Effect<CaptureOutcome>
  readonly identify: (distinctId: string, options?: IdentifyOptions) => Effect.Effect<CaptureOutcome>
  readonly alias: (distinctId: string, alias: string) => Effect.Effect<CaptureOutcome>
  readonly groupIdentify: (
    type: string,
    key: string | number,
    options?: GroupIdentifyOptions
  ) => Effect.Effect<CaptureOutcome>
  /** What `Flags` and the tag `FeatureFlags` give: flags evaluated with this client's options. */
  readonly featureFlags: FeatureFlagsService
  readonly optIn: Effect.Effect<void>
  readonly optOut: Effect.Effect<void>
  readonly isOptedOut: Effect.Effect<boolean>
  readonly flush: Effect.Effect<FlushReport>
  readonly flushWithin: (timeout: Duration.DurationInput) => Effect.Effect<FlushReport>
  readonly shutdown: Effect.Effect<FlushReport>
  readonly stats: Effect.Effect<Stats>
  /**
   * The service of the process, as the options name it.
   *
   * @internal
   */
  readonly processService?: ServiceFields | undefined
  /**
   * Takes out of an error's message what must not leave, as the options for exceptions say.
   *
   * @internal
   */
  readonly redactMessage?: ((text: string) => string) | undefined
  /**
   * How much the wrappers of AI clients capture. Absent: the least.
   *
   * @internal
   */
  readonly aiCapture?: { readonly full: boolean; readonly privacyMode: boolean } | undefined
  /** @internal */
  readonly [captureIn]?: CaptureIn
  /** @internal */
  readonly [captureTo]?: CaptureTo
  /** @internal */
  readonly [Signals.signals]?: Signals.Signals
}

/** What `Posthog.capture` finds in a client of ours: a capture for a caller that has the fiber at hand already. */
export const captureIn: unique symbol = Symbol.for("effect-posthog/PosthogClient/captureIn")

export type CaptureIn = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  event: string,
  options: CaptureOptions
) => Effect.Effect<CaptureOutcome>

/** What an outbox finds in a client of ours: a capture whose event is stored elsewhere than in the client's buffer. */
export const captureTo: unique symbol = Symbol.for("effect-posthog/PosthogClient/captureTo")

export type CaptureTo = <A, E>(
  event: string,
  options: CaptureOptions,
  store: (event: FinishedEvent) => Effect.Effect<A, E>
) => Effect.Effect<A | Refused, E>
