/**
 * Texts within a bound.
 *
 * @since 0.1.0
 */

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** The same text, well-formed, in memory of its own: a part of a text otherwise keeps the whole of it alive. */
export const copy = (text: string): string => decoder.decode(encoder.encode(text))

/** The first units of the text, at most so many, and no half pair at the end. */
export const head = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) {
    return text.toWellFormed()
  }
  const last = text.charCodeAt(maxLength - 1)
  return copy(text.slice(0, last >= 0xd800 && last < 0xdc00 ? maxLength - 1 : maxLength))
}

/** The text, or its head and how much is missing; well-formed, and never more than `maxLength` UTF-16 units. */
export const cut = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) {
    return text.toWellFormed()
  }
  const room = maxLength - cutMarker(text.length).length
  if (room < 0) {
    return head(text, maxLength)
  }
  const kept = head(text, room)
  return kept + cutMarker(text.length - kept.length)
}

const cutMarker = (count: number): string => `… [${grouped(count)} characters cut]`

const grouped = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",")

/** The decimal digits of a bigint, unless there are so many that writing them takes long. */
export const ofBigInt = (value: bigint): string =>
  Number.isFinite(Number(value)) ? value.toString() : "[a bigint of more than 308 digits]"
