/**
 * Source maps by the generated files they belong to, each read and parsed once.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ByteCache from "./ByteCache.js"
import type { SourceFiles } from "./SourceFiles.js"
import * as SourceMapComment from "./SourceMapComment.js"
import * as TextFile from "./TextFile.js"
import * as TraceMapping from "./TraceMapping.js"

export interface SourceMaps {
  /** Is it known whether this generated file has a map, and which? */
  readonly isLoaded: (path: string) => boolean
  /** Looks for the file's map, unless that was done. */
  readonly load: (path: string) => Effect.Effect<void>
  /** The same at once, for a process that ends. */
  readonly loadSync: (path: string) => void
  /** `undefined` where there is no map, or none that is loaded, or where it says nothing. `column`: the first is 1. */
  readonly original: (
    path: string,
    line: number,
    column: number | undefined
  ) => TraceMapping.OriginalPosition | undefined
  readonly stats: () => { readonly maps: number; readonly bytes: number }
}

export const make = (files: SourceFiles): SourceMaps => {
  const { maxBytes, maxFileBytes, maxFiles } = files.settings
  const maps = ByteCache.make<TraceMapping.TraceMapping>(maxFiles, maxBytes)
  const absent = ByteCache.make<true>(maxAbsent, Number.POSITIVE_INFINITY)
  // one after the other: they are parsed on the one thread there is, and a stack names the same file many times
  const turn = Effect.unsafeMakeSemaphore(1)

  const isLoaded = (path: string) =>
    maps.get(path) !== undefined || absent.get(path) === true || files.peek(path) === "absent"

  const store = (path: string, mapping: TraceMapping.TraceMapping | undefined) => {
    if (mapping === undefined || mapping.bytes > maxBytes || maxFiles < 1) {
      absent.set(path, true, 0)
    } else {
      maps.set(path, mapping, mapping.bytes)
    }
  }

  /** With the generated file at hand: the file that has to be read as well. */
  const look = (path: string): { readonly path: string; readonly lineCount: number } | undefined => {
    const file = files.peek(path)
    if (file === undefined || file === "absent") {
      return undefined
    }
    const place = SourceMapComment.find(file.text, path)
    if (place?._tag === "File") {
      return { path: place.path, lineCount: file.lineCount }
    }
    store(path, place === undefined ? undefined : TraceMapping.make(place.json, path, file.lineCount))
    return undefined
  }

  const accept = (
    path: string,
    map: { readonly path: string; readonly lineCount: number },
    content: TextFile.TextFile
  ) => {
    if (content !== "unknown") {
      store(path, content === "absent" ? undefined : TraceMapping.make(content.text, map.path, map.lineCount))
    }
  }

  const readMap = (path: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      const map = look(path)
      return map === undefined
        ? Effect.void
        : Effect.ignore(
          Effect.map(
            Effect.tryPromise(() => TextFile.read(map.path, maxFileBytes)),
            (content) => accept(path, map, content)
          )
        )
    })

  return {
    isLoaded,
    load: (path) => {
      const whenUnknown = (load: () => Effect.Effect<void>) =>
        Effect.suspend(() => isLoaded(path) ? Effect.void : load())
      return whenUnknown(() => turn.withPermits(1)(whenUnknown(() => Effect.zipRight(files.load(path), readMap(path)))))
    },
    loadSync: (path) => {
      if (!isLoaded(path)) {
        files.loadSync(path)
        const map = look(path)
        if (map !== undefined) {
          accept(path, map, TextFile.readNow(map.path, maxFileBytes))
        }
      }
    },
    original: (path, line, column) => maps.get(path)?.find(line, column ?? 1),
    stats: () => ({ maps: maps.size(), bytes: maps.bytes() })
  }
}

/** Files without a map that are remembered. */
const maxAbsent = 2000
