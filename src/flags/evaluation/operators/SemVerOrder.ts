/**
 * Which version is the later one (FLAGS-LOCAL-63).
 *
 * @since 0.1.0
 */
import type { Component, Version } from "./SemVerText.js"

/** Negative, 0 or positive. Build metadata counts: 0 is only for versions that are the same in everything. */
export const compare = (a: Version, b: Version): number =>
  compareCore(a, b) || comparePrereleases(a.prerelease, b.prerelease) ||
  compareLists(a.build, b.build, compareBuildIdentifiers)

export const compareComponents = (a: Component, b: Component): number => (a < b ? -1 : a > b ? 1 : 0)

/** A version comes after its prereleases. */
export const comparePrereleases = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number =>
  a.length === 0 || b.length === 0
    ? Math.sign(b.length - a.length)
    : compareLists(a, b, compareIdentifiers)

const compareCore = (a: Version, b: Version): number =>
  compareComponents(a.major, b.major) || compareComponents(a.minor, b.minor) || compareComponents(a.patch, b.patch)

/** The first difference decides; what goes on longer is later. */
const compareLists = (
  a: ReadonlyArray<string>,
  b: ReadonlyArray<string>,
  compareItems: (a: string, b: string) => number
): number => {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) {
    const order = compareItems(a[i] ?? "", b[i] ?? "")
    if (order !== 0) {
      return order
    }
  }
  return Math.sign(a.length - b.length)
}

const digits = /^[0-9]+$/

/** Numbers by value, before all that is not one. */
const compareIdentifiers = (a: string, b: string): number => {
  const isNumber = digits.test(a)
  if (isNumber !== digits.test(b)) {
    return isNumber ? -1 : 1
  }
  return isNumber ? compareNumbers(a, b) : compareTexts(a, b)
}

/** Here a number may have leading zeros: of equal ones the shorter comes first. */
const compareBuildIdentifiers = (a: string, b: string): number =>
  compareIdentifiers(a, b) || Math.sign(a.length - b.length)

const compareNumbers = (a: string, b: string): number => {
  const x = a.replace(/^0+/, "")
  const y = b.replace(/^0+/, "")
  return Math.sign(x.length - y.length) || compareTexts(x, y)
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
