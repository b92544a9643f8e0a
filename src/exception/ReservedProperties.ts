/**
 * Properties of `$exception` events that are not the caller's to set (EXCMETA-33, EXCMETA-37, EXCMETA-38).
 *
 * @since 0.1.0
 */
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"

/** What describes the exception. */
const own = ["$exception_list", "$exception_type", "$exception_message", "$exception_level", "$exception_source"]

/** What PostHog's processing writes, and what only native frames have. */
const processors = [
  "$exception_handled",
  "$exception_types",
  "$exception_values",
  "$exception_sources",
  "$exception_functions",
  "$exception_fingerprint_version",
  "$exception_fingerprint_record",
  "$exception_issue_id",
  "$exception_release",
  "$cymbal_errors",
  "$debug_images"
]

export const names: ReadonlySet<string> = new Set([...own, ...processors])

/** These properties without the reserved ones; a fingerprint stays where it is one (EXCMETA-34). */
export const without = (properties: JsonObject): Record<string, JsonValue> => {
  // spread defines `__proto__` as the key it is
  const result: Record<string, JsonValue> = { ...properties }
  for (const name of Object.keys(result)) {
    if (names.has(name) || (name === "$exception_fingerprint" && !isFingerprint(result[name]))) {
      delete result[name]
    }
  }
  return result
}

export const isFingerprint = (value: unknown): value is string => typeof value === "string" && value.trim() !== ""
