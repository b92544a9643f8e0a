/**
 * Where in a value personal data is, as the annotations of its schema say.
 *
 * @since 0.1.0
 */
import type * as SchemaAST from "effect/SchemaAST"
import * as Annotated from "./Annotated.js"
import type { RedactPolicy } from "./EventAnnotations.js"
import * as WireProperties from "./WireProperties.js"

/** `undefined`, where a place is expected: there is no personal data. */
export type Place =
  | { readonly _tag: "Whole"; readonly policy: RedactPolicy }
  | {
    readonly _tag: "Object"
    readonly properties: ReadonlyMap<string, Place>
    /** All keys that are declared, whatever they hold. */
    readonly declared: ReadonlySet<string>
    /** In the values of all other keys. */
    readonly rest: Place | undefined
  }
  | {
    readonly _tag: "List"
    readonly elements: ReadonlyArray<Place | undefined>
    readonly rest: Place | undefined
  }
  /** One of several shapes: what any of them says counts. */
  | { readonly _tag: "Each"; readonly places: ReadonlyArray<Place> }
  /** A recursive schema: what it refers to is looked at when a value gets there. */
  | { readonly _tag: "Later"; readonly place: () => Place | undefined }

export interface Settings {
  /** What `pii: true` means. */
  readonly policy: RedactPolicy
  /** Are properties also found by their names on the type side? For values that could not be encoded. */
  readonly byTypeNames: boolean
}

const strictness = { drop: 2, hash: 1, keep: 0 } as const

const strictest = (policies: ReadonlyArray<RedactPolicy | undefined>): RedactPolicy | undefined =>
  policies.reduce(
    (a, b) => a === undefined ? b : b === undefined ? a : strictness[a] >= strictness[b] ? a : b,
    undefined
  )

/** Finds the places in what a schema encodes to. */
export const placesIn = (ast: SchemaAST.AST, settings: Settings): Place | undefined => finder(settings)(ast)

const finder = (settings: Settings) => {
  const suspended = new Map<SchemaAST.AST, Place>()

  const find = (ast: SchemaAST.AST): Place | undefined => {
    const policy = Annotated.policy(ast, settings.policy)
    return policy === undefined ? inside(ast) : each([{ _tag: "Whole", policy }, inside(ast)])
  }

  const inside = (ast: SchemaAST.AST): Place | undefined => {
    switch (ast._tag) {
      case "TypeLiteral":
        return object(ast)
      case "TupleType":
        return list(ast)
      case "Union":
        return each(ast.types.map(find))
      case "Refinement":
        return find(ast.from)
      case "Transformation":
        return transformed(ast)
      case "Suspend":
        return later(ast)
      case "Declaration": {
        // a set of personal data, say: what it looks like outside is not known
        const policy = strictest(ast.typeParameters.map((parameter) => deepest(find(parameter), new Set())))
        return policy === undefined ? undefined : { _tag: "Whole", policy }
      }
      default:
        return undefined
    }
  }

  const object = (ast: SchemaAST.AST): Place | undefined => {
    const wire = WireProperties.wireObject(ast)
    if (wire === undefined) {
      return undefined
    }
    const properties = new Map<string, Place>()
    const declared = new Set<string>()
    for (const { ast: type, carriers, name, typeName } of wire.properties) {
      const policy = strictest(carriers.map((carrier) => Annotated.policy(carrier, settings.policy)))
      const place = each([policy === undefined ? undefined : { _tag: "Whole", policy }, find(type)])
      for (const key of settings.byTypeNames ? new Set([name, typeName]) : [name]) {
        declared.add(key)
        const found = each([properties.get(key), place])
        if (found !== undefined) {
          properties.set(key, found)
        }
      }
    }
    const rest = each(wire.rest.map(find))
    return properties.size === 0 && rest === undefined ? undefined : { _tag: "Object", properties, declared, rest }
  }

  const list = (ast: SchemaAST.TupleType): Place | undefined => {
    const elements = ast.elements.map(({ type }) => find(type))
    const rest = each(ast.rest.map(({ type }) => find(type)))
    return rest === undefined && elements.every((place) => place === undefined)
      ? undefined
      : { _tag: "List", elements, rest }
  }

  const transformed = (ast: SchemaAST.Transformation): Place | undefined => {
    if (ast.transformation._tag === "TypeLiteralTransformation") {
      return object(ast)
    }
    const from = find(ast.from)
    if (settings.byTypeNames) {
      return each([from, find(ast.to)])
    }
    // known on the type side alone: which part of the encoded value that is cannot be told
    const policy = from === undefined ? deepest(find(ast.to), new Set()) : Annotated.policy(ast.to, settings.policy)
    return policy === undefined ? from : each([from, { _tag: "Whole", policy }])
  }

  const later = (ast: SchemaAST.Suspend): Place => {
    const known = suspended.get(ast)
    if (known !== undefined) {
      return known
    }
    let found: { readonly place: Place | undefined } | undefined
    const place: Place = {
      _tag: "Later",
      place: () => {
        found ??= { place: find(ast.f()) }
        return found.place
      }
    }
    suspended.set(ast, place)
    return place
  }

  return find
}

