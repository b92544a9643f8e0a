/**
 * Where the properties of an event came from: what its client said, otherwise what their names tell.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../../domain/JsonValue.js"
import { toJsonObject } from "../../domain/JsonValue.js"
import { type Frame, inspectionProperty, type Origin } from "./PageApi.js"

const InspectionSchema = Schema.Struct({
  origins: Schema.partial(Schema.Record({
    key: Schema.Literal("explicit", "tag", "section", "flag", "super", "system"),
    value: Schema.Array(Schema.String)
  })),
  frames: Schema.Array(Schema.Struct({
    id: Schema.String,
    mode: Schema.Literal("fresh", "inherited"),
    set: Schema.Record({ key: Schema.String, value: Schema.Unknown })
  }))
})

const decode = Schema.decodeUnknownEither(InspectionSchema)

/** The order in which the sources of a property win (the first that names it). */
const winners = ["explicit", "tag", "section", "flag", "super", "system"] as const

export interface Inspected {
  readonly originOf: (name: string) => Origin
  /** `null`: the client did not say. */
  readonly frames: ReadonlyArray<Frame> | null
  /** Without what the client said about them. */
  readonly properties: JsonObject
  /** What it said cannot be read. */
  readonly problem: string | undefined
}

const systemNames: ReadonlySet<string> = new Set([
  "$is_server",
  "$geoip_disable",
  "$os",
  "$os_version",
  "$process_person_profile",
  "$runtime",
  "$runtime_version"
])

const byName = (properties: JsonObject) => {
  const tags = properties["$context_tags"]
  const names = new Set(Array.isArray(tags) ? tags : [])
  return (name: string): Origin =>
    names.has(name)
      ? "tag"
      : name === "$context_tags" || name.startsWith("$lib") || systemNames.has(name)
      ? "system"
      : name.startsWith("$feature/") || name === "$active_feature_flags"
      ? "flag"
      : "unknown"
}

/** A frame is hidden where a fresh one stands above it. */
const withHidden = (frames: ReadonlyArray<Omit<Frame, "hidden">>): ReadonlyArray<Frame> => {
  const top = frames.findLastIndex(({ mode }) => mode === "fresh")
  return frames.map((frame, index) => ({ ...frame, hidden: index < top }))
}

/** Takes apart the properties of an event. */
export const inspect = (received: Readonly<Record<string, unknown>>): Inspected => {
  const { [inspectionProperty]: said, ...rest } = received
  const properties = toJsonObject(rest)
  const derived = byName(properties)
  if (said === undefined) {
    return { originOf: derived, frames: null, properties, problem: undefined }
  }
  const decoded = decode(said)
  if (Either.isLeft(decoded)) {
    return {
      originOf: derived,
      frames: null,
      properties,
      problem: `${inspectionProperty}: cannot be read; where properties came from is guessed`
    }
  }
  const { frames, origins } = decoded.right
  const origin = new Map<string, Origin>()
  for (const each of winners) {
    for (const name of origins[each] ?? []) {
      if (!origin.has(name)) {
        origin.set(name, each)
      }
    }
  }
  return {
    originOf: (name) => origin.get(name) ?? derived(name),
    frames: withHidden(frames.map(({ id, mode, set }) => ({ id, mode, set: toJsonObject(set) }))),
    properties,
    problem: undefined
  }
}
