/**
 * The two spellings of a field's name: `createdAt` in TypeScript, `created_at` in JSON.
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import { bare } from "../../domain/PlainJson.js"
import { type AnyObject, fromObject } from "./AnyObject.js"

export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * The schema of a class with these fields, decoding either spelling of each and encoding the JSON one. A field that is
 * `null` is not there; one that stands in both spellings is an error, since one of the two would be lost.
 */
export const eitherSpelling = (ast: AST.AST, fields: object): AST.Transformation => {
  const names = Object.keys(fields).map((name) => [name, snakeCase(name)] as const)
  const both = Schema.transformOrFail(fromObject, Schema.make<unknown, AnyObject, never>(ast), {
    strict: true,
    decode: (input, _, ast) => {
      const known = bare<unknown>()
      for (const [camel, snake] of names) {
        const written = read(input, snake)
        const other = camel === snake ? undefined : read(input, camel)
        if (written !== undefined && other !== undefined) {
          const issue = new ParseResult.Type(ast, input, `Expected one of ${snake} and ${camel}, not both`)
          return ParseResult.fail(new ParseResult.Pointer(snake, input, issue))
        }
        const value = written ?? other
        if (value !== undefined) {
          known[snake] = value
        }
      }
      return ParseResult.succeed(known)
    },
    encode: (encoded) => {
      const json = bare<unknown>()
      for (const [, snake] of names) {
        const value = encoded[snake]
        if (value !== undefined) {
          json[snake] = value
        }
      }
      return ParseResult.succeed(json)
    }
  })
  // the AST of a transformation is a Transformation: its type only says AST
  return both.ast as AST.Transformation
}

const read = (input: AnyObject, key: string): unknown => {
  try {
    return Object.hasOwn(input, key) ? input[key] ?? undefined : undefined
  } catch {
    return "[Unreadable]"
  }
}
