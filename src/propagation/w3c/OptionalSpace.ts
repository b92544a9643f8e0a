/**
 * Optional white space (OWS, RFC 9110 section 5.6.3): spaces and tabs, and nothing else that languages call white.
 *
 * @since 0.1.0
 */

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09

/** The text without the white space around it, in one pass: a pattern would try again at each space within. */
export const trim = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) {
    start++
  }
  while (end > start && isSpace(text.charCodeAt(end - 1))) {
    end--
  }
  return text.slice(start, end)
}
