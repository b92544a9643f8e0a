/**
 * Writes a request's body as bytes, piece by piece. The memory is used again for later bodies: a burst of requests would
 * otherwise leave megabytes behind faster than they are collected.
 *
 * @since 0.1.0
 */

export interface BodyWriter {
  /** The bytes are the caller's until it gives them back with `release`. What `write` throws is thrown on. */
  readonly write: (write: (append: (text: string) => void) => void) => Buffer
  readonly release: (body: Buffer) => void
}

const initialSize = 64 * 1024

const ascii = 0x80

// a body larger than this is not worth keeping for a later one
const maxKept = 8 * 1024 * 1024

/** As many bodies as `kept` are kept for later ones. */
export const make = (kept: number): BodyWriter => {
  const spare: Array<Buffer> = []

  return {
    write: (write) => {
      let buffer = spare.pop() ?? Buffer.allocUnsafe(initialSize)
      let length = 0
      write((text) => {
        // a UTF-16 unit is at most three bytes of UTF-8
        const units = text.length
        const needed = length + units * 3
        if (needed > buffer.length) {
          const larger = Buffer.allocUnsafe(Math.max(needed, buffer.length * 2))
          buffer.copy(larger, 0, 0, length)
          buffer = larger
        }
        const first = units === 1 ? text.charCodeAt(0) : ascii
        if (first < ascii) {
          buffer[length++] = first
        } else {
          // as UTF-8: naming the encoding costs a look-up
          length += buffer.write(text, length)
        }
      })
      return buffer.subarray(0, length)
    },
    release: (body) => {
      if (spare.length < kept && body.buffer.byteLength <= maxKept) {
        spare.push(Buffer.from(body.buffer))
      }
    }
  }
}
