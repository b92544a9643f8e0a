/**
 * Is there such a property at all?
 *
 * @since 0.1.0
 */
import { toJsonValue } from "../../../domain/JsonValue.js"
import { missingProperty, type Operator } from "./Matcher.js"

/** Any value is set, null and the empty ones too (FLAGS-LOCAL-38). */
export const isSet: Operator = (filter) => presence(filter, true)

/** FLAGS-LOCAL-39: a property that is not known here may be set on the service, so missing is no match either. */
export const isNotSet: Operator = (filter) => presence(filter, false)

const presence = (filter: Parameters<Operator>[0], result: boolean): ReturnType<Operator> => {
  const missing = missingProperty(filter)
  return (value) => (isPresent(value) ? result : missing)
}

const isPresent = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "number" || toJsonValue(value) !== undefined
