/**
 * The envelope of a message: the application's data, and where it comes from (seed 001 §4.2).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as AtLeast from "../../domain/AtLeast.js"
import * as BoundedText from "../../domain/BoundedText.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import * as Propagation from "../Propagation.js"
import { EnvelopeError } from "./EnvelopeError.js"
import * as Fields from "./EnvelopeFields.js"
import type { EnvelopePolicy } from "./EnvelopePolicy.js"

export {
  /** @since 0.1.0 */
  EnvelopeError
} from "./EnvelopeError.js"
export type {
  /** @since 0.1.0 */
  EnvelopeContext,
  /** @since 0.1.0 */
  EnvelopeMetadata
} from "./EnvelopeFields.js"
export type {
  /** @since 0.1.0 */
  EnvelopePolicy
} from "./EnvelopePolicy.js"

/**
 * A message. `context` has the seed's nine keys, `null` where nothing is set, and what our transport adds where there is
 * something to say: `distinct_id`, `session_id`, `context_tags`, `traceparent`, `tracestate`, `baggage`. `metadata` has
 * the seed's seven.
 *
 * @since 0.1.0
 * @category models
 */
export interface Envelope<out A> {
  readonly data: A
  readonly context: Fields.EnvelopeContext
  readonly metadata: Fields.EnvelopeMetadata
}

/**
 * The same as JSON.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedEnvelope<out I> {
  readonly data: I
  readonly context?: unknown
  readonly metadata?: unknown
}

/**
 * Envelopes around data of one schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Codec<in out A, in out I = A, out R = never> {
  /** Context and metadata are decoded from anything, field by field; the data as its own schema says. */
  readonly schema: Schema.Schema<Envelope<A>, EncodedEnvelope<I>, R>
  /** An envelope that comes from the current scope, the service of the process and the active span, published now. */
  readonly wrap: (data: A, options?: WrapOptions) => Effect.Effect<Envelope<A>>
  /** The JSON text of an envelope. */
  readonly stringify: (envelope: Envelope<A>) => Effect.Effect<string, EnvelopeError, R>
  /** `wrap` and `stringify` in one. */
  readonly encode: (data: A, options?: WrapOptions) => Effect.Effect<string, EnvelopeError, R>
  /** An envelope from a text, from bytes in UTF-8, or from what somebody parsed already. */
  readonly decode: (input: unknown) => Effect.Effect<Envelope<A>, EnvelopeError, R>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WrapOptions {
  /** What of the scope leaves. Default: correlation, service, operation, identity and trace. */
  readonly policy?: EnvelopePolicy | undefined
}

/**
 * Bytes that an envelope may have: 8 MiB.
 *
 * @since 0.1.0
 * @category limits
 */
export const defaultMaxBytes = 8 * 1024 * 1024

/**
 * The schema of an envelope around data.
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = <A, I, R>(data: Schema.Schema<A, I, R>): Schema.Schema<Envelope<A>, EncodedEnvelope<I>, R> =>
  // the struct's own type, which the compiler does not work out while A and I are open
  Schema.Struct({
    data,
    context: Schema.optionalWith(Context, { default: () => Fields.readContext(undefined) }),
    metadata: Schema.optionalWith(Metadata, { default: () => Fields.readMetadata(undefined) })
  }) as unknown as Schema.Schema<Envelope<A>, EncodedEnvelope<I>, R>

const Context = Schema.transform(Schema.Unknown, Fields.EnvelopeContext, {
  strict: true,
  decode: Fields.readContext,
  encode: (context) => context
})

const Metadata = Schema.transform(Schema.Unknown, Fields.EnvelopeMetadata, {
  strict: true,
  decode: Fields.readMetadata,
  encode: (metadata) => metadata
})

/**
 * Envelopes around data of this schema. `maxBytes` is checked both ways, for texts and bytes. Default 8 MiB.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import * as Envelope from "effect-posthog/propagation/queue/Envelope"
 *
 * const Orders = Envelope.make(Schema.Struct({ order: Schema.Number }))
 *
 * const program = Effect.gen(function*() {
 *   const body = yield* Orders.encode({ order: 7 })
 *   const { data, metadata } = yield* Orders.decode(body)
 *   return [data.order, metadata.publisher]
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I, R>(
  data: Schema.Schema<A, I, R>,
  options: { readonly maxBytes?: number | undefined } = {}
): Codec<A, I, R> => {
  const maxBytes = AtLeast.atLeast(0, options.maxBytes, defaultMaxBytes)
  const whole = schema(data)
  const decodeWhole = Schema.decodeUnknown(whole)
  const encodeData = Schema.encode(data)
  const wrap = (data: A, { policy = {} }: WrapOptions = {}): Effect.Effect<Envelope<A>> =>
    Effect.zipWith(
      Effect.zip(CurrentScope.get, Clock.currentTimeMillis),
      Propagation.current({ policy }),
      ([scope, now], propagated) => ({
        data,
        context: Fields.contextOf(propagated, Fields.operationOf(scope, policy)),
        metadata: Fields.metadataOf(propagated, now)
      })
    )
  const stringify = ({ context, data, metadata }: Envelope<A>): Effect.Effect<string, EnvelopeError, R> =>
    refusing(
      Effect.flatMap(Effect.suspend(() => encodeData(data)), (data) => {
        const json: string | undefined = JSON.stringify(data)
        if (json === undefined) {
          return new EnvelopeError({
            reason: "invalidData",
            problem: `JSON has no place for a value of ${typeof data}`
          })
        }
        const text = `{"data":${json},"context":${JSON.stringify(context)},"metadata":${JSON.stringify(metadata)}}`
        return within(text, Buffer.byteLength(text), maxBytes)
      }),
      ["data"]
    )
  return {
    schema: whole,
    wrap,
    stringify,
    encode: (data, options) => Effect.flatMap(wrap(data, options), stringify),
    decode: (input) => refusing(Effect.flatMap(Effect.flatMap(parse(input, maxBytes), envelope), decodeWhole))
  }
}

/**
 * Where an envelope comes from, as `Propagation.toScopeFields` takes it. Where the context has no correlation, that of the
 * metadata counts.
 *
 * @since 0.1.0
 * @category conversions
 */
