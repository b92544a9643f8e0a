/**
 * The payloads of a flag by its values.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../../domain/JsonValue.js"
import type { FlagValue } from "../FlagEvaluation.js"
import * as JsonText from "../JsonText.js"
import { isFields, ownField } from "../OwnField.js"

/**
 * By value: `true`, the variant's key, `holdout-<id>`; being off has none (FLAGS-LOCAL-04). Text that is no JSON is what
 * it is (FLAGS-GET-11).
 */
export const lookup = (payloads: unknown, value: FlagValue): JsonValue | undefined => {
  if (value === false || !isFields(payloads)) {
    return undefined
  }
  // definitions are JSON, so this is
  const payload = ownField(payloads, String(value)) as JsonValue | undefined
  return payload === undefined ? undefined : JsonText.unwrap(payload)
}
