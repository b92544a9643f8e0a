/**
 * RabbitMQ and other brokers of AMQP 0-9-1, through `amqplib`.
 *
 * @since 0.1.0
 */
import * as Name from "../HeaderNames.js"
import * as HeaderText from "../text/HeaderText.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/** A short string of AMQP: `amqplib` throws on a longer one. */
const maxShortString = 255

/**
 * The publish options with the headers in `options.headers`, over those of the same name. The native `correlationId` is
 * set too, unless the application set it or the id has more than the 255 bytes that fit there.
 *
 * @example
 * import * as AmqpCarrier from "effect-posthog/propagation/queue/AmqpCarrier"
 *
 * AmqpCarrier.inject({ persistent: true }, { "x-correlation-id": "corr_1" })
 * // { persistent: true, headers: { "x-correlation-id": "corr_1" }, correlationId: "corr_1" }
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <O extends object>(
  options: O,
  headers: Readonly<Record<string, string>>
): O & { readonly headers?: Record<string, unknown>; readonly correlationId?: string } => {
  const result = HeaderOverlay.copy(options)
  const merged = HeaderOverlay.over(result["headers"], headers)
  const correlationId = HeaderText.read(headers[Name.correlationId])
  if (Object.keys(merged).length > 0) {
    result["headers"] = merged
  }
  if (
    correlationId !== undefined && result["correlationId"] === undefined &&
    Buffer.byteLength(correlationId) <= maxShortString
  ) {
    result["correlationId"] = correlationId
  }
  // a copy of the options, and of what is set above the types are those of amqplib
  return { ...result } as unknown as O & { readonly headers?: Record<string, unknown>; readonly correlationId?: string }
}

/**
 * The headers of a message as `amqplib` delivers it; there are none unless the sender set some. The native
 * `correlationId` stands for the header where that is missing.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (message: unknown): Readonly<Record<string, unknown>> => {
  const properties = HeaderOverlay.property(message, "properties")
  const headers = HeaderOverlay.copy(HeaderOverlay.property(properties, "headers"))
  const native = HeaderOverlay.property(properties, "correlationId")
  const isNamed = Object.keys(headers).some((name) =>
    name === "correlation_id" || name.toLowerCase() === Name.correlationId
  )
  if (!isNamed && typeof native === "string") {
    headers[Name.correlationId] = native
  }
  return headers
}
