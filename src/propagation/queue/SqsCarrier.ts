/**
 * Amazon SQS: message attributes, of which a message has ten at most; and what arrives there by way of SNS.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as Name from "../HeaderNames.js"
import * as HeaderValue from "../text/HeaderValue.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/**
 * An attribute that holds a text.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextAttribute {
  readonly DataType: "String"
  readonly StringValue: string
}

/**
 * Attributes that a message may have.
 *
 * @since 0.1.0
 * @category limits
 */
export const maxAttributes = 10

/**
 * The one attribute that holds all headers, as a JSON object, where there is no room for one each.
 *
 * @since 0.1.0
 * @category names
 */
export const packedName = "x-posthog-propagation"

/**
 * The names to ask for when receiving (`MessageAttributeNames`): SQS leaves out what it is not asked for.
 *
 * @example
 * import * as SqsCarrier from "effect-posthog/propagation/queue/SqsCarrier"
 *
 * const receive = { QueueUrl: "https://sqs.example/orders", MessageAttributeNames: [...SqsCarrier.attributeNames] }
 *
 * @since 0.1.0
 * @category names
 */
export const attributeNames: ReadonlyArray<string> = [
  packedName,
  Name.correlationId,
  Name.parentCorrelationId,
  Name.serviceName,
  Name.clientService,
  Name.clientVersion,
  Name.operationName,
  Name.userId,
  Name.requestId,
  Name.distinctId,
  Name.sessionId,
  Name.contextTags,
  Name.traceparent,
  Name.tracestate,
  Name.baggage
]

/**
 * The attributes (`MessageAttributes`) with the headers: an attribute each if all of them fit beside the application's
 * own, otherwise all in one; where ten are there already, the attributes as they are. None of the application's is ever
 * left out, and none of ours in part.
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <A = never>(
  attributes: Readonly<Record<string, A>> | undefined,
  headers: Readonly<Record<string, string>>
): Record<string, A | TextAttribute> => {
  const isReplaced = HeaderOverlay.replacedBy(headers)
  const own = Object.entries(HeaderOverlay.copy(attributes)).filter(([name]) =>
    name !== packedName && !isReplaced(name)
  )
  const each = Object.entries(headers).filter(([, value]) => value !== "").map(([name, value]) => [name, text(value)])
  const ours = own.length + each.length <= maxAttributes
    ? each
    : own.length < maxAttributes
    ? [[packedName, text(JSON.stringify(headers))]]
    : []
  // what is copied are values of the attributes that were given
  return Object.fromEntries([...own, ...ours]) as Record<string, A | TextAttribute>
}

const text = (value: string): TextAttribute => ({ DataType: "String", StringValue: value })

/**
 * The headers of a received message: from its attributes, as the SDK (`MessageAttributes`) and as Lambda
 * (`messageAttributes`) names them, or from a notification of SNS in its body, which has them as `{ Type, Value }`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (message: unknown): Readonly<Record<string, unknown>> => {
  const attributes = HeaderOverlay.property(message, "MessageAttributes") ??
    HeaderOverlay.property(message, "messageAttributes")
  const headers = headersOf(attributes)
  return Object.keys(headers).length > 0
    ? headers
    : headersOf(HeaderOverlay.property(notification(message), "MessageAttributes"))
}

/**
 * The body of a message; of one that came by way of SNS the body that was published there.
 *
 * @since 0.1.0
 * @category conversions
 */
export const body = (message: unknown): unknown => {
  const published = HeaderOverlay.property(notification(message), "Message")
  return typeof published === "string" ? published : bodyOf(message)
}

const bodyOf = (message: unknown): unknown =>
  HeaderOverlay.property(message, "Body") ?? HeaderOverlay.property(message, "body")

/** No message of SQS is longer. */
const maxBody = 1024 * 1024

const notification = (message: unknown): unknown => {
  const body = bodyOf(message)
  if (typeof body !== "string" || body.length > maxBody || !body.includes("\"Notification\"")) {
    return undefined
  }
  const value = GuardedRead.guarded((): unknown => JSON.parse(body))
  return HeaderOverlay.property(value, "Type") === "Notification" ? value : undefined
}

const headersOf = (attributes: unknown): Record<string, unknown> => {
  const result: Record<string, unknown> = Object.create(null)
  for (const [name, attribute] of Object.entries(HeaderOverlay.copy(attributes))) {
    const value = HeaderOverlay.property(attribute, "StringValue") ??
      HeaderOverlay.property(attribute, "stringValue") ?? HeaderOverlay.property(attribute, "Value")
    if (typeof value === "string") {
      result[name] = value
    }
  }
  const packed = result[packedName]
  return { ...HeaderOverlay.copy(typeof packed === "string" ? unpacked(packed) : undefined), ...result }
}

const unpacked = (packed: string): unknown =>
  packed.length <= HeaderValue.maxListLength ? GuardedRead.guarded((): unknown => JSON.parse(packed)) : undefined
