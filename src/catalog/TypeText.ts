/**
 * A schema's type as people write it.
 *
 * @since 0.1.0
 */
import * as SchemaAST from "effect/SchemaAST"

/** The type itself; what a schema is called goes before what it is made of. */
export const of = (ast: SchemaAST.AST): string => text(ast, 0)

/** What is on the wire. */
export const encoded = (ast: SchemaAST.AST): string => text(SchemaAST.encodedAST(ast), 0)

/** Deeper than this nobody reads. */
const maxDepth = 6

const text = (ast: SchemaAST.AST, depth: number): string => {
  const identifier = ast.annotations[SchemaAST.IdentifierAnnotationId]
  if (typeof identifier === "string") {
    return identifier
  }
  if (depth > maxDepth) {
    return "…"
  }
  const down = (each: SchemaAST.AST) => text(each, depth + 1)
  switch (ast._tag) {
    case "Literal":
      return typeof ast.literal === "bigint" ? `${ast.literal}n` : JSON.stringify(ast.literal)
    case "Enums":
      return ast.enums.map(([, value]) => JSON.stringify(value)).join(" | ")
    case "Union":
      return Array.from(new Set(ast.types.map(down))).join(" | ")
    case "TypeLiteral":
      return object(ast, down)
    case "TupleType":
      return list(ast, down)
    case "Transformation":
      return down(SchemaAST.typeAST(ast))
    case "Suspend":
      return "…"
    case "Refinement": {
      const title = ast.annotations[SchemaAST.TitleAnnotationId]
      return typeof title === "string" ? title : String(ast)
    }
    default:
      return String(ast)
  }
}

const key = (name: PropertyKey): string =>
  typeof name === "string" && /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(String(name))

const object = (ast: SchemaAST.TypeLiteral, down: (ast: SchemaAST.AST) => string): string => {
  const members = [
    ...ast.propertySignatures.map(({ isOptional, name, type }) =>
      `${key(name)}${isOptional ? "?" : ""}: ${down(isOptional ? present(type) : type)}`
    ),
    ...ast.indexSignatures.map(({ parameter, type }) => `[key: ${down(parameter)}]: ${down(type)}`)
  ]
  return members.length === 0 ? "{}" : `{ ${members.join("; ")} }`
}

const list = (ast: SchemaAST.TupleType, down: (ast: SchemaAST.AST) => string): string => {
  const [rest, ...after] = ast.rest.map(({ type }) => down(type))
  if (ast.elements.length === 0 && after.length === 0 && rest !== undefined) {
    return `Array<${rest}>`
  }
  const elements = ast.elements.map(({ isOptional, type }) => isOptional ? `${down(present(type))}?` : down(type))
  return `[${[...elements, ...(rest === undefined ? [] : [`...Array<${rest}>`]), ...after].join(", ")}]`
}

/** Without the `undefined` of a key that may be missing. */
export const present = (ast: SchemaAST.AST): SchemaAST.AST =>
  ast._tag === "Union" ? SchemaAST.Union.make(ast.types.filter(({ _tag }) => _tag !== "UndefinedKeyword")) : ast
