/**
 * A value of OTLP as the plain value that it stands for.
 *
 * @since 0.1.0
 */
import { bare } from "../../domain/PlainJson.js"
import type * as OtlpValue from "../OtlpValue.js"

export const fromAnyValue = (value: OtlpValue.AnyValue): unknown => {
  if ("stringValue" in value) {
    return value.stringValue
  }
  if ("boolValue" in value) {
    return value.boolValue
  }
  if ("intValue" in value) {
    const number = Number(value.intValue)
    return Number.isSafeInteger(number) ? number : BigInt(value.intValue)
  }
  if ("doubleValue" in value) {
    return value.doubleValue
  }
  return "arrayValue" in value ? value.arrayValue.values.map(fromAnyValue) : fromAttributes(value.kvlistValue.values)
}

/** Of two with the same key the last one. */
export const fromAttributes = (attributes: ReadonlyArray<OtlpValue.KeyValue>): Record<string, unknown> => {
  const result = bare<unknown>()
  for (const { key, value } of attributes) {
    result[key] = fromAnyValue(value)
  }
  return result
}
