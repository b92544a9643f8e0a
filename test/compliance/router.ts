/**
 * The adapter that PostHog's compliance harness talks to: a small HTTP interface in front of the library's public API.
 * Every `/init` builds a client of its own, `/reset` closes it with nothing delivered.
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
  Context,
  Duration,
  Effect,
  Exit,
  Layer,
  Option,
  Redacted,
  Ref,
  Schema,
  Scope,
  SynchronizedRef
} from "effect"
import { type Flags, Posthog, type PosthogConfig } from "effect-posthog"
import { gunzipSync } from "node:zlib"
import manifest from "../../package.json" with { type: "json" }

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
  uuid: nullish(Schema.String)
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

const clientOptions = (init: typeof InitBody.Type): PosthogConfig.Options => ({
  apiKey: Redacted.make(init.api_key),
  host: init.host,
  flushAt: Option.getOrElse(init.flush_at, () => 100),
  flushInterval: Duration.millis(Option.getOrElse(init.flush_interval_ms, () => 500)),
  maxRetries: or(init.max_retries),
  compression: Option.getOrElse(init.enable_compression, () => true) ? "gzip" : "none",
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
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(request.body.body) : request.body.body
  return Option.match(Batch(new TextDecoder().decode(body)), {
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
          const record = (status_code: number) =>
            Ref.update(requests, (made) => [...made, {
              timestamp_ms,
              status_code,
              retry_attempt: made.filter((before) => before.uuid_list[0] === uuid_list[0]).length,
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

const nothingYet: Posthog.Stats = {
  captured: 0,
  delivered: 0,
  dropped: 0,
  pending: 0,
  requests: 0,
  retries: 0,
  lastError: undefined
}

/**
 * The adapter's routes. `tuning` overrides what an `/init` asks for: our own tests wait less between retries than the
 * library does by default.
 */
export const makeRouter = (tuning: Partial<PosthogConfig.Options> = {}) =>
  Effect.gen(function*() {
    const session = yield* SynchronizedRef.make(Option.none<Session>())
    const current = SynchronizedRef.get(session)

    const capture = (
      { client }: Session,
      { distinct_id: distinctId, event, properties, timestamp, uuid }: typeof CaptureBody.Type
    ) =>
      client.capture(event, {
        distinctId,
        // parsed from JSON, so its values are property values
        properties: or(properties) as Posthog.CaptureOptions["properties"],
        timestamp: or(timestamp),
        uuid: or(uuid)
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
          capabilities: ["capture_v0", "encoding_gzip"],
          supports_parallel: false
        })
      ),
      HttpRouter.post(
        "/init",
        Effect.gen(function*() {
          const body = yield* HttpServerRequest.schemaBodyJson(InitBody)
          yield* SynchronizedRef.updateEffect(session, (before) =>
            Effect.zipRight(close(before), Effect.asSome(open({ ...clientOptions(body), ...tuning }))))
          return yield* json({ success: true })
        })
      ),
      HttpRouter.post(
        "/capture",
        Effect.gen(function*() {
          const body = yield* HttpServerRequest.schemaBodyJson(CaptureBody)
          const outcome = yield* Effect.flatMap(
            current,
            Effect.transposeMapOption((self) =>
              capture(self, body)
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
      ),
      HttpRouter.post(
        "/get_feature_flag",
        Effect.gen(function*() {
          const body = yield* HttpServerRequest.schemaBodyJson(FlagBody)
          const value = yield* Effect.flatMap(current, Effect.transposeMapOption((self) => flag(self, body)))
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
          const stats = yield* Option.match(now, {
            onNone: () => Effect.succeed(nothingYet),
            onSome: ({ client }) => client.stats
          })
          const requests = yield* Option.match(now, {
            onNone: () => Effect.succeed([]),
            onSome: ({ requests }) => Ref.get(requests)
          })
          return yield* json({
            pending_events: stats.pending,
            total_events_captured: stats.captured,
            total_events_sent: stats.delivered,
            total_retries: stats.retries,
            last_error: stats.lastError ?? null,
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
