/**
 * What the payloads of one flag have in common.
 *
 * @since 0.1.0
 */
import * as Option from "effect/Option"
import { isJsonObject, type JsonValue } from "../domain/JsonValue.js"

/** `Nothing` is what is known of the items of an empty list. */
export type PayloadShape =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Null" }
  | { readonly _tag: "Scalar"; readonly type: "String" | "Number" | "Boolean" }
  | { readonly _tag: "List"; readonly item: PayloadShape }
  | { readonly _tag: "Struct"; readonly fields: ReadonlyMap<string, Field> }
  | { readonly _tag: "Nullable"; readonly shape: PayloadShape }

export interface Field {
  readonly shape: PayloadShape
  readonly optional: boolean
}

/** Beyond these a payload is no configuration that somebody would write a type for. */
const maxDepth = 8
const maxFields = 64

const nothing: PayloadShape = { _tag: "Nothing" }

/**
 * The shape that all of them have; none where there are no payloads, or two that nobody would give one type: a text and
 * a number, objects without a common key. Keys that only some have are optional.
 */
export const common = (payloads: ReadonlyArray<JsonValue>): Option.Option<PayloadShape> =>
  payloads.length === 0 ? Option.none() : unifyAll(payloads, 0)

const unifyAll = (values: ReadonlyArray<JsonValue>, depth: number): Option.Option<PayloadShape> => {
  let shape: Option.Option<PayloadShape> = Option.some(nothing)
  for (const value of values) {
    shape = Option.flatMap(shape, (before) => Option.flatMap(shapeOf(value, depth), (next) => unify(before, next)))
    if (Option.isNone(shape)) {
      break
    }
  }
  return shape
}

const shapeOf = (value: JsonValue, depth: number): Option.Option<PayloadShape> => {
  switch (typeof value) {
    case "string":
      return Option.some({ _tag: "Scalar", type: "String" })
    case "number":
      return Option.some({ _tag: "Scalar", type: "Number" })
    case "boolean":
      return Option.some({ _tag: "Scalar", type: "Boolean" })
  }
  if (value === null) {
    return Option.some({ _tag: "Null" })
  }
  if (depth >= maxDepth) {
    return Option.none()
  }
  if (!isJsonObject(value)) {
    return Option.map(unifyAll(value, depth + 1), (item) => ({ _tag: "List", item }))
  }
  const entries = Object.entries(value)
  // what decodes an object would set its prototype with that key
  if (entries.length > maxFields || Object.hasOwn(value, "__proto__")) {
    return Option.none()
  }
  return Option.map(
    Option.all(
      entries.map(([key, field]) =>
        Option.map(shapeOf(field, depth + 1), (shape) => [key, { shape, optional: false }] as const)
      )
    ),
    (fields) => ({ _tag: "Struct", fields: new Map(fields) })
  )
}

const unify = (a: PayloadShape, b: PayloadShape): Option.Option<PayloadShape> => {
  if (a._tag === "Nothing") {
    return Option.some(b)
  }
  if (b._tag === "Nothing") {
    return Option.some(a)
  }
  if (isNullish(a) || isNullish(b)) {
    return Option.map(unify(withoutNull(a), withoutNull(b)), nullable)
  }
  if (a._tag === "Scalar" && b._tag === "Scalar") {
    return a.type === b.type ? Option.some(a) : Option.none()
  }
  if (a._tag === "List" && b._tag === "List") {
    return Option.map(unify(a.item, b.item), (item) => ({ _tag: "List", item }))
  }
  return a._tag === "Struct" && b._tag === "Struct" ? unifyStructs(a.fields, b.fields) : Option.none()
}

const unifyStructs = (
  a: ReadonlyMap<string, Field>,
  b: ReadonlyMap<string, Field>
): Option.Option<PayloadShape> => {
  const keys = new Set([...a.keys(), ...b.keys()])
  const isDisjoint = keys.size === a.size + b.size && a.size > 0 && b.size > 0
  if (isDisjoint || keys.size > maxFields) {
    return Option.none()
  }
  const fields = new Map<string, Field>()
  for (const key of keys) {
    const left = a.get(key)
    const right = b.get(key)
    const shape = unify(left?.shape ?? nothing, right?.shape ?? nothing)
    if (Option.isNone(shape)) {
      return Option.none()
    }
    fields.set(key, { shape: shape.value, optional: left?.optional !== false || right?.optional !== false })
  }
  return Option.some({ _tag: "Struct", fields })
}

const isNullish = (shape: PayloadShape): boolean => shape._tag === "Null" || shape._tag === "Nullable"

const withoutNull = (shape: PayloadShape): PayloadShape =>
  shape._tag === "Null" ? nothing : shape._tag === "Nullable" ? shape.shape : shape

const nullable = (shape: PayloadShape): PayloadShape =>
  shape._tag === "Nothing" ? { _tag: "Null" } : { _tag: "Nullable", shape }
