/**
 * Values as the texts that the flags service compares (FLAGS-LOCAL-40).
 *
 * @since 0.1.0
 */
import { type JsonValue, toJsonValue } from "../../domain/JsonValue.js"

/** Beyond these the service's JSON reader makes a float of an integer. */
const maxInteger = 2 ** 64
const minInteger = -(2 ** 63)

/** Below this it prints floats with an exponent. */
const minDecimal = 1e-5

/** The text of a finite number: an integral one is an integer, because that is how JavaScript writes it (FLAGS-LOCAL-41). */
export const numberText = (number: number): string => {
  const asWritten = Number.isInteger(number)
    ? number < maxInteger && number >= minInteger
    : number >= minDecimal || number <= -minDecimal
  return asWritten ? String(number) : number.toExponential()
}

/** Strings give their contents, everything else compact JSON with sorted keys. */
export const jsonText = (json: JsonValue): string => (typeof json === "string" ? json : serialize(json))

/** The text of what a caller passed; `undefined` where JSON has no place for it, which counts as missing. Never throws. */
export const propertyText = (value: unknown): string | undefined => {
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? value : value.toWellFormed()
    case "number":
      return Number.isFinite(value) ? numberText(value) : "null"
    case "boolean":
      return value ? "true" : "false"
    default: {
      const json = toJsonValue(value)
      return json === undefined ? undefined : jsonText(json)
    }
  }
}

/**
 * Every text that a value of a definition may have had before JavaScript read it (FLAGS-LOCAL-41). Empty where there are
 * more than can be listed: an integer beyond 2^53 lost digits, and an array or object may hold several such numbers.
 */
export const spellings = (json: JsonValue, ambiguousIntegers: boolean): ReadonlyArray<string> => {
  if (typeof json !== "number") {
    return isDoubtful(json, ambiguousIntegers) ? [] : [jsonText(json)]
  }
  if (!isDoubtful(json, ambiguousIntegers)) {
    return [numberText(json)]
  }
  if (!Number.isSafeInteger(json)) {
    return []
  }
  return json === 0 ? ["0", "0.0", "-0.0"] : [String(json), `${json}.0`]
}

/** Lowercases A to Z and nothing else (FLAGS-LOCAL-46). */
export const asciiLower = (text: string): string => {
  if (!upper.test(text)) {
    return text
  }
  return beyondAscii.test(text) ? text.replace(uppers, (letters) => letters.toLowerCase()) : text.toLowerCase()
}

const upper = /[A-Z]/
const uppers = /[A-Z]+/g
const beyondAscii = /[\u0080-\uffff]/

const isDoubtful = (json: JsonValue, ambiguousIntegers: boolean): boolean => {
  if (typeof json === "number") {
    return Number.isInteger(json) && json < maxInteger && json >= minInteger &&
      (ambiguousIntegers || !Number.isSafeInteger(json))
  }
  if (typeof json !== "object" || json === null) {
    return false
  }
  return Object.values(json).some((item: JsonValue) => isDoubtful(item, ambiguousIntegers))
}

const serialize = (json: JsonValue): string => {
  if (typeof json === "number") {
    return numberText(json)
  }
  if (typeof json !== "object" || json === null) {
    return JSON.stringify(json)
  }
  if (Array.isArray(json)) {
    return `[${json.map(serialize).join(",")}]`
  }
  return `{${
    Object.entries(json)
      .toSorted(([a], [b]) => compareCodePoints(a, b))
      .map(([key, value]) => `${JSON.stringify(key)}:${serialize(value)}`)
      .join(",")
  }}`
}

/** The order of UTF-8 bytes, which differs from JavaScript's where surrogates meet U+E000 and above. */
const compareCodePoints = (a: string, b: string): number => {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) {
      // all code points of pairs come after all others
      return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
    }
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff
