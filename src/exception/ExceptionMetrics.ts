/**
 * What the exceptions of a process keep in memory, as Effect metrics.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Bytes that are kept of source files, source maps and finished frames: at most three times `maxCachedBytes`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const cachedBytes = Metric.gauge("posthog_exception_cached_bytes")

/**
 * Automatically captured exceptions that the rate limit held back.
 *
 * @since 0.1.0
 * @category metrics
 */
export const suppressed = Metric.counter("posthog_exceptions_suppressed", { incremental: true })
