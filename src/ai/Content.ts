/**
 * How content becomes a part of an event: as it is, or with placeholders for media and with bounds.
 *
 * @since 0.1.0
 */
import * as Encoding from "effect/Encoding"
import * as BoundedJson from "../domain/BoundedJson.js"
import * as BoundedText from "../domain/BoundedText.js"
import * as GuardedRead from "../domain/GuardedRead.js"
import type { JsonValue } from "../domain/Json.js"
import { bare } from "../domain/PlainJson.js"
import * as Media from "./Media.js"

export interface Content {
  /** The data of a file: text that is base64 or an address, or bytes. */
  readonly media: (data: unknown, mediaType: string) => unknown
  readonly text: (text: string) => string
  /** Anything as JSON; `share` of the bytes that an event may have. */
  readonly json: (value: unknown, share: number) => JsonValue | undefined
}

/** UTF-16 units of one text. */
const maxTextLength = 50_000
/** UTF-8 bytes of all content of an event, which `capture` refuses beyond 900 KiB. */
const maxBytes = 768 * 1024

/** With media as it is, and no bound (CAPAI-13): bytes as base64, for JSON has no place for them. */
export const whole: Content = {
  media: (data) => data,
  text: (text) => text.toWellFormed(),
  json: (value) =>
    toJson(value, {
      bytes: Encoding.encodeBase64,
      // half a surrogate pair is nothing that JSON can carry, and would cost the whole its plain way
      text: (_key, text) => text.toWellFormed()
    })
}

/** With a placeholder for all media, and within bounds. */
export const reduced: Content = {
  media: (data, mediaType) => {
    const bytes = Media.toBytes(data)
    return bytes === undefined
      ? Media.ofText(data instanceof URL ? data.href : String(data), mediaType)
      : Media.ofBytes(bytes, mediaType)
  },
  text: (text) => BoundedText.cut(Media.withoutMedia(text), maxTextLength),
  json: (value, share) =>
    BoundedJson.toJsonValue(toJson(value, { bytes: Media.ofBytes, text: Media.withoutMediaAt }), {
      maxDepth: 64,
      maxItems: 10_000,
      maxTextLength,
      maxBytes: Math.floor(maxBytes * share)
    })
}

interface Rules {
  readonly bytes: (bytes: Uint8Array, mediaType?: string) => string
  readonly text: (key: string, text: string, mediaType: string | undefined) => string
}

const maxDepth = 64
const maxItems = 250_000

const toJson = (input: unknown, rules: Rules): JsonValue | undefined => {
  const ancestors: Array<object> = []

  const convert = (key: string, value: unknown, mediaType: string | undefined): JsonValue | undefined => {
    switch (typeof value) {
      case "string":
        return rules.text(key, value, mediaType)
      case "boolean":
        return value
      case "number":
        return Number.isFinite(value) ? value : null
      case "bigint":
        return Number.isSafeInteger(Number(value)) ? Number(value) : BoundedText.ofBigInt(value)
      case "symbol":
        return value === GuardedRead.unreadable ? "[Unreadable]" : undefined
      case "object":
        return value === null ? null : convertObject(key, value, mediaType)
      default:
        return undefined
    }
  }

  const convertObject = (key: string, value: object, mediaType: string | undefined): JsonValue | undefined => {
    const bytes = Media.toBytes(value)
    if (bytes !== undefined) {
      return rules.bytes(bytes, mediaType)
    }
    if (ancestors.includes(value)) {
      return "[Circular]"
    }
    if (ancestors.length >= maxDepth) {
      return "[Truncated]"
    }
    ancestors.push(value)
    try {
      return convertMembers(key, value, mediaType)
    } catch {
      return "[Unreadable]"
    } finally {
      ancestors.pop()
    }
  }

  const convertMembers = (key: string, value: object, mediaType: string | undefined): JsonValue | undefined => {
    if (Array.isArray(value) || value instanceof Set) {
      return Array.from(
        // a sparse list ends all the same
        Array.isArray(value) ? { ...value, length: Math.min(value.length, maxItems) } : value,
        (item) => convert(key, item, mediaType) ?? null
      )
    }
    if (value instanceof Map) {
      return convertEntries(Array.from(value, ([name, item]) => [String(name), item]))
    }
    const toJSON = GuardedRead.read(value, "toJSON")
    if (typeof toJSON === "function") {
      return convert(key, toJSON.call(value), mediaType)
    }
    const own = Object.keys(value)
    const names = value instanceof Error ? new Set(["name", "message", ...own]) : own
    return convertEntries(Array.from(names, (name) => [name, GuardedRead.read(value, name)]))
  }

  const convertEntries = (entries: ReadonlyArray<readonly [string, unknown]>): JsonValue => {
    const mediaType = Media.typeIn((wanted) => entries.find(([name]) => name === wanted)?.[1])
    const result = bare<JsonValue>()
    for (const [name, item] of entries) {
      const converted = convert(name, item, mediaType)
      if (converted !== undefined) {
        result[name] = converted
      }
    }
    return result
  }

  return convert("", input, undefined)
}
