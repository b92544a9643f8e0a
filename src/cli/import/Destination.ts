/**
 * Where an import goes and how: options first, then `POSTHOG_…` of the configuration.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import * as Compression from "../../delivery/Compression.js"
import * as PosthogConfig from "../../PosthogConfig.js"
import * as ResolvedOptions from "../../ResolvedOptions.js"
import { CliError } from "../CliError.js"
import type * as Connection from "../Connection.js"

export interface Destination extends ResolvedOptions.ResolvedOptions {
  readonly host: string
  readonly apiKey: Redacted.Redacted
}

const optional = <A>(config: Config.Config<A>): Config.Config<A | undefined> =>
  Config.map(Config.option(config), Option.getOrUndefined)

/** What of the configuration an import heeds, and where its defaults are more patient than a client's. */
const configured = Config.all({
  compression: optional(Config.literal(...Compression.kinds)("POSTHOG_COMPRESSION")),
  maxBatchBytes: optional(Config.integer("POSTHOG_MAX_BATCH_BYTES")),
  maxEventBytes: optional(Config.integer("POSTHOG_MAX_EVENT_BYTES")),
  maxRetries: Config.withDefault(Config.integer("POSTHOG_MAX_RETRIES"), 8),
  retryDelay: optional(Config.duration("POSTHOG_RETRY_DELAY")),
  maxRetryDelay: optional(Config.duration("POSTHOG_MAX_RETRY_DELAY")),
  requestTimeout: Config.withDefault(Config.duration("POSTHOG_REQUEST_TIMEOUT"), Duration.seconds(30))
})

/** How lines become events needs no destination: a dry run has none. */
export const lineSettings = Effect.gen(function*() {
  const disableGeoip = yield* Config.withDefault(Config.boolean("POSTHOG_DISABLE_GEOIP"), true)
  const { maxBatchBytes, maxEventBytes } = ResolvedOptions.resolve(yield* configured)
  return { disableGeoip, maxBatchBytes, maxEventBytes }
}).pipe(Effect.mapError((error) => invalid(error.message)))

export const resolve = (given: Connection.Given): Effect.Effect<Destination, CliError> =>
  Effect.gen(function*() {
    const options = ResolvedOptions.resolve(yield* configured)
    const host = PosthogConfig.normalizeHost(yield* textOf(given.host, "POSTHOG_HOST"))
    if (host === undefined) {
      return yield* new CliError({ reason: "invalidOption", message: "The host is no http or https address." })
    }
    const apiKey = yield* textOf(given.apiKey, "POSTHOG_API_KEY")
    if (apiKey === undefined) {
      return yield* new CliError({
        reason: "missingOption",
        message: "Which project? Set POSTHOG_API_KEY, or pass --api-key, to the project's API key, phc_…"
      })
    }
    return { ...options, host, apiKey: Redacted.make(apiKey) }
  }).pipe(Effect.catchTag("ConfigError", (error) => invalid(error.message)))

/** Tells one destination from another, and the key to nobody. */
export const fingerprint = ({ apiKey, host }: Destination): string =>
  createHash("sha256").update(`${host}\n${Redacted.value(apiKey)}`).digest("hex")

const invalid = (message: string) => new CliError({ reason: "invalidOption", message })

/** A blank variable is one that is not set. */
const textOf = (given: Option.Option<string>, name: string) =>
  Effect.map(
    Option.match(given, {
      onNone: () => Effect.orElseSucceed(Config.string(name), () => ""),
      onSome: Effect.succeed
    }),
    (text) => text.trim() === "" ? undefined : text.trim()
  )
