/**
 * What an event must look like on the wire, and what the embedded PostHog keeps of it.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const utcPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|\+00:00)$/

/**
 * Whether a text is a UUID in its usual form, of any version, in any case.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isUuid = (text: string): boolean => uuidPattern.test(text)

/**
 * Whether a text is an ISO 8601 timestamp in UTC (`Z` or `+00:00`) of a day that exists.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isUtcTimestamp = (text: string): boolean => {
  if (!utcPattern.test(text)) {
    return false
  }
  const millis = Date.parse(text)
  // Date.parse turns 30 February into 2 March; written back, such a date is another one.
  return !Number.isNaN(millis) && new Date(millis).toISOString().slice(0, 19) === text.slice(0, 19)
}

const text = (demand: string, holds: (value: string) => boolean) =>
  Schema.declare((value: unknown): value is string => Predicate.isString(value) && holds(value), {
    message: () => ({ message: demand, override: true })
  })

/**
 * A string with something in it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NonEmptyText: Schema.Schema<string> = text("must be a string that is not empty", (value) => value !== "")

/**
 * A UUID of any version.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Uuid: Schema.Schema<string> = text("must be a UUID", isUuid)

/**
 * A moment as PostHog wants it, for example `2025-01-02T03:04:05.678Z`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UtcTimestamp: Schema.Schema<string> = text(
  "must be an ISO 8601 timestamp in UTC, like 2025-01-02T03:04:05.678Z",
  isUtcTimestamp
)

/**
 * A JSON object, kept by reference: none of its keys is copied, so a key named `__proto__` is a key and nothing more.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonObject: Schema.Schema<Readonly<Record<string, unknown>>> = Schema.declare(
  (value: unknown): value is Readonly<Record<string, unknown>> => Predicate.isRecord(value),
  { message: () => ({ message: "must be an object", override: true }) }
)

/**
 * A boolean.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Flag: Schema.Schema<boolean> = Schema.declare(Predicate.isBoolean, {
  message: () => ({ message: "must be true or false", override: true })
})

/**
 * The options of one event of capture v1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EventOptions = Schema.Struct({
  cookieless_mode: Schema.optionalWith(Flag, { exact: true }),
  disable_skew_correction: Schema.optionalWith(Flag, { exact: true }),
  process_person_profile: Schema.optionalWith(Flag, { exact: true }),
  product_tour_id: Schema.optionalWith(NonEmptyText, { exact: true })
}).annotations({ message: () => "must be an object" })

/**
 * The options of one event of capture v1.
 *
 * @since 0.1.0
 * @category models
 */
export type EventOptions = typeof EventOptions.Type

const eventFields = {
  event: NonEmptyText,
  distinct_id: NonEmptyText,
  uuid: Uuid,
  timestamp: UtcTimestamp,
  properties: JsonObject
}

/**
 * An event of the older endpoints and of the AI endpoint.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EventV0 = Schema.Struct(eventFields).annotations({ message: () => "must be an object" })

/**
 * An event of capture v1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EventV1 = Schema.Struct({
  ...eventFields,
  session_id: Schema.optionalWith(NonEmptyText, { exact: true }),
  window_id: Schema.optionalWith(NonEmptyText, { exact: true }),
  options: Schema.optionalWith(EventOptions, { exact: true })
}).annotations({ message: () => "must be an object" })

/**
 * An event that passed validation, with PostHog's own names.
 *
 * @since 0.1.0
 * @category models
 */
export type WireEvent = typeof EventV1.Type

/**
 * A stored event: what was on the wire, and when and how it came.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedEvent {
  readonly event: string
  readonly distinct_id: string
  /** As it was sent. */
  readonly uuid: string
  /** As it was sent. */
  readonly timestamp: string
  readonly properties: Readonly<Record<string, unknown>>
  /** Only with capture v1, and only if sent. */
  readonly options: EventOptions | undefined
  /** Only with capture v1, and only if sent: elsewhere it is the property `$session_id`. */
  readonly session_id: string | undefined
  /** Only with capture v1, and only if sent: elsewhere it is the property `$window_id`. */
  readonly window_id: string | undefined
  /** The project key it came with. */
  readonly apiKey: string
  /** The path of the request that brought it first. */
  readonly path: string
  /** `index` of the request that brought it first. */
  readonly requestIndex: number
  /** When that request arrived, in milliseconds since the epoch. */
  readonly receivedAt: number
}

/**
 * The problems of one value as sentences, each beginning with the path to the place.
 *
 * @since 0.1.0
 * @category validation
 */
export const problemsOf = (issue: ParseResult.ParseIssue, prefix = ""): ReadonlyArray<string> =>
  ParseResult.ArrayFormatter.formatIssueSync(issue).map(({ message, path }) => {
    const place = path.reduce<string>(
      (place, segment) =>
        Predicate.isNumber(segment)
          ? `${place}[${segment}]`
          : place === ""
          ? String(segment)
          : `${place}.${String(segment)}`,
      prefix
    )
    return place === "" ? message : `${place}: ${message}`
  })

const decodeV0 = ParseResult.decodeUnknownEither(EventV0, { errors: "all" })

const decodeV1 = ParseResult.decodeUnknownEither(EventV1, { errors: "all" })

/** How many malformed events of one batch are described; the rest is counted. */
const maxDescribed = 20

/**
 * Validates the events of a batch. `Left` holds what is wrong with it, at most twenty malformed events in detail.
 *
 * @since 0.1.0
 * @category validation
 */
export const decodeEvents = (
  values: ReadonlyArray<unknown>,
  options: { readonly version: 0 | 1; readonly place: (index: number) => string }
): Either.Either<ReadonlyArray<WireEvent>, ReadonlyArray<string>> => {
  const decode = options.version === 1 ? decodeV1 : decodeV0
  const events: Array<WireEvent> = []
  const problems: Array<string> = []
  let malformed = 0
  for (let i = 0; i < values.length; i++) {
    const decoded: Either.Either<WireEvent, ParseResult.ParseIssue> = decode(values[i])
    if (Either.isRight(decoded)) {
      events.push(decoded.right)
      continue
    }
    malformed++
    if (malformed <= maxDescribed) {
      for (const problem of problemsOf(decoded.left, options.place(i))) {
        problems.push(problem)
      }
    }
  }
  if (malformed > maxDescribed) {
    problems.push(`and ${malformed - maxDescribed} more malformed events`)
  }
  return malformed === 0 ? Either.right(events) : Either.left(problems)
}
