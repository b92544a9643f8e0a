/**
 * Kafka, through `kafkajs` and clients with the same form of headers.
 *
 * @since 0.1.0
 */
import * as HeaderOverlay from "./HeaderOverlay.js"

/**
 * The message with the headers, over those of the same name.
 *
 * @example
 * import * as KafkaCarrier from "effect-posthog/propagation/queue/KafkaCarrier"
 *
 * KafkaCarrier.inject({ value: "{}" }, { "x-correlation-id": "corr_1" })
 * // { value: "{}", headers: { "x-correlation-id": "corr_1" } }
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <M extends object>(
  message: M,
  headers: Readonly<Record<string, string>>
): M & { readonly headers: Record<string, string> } =>
  // a copy of the message; besides the texts there are only the headers that the application gave it
  ({
    ...HeaderOverlay.copy(message),
    headers: HeaderOverlay.over(HeaderOverlay.property(message, "headers"), headers)
  }) as M & { readonly headers: Record<string, string> }

/**
 * The headers of a received message: their values are Buffers, or arrays of them, which `Propagation.extract` reads.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (message: unknown): Readonly<Record<string, unknown>> =>
  HeaderOverlay.copy(HeaderOverlay.property(message, "headers"))
