/**
 * Versions as texts (FLAGS-LOCAL-61, -62).
 *
 * @since 0.1.0
 */

/** A component is a `bigint` only where it is beyond 2^53, so that equal ones are identical. */
export type Component = number | bigint

export interface Version {
  readonly major: Component
  readonly minor: Component
  readonly patch: Component
  readonly prerelease: ReadonlyArray<string>
  readonly build: ReadonlyArray<string>
}

/** What `semver_wildcard` reads: components from the left, as many as are written. */
export interface PartialVersion {
  readonly components: ReadonlyArray<Component>
  readonly prerelease: ReadonlyArray<string>
  readonly isWildcard: boolean
}

const form = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s

/** Missing components are 0, leading zeros do not count. */
export const parse = (text: string): Version | undefined => {
  const parts = form.exec(normalize(text))
  const core = parts?.[1]?.split(".")
  const prerelease = identifiers(parts?.[2], isPrereleaseIdentifier)
  const build = identifiers(parts?.[3], isIdentifier)
  if (core === undefined || core.length > 3 || prerelease === undefined || build === undefined) {
    return undefined
  }
  const major = component(core[0] ?? "")
  const minor = component(core[1] ?? "0")
  const patch = component(core[2] ?? "0")
  return major === undefined || minor === undefined || patch === undefined
    ? undefined
    : { major, minor, patch, prerelease, build }
}

/** FLAGS-LOCAL-65: wildcards stand at the end, and what stands before them is not padded. */
export const parsePartial = (text: string): PartialVersion | undefined => {
  const trimmed = normalize(text)
  const parts = form.exec(trimmed)
  const core = parts?.[1]?.split(".") ?? []
  const prerelease = identifiers(parts?.[2], isPrereleaseIdentifier)
  const build = identifiers(parts?.[3], isIdentifier)
  const written = core.filter((part) => !isWildcard(part))
  const components = written.map(component)
  const isPlain = parts?.[2] === undefined && parts?.[3] === undefined
  if (
    core.length === 0 || core.length > 3 || prerelease === undefined || build === undefined ||
    core.slice(0, written.length).some(isWildcard) ||
    // `*` stands alone, and only a whole version has more than its core
    (written.length === 0 && core.length > 1) || (written.length < 3 && !isPlain)
  ) {
    return undefined
  }
  return components.every((part) => part !== undefined)
    ? { components, prerelease, isWildcard: written.length < core.length }
    : undefined
}

const isWildcard = (part: string): boolean => part === "*" || part === "x" || part === "X"

/** One small `v`, only where it comes first; then white space around the rest. */
const normalize = (text: string): string => trim(text.startsWith("v") ? text.slice(1) : text)

const space = /\p{White_Space}/u

const trim = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && space.test(text.charAt(start))) {
    start++
  }
  while (end > start && space.test(text.charAt(end - 1))) {
    end--
  }
  return text.slice(start, end)
}

const digits = /^[0-9]+$/
const maxComponent = 2n ** 64n - 1n

const component = (text: string): Component | undefined => {
  if (!digits.test(text)) {
    return undefined
  }
  if (text.length <= 15) {
    return Number(text)
  }
  const significant = text.replace(/^0+/, "")
  if (significant.length > 20) {
    return undefined
  }
  const big = BigInt(significant)
  return big > maxComponent ? undefined : big > Number.MAX_SAFE_INTEGER ? big : Number(big)
}

const none: ReadonlyArray<string> = []

/** None where there is no such part; `undefined` where it is not well-formed, as when it is empty. */
const identifiers = (
  part: string | undefined,
  isValid: (identifier: string) => boolean
): ReadonlyArray<string> | undefined => {
  if (part === undefined) {
    return none
  }
  const all = part.split(".")
  return all.every(isValid) ? all : undefined
}

const identifier = /^[0-9A-Za-z-]+$/

const isIdentifier = (text: string): boolean => identifier.test(text)

const isPrereleaseIdentifier = (text: string): boolean =>
  isIdentifier(text) && !(text.length > 1 && text.startsWith("0") && digits.test(text))
