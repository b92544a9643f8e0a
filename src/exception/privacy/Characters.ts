/**
 * What single UTF-16 units mean in texts that hold names and values.
 *
 * @since 0.1.0
 */

export const newline = 10
export const carriageReturn = 13
export const space = 32
export const exclamation = 33
export const doubleQuote = 34
export const hash = 35
export const dollar = 36
export const ampersand = 38
export const singleQuote = 39
export const openParenthesis = 40
export const closeParenthesis = 41
export const asterisk = 42
export const plus = 43
export const comma = 44
export const hyphen = 45
export const dot = 46
export const slash = 47
export const colon = 58
export const semicolon = 59
export const less = 60
export const equals = 61
export const greater = 62
export const question = 63
export const at = 64
export const openBracket = 91
export const backslash = 92
export const closeBracket = 93
export const backtick = 96
export const letterN = 110
export const letterR = 114
export const openBrace = 123
export const bar = 124
export const closeBrace = 125

/** Beyond the end of a text `charCodeAt` is NaN, which is none of these. */
export const isQuote = (code: number): boolean => code === doubleQuote || code === singleQuote || code === backtick

export const isBlank = (code: number): boolean => code === space || code === 9

export const isSpace = (code: number): boolean => code <= space || code === 160 || code === 0x2028 || code === 0x2029

export const isOpening = (code: number): boolean =>
  code === openParenthesis || code === openBracket || code === openBrace

export const isClosing = (code: number): boolean =>
  code === closeParenthesis || code === closeBracket || code === closeBrace

/** Letters, digits, `_`, `$`, `-` and whatever is not ASCII. */
export const isOfName = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 ||
  code === dollar || code === hyphen || code >= 128
