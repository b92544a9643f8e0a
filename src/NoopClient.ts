/**
 * A client that does nothing: every call is refused as `disabled`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { FlushReport } from "./delivery/Delivery.js"
import * as Ledger from "./delivery/Ledger.js"
import { type CaptureOutcome, type ImmediateOutcome, refused } from "./domain/CaptureOutcome.js"
import * as FlagsClient from "./flags/FlagsClient.js"
import type { Service } from "./PosthogService.js"

const nothing: FlushReport = { delivered: 0, dropped: 0, pending: 0 }

export const make: Effect.Effect<Service> = Effect.sync(() => {
  const disabled: Effect.Effect<CaptureOutcome> = Effect.succeed(refused("disabled"))
  const disabledAtOnce: Effect.Effect<ImmediateOutcome> = Effect.succeed(refused("disabled"))
  let optedOut = false
  return {
    captureExceptionsByDefault: false,
    capture: () => disabled,
    captureImmediate: () => disabledAtOnce,
    captureAi: () => disabled,
    captureAiImmediate: () => disabledAtOnce,
    set: () => disabled,
    setOnce: () => disabled,
    unset: () => disabled,
    identify: () => disabled,
    alias: () => disabled,
    groupIdentify: () => disabled,
    captureException: () => disabled,
    featureFlags: FlagsClient.noop,
    optIn: Effect.sync(() => {
      optedOut = false
    }),
    optOut: Effect.sync(() => {
      optedOut = true
    }),
    isOptedOut: Effect.sync(() => optedOut),
    flush: Effect.succeed(nothing),
    flushWithin: () => Effect.succeed(nothing),
    shutdown: Effect.succeed(nothing),
    stats: Effect.succeed(Ledger.nothing)
  }
})
