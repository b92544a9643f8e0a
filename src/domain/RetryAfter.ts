/**
 * The `Retry-After` header: how long PostHog asks to be left alone (RETRY-07).
 *
 * @since 0.1.0
 */

/** More than this nobody waits, whatever the header says. */
export const maxMillis = 5 * 60_000

/**
 * Milliseconds from `nowMillis`, at least 0 and at most five minutes; `undefined` where the header is neither a number
 * of seconds nor an HTTP date.
 */
export const parse = (header: string | undefined, nowMillis: number): number | undefined => {
  const text = header?.trim() ?? ""
  const millis = /^\d+(\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : httpDate.test(text)
    ? Date.parse(text) - nowMillis
    : Number.NaN
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(Math.ceil(millis), 0), maxMillis)
}

const httpDate = /^[A-Za-z]{3,9},? \d\d[ -][A-Za-z]{3}[ -]\d\d(\d\d)? \d\d:\d\d:\d\d GMT$/
