/**
 * How severe an exception is.
 *
 * @since 0.1.0
 */

/**
 * The levels that PostHog knows (EXCMETA-23).
 *
 * @since 0.1.0
 * @category models
 */
export type ExceptionLevel = "fatal" | "error" | "warning" | "log" | "info" | "debug"

const levels: ReadonlyMap<string, ExceptionLevel> = new Map([
  ["fatal", "fatal"],
  ["critical", "fatal"],
  ["alert", "fatal"],
  ["emergency", "fatal"],
  ["error", "error"],
  ["warning", "warning"],
  ["warn", "warning"],
  ["log", "log"],
  ["notice", "info"],
  ["info", "info"],
  ["debug", "debug"],
  ["trace", "debug"]
])

/**
 * The level that a severity of any logger means, whatever its case; `undefined` for one that is not known (EXCMETA-24).
 *
 * @example
 * import { fromSeverity } from "effect-posthog/domain/ExceptionLevel"
 *
 * fromSeverity("WARN") // "warning"
 * fromSeverity("loud") // undefined
 *
 * @since 0.1.0
 * @category conversions
 */
export const fromSeverity = (severity: unknown): ExceptionLevel | undefined =>
  typeof severity === "string" ? levels.get(severity.trim().toLowerCase()) : undefined
