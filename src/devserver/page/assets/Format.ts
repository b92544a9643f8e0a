/** How values are written. */

// eslint-disable-next-line no-control-regex
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Characters that nobody sees, or that turn the direction of what follows, as escapes. Line breaks and tabs stay. */
export const visible = (text: string): string =>
  text.replace(invisible, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** For one line: line breaks are shown too. */
export const oneLine = (text: string, limit = 300): string =>
  visible(text.length > limit ? `${text.slice(0, limit)}…` : text).replace(
    /[\n\t]/g,
    (each) => each === "\n" ? "↵" : "→"
  )

const two = (value: number): string => String(value).padStart(2, "0")

/** 14:03:27.512, where this browser is. */
export const clockTime = (at: string | number): string => {
  const date = new Date(at)
  return Number.isNaN(date.getTime())
    ? "–"
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${
      String(date.getMilliseconds()).padStart(3, "0")
    }`
}

const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" })

export const dateAndTime = (at: string | number): string => {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : `${dateFormat.format(date)} ${clockTime(at)}`
}

const numberFormat = new Intl.NumberFormat("en")

export const count = (value: number): string => numberFormat.format(value)

export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${count(value)} ${value === 1 ? noun : plural}`

export const bytes = (value: number): string =>
  value < 1024
    ? `${value} B`
    : value < 1024 * 1024
    ? `${(value / 1024).toFixed(1)} KiB`
    : `${(value / 1024 / 1024).toFixed(1)} MiB`

export const millis = (value: number): string =>
  Math.abs(value) < 1
    ? `${Math.round(value * 1000) / 1000} ms`
    : Math.abs(value) < 1000
    ? `${Math.round(value * 10) / 10} ms`
    : `${(value / 1000).toFixed(2)} s`

/** The end of an id tells more of it than its beginning, which in a UUIDv7 is the time. */
export const shortId = (id: string): string => id.length > 20 ? `…${oneLine(id.slice(-12))}` : oneLine(id)
