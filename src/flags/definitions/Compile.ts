/**
 * From a body, as a text or as a value, to a set that flags are evaluated with.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as FlagDefinitions from "../evaluation/FlagDefinitions.js"
import * as LocalFlags from "../evaluation/LocalFlags.js"
import type { CachedDefinitions } from "./CachedDefinitions.js"

export type Body =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Value"; readonly value: CachedDefinitions }

/** Makes a set, or says what is wrong with the body. */
export type Compile = (body: Body) => Either.Either<LocalFlags.LocalFlags, string>

export const make = (options: LocalFlags.LocalFlagsOptions): Compile => (body) => {
  try {
    return Either.mapBoth(
      body._tag === "Text"
        ? FlagDefinitions.parse(body.text)
        : FlagDefinitions.decode(body.value, { ambiguousIntegers: body.value.ambiguous_integers === true }),
      {
        onLeft: ({ problem }) => problem,
        onRight: (definitions) => LocalFlags.make(definitions, options)
      }
    )
  } catch {
    return Either.left("they cannot be compiled")
  }
}
