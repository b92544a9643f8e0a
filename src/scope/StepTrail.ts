/**
 * The steps that one request has taken: a log, bounded in bytes, of which the oldest entries are the first to go.
 *
 * It is no part of what scopes merge. A tag belongs to the frame that set it and to the fiber that wrote it; a step belongs
 * to the request, whoever took it: it stays when the inner scope it was taken in has been left, and when the concurrent
 * child that took it has failed. So every copy of a frame, in whatever fiber, writes to the same trail.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"

/** Bytes of UTF-8 that a trail has as a JSON array, at most (STEPS-02). */
export const maxBytes = 32_768

interface Entry {
  readonly step: JsonObject
  /** Of its JSON text, and of what separates it from the next. */
  readonly bytes: number
}

const none: ReadonlyArray<JsonObject> = []

export class StepTrail {
  #entries: Array<Entry> | undefined = undefined
  /** Where the entries begin that still count: moving this on costs less than shifting an array. */
  #first = 0
  /** The brackets count as one byte here, for the last entry counts a separator that is not there. */
  #bytes = 1
  /** Does a copy read the same array? */
  #shared = false

  /** Adds a step, unless it alone is too large: then there is no room for it, and the answer is false. */
  add(step: JsonObject): boolean {
    const json = JSON.stringify(step)
    const bytes = json.length < maxBytes ? Buffer.byteLength(json) + 1 : Number.POSITIVE_INFINITY
    if (bytes + 1 > maxBytes) {
      return false
    }
    const entries = this.#own()
    entries.push({ step, bytes })
    this.#bytes += bytes
    while (this.#bytes > maxBytes) {
      this.#bytes -= entries[this.#first++]!.bytes
    }
    // each entry is moved once at most for every entry that went: constant time on average
    if (this.#first > 32 && this.#first * 2 > entries.length) {
      entries.splice(0, this.#first)
      this.#first = 0
    }
    return true
  }

  /** The newest steps that fit, the oldest of them first. */
  newest(maxBytes: number): ReadonlyArray<JsonObject> {
    const entries = this.#entries
    if (entries === undefined) {
      return none
    }
    let from = entries.length
    let bytes = 1
    while (from > this.#first && bytes + entries[from - 1]!.bytes <= maxBytes) {
      bytes += entries[--from]!.bytes
    }
    return entries.slice(from).map(({ step }) => step)
  }

  /** A trail that goes on from here by itself. Nothing is copied before one of the two goes on. */
  copy(): StepTrail {
    const copy = new StepTrail()
    if (this.#entries !== undefined) {
      copy.#entries = this.#entries
      copy.#first = this.#first
      copy.#bytes = this.#bytes
      copy.#shared = true
      this.#shared = true
    }
    return copy
  }

  #own(): Array<Entry> {
    if (this.#entries === undefined || this.#shared) {
      this.#entries = this.#entries?.slice(this.#first) ?? []
      this.#first = 0
      this.#shared = false
    }
    return this.#entries
  }
}
