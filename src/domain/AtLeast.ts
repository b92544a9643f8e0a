/**
 * A number among the options.
 *
 * @since 0.1.0
 */

/** A number below its least sensible value, or none at all, is that value or the default. */
export const atLeast = (least: number, value: number | undefined, fallback: number): number =>
  value === undefined || Number.isNaN(value) ? fallback : Math.max(least, Math.floor(value))
