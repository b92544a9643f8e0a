/**
 * Compressing a request's body, off the caller's thread.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Process from "node:process"
import * as Zlib from "node:zlib"

/**
 * How a request's body is compressed, by the name that `Content-Encoding` has for it; `none` sends it as it is. `zstd`
 * needs Node 22.15 or later.
 *
 * @since 0.1.0
 * @category models
 */
export type Compression = "gzip" | "deflate" | "br" | "zstd" | "none"

/** All of them, the ones that this Node has not got included. */
export const kinds = ["gzip", "deflate", "br", "zstd", "none"] as const satisfies ReadonlyArray<Compression>

/**
 * Compresses what is written to it at once as a text of its own, if it is reset after each. A stream of zlib's, in words
 * that ask nobody who installs the package for Node's declarations.
 */
export interface Reusable {
  on(event: "data", listener: (piece: Uint8Array) => void): unknown
  on(event: "error", listener: () => void): unknown
  write(body: Uint8Array, done: (error: Error | null | undefined) => void): unknown
  reset(): void
  close(): void
}

interface Codec {
  readonly sync: (body: Uint8Array) => Uint8Array
  /** Where Node does not say that a stream can be used again, each body has one of its own. */
  readonly async: {
    readonly _tag: "Reusable"
    readonly open: () => Reusable
  } | {
    readonly _tag: "Once"
    readonly compress: (body: Uint8Array, done: (error: Error | null, compressed: Uint8Array) => void) => void
  }
}

// measured (npm run bench:compression) on 500 events of 375 kB: 0.65 ms and 6.9 %; level 1 0.67 and 7.2, 6 2.3 and 6.1
const zlib = { level: 1, chunkSize: 64 * 1024 }

// 0.33 ms and 5.4 %; quality 0 0.29 and 8.3, 4 1.4 and 5.4, 5 2.8 and 4.7
const brotli = {
  params: {
    [Zlib.constants.BROTLI_PARAM_QUALITY]: 1,
    [Zlib.constants.BROTLI_PARAM_MODE]: Zlib.constants.BROTLI_MODE_TEXT
  }
}

// 0.31 ms and 5.0 %; level 1 0.41 and 4.9, 3 0.40 and 5.4, 6 1.6 and 4.8
const zstd = { params: { [Zlib.constants.ZSTD_c_compressionLevel]: 2 } }

// every write ends a text
const whole = { ...zlib, flush: Zlib.constants.Z_FINISH }

export const codecs: { readonly [K in Exclude<Compression, "none">]: Codec | undefined } = {
  gzip: {
    sync: (body) => Zlib.gzipSync(body, zlib),
    // deflate's algorithm, for which `reset` is documented: the types have forgotten it here
    async: { _tag: "Reusable", open: () => Zlib.createGzip(whole) as Zlib.Gzip & Pick<Zlib.Deflate, "reset"> }
  },
  // the zlib format, as RFC 9110 has it: without its header and checksum it is no HTTP `deflate`
  deflate: {
    sync: (body) => Zlib.deflateSync(body, zlib),
    async: { _tag: "Reusable", open: () => Zlib.createDeflate(whole) }
  },
  br: {
    sync: (body) => Zlib.brotliCompressSync(body, brotli),
    async: { _tag: "Once", compress: (body, done) => Zlib.brotliCompress(body, brotli, done) }
  },
  // absent before Node 22.15, whatever the types say
  zstd: Predicate.isFunction(Zlib.zstdCompress)
    ? {
      sync: (body) => Zlib.zstdCompressSync(body, zstd),
      async: { _tag: "Once", compress: (body, done) => Zlib.zstdCompress(body, zstd, done) }
    }
    : undefined
}

/** Does this version of Node have it? */
export const isSupported = (kind: Compression): boolean => kind === "none" || codecs[kind] !== undefined

/** What is wrong with asking for it on this version of Node; `undefined` where nothing is. */
export const unsupported = (kind: Compression): string | undefined =>
  isSupported(kind) ? undefined : `compression "${kind}" needs Node 22.15 or later, and this is ${Process.version}`

/** The bytes, compressed in one blocking step: for a process that has no other left. */
export const compressSync = (kind: Compression, body: Uint8Array): Uint8Array | undefined => {
  try {
    return kind === "none" ? undefined : codecs[kind]?.sync(body)
  } catch {
    return undefined
  }
}
