/**
 * The adapter that PostHog's compliance harness talks to: a small HTTP interface in front of the library's public API.
 * Every `/init` builds a client of its own, `/reset` closes it with nothing delivered.
 *
 * `POSTHOG_CAPTURE_MODE` (`v0` or `v1`) and `POSTHOG_ENCODING` (`gzip`, `deflate`, `br` or `zstd`) say what it can do: the
 * harness asks for the tests of the one or the other.
 */
import {
  FetchHttpClient,
  HttpClient,
  type HttpClientRequest,
  HttpRouter,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import {
  Clock,
  Config,
  Context,
  Duration,
  Effect,
  Either,
  Exit,
  Layer,
  Option,
  Record,
  Redacted,
  Ref,
  Schema,
  Scope,
  SynchronizedRef
} from "effect"
import { type Flags, Posthog, type PosthogConfig } from "effect-posthog"
import manifest from "../../package.json" with { type: "json" }
import * as Compression from "../../src/delivery/Compression.js"
import { decompress } from "../../src/devserver/Decompression.js"

/** Absent and null mean the same: the harness sends both. */
const nullish = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { nullable: true, as: "Option" as const })

const InitBody = Schema.Struct({
  api_key: Schema.String,
  host: Schema.String,
  flush_at: nullish(Schema.Int),
  flush_interval_ms: nullish(Schema.Number),
  max_retries: nullish(Schema.Int),
  enable_compression: nullish(Schema.Boolean),
  disable_geoip: nullish(Schema.Boolean),
  historical_migration: nullish(Schema.Boolean)
})

const CaptureBody = Schema.Struct({
  distinct_id: Schema.String,
  event: Schema.String,
  properties: nullish(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  timestamp: nullish(Schema.String),
  uuid: nullish(Schema.String),
  options: nullish(Schema.Struct({
    cookieless_mode: nullish(Schema.Boolean),
    disable_skew_correction: nullish(Schema.Boolean),
    process_person_profile: nullish(Schema.Boolean),
    product_tour_id: nullish(Schema.String)
  }))
})

/** What the harness calls options of an event are properties at the library's door. */
const optionProperties = (options: typeof CaptureBody.Type["options"]): Readonly<Record<string, boolean | string>> =>
  Option.match(options, {
    onNone: () => ({}),
    onSome: (given) =>
      Record.getSomes<string, boolean | string>({
        $cookieless_mode: given.cookieless_mode,
        $ignore_sent_at: given.disable_skew_correction,
        $process_person_profile: given.process_person_profile,
        $product_tour_id: given.product_tour_id
      })
  })

const FlagBody = Schema.Struct({
  key: Schema.String,
  distinct_id: Schema.String,
  person_properties: nullish(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  groups: nullish(Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Number) })),
  group_properties: nullish(
    Schema.Record({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })
  ),
  disable_geoip: nullish(Schema.Boolean)
})

const or = Option.getOrUndefined

/** What this run of the adapter can do. */
const declared = Config.all({
  captureMode: Config.withDefault(Config.literal("v0", "v1")("POSTHOG_CAPTURE_MODE"), "v0"),
  encoding: Config.withDefault(
    Config.validate(Config.literal("gzip", "deflate", "br", "zstd")("POSTHOG_ENCODING"), {
      message: `Expected an encoding that this version of Node has; zstd came with 22.15`,
      validation: Compression.isSupported
    }),
    "gzip"
  )
})

type Declared = Config.Config.Success<typeof declared>

const clientOptions = (
  { captureMode, encoding }: Declared,
  init: typeof InitBody.Type
): PosthogConfig.Options => ({
  apiKey: Redacted.make(init.api_key),
  host: init.host,
  flushAt: Option.getOrElse(init.flush_at, () => 100),
  flushInterval: Duration.millis(Option.getOrElse(init.flush_interval_ms, () => 500)),
  maxRetries: or(init.max_retries),
  captureMode,
  // gzip is all that the harness can read: the others are for the one test that asks for them
  compression: Option.getOrElse(init.enable_compression, () => encoding === "gzip") ? encoding : "none",
  disableGeoip: or(init.disable_geoip),
  historicalMigration: or(init.historical_migration),
  // what is queued at a reset is discarded, what is under way is abandoned
  shutdownTimeout: 0
})

