/**
 * The classes of Rust's regular expressions in RE2's words. There `\d`, `\s` and `\w` are Unicode's, RE2's are ASCII's.
 *
 * @since 0.1.0
 */

/** Which classes are meant: the same for subjects in ASCII, which is nearly all of them, and much smaller. */
export type Alphabet = "ascii" | "unicode"

/** What stands between the brackets of a class; `undefined` where that cannot be written. */
export const perlClass = (letter: string, alphabet: Alphabet): string | undefined => items[alphabet].get(letter)

const spaces = "\\t-\\r\\x20"

/** All but the spaces up to U+001F and U+0020, which `\S` is written without. */
const noSpaces = "\\x00-\\x08\\x0e-\\x1f"

const unicodeSpaces = `${spaces}\\x85\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}`

const unicodeNoSpaces = `${noSpaces}!-\\x84\\x86-\\x9f\\xa1-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}` +
  `\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}`

/** Alphabetic, Mark, Decimal_Number, Connector_Punctuation and Join_Control; RE2 has no Alphabetic, but these are it. */
const unicodeWords = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200c}\\x{200d}\\x{24b6}-\\x{24e9}" +
  "\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"

const items: Record<Alphabet, ReadonlyMap<string, string>> = {
  ascii: new Map([
    ["d", "\\d"],
    ["D", "\\D"],
    ["s", spaces],
    ["S", `${noSpaces}!-\\x{10ffff}`],
    ["w", "\\w"],
    ["W", "\\W"]
  ]),
  unicode: new Map([
    ["d", "\\p{Nd}"],
    ["D", "\\P{Nd}"],
    ["s", unicodeSpaces],
    ["S", unicodeNoSpaces],
    ["w", unicodeWords]
  ])
}

/** `\W` outside of a class, which RE2 can negate as a whole. */
export const noWord: Record<Alphabet, string> = { ascii: "\\W", unicode: `[^${unicodeWords}]` }
