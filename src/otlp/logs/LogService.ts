/**
 * `LogCapture` over an intake.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Stats } from "../../delivery/RecordLedger.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as ActiveSpan from "../ActiveSpan.js"
import type { Service } from "./LogCapture.js"
import type { LogIntake } from "./LogIntake.js"

/** A service that captures nothing: logs are off, or the client is disabled. */
export const inert: Service = {
  captureLog: () => Effect.void,
  stats: Effect.succeed({ accepted: 0, sent: 0, dropped: {}, pending: 0, requests: 0 })
}

export const make = (intake: LogIntake, stats: () => Stats): Service => ({
  captureLog: (options) =>
    Effect.withFiberRuntime((fiber) => {
      const large = intake(options, {
        now: Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis(),
        scope: CurrentScope.unsafeGet(fiber),
        span: ActiveSpan.fromContext(fiber.currentContext)
      })
      return large.length === 0
        ? Effect.void
        : Effect.logDebug(`an integer of a log record is beyond int64 and sent as a text: ${large.join(", ")}`).pipe(
          Effect.annotateLogs({ package: "effect-posthog", module: "otlp" })
        )
    }),
  stats: Effect.sync(stats)
})
