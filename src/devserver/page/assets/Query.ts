/** What is typed into the search: words, and `name:`, `person:`, `session:`, `correlation:` with a value. */

export const fields = ["name", "person", "session", "correlation"] as const

export type Field = (typeof fields)[number]

export type Query = { readonly search: string } & { readonly [K in Field]?: string }

const term = /(?:\b(name|person|session|correlation):)?(?:"((?:[^"\\]|\\.)*)"|(\S+))/g

const isField = (text: string | undefined): text is Field =>
  (fields as ReadonlyArray<string | undefined>).includes(text)

export const parse = (text: string): Query => {
  const found: { [K in Field]?: string } = {}
  const words: Array<string> = []
  for (const [, field, quoted, plain] of text.matchAll(term)) {
    const value = quoted === undefined ? plain ?? "" : quoted.replace(/\\(.)/g, "$1")
    if (isField(field)) {
      found[field] = value
    } else if (!fields.some((each) => value === `${each}:`)) {
      words.push(value)
    }
  }
  return { ...found, search: words.join(" ") }
}

/** The text that looks for exactly this. */
export const of = (field: Field, value: string): string =>
  `${field}:${/^[^\s"\\]+$/.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`

export const isEmpty = (query: Query): boolean =>
  query.search === "" && fields.every((field) => query[field] === undefined)
