/**
 * How exceptions are told: options of the client, under `exceptions`.
 *
 * @since 0.1.0
 */
import type { RateLimitOptions } from "./limits/RateLimitOptions.js"
import type { RedactionOptions } from "./privacy/RedactionOptions.js"
import type { SourceContextOptions } from "./source/SourceContextOptions.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface ExceptionOptions {
  /** Lines of source around each frame; `false` for none. Default: five each side (EXC-08, LIMIT-03). */
  readonly sourceContext?: SourceContextOptions | false | undefined
  /** Read source maps, so that frames name the files that were written and not those that run? Default false. */
  readonly sourceMaps?: boolean | undefined
  /** Which files are the application's own. Default: all but Node's, `node_modules` and Effect's. */
  readonly isInApp?: ((path: string) => boolean) | undefined
  /** Frames of one stack, the innermost. Default 50 (LIMIT-10). */
  readonly maxFrames?: number | undefined
  /** UTF-16 units of one message; the rest is cut. Default 8,192. */
  readonly maxMessageLength?: number | undefined
  /**
   * Bytes of a whole event: source lines, then frames, then messages are given up until it fits. Default 512 KiB, at
   * least 16. An exception whose scope leaves no room for it is refused.
   */
  readonly maxEventBytes?: number | undefined
  /** Exceptions that may wait to be prepared. Default 1,000. */
  readonly maxPreparing?: number | undefined
  /** For what is captured automatically, for each type; `false` for no limit. Default: ten, then one every ten seconds. */
  readonly rateLimit?: RateLimitOptions | false | undefined
  /** What must not leave the process; `false` for everything may. Default: passwords, tokens, URLs' credentials, … */
  readonly redaction?: RedactionOptions | false | undefined
  /** Attach the steps that led to the exception? Default true, 32,768 bytes of them (STEPS-02). */
  readonly steps?: { readonly maxBytes?: number | undefined } | false | undefined
}
