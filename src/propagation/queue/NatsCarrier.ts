/**
 * NATS, through the `MsgHdrs` of its own client.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/**
 * What of `MsgHdrs` is used.
 *
 * @since 0.1.0
 * @category models
 */
export interface NatsHeaders {
  readonly keys: () => Array<string>
  readonly set: (key: string, value: string) => void
  readonly delete: (key: string) => void
}

/**
 * Writes the headers into what the client's `headers()` made, and returns that. For NATS the case of a key matters: one
 * that differs from ours only in case gives way. `MsgHdrs` throws on line breaks in a value; those that
 * `Propagation.inject` writes have none, and another one is left out.
 *
 * @example
 * import * as NatsCarrier from "effect-posthog/propagation/queue/NatsCarrier"
 *
 * const publish = (made: NatsCarrier.NatsHeaders, headers: Record<string, string>) => ({
 *   headers: NatsCarrier.inject(made, headers)
 * })
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <H extends NatsHeaders>(target: H, headers: Readonly<Record<string, string>>): H => {
  const isReplaced = HeaderOverlay.replacedBy(headers)
  for (const key of GuardedRead.guarded(() => target.keys()) ?? []) {
    if (isReplaced(key)) {
      GuardedRead.guarded(() => target.delete(key))
    }
  }
  for (const name of Object.keys(headers)) {
    GuardedRead.guarded(() => target.set(name, headers[name]!))
  }
  return target
}

/**
 * The headers of a received message, with all values of a key; a message without headers has none.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (message: unknown): Readonly<Record<string, unknown>> => {
  const headers = HeaderOverlay.property(message, "headers")
  const result: Record<string, unknown> = Object.create(null)
  for (const key of listOf(call(headers, "keys"))) {
    if (typeof key === "string") {
      result[key] = call(headers, "values", key)
    }
  }
  return result
}

const listOf = (value: unknown): ReadonlyArray<unknown> =>
  GuardedRead.guarded(() => Array.isArray(value) ? value : undefined) ?? []

const call = (self: unknown, method: string, ...args: ReadonlyArray<string>): unknown => {
  const f = HeaderOverlay.property(self, method)
  return typeof f === "function" ? GuardedRead.guarded(() => Reflect.apply(f, self, args)) : undefined
}
