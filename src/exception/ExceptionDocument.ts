/**
 * The own properties of an `$exception` event as JSON text, within a bound: what is least needed goes first.
 *
 * @since 0.1.0
 */
import * as BoundedText from "../domain/BoundedText.js"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import type { ExceptionMetadata } from "./ExceptionMetadata.js"
import * as Metadata from "./ExceptionMetadata.js"
import type { SnapshotEntry } from "./input/ExceptionSnapshot.js"

/** One entry with its message as it may be shown and its stack's frame lines, innermost first. */
export interface DocumentEntry {
  readonly entry: SnapshotEntry
  readonly value: string
  readonly fields: JsonObject | undefined
  readonly lines: ReadonlyArray<string>
}

export interface Contents {
  /** At least one, the outermost first. */
  readonly entries: ReadonlyArray<DocumentEntry>
  readonly metadata: ExceptionMetadata
  /** The other properties, none of them reserved. */
  readonly properties: JsonObject
  readonly frames: {
    /** A frame's JSON text, `undefined` for a line that is none. */
    readonly write: (line: string) => string | undefined
    /** The same without source lines. */
    readonly writeBare: (line: string) => string | undefined
  }
}

export interface Document {
  /** The text of a JSON object. */
  readonly text: string
  readonly names: ReadonlyArray<string>
}

/** How much of everything is told. */
interface Detail {
  readonly context: boolean
  readonly frames: number
  readonly entries: number
  readonly message: number
  readonly fields: boolean
  /** Bytes, nearly, that one property may have. */
  readonly property: number
}

const everything: Detail = {
  context: true,
  frames: Number.POSITIVE_INFINITY,
  entries: Number.POSITIVE_INFINITY,
  message: Number.POSITIVE_INFINITY,
  fields: true,
  property: Number.POSITIVE_INFINITY
}

/** What is given up, step by step, until an event fits. */
const lessAndLess = (): ReadonlyArray<Detail> => {
  const bare = { ...everything, context: false }
  const short = { ...bare, frames: 10 }
  const terse = { ...short, message: 1024, fields: false, property: 4096 }
  const few = { ...terse, frames: 5, entries: 10, property: 64 }
  return [everything, bare, short, terse, few, { ...few, frames: 0, entries: 1, message: 256, property: 0 }]
}

/** The text, of at most so many bytes unless even the least is more. */
export const make = (contents: Contents, maxBytes: number): Document => {
  let document = render(contents, everything)
  for (const detail of exceeds(document.text, maxBytes) ? lessAndLess().slice(1) : []) {
    document = render(contents, detail)
    if (!exceeds(document.text, maxBytes)) {
      break
    }
  }
  return document
}

const exceeds = (text: string, maxBytes: number): boolean =>
  // a UTF-16 unit is at most three bytes: only what may be too large is measured
  text.length * 3 > maxBytes && (text.length > maxBytes || Buffer.byteLength(text) > maxBytes)

const render = ({ entries, frames, metadata, properties }: Contents, detail: Detail): Document => {
  const outermost = entries[0]!
  const write = detail.context ? frames.write : frames.writeBare
  const list: Array<string> = []
  for (let i = 0; i < entries.length && i < detail.entries; i++) {
    list.push(renderEntry(entries[i]!, i, small(metadata.mechanism, Math.max(detail.property, 64)), detail, write))
  }
  const { fingerprint, level, source } = metadata
  const said: JsonObject = {
    ...small(
      fingerprint === undefined ? properties : { ...properties, $exception_fingerprint: fingerprint },
      detail.property
    ),
    $exception_type: outermost.entry.type,
    $exception_message: BoundedText.cut(outermost.value, detail.message),
    ...(level === undefined ? undefined : { $exception_level: level }),
    ...(source === undefined ? undefined : { $exception_source: source })
  }
  return {
    text: `${JSON.stringify(said).slice(0, -1)},"$exception_list":[${list.join(",")}]}`,
    names: [...Object.keys(said), "$exception_list"]
  }
}

const renderEntry = (
  { entry, fields, lines, value }: DocumentEntry,
  id: number,
  outermost: JsonObject,
  detail: Detail,
  write: (line: string) => string | undefined
): string => {
  const data = id > 0 && detail.fields && fields !== undefined ? { data: fields } : undefined
  const mechanism = { exception_id: id, ...(id === 0 ? outermost : Metadata.nested(entry)), ...data }
  const stack: Array<string> = []
  for (let i = 0; i < lines.length && stack.length < detail.frames; i++) {
    const frame = write(lines[i]!)
    if (frame !== undefined) {
      stack.push(frame)
    }
  }
  // V8 tells the crash site first, PostHog wants it last (EXC-04, EXC-05)
  const trace = stack.length === 0 ? "" : `,"stacktrace":{"type":"raw","frames":[${stack.toReversed().join(",")}]}`
  return `{"type":${JSON.stringify(entry.type)},"value":${
    JSON.stringify(BoundedText.cut(value, detail.message))
  },"mechanism":${JSON.stringify(mechanism)}${trace}}`
}

/** The properties without those whose JSON is longer than this. */
const small = (properties: JsonObject, maxLength: number): JsonObject => {
  if (maxLength === Number.POSITIVE_INFINITY) {
    return properties
  }
  const result: Record<string, JsonValue> = Object.create(null)
  for (const [name, value] of Object.entries(properties)) {
    if (name.length + JSON.stringify(value).length <= maxLength) {
      result[name] = value
    }
  }
  return result
}
