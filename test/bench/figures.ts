/** How the benchmarks turn measurements into figures, and what they were measured with. */
import { readFileSync } from "node:fs"

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const round = (value: number): number => Number(value.toPrecision(4))

/** The version in a manifest, whose path is seen from here. */
export const version = (manifest: string): string => {
  const { version } = JSON.parse(readFileSync(new URL(manifest, import.meta.url), "utf8")) as { version: string }
  return version
}
