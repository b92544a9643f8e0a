/**
 * How much of the source a frame shows, and what may be kept of it.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface SourceContextOptions {
  /** Lines before and after the frame's own. Default 5; PostHog keeps at most 10 (EXC-08, LIMIT-03). */
  readonly lines?: number | undefined
  /** UTF-16 units of one line; a longer one is cut around the frame's column. Default 140. */
  readonly maxLineLength?: number | undefined
  /** A larger file is not read. Default 10 MiB (LIMIT-10). */
  readonly maxFileBytes?: number | undefined
  /** Files that are kept. Default 200. */
  readonly maxFiles?: number | undefined
  /** Bytes of files and of finished frames that are kept, each. Default 32 MiB. */
  readonly maxCachedBytes?: number | undefined
}
