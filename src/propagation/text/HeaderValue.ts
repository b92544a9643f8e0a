/**
 * What a carrier holds under a name: a text, bytes (Kafka), or several of them. Nothing of it is trusted.
 *
 * @since 0.1.0
 */
import * as BoundedText from "../../domain/BoundedText.js"
import * as GuardedRead from "../../domain/GuardedRead.js"

/**
 * One value of a header, as it came.
 *
 * @since 0.1.0
 * @category models
 */
export type HeaderItem = string | Uint8Array

/**
 * The value of a header, or its values in their order.
 *
 * @since 0.1.0
 * @category models
 */
export type HeaderValue = HeaderItem | ReadonlyArray<HeaderItem>

/** Values of one name beyond this are not looked at. */
export const maxItems = 64

/** A list of members that is longer, in UTF-16 units or bytes, is no header. */
export const maxListLength = 64 * 1024

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const none: ReadonlyArray<HeaderItem> = []

/** A proxy of bytes is an instance too, but no view. */
const isItem = (value: unknown): value is HeaderItem =>
  typeof value === "string" || (ArrayBuffer.isView(value) && value instanceof Uint8Array)

/** Every text and byte array that the value is or holds; what is neither is passed over. */
export const items = (value: unknown): ReadonlyArray<HeaderItem> => {
  if (typeof value === "string") {
    return [value]
  }
  if (typeof value !== "object" || value === null) {
    return none
  }
  // of a proxy even the question whether it is an array may throw
  return GuardedRead.guarded(() => isItem(value) ? [value] : Array.isArray(value) ? itemsOf(value) : none) ?? none
}

const itemsOf = (values: ReadonlyArray<unknown>): ReadonlyArray<HeaderItem> => {
  const result: Array<HeaderItem> = []
  const count = Math.min(values.length, maxItems)
  for (let i = 0; i < count; i++) {
    const item = GuardedRead.guarded(() => {
      const item = values[i]
      return isItem(item) ? item : undefined
    })
    if (item !== undefined) {
      result.push(item)
    }
  }
  return result
}

/** The value as a carrier's reader answers with it: alone where it is one. */
export const of = (value: unknown): HeaderValue | undefined => {
  if (typeof value === "string") {
    return value
  }
  const all = items(value)
  return all.length > 1 ? all : all[0]
}

/** The texts of a list, as far as each of them is short enough to be a header: one that is cut would lie. */
export const lists = (value: unknown): ReadonlyArray<string> =>
  items(value).flatMap((item) =>
    GuardedRead.guarded(() => item.length > maxListLength ? undefined : textOf(item, maxListLength)) ?? []
  )

/** The first units of the text, well-formed; bytes are UTF-8, and invalid ones U+FFFD. */
export const head = (item: HeaderItem, maxLength: number): string =>
  // a unit has at most three bytes: a character that the cut goes through lies beyond the units that are asked for
  BoundedText.head((typeof item === "string" ? item : textOf(item, 4 * maxLength)) ?? "", maxLength)

/** `undefined` for bytes that cannot be read. */
const textOf = (item: HeaderItem, maxBytes: number): string | undefined =>
  typeof item === "string" ? item : GuardedRead.guarded(() => decoder.decode(item.subarray(0, maxBytes)))
