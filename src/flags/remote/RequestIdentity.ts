/**
 * When two requests ask the same: they are equal as JSON, whatever the order of their keys.
 *
 * @since 0.1.0
 */
import type { FlagsRequest } from "./FlagsRequest.js"

/** The body as JSON text with sorted keys: what is sent, and what tells requests apart. */
export const textOf = (body: FlagsRequest): string => canonical(body) ?? "null"

/** Like `textOf`, without the token: it is the same for all requests of a client and need not be kept. */
export const withoutToken = (body: FlagsRequest): string => canonical({ ...body, token: undefined }) ?? "null"

const canonical = (value: unknown): string | undefined => {
  if (typeof value !== "object" || value === null) {
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonical(item) ?? "null").join(",")}]`
  }
  const members: Array<string> = []
  for (const key of Object.keys(value).toSorted()) {
    const text = canonical(value[key as keyof typeof value])
    if (text !== undefined) {
      members.push(`${JSON.stringify(key)}:${text}`)
    }
  }
  return `{${members.join(",")}}`
}
