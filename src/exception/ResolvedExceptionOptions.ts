/**
 * The options for exceptions with every default filled in.
 *
 * @since 0.1.0
 */
import { atLeast } from "../domain/AtLeast.js"
import type { ExceptionOptions } from "./ExceptionOptions.js"
import type { RateLimitOptions } from "./limits/RateLimitOptions.js"
import type { RedactionOptions } from "./privacy/RedactionOptions.js"

export interface ResolvedExceptionOptions {
  /** `undefined` for no source lines. */
  readonly context: {
    readonly lines: number
    readonly maxLineLength: number
  } | undefined
  readonly files: {
    readonly maxFileBytes: number
    readonly maxFiles: number
    readonly maxBytes: number
  }
  readonly sourceMaps: boolean
  readonly isInApp: ((path: string) => boolean) | undefined
  readonly maxFrames: number
  readonly maxMessageLength: number
  readonly maxEventBytes: number
  readonly rateLimit: RateLimitOptions | false
  readonly redaction: RedactionOptions | false
  /** Bytes; 0 for no steps. */
  readonly maxStepBytes: number
}

export const resolve = (options: ExceptionOptions = {}): ResolvedExceptionOptions => {
  const context = options.sourceContext === false ? undefined : options.sourceContext ?? {}
  return {
    context: context === undefined ? undefined : {
      lines: Math.min(atLeast(0, context.lines, 5), 10),
      maxLineLength: atLeast(20, context.maxLineLength, 140)
    },
    files: {
      maxFileBytes: atLeast(0, context?.maxFileBytes, 10 * 1024 * 1024),
      maxFiles: atLeast(1, context?.maxFiles, 200),
      maxBytes: atLeast(0, context?.maxCachedBytes, 32 * 1024 * 1024)
    },
    sourceMaps: options.sourceMaps ?? false,
    isInApp: options.isInApp,
    maxFrames: Math.min(atLeast(1, options.maxFrames, 50), 50),
    maxMessageLength: atLeast(64, options.maxMessageLength, 8192),
    maxEventBytes: atLeast(16 * 1024, options.maxEventBytes, 512 * 1024),
    rateLimit: options.rateLimit ?? {},
    redaction: options.redaction ?? {},
    maxStepBytes: options.steps === false ? 0 : atLeast(0, options.steps?.maxBytes, 32_768)
  }
}
