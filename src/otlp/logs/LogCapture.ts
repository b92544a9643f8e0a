/**
 * Log records for PostHog: one by one, or whatever the program logs.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Stats } from "../../delivery/RecordLedger.js"
import type { EventFlags } from "../../event/EventFlags.js"
import type { Level } from "./Log.js"

export type {
  /** @since 0.1.0 */
  Level,
  /** @since 0.1.0 */
  Stats
}

/**
 * A log record. Person, session and sections are the scope's, time and active span are the fiber's.
 *
 * @since 0.1.0
 * @category models
 */
export interface CaptureLogOptions {
  /** What happened: a text, or any other value. A blank one makes no record. */
  readonly body: unknown
  /** Default: `info`. */
  readonly level?: Level | undefined
  /** They win over what the scope says. Null and undefined are left out. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
  /** 32 hexadecimal digits. Default: the active span's, unless `spanId` is given. */
  readonly traceId?: string | undefined
  /** 16 hexadecimal digits. Default: the active span's, unless `traceId` is given. */
  readonly spanId?: string | undefined
  /** W3C trace flags. Default: the active span's, unless an id is given. */
  readonly traceFlags?: number | undefined
  /** A snapshot of flags: those that are on become `feature_flags`. */
  readonly flags?: EventFlags | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  readonly captureLog: (options: CaptureLogOptions) => Effect.Effect<void>
  /** Where every record is now: `accepted = sent + dropped + pending`. */
  readonly stats: Effect.Effect<Stats>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class LogCapture extends Context.Tag("effect-posthog/otlp/LogCapture")<LogCapture, Service>() {}

/**
 * Captures a log record, at once and without waiting. It never fails; where logs are off it does nothing (LOG-01).
 *
 * @example
 * import { Effect } from "effect"
 * import * as LogCapture from "effect-posthog/otlp/logs/LogCapture"
 *
 * const program = Effect.gen(function*() {
 *   yield* LogCapture.captureLog({ body: "paid", level: "info", attributes: { total: 42 } })
 *   yield* LogCapture.warn("the warehouse is slow", { millis: 1200 })
 * })
 *
 * @since 0.1.0
 * @category capture
 */
export const captureLog = (options: CaptureLogOptions): Effect.Effect<void, never, LogCapture> =>
  Effect.flatMap(LogCapture, (service) => service.captureLog(options))

/**
 * Where every record is now.
 *
 * @since 0.1.0
 * @category lifecycle
 */
export const stats: Effect.Effect<Stats, never, LogCapture> = Effect.flatMap(LogCapture, (service) => service.stats)

type Attributes = Readonly<Record<string, unknown>>

const at = (level: Level) => (body: unknown, attributes?: Attributes): Effect.Effect<void, never, LogCapture> =>
  captureLog({ body, level, attributes })

/**
 * `captureLog` at the level `trace`.
 *
 * @since 0.1.0
 * @category capture
 */
export const trace: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("trace")

/**
 * `captureLog` at the level `debug`.
 *
 * @since 0.1.0
 * @category capture
 */
export const debug: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("debug")

/**
 * `captureLog` at the level `info`.
 *
 * @since 0.1.0
 * @category capture
 */
export const info: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("info")

/**
 * `captureLog` at the level `warn`.
 *
 * @since 0.1.0
 * @category capture
 */
export const warn: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("warn")

/**
 * `captureLog` at the level `error`.
 *
 * @since 0.1.0
 * @category capture
 */
export const error: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("error")

/**
 * `captureLog` at the level `fatal`.
 *
 * @since 0.1.0
 * @category capture
 */
export const fatal: (body: unknown, attributes?: Attributes) => Effect.Effect<void, never, LogCapture> = at("fatal")
