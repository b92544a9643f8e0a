/**
 * What is noted about a request (seed 001 §2.1).
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../domain/JsonValue.js"
import { LazyMap } from "../../scope/LazyMap.js"
import * as Metadata from "../../scope/Metadata.js"
import * as Slots from "../../scope/Slots.js"
import * as ReceivedHeaders from "./ReceivedHeaders.js"
import * as RequestTarget from "./RequestTarget.js"

export interface Known {
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly method: string
  readonly path: string
  /** With its question mark, or empty. */
  readonly query: string
}

type Notes = ReadonlyMap<string, Slots.Slot<Metadata.MetadataEntry>>

/** As long as the value is in JSON, without its quotes. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** So few of them cannot come to more than a scope may hold. */
const maxPlain = 512

/** They are read when somebody asks for them; what comes of the headers is taken now. */
export const make = (headers: ReceivedHeaders.Source, known: Known): Notes => {
  const contentType = headers["content-type"]
  const contentLength = headers["content-length"]
  return new LazyMap(() => notesOf(known, contentType, contentLength))
}

const notesOf = (known: Known, contentType: unknown, contentLength: unknown): Notes => {
  const notes = new Map<string, Slots.Slot<Metadata.MetadataEntry>>()
  let others: Array<readonly [key: string, value: JsonValue]> | undefined
  const add = (key: string, value: string | undefined) => {
    if (value === undefined) {
      return
    }
    if (value.length <= maxPlain && plain.test(value)) {
      notes.set(key, new Slots.Slot({ value, bytes: key.length + value.length + 2 }))
    } else {
      others = [...others ?? [], [key, value]]
    }
  }
  add("client_ip", known.address)
  add("user_agent", known.userAgent)
  add("method", known.method)
  add("path", known.path)
  add("content_type", ReceivedHeaders.text(contentType))
  const length = ReceivedHeaders.count(contentLength)
  if (length !== undefined) {
    others = [...others ?? [], ["content_length", length]]
  }
  if (known.query.length > 1) {
    others = [...others ?? [], ["query_params", RequestTarget.params(known.query)]]
  }
  if (others !== undefined) {
    for (const [key, entry] of Metadata.bounded(notes, others)) {
      notes.set(key, new Slots.Slot(entry))
    }
  }
  return notes
}
