/**
 * Pieces of patterns that Rust's engine and RE2 read alike.
 *
 * @since 0.1.0
 */

/** `{n}`, `{n,}`, `{n,m}` */
export const repetition = /^\{([0-9]{1,9})(?:,([0-9]{0,9}))?\}/

/** `(?<name>`, `(?P<name>` */
export const groupName = /^\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/

/** `(?i)`, `(?i-s:`, `(?:` */
export const groupFlags = /^\(\?([imsU]*)(?:-[imsU]+)?([:)])/

/** `[:alpha:]` */
export const posixClass =
  /^\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]/

/** One character. `\<` and `\>` are none: Rust's words begin and end with them. */
export const simpleEscape = /^\\(?:[nrtfva]|x[0-9A-Fa-f]{2}|x\{[0-9A-Fa-f]{1,6}\}|[ !"#$%&'()*+,\-./:;=?@[\\\]^_`{|}~])/

/** `\d` and the like, which are not the same: see `RegexClass` */
export const perlEscape = /^\\([dDsSwW])/

/** `\pL`, `\p{Lu}`: general categories, and neither scripts nor properties. */
export const categoryEscape = /^\\[pP](?:[LMNPSZ]|\{(?:L[ulmto]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?)\})/

/** What stands between characters. */
export const assertion = /^\\([bBAz])/

/** Longer than any piece but a name, and a group's name is of no use here. */
const longest = 128

/** The piece that begins at this position. */
export const matchAt = (form: RegExp, pattern: string, position: number): RegExpExecArray | undefined =>
  form.exec(pattern.slice(position, position + longest)) ?? undefined
