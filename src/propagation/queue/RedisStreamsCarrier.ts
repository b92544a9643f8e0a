/**
 * Redis Streams, through `ioredis` and clients with the same form: an entry is a list of fields and values, and headers
 * are fields among the application's own.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../../domain/GuardedRead.js"
import * as HeaderOverlay from "./HeaderOverlay.js"

/**
 * A field's name or value, as `XADD` takes it: a text, a number, or a Buffer.
 *
 * @since 0.1.0
 * @category models
 */
export type StreamItem = string | number | Uint8Array

/**
 * The list of fields and values for `XADD` with the headers behind them. A field of the same name gives way: an entry
 * may hold a field twice.
 *
 * @example
 * import * as RedisStreamsCarrier from "effect-posthog/propagation/queue/RedisStreamsCarrier"
 *
 * const fields = RedisStreamsCarrier.inject(["body", "{}"], { "x-correlation-id": "corr_1" })
 * // ["body", "{}", "x-correlation-id", "corr_1"]: redis.xadd("orders", "*", ...fields)
 *
 * @since 0.1.0
 * @category conversions
 */
export const inject = <A extends StreamItem>(
  fields: ReadonlyArray<A>,
  headers: Readonly<Record<string, string>>
): Array<A | string> => {
  const isReplaced = HeaderOverlay.replacedBy(headers)
  const result: Array<A | string> = []
  for (let i = 0; i + 1 < fields.length; i += 2) {
    if (!isReplaced(nameOf(fields[i]))) {
      result.push(fields[i]!, fields[i + 1]!)
    }
  }
  for (const name of Object.keys(headers)) {
    result.push(name, headers[name]!)
  }
  return result
}

/**
 * The fields of an entry as `XREADGROUP`, `XRANGE` and `XAUTOCLAIM` give it: `[id, [field, value, …]]`, or only the list,
 * of texts or Buffers; that of a client that makes objects of them (`{ id, message }`) too. A field that is there
 * several times has several values.
 *
 * @since 0.1.0
 * @category conversions
 */
export const extract = (entry: unknown): Readonly<Record<string, unknown>> => {
  const fields = listOf(entry)
  if (fields === undefined) {
    return HeaderOverlay.copy(HeaderOverlay.property(entry, "message"))
  }
  const result: Record<string, unknown> = Object.create(null)
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = nameOf(GuardedRead.read(fields, i))
    const value = GuardedRead.read(fields, i + 1)
    if (name !== undefined) {
      const known = result[name]
      result[name] = known === undefined ? value : Array.isArray(known) ? [...known, value] : [known, value]
    }
  }
  return result
}

const listOf = (entry: unknown): ReadonlyArray<unknown> | undefined =>
  GuardedRead.guarded(() =>
    !Array.isArray(entry) ? undefined : entry.length === 2 && Array.isArray(entry[1]) ? entry[1] : entry
  )

const nameOf = (item: unknown): string | undefined =>
  typeof item === "string"
    ? item
    : GuardedRead.guarded(() => Buffer.isBuffer(item) && item.length <= 256 ? item.toString() : undefined)
