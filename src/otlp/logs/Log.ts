/**
 * A log record as callers and hooks see it: plain values, not OTLP.
 *
 * @since 0.1.0
 */

/**
 * From the least severe to the most severe (LOG-02).
 *
 * @since 0.1.0
 * @category models
 */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "fatal"

/**
 * @since 0.1.0
 * @category models
 */
export interface Log {
  /** The text, or any value that says what happened. A blank one makes no record. */
  readonly body: unknown
  readonly level: Level
  /** With what the scope says. */
  readonly attributes: Readonly<Record<string, unknown>>
  /** 32 hexadecimal digits; left out where it is anything else. */
  readonly traceId?: string | undefined
  /** 16 hexadecimal digits; left out where it is anything else. */
  readonly spanId?: string | undefined
  /** W3C trace flags, 0 to 255. */
  readonly traceFlags?: number | undefined
}

/** Does this body say nothing (LOG-04)? */
export const isBlank = (body: unknown): boolean =>
  body === undefined || body === null || typeof body === "function" || typeof body === "symbol" ||
  (typeof body === "string" && body.trim() === "")

const severities: ReadonlyMap<unknown, number> = new Map([
  ["trace", 1],
  ["debug", 5],
  ["info", 9],
  ["warn", 13],
  ["error", 17],
  ["fatal", 21]
])

/** Number and text; what is no level is `info`. */
export const severity = (level: unknown): { readonly number: number; readonly text: string } => {
  const number = severities.get(level)
  return number === undefined ? { number: 9, text: "INFO" } : { number, text: String(level).toUpperCase() }
}
