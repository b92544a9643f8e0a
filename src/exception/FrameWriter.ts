/**
 * The JSON text of stack frames, with the source lines around them (EXC-08, EXC-09, EXC-15). A line of a stack is looked
 * into once: the next exception that comes by there finds the finished text.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { holdsHalfPairs } from "../domain/PlainJson.js"
import * as ByteCache from "./source/ByteCache.js"
import * as SourceContext from "./source/SourceContext.js"
import type { SourceFile } from "./source/SourceFile.js"
import type { SourceFiles } from "./source/SourceFiles.js"
import type { SourceMaps } from "./source/SourceMaps.js"
import type { FrameOrigin } from "./stack/FrameOrigin.js"
import * as StackLine from "./stack/StackLine.js"

export interface Settings {
  readonly origin: FrameOrigin
  readonly files: SourceFiles
  readonly maps: SourceMaps | undefined
  /** `undefined` for frames without source lines. */
  readonly context: { readonly lines: number; readonly maxLineLength: number } | undefined
  /** What is sent of a source line; it does not throw, and says the same of the same line. */
  readonly redact: (line: string) => string
  /** Bytes of finished frames that are kept. */
  readonly maxCachedBytes: number
}

export interface FrameWriter {
  /** Those of the lines for which something has to be read first. None: all of them can be written. */
  readonly missing: (lines: ReadonlyArray<string>) => ReadonlyArray<string>
  /** Reads what is missing and writes the frames, so that they are there whatever is forgotten meanwhile. */
  readonly prepare: (lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** The same at once, for a process that ends. */
  readonly prepareSync: (lines: ReadonlyArray<string>) => void
  /** `undefined` where the line is no frame. What was not read is not told. */
  readonly write: (line: string) => string | undefined
  /** The frame without its source lines, for an event that has to shrink. */
  readonly writeBare: (line: string) => string | undefined
  readonly stats: () => Stats
}

export interface Stats {
  readonly frames: number
  readonly bytes: number
  readonly files: number
  readonly fileBytes: number
  readonly maps: number
  readonly mapBytes: number
}

/** A frame's text; its source lines are the end of it. */
interface Written {
  readonly text: string
  /** How long it is without them, up to the closing brace. */
  readonly bareLength: number
}

/** Where a frame stands, behind a source map if there is one. */
interface Position {
  readonly path: string | undefined
  readonly place: string
  readonly line: number | undefined
  readonly column: number | undefined
  readonly file: SourceFile | undefined
}

interface Missing {
  readonly path: string
  readonly from: SourceFiles | SourceMaps
}

export const make = (settings: Settings): FrameWriter => {
  const { files, maps, origin } = settings
  const context = settings.context === undefined ? undefined : { ...settings.context, redact: settings.redact }
  const frames = ByteCache.make<Written>(Number.POSITIVE_INFINITY, settings.maxCachedBytes)

  const positionOf = (frame: StackLine.RawFrame): Position =>
    frame.path === undefined || frame.line === undefined
      ? { ...frame, file: undefined }
      : maps?.original(frame.path, frame.line, frame.column) ?? { ...frame, file: undefined }

  /** `position`: the frame's. */
  const missingOf = (frame: StackLine.RawFrame, { file, path }: Position): Missing | undefined => {
    if (frame.path === undefined || frame.line === undefined) {
      return undefined
    }
    if (maps !== undefined && !maps.isLoaded(frame.path)) {
      return { path: frame.path, from: maps }
    }
    return context !== undefined && file === undefined && path !== undefined && files.peek(path) === undefined
      ? { path, from: files }
      : undefined
  }

  const contextOf = ({ column, file, line, path }: Position): SourceContext.SourceContext | undefined => {
    if (context === undefined || line === undefined) {
      return undefined
    }
    const source = file ?? (path === undefined ? undefined : files.peek(path))
    return source === undefined || source === "absent"
      ? undefined
      : SourceContext.window(source, line, column, context)
  }

  const render = (frame: StackLine.RawFrame, position: Position): Written => {
    const { absPath, filename, inApp, module } = origin(position.path, position.place)
    const bare = stringify({
      platform: "node:javascript",
      filename,
      abs_path: absPath,
      function: frame.functionName ?? "?",
      module,
      lineno: position.line,
      colno: position.column,
      in_app: inApp
    })
    const lines = contextOf(position)
    return {
      // joined, not concatenated: the text is kept as one piece
      text: lines === undefined ? bare : [bare.slice(0, -1), ",", stringify(lines).slice(1)].join(""),
      bareLength: bare.length - 1
    }
  }

  const find = (line: string): Written | undefined => {
    const known = frames.get(line)
    if (known !== undefined) {
      return known
    }
    const frame = StackLine.parse(line)
    if (frame === undefined) {
      return undefined
    }
    const position = positionOf(frame)
    const written = render(frame, position)
    if (missingOf(frame, position) === undefined) {
      frames.set(detached(line), written, 2 * (line.length + written.text.length) + overhead)
    }
    return written
  }

  const missingFor = (line: string): Missing | undefined => {
    const frame = StackLine.parse(line)
    return frame === undefined ? undefined : missingOf(frame, positionOf(frame))
  }

  const missing = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
    lines.filter((line) => frames.get(line) === undefined && missingFor(line) !== undefined)

  const prepareLine = (line: string, step: number): Effect.Effect<void> =>
    Effect.suspend(() => {
      const next = step > maxSteps ? undefined : missingFor(line)
      if (next !== undefined) {
        return Effect.zipRight(next.from.load(next.path), prepareLine(line, step + 1))
      }
      find(line)
      return Effect.void
    })

  const prepareLineSync = (line: string) => {
    for (let step = 1; step <= maxSteps; step++) {
      const next = missingFor(line)
      if (next === undefined) {
        break
      }
      next.from.loadSync(next.path)
    }
    find(line)
  }

  return {
    missing,
    prepare: (lines) =>
      Effect.suspend(() =>
        Effect.forEach(new Set(missing(lines)), (line) => prepareLine(line, 1), { concurrency, discard: true })
      ),
    prepareSync: (lines) => {
      for (const line of new Set(missing(lines))) {
        prepareLineSync(line)
      }
    },
    write: (line) => find(line)?.text,
    writeBare: (line) => {
      const written = find(line)
      return written === undefined || written.bareLength === written.text.length - 1
        ? written?.text
        : `${written.text.slice(0, written.bareLength)}}`
    },
    stats: () => {
      const { bytes: fileBytes, files: fileCount } = files.stats()
      const { bytes: mapBytes, maps: mapCount } = maps?.stats() ?? { bytes: 0, maps: 0 }
      return {
        frames: frames.size(),
        bytes: frames.bytes(),
        files: fileCount,
        fileBytes,
        maps: mapCount,
        mapBytes
      }
    }
  }
}

/** The generated file and its map, then the source behind it. What could not be read in so many steps is left out. */
const maxSteps = 3

const concurrency = 8

// the objects around a text
const overhead = 256

/** A piece of a stack keeps the whole stack in memory; a copy of the piece does not. */
const detached = (line: string): string => ` ${line}`.slice(1)

const stringify = (value: object): string => {
  const json = JSON.stringify(value)
  return holdsHalfPairs(json)
    ? JSON.stringify(value, (_, item: unknown) => typeof item === "string" ? item.toWellFormed() : item)
    : json
}
