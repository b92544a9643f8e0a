/**
 * Keeps the log lines of a test.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"

/**
 * @since 0.1.0
 * @category models
 */
export interface LogLine {
  /** `DEBUG`, `INFO`, `WARN`, `ERROR` and so on. */
  readonly level: string
  readonly message: string
  readonly annotations: { readonly [key: string]: unknown }
  readonly cause: Cause.Cause<unknown>
}

export interface LogRecorder {
  readonly lines: () => ReadonlyArray<LogLine>
  readonly clear: () => void
  readonly logger: Logger.Logger<unknown, void>
}

export const make = (): LogRecorder => {
  let lines: Array<LogLine> = []
  return {
    lines: () => lines.slice(),
    clear: () => {
      lines = []
    },
    logger: Logger.make(({ annotations, cause, logLevel, message }) => {
      lines.push({
        level: logLevel.label,
        message: Array.isArray(message) ? message.map(String).join(" ") : String(message),
        annotations: Object.fromEntries(HashMap.toEntries(annotations)),
        cause
      })
    })
  }
}
