/**
 * Source files by their paths, each read once. The code that runs was read when the process started: what the disk says
 * later is no better.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ByteCache from "./ByteCache.js"
import * as SourceFile from "./SourceFile.js"
import * as TextFile from "./TextFile.js"

export interface Settings {
  /** A larger file is absent. */
  readonly maxFileBytes: number
  readonly maxFiles: number
  readonly maxBytes: number
}

export interface SourceFiles {
  readonly settings: Settings
  /** `undefined`: nobody has looked yet. */
  readonly peek: (path: string) => SourceFile.SourceFile | "absent" | undefined
  /** Looks, unless that was done; several at the same time share one read. */
  readonly load: (path: string) => Effect.Effect<void>
  /** The same at once, for a process that ends. */
  readonly loadSync: (path: string) => void
  readonly stats: () => { readonly files: number; readonly bytes: number }
}

export const make = (settings: Settings): SourceFiles => {
  const files = ByteCache.make<SourceFile.SourceFile>(settings.maxFiles, settings.maxBytes)
  const absent = ByteCache.make<true>(maxAbsent, Number.POSITIVE_INFINITY)
  const reads = new Map<string, Promise<void>>()

  const peek = (path: string) =>
    files.get(path) ?? (absent.get(path) === true || !isSource(path) ? "absent" : undefined)

  const store = (path: string, content: TextFile.TextFile) => {
    if (content === "unknown") {
      return
    }
    const file = content === "absent" ? undefined : SourceFile.make(content.text, content.isAscii)
    // one that cannot be kept would be read for each exception
    if (file === undefined || file.bytes > settings.maxBytes || settings.maxFiles < 1) {
      absent.set(path, true, 0)
    } else {
      files.set(path, file, file.bytes)
    }
  }

  const readShared = (path: string): Promise<void> => {
    // the read is nobody's own: who is interrupted leaves it to the others
    let read = reads.get(path)
    if (read === undefined) {
      read = TextFile.read(path, settings.maxFileBytes).then((content) => {
        reads.delete(path)
        store(path, content)
      })
      reads.set(path, read)
    }
    return read
  }

  return {
    settings,
    peek,
    load: (path) =>
      Effect.suspend(() =>
        peek(path) === undefined ? Effect.ignore(Effect.tryPromise(() => readShared(path))) : Effect.void
      ),
    loadSync: (path) => {
      if (peek(path) === undefined) {
        store(path, TextFile.readNow(path, settings.maxFileBytes))
      }
    },
    stats: () => ({ files: files.size(), bytes: files.bytes() })
  }
}

/** Paths without a file that are remembered. */
const maxAbsent = 2000

/**
 * A stack is a text, and may come from anywhere: a path in it must not make any other file of this machine part of an
 * event.
 */
const isSource = (path: string): boolean => TextFile.isLocal(path) && sourceName.test(path)

const sourceName = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|mdx|coffee|civet|imba|marko)$/i
