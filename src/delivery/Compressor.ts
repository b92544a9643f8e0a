/**
 * Compresses bodies one after the other, off the caller's thread. What zlib needs for it is kept for the next body: to
 * make it anew takes as long as a small body does.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Compression from "./Compression.js"

export interface Compressor {
  /** The bytes, compressed; `undefined` where they are sent as they are: for `none`, and where compressing fails. */
  readonly compress: (body: Uint8Array) => Effect.Effect<Uint8Array | undefined>
}

type Done = (compressed: Uint8Array | undefined) => void

type Compress = (body: Uint8Array, done: Done) => void

/** What as many bodies at the same time as `kept` need is kept for later ones. */
export const make = (kind: Compression.Compression, kept: number): Compressor => {
  const compress = compressOf(kind, kept)
  return {
    compress: (body) =>
      compress === undefined
        ? Effect.succeed(undefined)
        : Effect.async((resume) => {
          const done = (compressed: Uint8Array | undefined) => resume(Effect.succeed(compressed))
          try {
            compress(body, done)
          } catch {
            // no memory for it, for instance
            done(undefined)
          }
        })
  }
}

const compressOf = (kind: Compression.Compression, kept: number): Compress | undefined => {
  const way = kind === "none" ? undefined : Compression.codecs[kind]?.async
  return way === undefined
    ? undefined
    : way._tag === "Reusable"
    ? reusing(way.open, kept)
    : (body, done) => way.compress(body, (error, compressed) => done(error === null ? compressed : undefined))
}

const reusing = (open: () => Compression.Reusable, kept: number): Compress => {
  const spare: Array<Stream> = []
  return (body, done) => {
    const stream = spare.pop() ?? new Stream(open())
    stream.compress(body, (compressed) => {
      if (compressed !== undefined && spare.length < kept) {
        spare.push(stream)
      } else {
        // at once: its memory is not the collector's, and events that are sent past the buffer may be many
        stream.close()
      }
      done(compressed)
    })
  }
}

class Stream {
  private readonly zlib: Compression.Reusable
  private pieces: Array<Uint8Array> = []
  private done: Done = () => {}

  constructor(zlib: Compression.Reusable) {
    this.zlib = zlib
    zlib.on("data", (piece: Uint8Array) => this.pieces.push(piece))
    zlib.on("error", () => this.done(undefined))
  }

  compress(body: Uint8Array, done: Done) {
    this.done = done
    this.zlib.write(body, (error) => {
      // then "error" follows
      if (error === null || error === undefined) {
        const { pieces } = this
        this.pieces = []
        this.zlib.reset()
        done(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))
      }
    })
  }

  close() {
    this.zlib.close()
  }
}
