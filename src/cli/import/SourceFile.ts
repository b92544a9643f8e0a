/**
 * The file that is imported: which one it is, and its bytes from any place on, decompressed where they are compressed.
 *
 * @since 0.1.0
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { createGunzip } from "node:zlib"
import { CliError } from "../CliError.js"
import type { Format } from "./RecordSplitter.js"
import * as RecordSplitter from "./RecordSplitter.js"

export interface SourceFile {
  readonly path: string
  readonly format: Format
  /** Bytes, as it lies on the disk. */
  readonly size: number
  readonly isGzip: boolean
  /** Tells this file from another one of the same name. */
  readonly fingerprint: string
}

const headBytes = 64 * 1024
const chunkBytes = 128 * 1024

const failed = (path: string, why: string) =>
  new CliError({ reason: "fileSystem", message: `${path} cannot be read: ${why}` })

export const open = (
  path: string,
  format: Option.Option<Format>
): Effect.Effect<SourceFile, CliError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const head = yield* Effect.scoped(Effect.gen(function*() {
      const info = yield* fs.stat(path)
      if (info.type !== "File") {
        return yield* failed(path, "it is no file")
      }
      const file = yield* fs.open(path)
      const bytes = yield* file.readAlloc(FileSystem.Size(headBytes))
      return { size: Number(info.size), bytes: Option.getOrElse(bytes, () => new Uint8Array()) }
    })).pipe(Effect.catchTags({
      SystemError: ({ message }) => failed(path, message),
      BadArgument: ({ message }) => failed(path, message)
    }))
    const [first, second] = head.bytes
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
      return yield* new CliError({ reason: "malformed", message: `${path} is UTF-16; an import takes UTF-8.` })
    }
    const found = Option.orElse(format, () => formatOf(path))
    if (Option.isNone(found)) {
      return yield* new CliError({
        reason: "missingOption",
        message: `Is ${path} NDJSON or CSV? Its name does not say: pass --format.`
      })
    }
    return {
      path,
      format: found.value,
      size: head.size,
      isGzip: first === 0x1f && second === 0x8b,
      fingerprint: createHash("sha256").update(`${head.size}:`).update(head.bytes).digest("hex")
    }
  })

const formatOf = (path: string): Option.Option<Format> => {
  const name = path.toLowerCase().replace(/\.gz$/, "")
  return /\.(ndjson|jsonl|json)$/.test(name)
    ? Option.some("ndjson")
    : name.endsWith(".csv")
    ? Option.some("csv")
    : Option.none()
}

/**
 * The bytes from `offset` on, counted after decompression. `onRead` is told how many bytes of the file itself were read.
 * In a compressed file nothing can be skipped without reading it.
 */
export const bytes = (
  source: SourceFile,
  offset: number,
  onRead: (count: number) => void = () => undefined
): Stream.Stream<Uint8Array, CliError, FileSystem.FileSystem> => {
  const { isGzip, path } = source
  const stored = Stream.unwrap(
    Effect.map(
      FileSystem.FileSystem,
      (fs) => fs.stream(path, { chunkSize: chunkBytes, bufferSize: 1, offset: isGzip ? 0 : offset })
    )
  ).pipe(
    Stream.tap((chunk) => Effect.sync(() => onRead(chunk.length))),
    Stream.mapError(({ message }) => failed(path, message))
  )
  return isGzip
    ? stored.pipe(
      NodeStream.pipeThroughDuplex(
        () => createGunzip({ chunkSize: chunkBytes }),
        (error) => failed(path, error instanceof Error ? error.message : "it is no whole gzip file")
      ),
      skip(offset)
    )
    : stored
}

const skip = (offset: number) => <E, R>(self: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Uint8Array, E, R> =>
  Stream.mapAccum(self, offset, (left, chunk) => [Math.max(0, left - chunk.length), chunk.subarray(left)])

/** The first record of a CSV file that is not blank. */
export const firstRecord = (
  source: SourceFile
): Effect.Effect<Option.Option<RecordSplitter.RawRecord>, CliError, FileSystem.FileSystem> =>
  Effect.suspend(() => {
    const splitter = RecordSplitter.make(source.format, RecordSplitter.start)
    return bytes(source, 0).pipe(
      Stream.mapConcat(splitter.push),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(splitter.end()))),
      Stream.filter((record) => record.isTooLong || record.bytes.some((byte) => byte > 0x20)),
      Stream.runHead
    )
  })
