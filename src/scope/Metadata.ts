/**
 * What is noted about an operation: bounded, because whoever notes something rarely knows how large it is
 * (seed 001, pitfall 3).
 *
 * @since 0.1.0
 */
import * as BoundedText from "../domain/BoundedText.js"
import { isJsonObject, type JsonObject, type JsonValue } from "../domain/JsonValue.js"

/** Notes as a frame keeps them. */
export type Standing = ReadonlyMap<string, { readonly value: MetadataEntry | undefined }>

/** `bytes`: of its JSON text, key included; 0 for what stands for a value that is too large, and for the count. */
export interface MetadataEntry {
  readonly value: JsonValue
  readonly bytes: number
}

/** Notes that one request or operation may hold. */
export const maxEntries = 64

/** Bytes that one value may have as JSON. */
export const maxValueBytes = 1024

/**
 * Bytes that the notes of one request or operation may have together; a value for which there is no room is summarized.
 * Summaries are small and do not count: so the same notes fit wherever, and in whichever order, they are noted again.
 */
export const maxBytes = 8 * 1024

const maxKeyLength = 128

/** Counts the notes for which there was no more room. */
export const omitted = "metadata_omitted"

/** The notes as they are kept beside those that stand already. */
export const bounded = (
  standing: Standing,
  notes: ReadonlyArray<readonly [key: string, value: JsonValue]>
): Array<readonly [key: string, entry: MetadataEntry]> => {
  const kept = new Map<string, MetadataEntry>()
  const before = countOf(standing.get(omitted)?.value?.value)
  let left = before
  let bytes = 0
  let entries = 0
  for (const [key, { value }] of standing) {
    if (value !== undefined && key !== omitted) {
      bytes += value.bytes
      entries++
    }
  }
  for (const [name, value] of notes) {
    const key = BoundedText.head(name, maxKeyLength)
    const replaced = kept.get(key) ?? standing.get(key)?.value
    if (key === omitted || (replaced === undefined && entries >= maxEntries)) {
      // notes that were kept elsewhere say themselves how many they lack
      left += key === omitted ? countOf(value) : 1
      continue
    }
    const entry = entryOf(key, value, maxBytes - bytes + (replaced?.bytes ?? 0))
    bytes += entry.bytes - (replaced?.bytes ?? 0)
    entries += replaced === undefined ? 1 : 0
    kept.set(key, entry)
  }
  if (left !== before) {
    kept.set(omitted, { value: left, bytes: 0 })
  }
  return [...kept]
}

const countOf = (value: JsonValue | undefined): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0

/**
 * Notes that came together from concurrent fibers, each within its bounds: as many of them as one fiber may keep. Those
 * that stood before stay; `undefined` where there is nothing to change.
 */
export const joined = (
  standing: Standing,
  all: Standing
): Array<readonly [key: string, entry: MetadataEntry | undefined]> | undefined => {
  let entries = 0
  let bytes = 0
  for (const [key, { value }] of all) {
    entries += value === undefined || key === omitted ? 0 : 1
    bytes += value?.bytes ?? 0
  }
  if (entries <= maxEntries && bytes <= maxBytes) {
    return undefined
  }
  const changed: Array<readonly [key: string, entry: MetadataEntry | undefined]> = []
  let left = 0
  for (const [key, { value }] of all) {
    const before = standing.get(key)?.value
    if (value === undefined || value === before || key === omitted) {
      continue
    }
    if (before === undefined && entries > maxEntries) {
      entries--
      bytes -= value.bytes
      left++
      changed.push([key, undefined])
    } else if (bytes > maxBytes && value.bytes > 0) {
      bytes -= value.bytes
      changed.push([key, summary(value.value, value.bytes - sizeOf(key))])
    }
  }
  if (left > 0) {
    changed.push([omitted, { value: left + countOf(all.get(omitted)?.value?.value), bytes: 0 }])
  }
  return changed
}

const entryOf = (key: string, value: JsonValue, room: number): MetadataEntry => {
  if (isSummary(value)) {
    return { value, bytes: 0 }
  }
  const size = sizeOf(value)
  const bytes = sizeOf(key) + size
  return size <= maxValueBytes && bytes <= room ? { value, bytes } : summary(value, size)
}

const sizeOf = (value: JsonValue): number => Buffer.byteLength(JSON.stringify(value))

/** What stands for a value that is too large: of what kind it was, and how many bytes it would have had. */
const summary = (value: JsonValue, size: number): MetadataEntry => {
  const summarized: JsonObject = { data_type: typeOf(value), data_size: size }
  return { value: summarized, bytes: 0 }
}

/** Was it summarized before, in another scope or process? */
const isSummary = (value: JsonValue): boolean =>
  isJsonObject(value) && Object.keys(value).length === 2 && types.has(value["data_type"]) &&
  typeof value["data_size"] === "number"

const types: ReadonlySet<unknown> = new Set(["string", "number", "boolean", "object", "array", "null"])

const typeOf = (value: JsonValue): string => Array.isArray(value) ? "array" : value === null ? "null" : typeof value

/** The notes without their sizes. */
export const values = (slots: Standing): JsonObject => {
  const result: Record<string, JsonValue> = Object.create(null)
  for (const [key, { value }] of slots) {
    if (value !== undefined) {
      result[key] = value.value
    }
  }
  return result
}
