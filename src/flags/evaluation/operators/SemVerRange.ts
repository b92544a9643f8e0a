/**
 * Ranges of versions. They ignore build metadata, and let a prerelease in only where they name one of the same version
 * (FLAGS-LOCAL-63, -66).
 *
 * @since 0.1.0
 */
import { compareComponents, comparePrereleases } from "./SemVerOrder.js"
import type { Component, PartialVersion, Version } from "./SemVerText.js"

export type Range = (version: Version) => boolean

/** The same minor, from this patch on. */
export const tilde = (from: Version): Range =>
  within(from, (version) => version.major === from.major && version.minor === from.minor && isFrom(version, from))

/** The same leftmost component that is not 0. */
export const caret = (from: Version): Range =>
  within(
    from,
    (version) =>
      version.major === from.major &&
      (from.major !== 0 || version.minor === from.minor && (from.minor !== 0 || version.patch === from.patch)) &&
      isFrom(version, from)
  )

/** With a wildcard, what is written is the same; without one it is a caret range (FLAGS-LOCAL-65). */
export const wildcard = ({ components, isWildcard, prerelease }: PartialVersion): Range => {
  const [major, minor, patch] = components
  if (isWildcard || major === undefined) {
    return released((version) =>
      (major === undefined || version.major === major) && (minor === undefined || version.minor === minor)
    )
  }
  if (patch !== undefined && minor !== undefined) {
    return caret({ major, minor, patch, prerelease, build: [] })
  }
  // ^1 and ^0 are any minor, ^1.2 is from that minor on, ^0.2 is that minor
  return released((version) => version.major === major && (minor === undefined || isMinor(version.minor, major, minor)))
}

const isMinor = (minor: Component, major: Component, from: Component): boolean =>
  major === 0 ? minor === from : minor >= from

const released = (range: Range): Range => (version) => version.prerelease.length === 0 && range(version)

const within = (from: Version, range: Range): Range => (version) =>
  range(version) && (version.prerelease.length === 0 || from.prerelease.length > 0 && isSameCore(version, from))

const isSameCore = (a: Version, b: Version): boolean =>
  a.major === b.major && a.minor === b.minor && a.patch === b.patch

const isFrom = (version: Version, from: Version): boolean =>
  (compareComponents(version.minor, from.minor) || compareComponents(version.patch, from.patch) ||
    comparePrereleases(version.prerelease, from.prerelease)) >= 0
