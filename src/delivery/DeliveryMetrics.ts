/**
 * What the client has done, as Effect metrics.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Events that were captured.
 *
 * @since 0.1.0
 * @category metrics
 */
export const captured = Metric.counter("posthog_events_captured", { incremental: true })

/**
 * Calls that made no event, tagged by `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refused = Metric.counter("posthog_events_refused", { incremental: true })

/**
 * Events that PostHog has taken.
 *
 * @since 0.1.0
 * @category metrics
 */
export const delivered = Metric.counter("posthog_events_delivered", { incremental: true })

/**
 * Events that will never be delivered, tagged by `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const dropped = Metric.counter("posthog_events_dropped", { incremental: true })

/**
 * Requests that were repeated.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries = Metric.counter("posthog_request_retries", { incremental: true })

/**
 * Log records and spans that PostHog has taken, tagged by `records`: `log records` or `spans`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const recordsSent = Metric.counter("posthog_records_sent", { incremental: true })

/**
 * Log records and spans that will never be sent, tagged by `records` and `reason`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const recordsDropped = Metric.counter("posthog_records_dropped", { incremental: true })
