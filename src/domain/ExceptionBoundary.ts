/**
 * Where exceptions are noticed: each boundary has a category, and defaults for what the exception itself does not say
 * (EXCMETA-10 to EXCMETA-14, EXCMETA-26 to EXCMETA-32).
 *
 * @since 0.1.0
 */
import type { ExceptionLevel } from "./ExceptionLevel.js"

/**
 * A boundary. What is not known about it is left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExceptionBoundary {
  /** The capture category: `generic`, `logger`, `middleware`, `task`, `onuncaughtexception`, … (EXCMETA-10). */
  readonly category: string
  /** Did application code deal with the failure, or did it escape? (EXCMETA-14) */
  readonly handled?: boolean | undefined
  /** The hook, as `<technology>.<stable_hook>` in lower case; none for a call of the application's (EXCMETA-12). */
  readonly source?: string | undefined
  readonly level?: ExceptionLevel | undefined
  /** Captures here stand under the rate limit: nobody wrote a call for each of them. */
  readonly limited?: boolean | undefined
}

/**
 * A call in the application's code (EXCMETA-26).
 *
 * @since 0.1.0
 * @category boundaries
 */
export const manual: ExceptionBoundary = { category: "generic", handled: true, level: "error" }

/**
 * A failure that leaves a scope of its own accord.
 *
 * @since 0.1.0
 * @category boundaries
 */
export const scope: ExceptionBoundary = {
  category: "generic",
  handled: false,
  source: "effect.with_scope",
  level: "error"
}

/**
 * A line in the log that carries a cause: its level is the line's (EXCMETA-27).
 *
 * @since 0.1.0
 * @category boundaries
 */
export const logger: ExceptionBoundary = { category: "logger", handled: true, source: "effect.logger", limited: true }

/**
 * A fiber that ended with a failure while nobody was waiting for it (EXCMETA-31).
 *
 * @since 0.1.0
 * @category boundaries
 */
export const fiber: ExceptionBoundary = {
  category: "task",
  handled: false,
  source: "effect.unhandled_fiber",
  level: "error",
  limited: true
}

/**
 * An exception that nobody caught and that ends the process (EXCMETA-32, EXCMETA-35).
 *
 * @since 0.1.0
 * @category boundaries
 */
export const uncaughtException: ExceptionBoundary = {
  category: "onuncaughtexception",
  handled: false,
  source: "node.process_uncaught_exception",
  level: "fatal",
  limited: true
}

/**
 * A rejected promise that nobody handled and that ends the process; where the process goes on, the level is `error`.
 *
 * @since 0.1.0
 * @category boundaries
 */
export const unhandledRejection: ExceptionBoundary = {
  category: "onunhandledrejection",
  handled: false,
  source: "node.process_unhandled_rejection",
  level: "fatal",
  limited: true
}

/**
 * The same boundary where the process survives (EXCMETA-32).
 *
 * @since 0.1.0
 * @category boundaries
 */
export const survived = (self: ExceptionBoundary): ExceptionBoundary => ({ ...self, level: "error" })
