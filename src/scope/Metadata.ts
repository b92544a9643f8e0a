/**
 * What is noted about an operation: bounded, because whoever notes something rarely knows how large it is
 * (seed 001, pitfall 3).
 *
 * @since 0.1.0
 */
import * as BoundedText from "../domain/BoundedText.js"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"

/** Notes as a frame keeps them. */
export type Standing = ReadonlyMap<string, { readonly value: MetadataEntry | undefined }>

/** `bytes`: of its JSON text, key included. */
export interface MetadataEntry {
  readonly value: JsonValue
  readonly bytes: number
}

/** Notes that one request or operation may hold. */
export const maxEntries = 64

/** Bytes that one value may have as JSON. */
export const maxValueBytes = 1024

/** Bytes that the notes of one request or operation may have together, before values are replaced by their summaries. */
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
  const before = standing.get(omitted)?.value?.value
  let left = typeof before === "number" ? before : 0
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
      left++
      continue
    }
    const entry = entryOf(key, value, maxBytes - bytes + (replaced?.bytes ?? 0))
    bytes += entry.bytes - (replaced?.bytes ?? 0)
    entries += replaced === undefined ? 1 : 0
    kept.set(key, entry)
  }
  if (left > 0 && left !== before) {
    kept.set(omitted, { value: left, bytes: 0 })
  }
  return [...kept]
}

const entryOf = (key: string, value: JsonValue, room: number): MetadataEntry => {
  const json = JSON.stringify(value)
  const size = Buffer.byteLength(json)
  const bytes = key.length + size
  return size <= maxValueBytes && bytes <= room ? { value, bytes } : summary(key, value, size)
}

/** What stands for a value that is too large: of what kind it was, and how many bytes it would have had. */
const summary = (key: string, value: JsonValue, size: number): MetadataEntry => {
  const summarized: JsonObject = { data_type: typeOf(value), data_size: size }
  return { value: summarized, bytes: key.length + JSON.stringify(summarized).length }
}

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
