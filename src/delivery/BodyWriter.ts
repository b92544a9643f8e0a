/**
 * Writes a request's body as bytes, event by event. The memory is used again for the next body: a burst of requests would
 * otherwise leave megabytes behind faster than they are collected.
 *
 * @since 0.1.0
 */
import type { FinishedEvent } from "../event/FinishedEvent.js"
import type { Protocol } from "./Protocol.js"

export interface BodyWriter {
  /** The bytes are the caller's until it gives them back with `release`. */
  readonly write: (protocol: Protocol, events: ReadonlyArray<FinishedEvent>, now: string) => Buffer
  readonly release: (body: Buffer) => void
}

const initialSize = 64 * 1024

// one body larger than this is not worth keeping for the next
const maxKept = 8 * 1024 * 1024

export const make = (): BodyWriter => {
  let spare: Buffer | undefined = undefined

  const take = (): Buffer => {
    const taken = spare ?? Buffer.allocUnsafe(initialSize)
    spare = undefined
    return taken
  }

  return {
    write: (protocol, events, now) => {
      let buffer = take()
      let length = 0
      const append = (text: string) => {
        // a UTF-16 unit is at most three bytes of UTF-8
        const needed = length + text.length * 3
        if (needed > buffer.length) {
          const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2))
          buffer.copy(larger, 0, 0, length)
          buffer = larger
        }
        length += buffer.write(text, length, "utf8")
      }
      append(protocol.open)
      events.forEach((event, index) => append(index === 0 ? protocol.event(event) : `,${protocol.event(event)}`))
      append(protocol.close(now))
      return buffer.subarray(0, length)
    },
    release: (body) => {
      if (body.buffer.byteLength <= maxKept) {
        spare = Buffer.from(body.buffer)
      }
    }
  }
}
