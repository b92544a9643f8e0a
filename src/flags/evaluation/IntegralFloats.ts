/**
 * Did a JSON text spell a whole number as a float? JavaScript cannot tell `34.0` from `34` once it is parsed, and
 * PostHog compares their texts (FLAGS-LOCAL-41).
 *
 * @since 0.1.0
 */

const quote = 34
const backslash = 92

/**
 * Looks at the numbers between the strings. Those of `rollout_percentage` and `exclusion_percentage` are never compared
 * as texts and do not count.
 */
export const spellsIntegralFloats = (json: string): boolean => {
  let gap = 0
  let keyStart = 0
  for (;;) {
    const next = json.indexOf("\"", gap)
    const end = next < 0 ? json.length : next
    if (holdsIntegralFloat(json, gap, end) && !isPercentage(json, keyStart, gap, end)) {
      return true
    }
    if (next < 0) {
      return false
    }
    keyStart = next + 1
    gap = endOfString(json, keyStart)
  }
}

/** The position behind the closing quote. */
const endOfString = (json: string, start: number): number => {
  let from = start
  for (;;) {
    const end = json.indexOf("\"", from)
    if (end < 0) {
      return json.length
    }
    let before = end - 1
    while (before >= start && json.charCodeAt(before) === backslash) {
      before--
    }
    if ((end - before) % 2 === 1) {
      return end + 1
    }
    from = end + 1
  }
}

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

const holdsIntegralFloat = (json: string, start: number, end: number): boolean => {
  if (!mayHoldFloat(json, start, end)) {
    return false
  }
  for (const [text] of json.slice(start, end).matchAll(number)) {
    if (/[.eE]/.test(text) && Number.isInteger(Number(text))) {
      return true
    }
  }
  return false
}

/** Outside of strings a point, or an `e` that no `true` or `false` ends with, belongs to a number. */
const mayHoldFloat = (json: string, start: number, end: number): boolean => {
  for (let at = start; at < end; at++) {
    const code = json.charCodeAt(at)
    if (code === 46 || code === 69 || (code === 101 && isDigit(json.charCodeAt(at - 1)))) {
      return true
    }
  }
  return false
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Is the gap that begins at `gap` the value of a percentage, and nothing but that? */
const isPercentage = (json: string, keyStart: number, gap: number, end: number): boolean => {
  const key = json.charCodeAt(gap - 1) === quote ? json.slice(keyStart, gap - 1) : ""
  return (key === "rollout_percentage" || key === "exclusion_percentage") &&
    /^\s*:\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*[,}\]\s]*$/.test(json.slice(gap, end))
}
