/**
 * The sections of an evaluation context (seed 002). Every field but the bags may be missing: a scope or a caller often
 * knows one of them and not the others.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type { JsonObject } from "../../domain/JsonValue.js"
import { Count, CountryCode, emptyBag, IpAddress, JsonBag, Moment, Text, TextBag } from "./ContextFields.js"
import { eitherSpelling } from "./Spelling.js"

const text = Schema.optional(Text)
const textAs = <Key extends string>(key: Key) => text.pipe(Schema.fromKey(key))

/**
 * Who it is.
 *
 * @since 0.1.0
 * @category models
 */
export class UserContext extends Schema.Class<UserContext>("effect-posthog/UserContext")({
  id: text,
  anonymousId: textAs("anonymous_id"),
  email: text,
  name: text,
  /**
   * Segments, such as `beta-testers`; filters see them as the property `groups`. They are not PostHog's groups, which
   * name one key per type (`{ company: "acme" }`) and are the scope's. An empty list says nothing.
   */
  groups: Schema.optionalWith(Schema.Array(Text), { default: () => [] }),
  plan: text,
  createdAt: Schema.optional(Moment).pipe(Schema.fromKey("created_at")),
  /** Further properties of the user. */
  properties: Schema.optionalWith(JsonBag, { default: () => emptyBag })
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

/**
 * Kinds of devices.
 *
 * @since 0.1.0
 * @category models
 */
export const DeviceType = Schema.Literal("desktop", "mobile", "tablet", "tv", "watch", "bot", "unknown")

/**
 * @since 0.1.0
 * @category models
 */
export type DeviceType = typeof DeviceType.Type

/**
 * What it runs on.
 *
 * @since 0.1.0
 * @category models
 */
export class DeviceContext extends Schema.Class<DeviceContext>("effect-posthog/DeviceContext")({
  deviceType: Schema.optional(DeviceType).pipe(Schema.fromKey("device_type")),
  os: text,
  osVersion: textAs("os_version"),
  browser: text,
  browserVersion: textAs("browser_version"),
  /** Width and height: `1920x1080`. */
  screenResolution: textAs("screen_resolution"),
  manufacturer: text,
  model: text,
  /** Where it is not said, the type of the device says it. */
  isMobile: Schema.optional(Schema.Boolean).pipe(Schema.fromKey("is_mobile")),
  deviceId: textAs("device_id")
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

/**
 * Where it comes from.
 *
 * @since 0.1.0
 * @category models
 */
export class RequestContext extends Schema.Class<RequestContext>("effect-posthog/RequestContext")({
  ip: Schema.optional(IpAddress),
  /** ISO 3166-1 alpha-2: `DE`. */
  country: Schema.optional(CountryCode),
  region: text,
  city: text,
  timezone: text,
  locale: text,
  userAgent: textAs("user_agent"),
  referrer: text,
  url: text,
  path: text,
  queryParams: Schema.optionalWith(TextBag, { default: () => emptyBag }).pipe(
    Schema.fromKey("query_params")
  )
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

/**
 * Which application asks.
 *
 * @since 0.1.0
 * @category models
 */
export class ApplicationContext extends Schema.Class<ApplicationContext>("effect-posthog/ApplicationContext")({
  name: text,
  version: text,
  build: text,
  sdkName: textAs("sdk_name"),
  sdkVersion: textAs("sdk_version")
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

const count = <Key extends string>(key: Key) => Schema.optional(Count).pipe(Schema.fromKey(key))

/**
 * The session so far.
 *
 * @since 0.1.0
 * @category models
 */
export class SessionContext extends Schema.Class<SessionContext>("effect-posthog/SessionContext")({
  id: text,
  startedAt: Schema.optional(Moment).pipe(Schema.fromKey("started_at")),
  isFirstSession: Schema.optional(Schema.Boolean).pipe(Schema.fromKey("is_first_session")),
  pageViews: count("page_views"),
  eventsCount: count("events_count"),
  durationSeconds: count("duration_seconds")
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

/**
 * Where it is deployed; `development`, and not production, unless said otherwise.
 *
 * @since 0.1.0
 * @category models
 */
export class EnvironmentContext extends Schema.Class<EnvironmentContext>("effect-posthog/EnvironmentContext")({
  name: Schema.optionalWith(Text, { default: () => "development" }),
  isProduction: Schema.optionalWith(Schema.Boolean, { default: () => false }).pipe(
    Schema.fromKey("is_production")
  ),
  region: text,
  instanceId: textAs("instance_id")
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)
}

/**
 * The data of an evaluation context, which is what its readers need of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextData {
  readonly user?: UserContext | undefined
  readonly device?: DeviceContext | undefined
  readonly request?: RequestContext | undefined
  readonly application?: ApplicationContext | undefined
  readonly session?: SessionContext | undefined
  readonly environment: EnvironmentContext
  readonly custom: JsonObject
  readonly timestamp?: DateTime.Utc | undefined
}
