/**
 * Builds an evaluation context step by step (seed 002).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type { Properties, PropertyValue } from "../../domain/PropertyValue.js"
import type { TimestampInput } from "../../event/Timestamp.js"
import { entries } from "../../scope/ScopeOptions.js"
import * as Input from "./ContextInput.js"
import { fromJsonEither } from "./ContextJson.js"
import type { DeviceType, EvaluationContext } from "./EvaluationContext.js"
import type { InvalidContext } from "./InvalidContext.js"

/**
 * What is known of a session, for `ContextBuilder.session`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionFields {
  readonly id?: string | undefined
  readonly startedAt?: TimestampInput | undefined
  readonly isFirstSession?: boolean | undefined
  readonly pageViews?: number | undefined
  readonly eventsCount?: number | undefined
  readonly durationSeconds?: number | undefined
}

/**
 * A fluent builder. It is immutable: each setter returns another builder, and the order of different setters does not
 * matter. Nothing is checked before `build`; what was set last under a name counts. Segments (`group`) are a set, kept
 * in the order of their text.
 *
 * @example
 * import * as ContextBuilder from "effect-posthog/flags/context/ContextBuilder"
 *
 * const context = ContextBuilder.make()
 *   .userId("user-123")
 *   .plan("premium")
 *   .group("beta-testers")
 *   .deviceType("desktop")
 *   .country("US")
 *   .environment("production", true)
 *   .build // Effect<EvaluationContext, InvalidContext>
 *
 * @since 0.1.0
 * @category models
 */
export class ContextBuilder {
  private readonly input: Input.ContextInput

  private constructor(input: Input.ContextInput) {
    this.input = input
  }

  /** A builder that has been told nothing. */
  static empty(): ContextBuilder {
    return new ContextBuilder(Input.empty)
  }

  userId(id: string): ContextBuilder {
    return this.with("user", { id })
  }

  anonymousId(anonymousId: string): ContextBuilder {
    return this.with("user", { anonymousId })
  }

  email(email: string): ContextBuilder {
    return this.with("user", { email })
  }

  /** The user's display name. */
  name(name: string): ContextBuilder {
    return this.with("user", { name })
  }

  plan(plan: string): ContextBuilder {
    return this.with("user", { plan })
  }

  /** When the account was created. */
  createdAt(at: TimestampInput): ContextBuilder {
    return this.with("user", { createdAt: Input.moment(at) })
  }

  /** One more segment of the user; PostHog's groups are the scope's (`setGroup`). */
  group(group: string): ContextBuilder {
    return new ContextBuilder(Input.addGroup(this.input, group))
  }

  groups(groups: Iterable<string>): ContextBuilder {
    return new ContextBuilder(Array.from(groups).reduce(Input.addGroup, this.input))
  }

  userProperty(key: string, value: PropertyValue): ContextBuilder {
    return this.put("properties", { [key]: value })
  }

  userProperties(properties: Properties): ContextBuilder {
    return this.put("properties", properties)
  }

  /** The type also says whether the device is mobile, unless `isMobile` does. */
  deviceType(deviceType: DeviceType): ContextBuilder {
    return this.with("device", { deviceType })
  }

  isMobile(isMobile: boolean): ContextBuilder {
    return this.with("device", { isMobile })
  }

  deviceId(deviceId: string): ContextBuilder {
    return this.with("device", { deviceId })
  }

  os(os: string, version?: string): ContextBuilder {
    return this.with("device", { os, osVersion: version })
  }

  browser(browser: string, version?: string): ContextBuilder {
    return this.with("device", { browser, browserVersion: version })
  }

  /** Width and height: `1920x1080`. */
  screenResolution(screenResolution: string): ContextBuilder {
    return this.with("device", { screenResolution })
  }

  manufacturer(manufacturer: string): ContextBuilder {
    return this.with("device", { manufacturer })
  }

  model(model: string): ContextBuilder {
    return this.with("device", { model })
  }

  ip(ip: string): ContextBuilder {
    return this.with("request", { ip })
  }

  /** ISO 3166-1 alpha-2: `DE`. */
  country(country: string): ContextBuilder {
    return this.with("request", { country })
  }

  region(region: string): ContextBuilder {
    return this.with("request", { region })
  }

  city(city: string): ContextBuilder {
    return this.with("request", { city })
  }

  timezone(timezone: string): ContextBuilder {
    return this.with("request", { timezone })
  }

  locale(locale: string): ContextBuilder {
    return this.with("request", { locale })
  }

  userAgent(userAgent: string): ContextBuilder {
    return this.with("request", { userAgent })
  }

  referrer(referrer: string): ContextBuilder {
    return this.with("request", { referrer })
  }

  url(url: string): ContextBuilder {
    return this.with("request", { url })
  }

  path(path: string): ContextBuilder {
    return this.with("request", { path })
  }

  queryParam(key: string, value: string): ContextBuilder {
    return this.put("queryParams", { [key]: value })
  }

  application(name: string, version: string): ContextBuilder {
    return this.with("application", { name, version })
  }

  /** The application's build number. */
  appBuild(build: string): ContextBuilder {
    return this.with("application", { build })
  }

  sdk(name: string, version?: string): ContextBuilder {
    return this.with("application", { sdkName: name, sdkVersion: version })
  }

  sessionId(id: string): ContextBuilder {
    return this.with("session", { id })
  }

  /** Those fields of the session that are given. */
  session({ startedAt, ...fields }: SessionFields): ContextBuilder {
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
    return this.with("session", startedAt === undefined ? given : { ...given, startedAt: Input.moment(startedAt) })
  }

  environment(name: string, isProduction: boolean): ContextBuilder {
    return this.with("environment", { name, isProduction })
  }

  /** The region of the deployment. */
  environmentRegion(region: string): ContextBuilder {
    return this.with("environment", { region })
  }

  instanceId(instanceId: string): ContextBuilder {
    return this.with("environment", { instanceId })
  }

  custom(key: string, value: PropertyValue): ContextBuilder {
    return this.put("custom", { [key]: value })
  }

  /** Of which moment the context is. Default: that of `build`. */
  timestamp(at: TimestampInput): ContextBuilder {
    return new ContextBuilder({ ...this.input, timestamp: Input.moment(at) })
  }

  /** The context, checked, and stamped with the time of the clock. */
  get build(): Effect.Effect<EvaluationContext, InvalidContext> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => this.checked(this.input.timestamp ?? Input.moment(now)))
  }

  /** The context, checked, now: of no moment unless `timestamp` says which. */
  get buildEither(): Either.Either<EvaluationContext, InvalidContext> {
    return this.checked(this.input.timestamp)
  }

  private checked(timestamp: unknown): Either.Either<EvaluationContext, InvalidContext> {
    return fromJsonEither(Input.toEncoded({ ...this.input, timestamp }))
  }

  private with(section: Parameters<typeof Input.set>[1], fields: { readonly [name: string]: unknown }): ContextBuilder {
    return new ContextBuilder(Input.set(this.input, section, fields))
  }

  private put(bag: Parameters<typeof Input.put>[1], properties: Properties): ContextBuilder {
    // as JSON now: what the caller does to the object later is not this builder's
    return new ContextBuilder(Input.put(this.input, bag, entries(properties)))
  }
}

/**
 * A builder that has been told nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): ContextBuilder => ContextBuilder.empty()
