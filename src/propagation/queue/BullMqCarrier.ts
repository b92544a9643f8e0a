/**
 * BullMQ. A job has one place that goes through every retry and whatever else is set up as it was added: its data. (What
 * stands in `opts.telemetry.metadata` belongs to the telemetry adapter: it replaces it when a job is added, and again when
 * it is tried once more.)
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderValue from "../text/HeaderValue.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/**
 * The key in a job's data that the headers stand under.
 *
 * @since 0.1.0
 * @category names
 */
export const key = "_posthog"

/**
 * The job's data with the headers under a key of their own. Data that is no object has no place for them: send an
 * envelope then.
 *
 * @example
 * import * as BullMqCarrier from "effect-posthog/propagation/queue/BullMqCarrier"
 *
 * BullMqCarrier.inject({ order: 7 }, { "x-correlation-id": "corr_1" })
 * // { order: 7, _posthog: { "x-correlation-id": "corr_1" } }: queue.add("ship", data)
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <D extends object>(
  data: D,
  headers: Readonly<Record<string, string>>
): D & { readonly [key]: Readonly<Record<string, string>> } =>
  // a copy of the data with one key more
  ({ ...HeaderOverlay.copy(data), [key]: { ...headers } }) as D & { readonly [key]: Readonly<Record<string, string>> }

/**
 * The headers of a job. Those in its data win over what a telemetry adapter of the sender wrote, such as the
 * `traceparent` of `bullmq-otel`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (job: unknown): Readonly<Record<string, unknown>> => {
  const telemetry = HeaderOverlay.property(HeaderOverlay.property(job, "opts"), "telemetry")
  return {
    ...HeaderOverlay.copy(parsed(HeaderOverlay.property(telemetry, "metadata"))),
    ...HeaderOverlay.copy(HeaderOverlay.property(HeaderOverlay.property(job, "data"), key))
  }
}

const parsed = (metadata: unknown): unknown =>
  typeof metadata === "string" && metadata.length <= HeaderValue.maxListLength
    ? GuardedRead.guarded((): unknown => JSON.parse(metadata))
    : undefined
