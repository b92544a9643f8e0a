/**
 * Is there something to evaluate with?
 *
 * @since 0.1.0
 */
import { ProviderNotReadyError } from "@openfeature/server-sdk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { FeatureFlags } from "../flags/FeatureFlags.js"

/**
 * Waits for definitions where there are any to wait for. A client that uses none is ready: it asks PostHog for each
 * evaluation.
 */
export const awaitDefinitions = (
  timeout: Duration.DurationInput
): Effect.Effect<void, ProviderNotReadyError, FeatureFlags> =>
  Effect.gen(function*() {
    const { definitions } = yield* FeatureFlags
    if (yield* definitions.isReady) {
      return
    }
    // joins the first refresh where that is still under way
    const outcome = yield* Effect.timeoutOption(definitions.refresh, timeout)
    const isReady = yield* definitions.isReady
    if (!isReady && !Option.contains(outcome, "inactive")) {
      return yield* Effect.fail(
        new ProviderNotReadyError(`no flag definitions are loaded: ${Option.getOrElse(outcome, () => "timeout")}`)
      )
    }
  })
