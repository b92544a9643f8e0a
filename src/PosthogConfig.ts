/**
 * The client's options, their defaults, and how they are read from a `ConfigProvider`.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Compression from "./delivery/Compression.js"
import type { Overflow } from "./delivery/Overflow.js"
import type { CaptureMode } from "./delivery/Routes.js"
import type { DroppedEvent } from "./domain/DropReason.js"
import type { Properties } from "./domain/PropertyValue.js"
import type { BeforeSend } from "./event/BeforeSend.js"
import type { ExceptionOptions } from "./exception/ExceptionOptions.js"
import type { FlagsOptions } from "./flags/FlagsOptions.js"
import * as ServiceSection from "./scope/sections/ServiceSection.js"
import type { WaitUntil } from "./WaitUntil.js"

/**
 * The options of a client. Only the project's API key is needed (SETUP-01).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The project's API key, `phc_…`. A blank one makes an inert client and an error in the log (SETUP-08). */
  readonly apiKey: Redacted.Redacted
  /** A `phx_` personal or `phs_` project key, for feature flag definitions. Never sent with events (SETUP-09). */
  readonly secretKey?: Redacted.Redacted | undefined
  /** Where PostHog is. Default `https://us.i.posthog.com`; the app's own addresses are mapped to it (SETUP-07). */
  readonly host?: string | undefined
  /** A batch is sent as soon as this many events wait. Default 100. */
  readonly flushAt?: number | undefined
  /** A lone event waits no longer than this. Default 5 seconds. */
  readonly flushInterval?: Duration.DurationInput | undefined
  /** Events in one request. Default 500. */
  readonly maxBatchSize?: number | undefined
  /**
   * Bytes of one request before compression, unless a single event is larger; a batch is also sent as soon as this much
   * waits. Default 2 MiB.
   */
  readonly maxBatchBytes?: number | undefined
  /** Bytes of one event. A larger one is refused. Default 900 KiB (LIMIT-08). */
  readonly maxEventBytes?: number | undefined
  /** The same of `captureAi`. Default 8 MiB (LIMIT-07). */
  readonly maxAiEventBytes?: number | undefined
  /** Requests of events that are under way at the same time. Default 4. */
  readonly maxConcurrentRequests?: number | undefined
  /** Events that may wait. Default 250,000 (LIMIT-01 asks for 10,000 at least). */
  readonly maxBufferedEvents?: number | undefined
  /** Bytes that may wait. Default 128 MiB. */
  readonly maxBufferedBytes?: number | undefined
  /** What happens when either is reached. Default `dropNewest`. */
  readonly overflow?: Overflow | undefined
  /** How often a failed request is repeated before its events wait for the next pause to end. Default 3. */
  readonly maxRetries?: number | undefined
  /** The longest delay before the first repetition; it may double with each further one. Default 1 second. */
  readonly retryDelay?: Duration.DurationInput | undefined
  /** Default 30 seconds. */
  readonly maxRetryDelay?: Duration.DurationInput | undefined
  /** After the repetitions are used up, the next attempt comes no sooner. Default 20 seconds. */
  readonly retryPause?: Duration.DurationInput | undefined
  /** For one request, until its answer has been read. Default 10 seconds. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** How long closing may take. What is undelivered then is dropped and reported. Default 30 seconds. */
  readonly shutdownTimeout?: Duration.DurationInput | undefined
  /** Default `gzip`. `zstd` needs Node 22.15; where it is missing, an error in the log says so and `gzip` stands in. */
  readonly compression?: Compression.Compression | undefined
  /**
   * How events are sent: `v0` to `/batch/`, `v1` to `/i/v1/analytics/events`, where PostHog answers for each of them
   * (HTTP-36). Default `v0`.
   */
  readonly captureMode?: CaptureMode | undefined
  /** Marks everything that is sent as imported from the past. Default false. */
  readonly historicalMigration?: boolean | undefined
  /** An inert client: no event, no request. Default false. */
  readonly disabled?: boolean | undefined
  /** Start opted out; `optIn` changes it. Default false (SETUP-06, CONSENT-02). */
  readonly optedOut?: boolean | undefined
  /** Adds `$is_server: true`. Default true. */
  readonly isServer?: boolean | undefined
  /** Adds `$geoip_disable: true`: the sender's address is the server's, not a person's. Default true. */
  readonly disableGeoip?: boolean | undefined
  /** Adds the host's `$os`, `$os_version` and runtime. Default false (CAP-07). */
  readonly systemProperties?: boolean | undefined
  /** Properties of every captured event, below the scope's and the caller's (SUPER-01). */
  readonly superProperties?: Properties | undefined
  /** One hook or several, in order: the last word on every event (HOOK-04). */
  readonly beforeSend?: BeforeSend | ReadonlyArray<BeforeSend> | undefined
  /** Events that may wait for a before-send hook that is an Effect. Default 1,000. */
  readonly maxPreparing?: number | undefined
  /** Is told of every event that was captured and will never be delivered. */
  readonly onDropped?: ((dropped: DroppedEvent) => Effect.Effect<void>) | undefined
  /**
   * For platforms that stop a process once it has answered: is given a promise that ends when what was captured has been
   * flushed. It is called again only after that. Default: none.
   */
  readonly waitUntil?: WaitUntil | undefined
  /**
   * After every such time in which something was captured, an event `posthog delivery summary` says what became of all of
   * them. Default: never.
   */
  readonly deliverySummary?: Duration.DurationInput | undefined
  /**
   * For development: every event says, in a property `$inspect`, where its properties came from and which frames its scope
   * had. The page of `npx effect-posthog dev` shows it. Default false.
   */
  readonly inspect?: boolean | undefined
  /**
   * Do the wrappers of AI clients capture everything: media as it is, nothing shortened, to the address for AI events?
   * What is passed to `captureAi` is never changed (CAPAI-12). Default false.
   */
  readonly enableFullAiCapture?: boolean | undefined
  /** Do the wrappers of AI clients leave all input and output out, whatever else is set? Default false (CAPAI-14). */
  readonly aiPrivacyMode?: boolean | undefined
  /** Do scopes that do not say so themselves capture the failures that leave them? Default true. */
  readonly captureExceptions?: boolean | undefined
  /** How exceptions are told: frames, source lines, limits, redaction. */
  readonly exceptions?: ExceptionOptions | undefined
  /** Do a scope's tags become person properties in `set` and `setOnce`? Default true (seed 000 §7.1). */
  readonly tagsInSet?: boolean | undefined
  /** How feature flags are evaluated. */
  readonly featureFlags?: FlagsOptions | undefined
  /**
   * The service that this process is: it shows on every event as `service_name`, `service_version` and
   * `service_environment`, in flags as the application and the environment, and goes along to other processes. A scope's
   * own service wins (seed 001 §1.1).
   */
  readonly service?: ServiceSection.ServiceFields | undefined
}

