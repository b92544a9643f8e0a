/**
 * The shape of payloads as TypeScript source: a schema.
 *
 * @since 0.1.0
 */
import type { Field, PayloadShape } from "./PayloadShape.js"
import * as SourceText from "./SourceText.js"

const maxLine = 100

/** An expression that starts at `column`, and whose further lines are indented by `indent`. */
export const render = (shape: PayloadShape, indent: string, column: number): string => {
  const line = inline(shape)
  if (column + line.length <= maxLine) {
    return line
  }
  switch (shape._tag) {
    case "List":
      return `Schema.Array(${render(shape.item, indent, column + "Schema.Array(".length)})`
    case "Nullable":
      return `Schema.NullOr(${render(shape.shape, indent, column + "Schema.NullOr(".length)})`
    case "Struct": {
      const inner = `${indent}  `
      return `Schema.Struct({\n${
        sorted(shape.fields).map(([key, field]) => {
          const [before, after] = around(key, field)
          return `${inner}${before}${render(field.shape, inner, inner.length + before.length)}${after}`
        }).join(",\n")
      }\n${indent}})`
    }
    default:
      return line
  }
}

const inline = (shape: PayloadShape): string => {
  switch (shape._tag) {
    case "Nothing":
      return "Schema.Unknown"
    case "Null":
      return "Schema.Null"
    case "Scalar":
      return `Schema.${shape.type}`
    case "List":
      return `Schema.Array(${inline(shape.item)})`
    case "Nullable":
      return `Schema.NullOr(${inline(shape.shape)})`
    case "Struct": {
      const fields = sorted(shape.fields).map(([key, field]) => around(key, field).join(inline(field.shape)))
      return fields.length === 0 ? "Schema.Struct({})" : `Schema.Struct({ ${fields.join(", ")} })`
    }
  }
}

const around = (key: string, { optional }: Field): readonly [before: string, after: string] => [
  `${SourceText.plainKey(key)}: ${optional ? "Schema.optional(" : ""}`,
  optional ? ")" : ""
]

/** By their characters, in no language's order: the same everywhere. */
const sorted = (fields: ReadonlyMap<string, Field>): ReadonlyArray<readonly [string, Field]> =>
  Array.from(fields).toSorted(([a], [b]) => a < b ? -1 : 1)
