/**
 * What crosses from one process to another, whatever carries it.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"
import type { CorrelationFields } from "../scope/sections/CorrelationSection.js"
import type { TraceFields } from "../scope/sections/TraceSection.js"

/**
 * The transported part of a scope. `service` and `operationName` are the sender's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Propagated {
  readonly correlation?: CorrelationFields | undefined
  readonly service?: { readonly name?: string | undefined; readonly version?: string | undefined } | undefined
  readonly operationName?: string | undefined
  readonly distinctId?: string | undefined
  readonly sessionId?: string | undefined
  readonly userId?: string | undefined
  readonly requestId?: string | undefined
  readonly tags?: JsonObject | undefined
  readonly trace?: TraceFields | undefined
}

/** These fields without those that say nothing; `undefined` where none is left. */
export const present = <A extends object>(fields: A): Partial<A> | undefined => {
  let result: Partial<A> | undefined
  for (const key in fields) {
    if (fields[key] !== undefined) {
      result ??= {}
      result[key] = fields[key]
    }
  }
  return result
}
