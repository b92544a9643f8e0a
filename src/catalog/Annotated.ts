/**
 * Reads the annotations of a property or a schema, wherever on the way from the wire to the type they were made.
 *
 * @since 0.1.0
 */
import * as SchemaAST from "effect/SchemaAST"
import { DeprecatedId, OwnerId, PiiId, type RedactPolicy } from "./EventAnnotations.js"

/** What stands under `id` first; outer annotations come before inner ones. */
const first = <A>(
  carriers: ReadonlyArray<SchemaAST.Annotated>,
  id: symbol,
  is: (value: unknown) => value is A
): A | undefined => {
  for (const { annotations } of carriers) {
    const value = annotations[id]
    if (is(value)) {
      return value
    }
  }
  return undefined
}

/** The schema itself and what it only refines, transforms, or makes optional: all that is one property to its reader. */
export const layersOf = (ast: SchemaAST.AST): ReadonlyArray<SchemaAST.AST> => {
  switch (ast._tag) {
    case "Refinement":
      return [ast, ...layersOf(ast.from)]
    case "Transformation":
      return [ast, ...layersOf(ast.to), ...layersOf(ast.from)]
    case "Union": {
      const present = ast.types.filter((type) => type._tag !== "UndefinedKeyword")
      return [ast, ...(present.length === 1 ? present.flatMap(layersOf) : [])]
    }
    default:
      return [ast]
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/** `Schema.String` says of itself that it is a string. */
const commonplace = new Set<unknown>(
  [SchemaAST.stringKeyword, SchemaAST.numberKeyword, SchemaAST.booleanKeyword, SchemaAST.objectKeyword].map((ast) =>
    ast.annotations[SchemaAST.DescriptionAnnotationId]
  )
)

export const description = (carriers: ReadonlyArray<SchemaAST.Annotated>): string | undefined =>
  first(
    carriers,
    SchemaAST.DescriptionAnnotationId,
    (value): value is string => isText(value) && !commonplace.has(value)
  )

export const owner = (carriers: ReadonlyArray<SchemaAST.Annotated>): string | undefined =>
  first(carriers, OwnerId, isText)

export const deprecated = (carriers: ReadonlyArray<SchemaAST.Annotated>): boolean | string | undefined =>
  first(
    carriers,
    DeprecatedId,
    (value): value is boolean | string => typeof value === "boolean" || typeof value === "string"
  )

const policies = { drop: "drop", hash: "hash", keep: "keep" } as const

/** The policy of one place; `undefined` where it says nothing, or says `pii: false`. */
export const policy = (carrier: SchemaAST.Annotated, byDefault: RedactPolicy): RedactPolicy | undefined => {
  const value = carrier.annotations[PiiId]
  if (value === true) {
    return byDefault
  }
  // what is there and cannot be read is treated as what must not leave
  return value === undefined || value === false
    ? undefined
    : typeof value === "string" && Object.hasOwn(policies, value)
    ? policies[value as RedactPolicy]
    : "drop"
}