export const propagated = <A>({ context, metadata }: Envelope<A>): Propagation.Propagated =>
  Fields.propagatedOf(context, metadata)

const utf8 = new TextDecoder("utf-8", { fatal: true })

const parse = (input: unknown, maxBytes: number): Effect.Effect<unknown, EnvelopeError> =>
  Effect.suspend(() => {
    if (typeof input === "string") {
      return Effect.flatMap(within(input, Buffer.byteLength(input), maxBytes), json)
    }
    return ArrayBuffer.isView(input) && input instanceof Uint8Array
      ? Effect.flatMap(within(input, input.byteLength, maxBytes), (bytes) => {
        const text = GuardedRead.guarded(() => utf8.decode(bytes))
        return text === undefined ? new EnvelopeError({ reason: "notJson", problem: "no UTF-8" }) : json(text)
      })
      : Effect.succeed(input)
  })

const within = <A>(value: A, bytes: number, maxBytes: number): Effect.Effect<A, EnvelopeError> =>
  bytes <= maxBytes
    ? Effect.succeed(value)
    : new EnvelopeError({ reason: "tooLarge", problem: `${bytes} bytes, of at most ${maxBytes}` })

const json = (text: string): Effect.Effect<unknown, EnvelopeError> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    // the parser's own words quote the message
    catch: () => new EnvelopeError({ reason: "notJson", problem: `a text of ${text.length} characters` })
  })

const envelope = (value: unknown): Effect.Effect<object, EnvelopeError> => {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  return isObject && Object.hasOwn(value, "data")
    ? Effect.succeed(value)
    : new EnvelopeError({
      reason: "notAnEnvelope",
      problem: isObject
        ? "an object without data"
        : Array.isArray(value)
        ? "an array"
        : value === null
        ? "null"
        : typeof value
    })
}

/** What a schema complains of, and what it throws, is a reason to refuse the message. */
const refusing = <A, E, R>(
  self: Effect.Effect<A, E | ParseResult.ParseError, R>,
  within: ReadonlyArray<string> = []
): Effect.Effect<A, E | EnvelopeError, R> =>
  self.pipe(
    Effect.catchIf(
      ParseResult.isParseError,
      (error) => new EnvelopeError({ reason: "invalidData", problem: places(error, within) })
    ),
    Effect.catchAllDefect(() => new EnvelopeError({ reason: "invalidData", problem: "it cannot be converted" }))
  )

const maxPlaces = 8

const maxPlaceLength = 128

/** Where something is wrong: the issues' own words quote the data. */
const places = ({ issue }: ParseResult.ParseError, within: ReadonlyArray<string>): string => {
  const issues = GuardedRead.guarded(() => ParseResult.ArrayFormatter.formatIssueSync(issue)) ?? []
  const names = issues.map(({ path }) => BoundedText.head([...within, ...path].map(String).join("."), maxPlaceLength))
  return [...new Set(names)].slice(0, maxPlaces).join(", ")
}
