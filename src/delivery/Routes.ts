/**
 * Which events go where.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import type { Route } from "./Delivery.js"
import * as AiBatch from "./protocol/AiBatch.js"
import * as AnalyticsV0 from "./protocol/AnalyticsV0.js"
import * as AnalyticsV1 from "./protocol/AnalyticsV1.js"

/**
 * How events are sent: `v0` to `/batch/`, `v1` to `/i/v1/analytics/events`, where PostHog answers for each of them.
 *
 * @since 0.1.0
 * @category models
 */
export type CaptureMode = "v0" | "v1"

/** About what a batch of AI events should have (CAPAI-16, LIMIT-07). */
const aiBatchBytes = 5 * 1024 * 1024

export const make = (options: {
  readonly mode: CaptureMode
  readonly apiKey: Redacted.Redacted
  readonly historicalMigration: boolean
  /** Of text, uncompressed. */
  readonly maxBatchBytes: number
}): ReadonlyArray<Route> => {
  const { maxBatchBytes, mode } = options
  const v0 = AnalyticsV0.make(options)
  const ai: Route = { lanes: ["ai"], protocol: AiBatch.make(options), maxBatchBytes: aiBatchBytes }
  return mode === "v0"
    ? [{ lanes: ["analytics", "legacyAi"], protocol: v0, maxBatchBytes }, ai]
    : [
      { lanes: ["analytics"], protocol: AnalyticsV1.make(options), maxBatchBytes },
      { lanes: ["legacyAi"], protocol: v0, maxBatchBytes },
      ai
    ]
}