/** Several places of one value. */
const each = (places: ReadonlyArray<Place | undefined>): Place | undefined => {
  const found = places.filter((place) => place !== undefined)
  return found.length <= 1 ? found[0] : { _tag: "Each", places: found }
}

/** The strictest policy anywhere within. */
const deepest = (place: Place | undefined, seen: Set<Place>): RedactPolicy | undefined => {
  if (place === undefined || seen.has(place)) {
    return undefined
  }
  seen.add(place)
  switch (place._tag) {
    case "Whole":
      return place.policy
    case "Object":
      return strictest([...place.properties.values(), place.rest].map((each) => deepest(each, seen)))
    case "List":
      return strictest([...place.elements, place.rest].map((each) => deepest(each, seen)))
    case "Each":
      return strictest(place.places.map((each) => deepest(each, seen)))
    case "Later":
      return deepest(place.place(), seen)
  }
}

/** What there is within one property of an object. */
export const within = (place: Place | undefined, key: string): Place | undefined => {
  switch (place?._tag) {
    case "Whole":
      return place
    case "Object":
      return place.declared.has(key) ? place.properties.get(key) : place.rest
    case "Each":
      return each(place.places.map((one) => within(one, key)))
    case "Later":
      return within(place.place(), key)
    default:
      return undefined
  }
}

/** The strictest policy within it. */
export const policyWithin = (place: Place | undefined, key: string): RedactPolicy | undefined =>
  deepest(within(place, key), new Set())

/** Personal data within a property: where, and what becomes of it. */
export interface Path {
  /** Empty for the property itself; `*` stands for every key, `[]` for every element. */
  readonly path: string
  readonly policy: RedactPolicy
}

/** All places as paths, each with its strictest policy, in the order of the schema. */
export const paths = (place: Place | undefined): ReadonlyArray<Path> => {
  const found = new Map<string, RedactPolicy>()
  const visit = (place: Place | undefined, path: string, above: ReadonlyArray<Place>): void => {
    if (place === undefined || above.includes(place)) {
      return
    }
    const down = [...above, place]
    switch (place._tag) {
      case "Whole":
        found.set(path, strictest([found.get(path), place.policy]) ?? place.policy)
        return
      case "Object":
        for (const [key, value] of place.properties) {
          visit(value, path === "" ? key : `${path}.${key}`, down)
        }
        return visit(place.rest, path === "" ? "*" : `${path}.*`, down)
      case "List":
        for (const value of [...place.elements, place.rest]) {
          visit(value, `${path}[]`, down)
        }
        return
      case "Each":
        for (const value of place.places) {
          visit(value, path, down)
        }
        return
      case "Later":
        return visit(place.place(), path, down)
    }
  }
  visit(place, "", [])
  return Array.from(found, ([path, policy]) => ({ path, policy }))
}