/** A request to PostHog, as `/state` tells it. */
interface RequestMade {
  readonly timestamp_ms: number
  readonly status_code: number
  readonly retry_attempt: number
  readonly event_count: number
  readonly uuid_list: ReadonlyArray<string>
}

interface Session {
  readonly scope: Scope.CloseableScope
  readonly client: Posthog.Service
  readonly requests: Ref.Ref<ReadonlyArray<RequestMade>>
}

const Batch = Schema.decodeUnknownOption(
  Schema.parseJson(Schema.Struct({ batch: Schema.Array(Schema.Struct({ uuid: Schema.String })) }))
)

const sentUuids = (request: HttpClientRequest.HttpClientRequest): ReadonlyArray<string> => {
  if (request.body._tag !== "Uint8Array") {
    return []
  }
  const body = decompress(request.body.body, request.headers["content-encoding"], 64 * 1024 * 1024)
  return Either.isLeft(body) ? [] : Option.match(Batch(new TextDecoder().decode(body.right)), {
    onNone: () => [],
    onSome: ({ batch }) => batch.map(({ uuid }) => uuid)
  })
}

/** An HTTP client that writes down what it was asked and what came of it; no answer at all has the status 0. */
const recordingClient = (requests: Ref.Ref<ReadonlyArray<RequestMade>>) =>
  Effect.map(
    HttpClient.HttpClient,
    (client) =>
      HttpClient.transform(client, (effect, request) =>
        Effect.flatMap(Clock.currentTimeMillis, (timestamp_ms) => {
          const uuid_list = sentUuids(request)
          // a retry after partial results need not begin with the same event
          const attempt = request.headers["posthog-attempt"]
          const record = (status_code: number) =>
            Ref.update(requests, (made) => [...made, {
              timestamp_ms,
              status_code,
              retry_attempt: attempt === undefined
                ? made.filter((before) => before.uuid_list[0] === uuid_list[0]).length
                : Number(attempt) - 1,
              event_count: uuid_list.length,
              uuid_list
            }])
          return effect.pipe(
            Effect.tap((response) => record(response.status)),
            Effect.tapErrorCause(() => record(0))
          )
        }))
  )

const open = (options: PosthogConfig.Options): Effect.Effect<Session> =>
  Effect.gen(function*() {
    const requests = yield* Ref.make<ReadonlyArray<RequestMade>>([])
    const scope = yield* Scope.make()
    const httpClient = Layer.effect(HttpClient.HttpClient, recordingClient(requests)).pipe(
      Layer.provide(FetchHttpClient.layer)
    )
    const context = yield* Layer.buildWithScope(Posthog.layer(options).pipe(Layer.provide(httpClient)), scope)
    return { scope, client: Context.get(context, Posthog.Posthog), requests }
  })

const close = (session: Option.Option<Session>): Effect.Effect<void> =>
  Option.match(session, { onNone: () => Effect.void, onSome: ({ scope }) => Scope.close(scope, Exit.void) })

const json = (body: unknown, status = 200) => Effect.orDie(HttpServerResponse.json(body, { status }))

/**
 * The adapter's routes. `tuning` overrides what an `/init` asks for: our own tests wait less between retries than the
 * library does by default.
 */
