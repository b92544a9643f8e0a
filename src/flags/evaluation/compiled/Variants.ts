/**
 * The variants of a flag as ranges between 0 and 1.
 *
 * @since 0.1.0
 */
import type { VariantDefinition } from "../FlagDefinition.js"

export interface VariantRange {
  readonly key: string
  /** Included. */
  readonly from: number
  /** Excluded. */
  readonly to: number
}

/** Cumulative, in exactly this order of additions: that decides about the last bit (FLAGS-LOCAL-14). */
export const ranges = (variants: ReadonlyArray<VariantDefinition>): ReadonlyArray<VariantRange> => {
  let from = 0
  return variants.map(({ key, rollout_percentage: percentage }) => {
    const range = { key, from, to: from + percentage / 100 }
    from = range.to
    return range
  })
}

/** The position of the first range that holds the bucket, or -1. */
export const indexOf = (ranges: ReadonlyArray<VariantRange>, bucket: number): number => {
  for (let index = 0; index < ranges.length; index++) {
    const range = ranges[index]
    if (range !== undefined && bucket >= range.from && bucket < range.to) {
      return index
    }
  }
  return -1
}
