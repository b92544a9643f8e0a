/**
 * The properties of a schema as they are on the wire, each with what it is called in the program.
 *
 * @since 0.1.0
 */
import type * as SchemaAST from "effect/SchemaAST"
import * as Annotated from "./Annotated.js"

export interface WireProperty {
  readonly name: string
  /** What it is called on the type side; another name only with `Schema.fromKey`. */
  readonly typeName: string
  /** The schema of its value. */
  readonly ast: SchemaAST.AST
  readonly isOptional: boolean
  /** Everything that may hold an annotation about it, the outermost first. */
  readonly carriers: ReadonlyArray<SchemaAST.Annotated>
}

export interface WireObject {
  readonly properties: ReadonlyArray<WireProperty>
  /** The values of all other keys, where there may be any. */
  readonly rest: ReadonlyArray<SchemaAST.AST>
}

/** The object that a schema encodes to; `undefined` where it encodes to something else. */
export const wireObject = (ast: SchemaAST.AST): WireObject | undefined => {
  switch (ast._tag) {
    case "TypeLiteral":
      return {
        properties: ast.propertySignatures.flatMap((signature) =>
          typeof signature.name === "string" ? [wireProperty(signature, undefined)] : []
        ),
        rest: ast.indexSignatures.map(({ type }) => type)
      }
    case "Refinement":
      return wireObject(ast.from)
    case "Transformation":
      return ast.transformation._tag === "TypeLiteralTransformation"
        ? renamed(ast, ast.transformation)
        : wireObject(ast.from)
    default:
      return undefined
  }
}

const wireProperty = (
  from: SchemaAST.PropertySignature,
  to: SchemaAST.PropertySignature | undefined
): WireProperty => ({
  name: String(from.name),
  typeName: String(to?.name ?? from.name),
  ast: from.type,
  isOptional: from.isOptional,
  carriers: [
    ...(to === undefined ? [] : [to, ...Annotated.layersOf(to.type)]),
    from,
    ...Annotated.layersOf(from.type)
  ]
})

/** A struct with properties that have defaults, other names, or are options: both sides speak of the same property. */
const renamed = (
  { from, to }: SchemaAST.Transformation,
  { propertySignatureTransformations }: SchemaAST.TypeLiteralTransformation
): WireObject | undefined => {
  const wire = wireObject(from)
  if (wire === undefined || from._tag !== "TypeLiteral" || to._tag !== "TypeLiteral") {
    return wire
  }
  const targets = new Map(propertySignatureTransformations.map((each) => [each.from, each.to]))
  return {
    ...wire,
    properties: from.propertySignatures.flatMap((signature) => {
      const target = targets.get(signature.name) ?? signature.name
      return typeof signature.name === "string"
        ? [wireProperty(signature, to.propertySignatures.find(({ name }) => name === target))]
        : []
    })
  }
}

/** All objects that a schema may encode to: several for a union. */
export const wireObjects = (ast: SchemaAST.AST): ReadonlyArray<WireObject> => {
  switch (ast._tag) {
    case "Union":
      return ast.types.flatMap(wireObjects)
    case "Suspend":
      return wireObjects(ast.f())
    case "Refinement":
      return wireObjects(ast.from)
    default: {
      const wire = wireObject(ast)
      return wire !== undefined ? [wire] : ast._tag === "Transformation" ? wireObjects(ast.from) : []
    }
  }
}