export const makeRouter = (tuning: Partial<PosthogConfig.Options> = {}) =>
  Effect.gen(function*() {
    const able = yield* declared
    const session = yield* SynchronizedRef.make(Option.none<Session>())
    const current = SynchronizedRef.get(session)

    const captureRoute = (how: "capture" | "captureAi") =>
      Effect.gen(function*() {
        const { distinct_id: distinctId, event, options, properties, timestamp, uuid } = yield* HttpServerRequest
          .schemaBodyJson(CaptureBody)
        const outcome = yield* Effect.flatMap(
          current,
          Effect.transposeMapOption(({ client }) =>
            client[how](event, {
              distinctId,
              // parsed from JSON, so its values are property values
              properties: { ...or(properties), ...optionProperties(options) } as Posthog.CaptureOptions["properties"],
              timestamp: or(timestamp),
              uuid: or(uuid)
            })
          )
        )
        return yield* Option.match(outcome, {
          onNone: () => json({ success: false, error: "not initialized" }, 409),
          onSome: (outcome) =>
            outcome._tag === "Captured"
              ? json({ success: true, uuid: outcome.eventId })
              : json({ success: false, error: outcome.reason })
        })
      })

    // `force_remote` needs nothing: a client without a secret key has no definitions, and no value is cached
    const flag = ({ client }: Session, body: typeof FlagBody.Type) =>
      client.featureFlags.getFeatureFlag(body.key, body.distinct_id, {
        // parsed from JSON, so their values are property values
        personProperties: or(body.person_properties) as Posthog.CaptureOptions["properties"],
        groups: or(body.groups),
        groupProperties: or(body.group_properties) as Flags.FlagOptions["groupProperties"],
        disableGeoip: Option.getOrElse(body.disable_geoip, () => false)
      })

    return HttpRouter.empty.pipe(
      HttpRouter.get(
        "/health",
        json({
          sdk_name: manifest.name,
          sdk_version: manifest.version,
          adapter_version: "1.0.0",
          capabilities: [`capture_${able.captureMode}`, `encoding_${able.encoding}`, "capture_ai_v0"],
          supports_parallel: false
        })
      ),
      HttpRouter.post(
        "/init",
        Effect.gen(function*() {
          const body = yield* HttpServerRequest.schemaBodyJson(InitBody)
          yield* SynchronizedRef.updateEffect(session, (before) =>
            Effect.zipRight(close(before), Effect.asSome(open({ ...clientOptions(able, body), ...tuning }))))
          return yield* json({ success: true })
        })
      ),
      HttpRouter.post("/capture", captureRoute("capture")),
      HttpRouter.post("/capture_ai", captureRoute("captureAi")),
      HttpRouter.post(
        "/get_feature_flag",
        Effect.gen(function*() {
          const body = yield* HttpServerRequest.schemaBodyJson(FlagBody)
          const value = yield* Effect.flatMap(
            current,
            Effect.transposeMapOption((self) =>
              flag(self, body)
            )
          )
          return yield* Option.match(value, {
            onNone: () => json({ success: false, error: "not initialized" }, 409),
            onSome: (value) => json({ success: true, value: value ?? null })
          })
        })
      ),
      HttpRouter.post(
        "/flush",
        Effect.gen(function*() {
          const report = yield* Effect.flatMap(current, Effect.transposeMapOption(({ client }) => client.flush))
          return yield* json({
            success: Option.exists(report, ({ pending }) => pending === 0),
            events_flushed: Option.match(report, { onNone: () => 0, onSome: ({ delivered }) => delivered })
          })
        })
      ),
      HttpRouter.get(
        "/state",
        Effect.gen(function*() {
          const now = yield* current
          const stats = or(yield* Effect.transposeMapOption(now, ({ client }) => client.stats))
          const requests = yield* Option.match(now, {
            onNone: () => Effect.succeed([]),
            onSome: ({ requests }) => Ref.get(requests)
          })
          return yield* json({
            pending_events: stats?.pending ?? 0,
            total_events_captured: stats?.captured ?? 0,
            total_events_sent: stats?.delivered ?? 0,
            total_retries: stats?.retries ?? 0,
            last_error: stats?.lastError ?? null,
            requests_made: requests
          })
        })
      ),
      HttpRouter.post(
        "/reset",
        Effect.gen(function*() {
          yield* SynchronizedRef.updateEffect(session, (before) => Effect.as(close(before), Option.none()))
          return yield* json({ success: true })
        })
      ),
      HttpRouter.all("*", json({ success: false, error: "no such endpoint" }, 404)),
      HttpRouter.catchAll((error) => json({ success: false, error: error._tag }, 400))
    )
  })