/**
 * @since 0.1.0
 * @category constants
 */
export const defaultHost = "https://us.i.posthog.com"

/**
 * The address to send to: trimmed, without a slash at its end, the app's addresses mapped to those that take events
 * (SETUP-07). `undefined` where the text is no http(s) address.
 *
 * @since 0.1.0
 * @category conversions
 */
export const normalizeHost = (host: string | undefined): string | undefined => {
  const text = (host ?? "").trim().replace(/\/$/, "")
  if (text === "") {
    return defaultHost
  }
  switch (text) {
    case "https://app.posthog.com":
    case "https://us.posthog.com":
      return defaultHost
    case "https://eu.posthog.com":
      return "https://eu.i.posthog.com"
  }
  try {
    const { protocol } = new URL(text)
    return protocol === "https:" || protocol === "http:" ? text : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the options under `POSTHOG_`: `API_KEY` (needed), `HOST`, `SECRET_KEY` (or the older `PERSONAL_API_KEY`),
 * `DISABLED`, `OPTED_OUT`, `DISABLE_GEOIP`, `INSPECT`, `ENABLE_FULL_AI_CAPTURE`, `AI_PRIVACY_MODE`, `SYSTEM_PROPERTIES`, `CAPTURE_EXCEPTIONS`, `HISTORICAL_MIGRATION`,
 * `CAPTURE_MODE` (`v0` or `v1`), `COMPRESSION` (`gzip`, `deflate`, `br`, `zstd` or `none`), `OVERFLOW` (`dropNewest`,
 * `dropOldest` or `suspend`), the numbers `FLUSH_AT`, `MAX_BATCH_SIZE`, `MAX_BATCH_BYTES`, `MAX_EVENT_BYTES`,
 * `MAX_AI_EVENT_BYTES`, `MAX_BUFFERED_EVENTS`, `MAX_BUFFERED_BYTES`, `MAX_CONCURRENT_REQUESTS`, `MAX_RETRIES`, and the durations
 * (`5 seconds`) `FLUSH_INTERVAL`, `RETRY_DELAY`, `MAX_RETRY_DELAY`, `RETRY_PAUSE`, `REQUEST_TIMEOUT`,
 * `SHUTDOWN_TIMEOUT`, `DELIVERY_SUMMARY`. For exceptions: `EXCEPTIONS_SOURCE_CONTEXT`, `EXCEPTIONS_SOURCE_MAPS`, `EXCEPTIONS_MAX_FRAMES`,
 * `EXCEPTIONS_MAX_MESSAGE_LENGTH`, `EXCEPTIONS_MAX_EVENT_BYTES`, `EXCEPTIONS_RATE_LIMIT`. For the process's service:
 * `SERVICE_NAME`, `SERVICE_VERSION`, `SERVICE_ENVIRONMENT`. For feature flags:
 * `FLAGS_LOCAL_EVALUATION`, `FLAGS_POLL_INTERVAL`, `FLAGS_DEFINITIONS_FILE`, `FLAGS_OFFLINE`, `FLAGS_ONLY_LOCALLY`, `FLAGS_REQUEST_TIMEOUT`, `FLAGS_MAX_RETRIES`, `FLAGS_SEND_EVENTS`,
 * `FLAGS_EVALUATION_CONTEXTS` (a list with commas), `FLAGS_TIME_ZONE`.
 *
 * A missing or blank key, a host that is no address, a secret key that is a project's key and a compression that this Node
 * does not have are a `ConfigError`.
 *
 * @since 0.1.0
 * @category config
 */
export const fromEnv: Config.Config<Options> = Config.suspend(() =>
  Config.nested(
    Config.map(
      Config.all({
        apiKey: Config.validate(Config.redacted("API_KEY"), {
          message: "Expected the project's API key, phc_…",
          validation: (key): key is Redacted.Redacted => Redacted.value(key).trim() !== ""
        }),
        secretKey: optional(secretKey),
        host: optional(Config.mapOrFail(Config.string("HOST"), (text) =>
          Either.fromNullable(
            normalizeHost(text),
            () => ConfigError.InvalidData(["HOST"], "Expected an http or https address")
          ))),
        disabled: optional(Config.boolean("DISABLED")),
        optedOut: optional(Config.boolean("OPTED_OUT")),
        disableGeoip: optional(Config.boolean("DISABLE_GEOIP")),
        inspect: optional(Config.boolean("INSPECT")),
        enableFullAiCapture: optional(Config.boolean("ENABLE_FULL_AI_CAPTURE")),
        aiPrivacyMode: optional(Config.boolean("AI_PRIVACY_MODE")),
        systemProperties: optional(Config.boolean("SYSTEM_PROPERTIES")),
        captureExceptions: optional(Config.boolean("CAPTURE_EXCEPTIONS")),
        historicalMigration: optional(Config.boolean("HISTORICAL_MIGRATION")),
        captureMode: optional(Config.literal("v0", "v1")("CAPTURE_MODE")),
        compression: optional(compression),
        overflow: optional(Config.literal("dropNewest", "dropOldest", "suspend")("OVERFLOW")),
        flushAt: optional(Config.integer("FLUSH_AT")),
        maxBatchSize: optional(Config.integer("MAX_BATCH_SIZE")),
        maxBatchBytes: optional(Config.integer("MAX_BATCH_BYTES")),
        maxEventBytes: optional(Config.integer("MAX_EVENT_BYTES")),
        maxAiEventBytes: optional(Config.integer("MAX_AI_EVENT_BYTES")),
        maxConcurrentRequests: optional(Config.integer("MAX_CONCURRENT_REQUESTS")),
        maxBufferedEvents: optional(Config.integer("MAX_BUFFERED_EVENTS")),
        maxBufferedBytes: optional(Config.integer("MAX_BUFFERED_BYTES")),
        maxRetries: optional(Config.integer("MAX_RETRIES")),
        flushInterval: optional(Config.duration("FLUSH_INTERVAL")),
        retryDelay: optional(Config.duration("RETRY_DELAY")),
        maxRetryDelay: optional(Config.duration("MAX_RETRY_DELAY")),
        retryPause: optional(Config.duration("RETRY_PAUSE")),
        requestTimeout: optional(Config.duration("REQUEST_TIMEOUT")),
        shutdownTimeout: optional(Config.duration("SHUTDOWN_TIMEOUT")),
        deliverySummary: optional(Config.duration("DELIVERY_SUMMARY")),
        exceptions: Config.nested(exceptions, "EXCEPTIONS"),
        featureFlags: Config.nested(featureFlags, "FLAGS"),
        service: Config.nested(service, "SERVICE")
      }),
      (options): Options => options
    ),
    "POSTHOG"
  )
)

const optional = <A>(config: Config.Config<A>): Config.Config<A | undefined> =>
  Config.map(Config.option(config), Option.getOrUndefined)

const compression = Config.mapOrFail(
  Config.literal(...Compression.kinds)("COMPRESSION"),
  (kind) => {
    const problem = Compression.unsupported(kind)
    return problem === undefined ? Either.right(kind) : Either.left(ConfigError.InvalidData(["COMPRESSION"], problem))
  }
)

/** Options of more than yes and no: all that the environment can say of them is no. */
const unlessFalse = (name: string): Config.Config<false | undefined> =>
  Config.map(optional(Config.boolean(name)), (wanted) => wanted === false ? false : undefined)

const exceptions: Config.Config<ExceptionOptions> = Config.suspend(() =>
  Config.all({
    sourceContext: unlessFalse("SOURCE_CONTEXT"),
    sourceMaps: optional(Config.boolean("SOURCE_MAPS")),
    maxFrames: optional(Config.integer("MAX_FRAMES")),
    maxMessageLength: optional(Config.integer("MAX_MESSAGE_LENGTH")),
    maxEventBytes: optional(Config.integer("MAX_EVENT_BYTES")),
    rateLimit: unlessFalse("RATE_LIMIT")
  })
)

const featureFlags: Config.Config<FlagsOptions> = Config.suspend(() =>
  Config.all({
    localEvaluation: optional(Config.boolean("LOCAL_EVALUATION")),
    pollInterval: optional(Config.duration("POLL_INTERVAL")),
    definitionsFile: optional(Config.nonEmptyString("DEFINITIONS_FILE")),
    offline: optional(Config.boolean("OFFLINE")),
    onlyEvaluateLocally: optional(Config.boolean("ONLY_LOCALLY")),
    requestTimeout: optional(Config.duration("REQUEST_TIMEOUT")),
    maxRetries: optional(Config.integer("MAX_RETRIES")),
    sendEvents: optional(Config.boolean("SEND_EVENTS")),
    evaluationContexts: optional(Config.array(Config.nonEmptyString(), "EVALUATION_CONTEXTS")),
    timeZone: optional(Config.nonEmptyString("TIME_ZONE"))
  })
)

const service: Config.Config<ServiceSection.ServiceFields | undefined> = Config.suspend(() =>
  Config.map(
    Config.all({
      name: optional(Config.string("NAME")),
      version: optional(Config.string("VERSION")),
      environment: optional(Config.string("ENVIRONMENT"))
    }),
    ServiceSection.fromFields
  )
)

/**
 * Is this a project's key, which everybody may see, where a secret one is expected?
 *
 * @since 0.1.0
 * @category guards
 */
export const isProjectKey = (key: Redacted.Redacted): boolean => Redacted.value(key).includes("phc_")

const secretKey = Config.validate(
  Config.orElse(Config.redacted("SECRET_KEY"), () => Config.redacted("PERSONAL_API_KEY")),
  {
    message: "Expected a personal key, phx_…, or a project's secret key, phs_…, not its public one",
    validation: (key): key is Redacted.Redacted => !isProjectKey(key)
  }
)
