/**
 * Positions through a source map: the only module that knows the library for it.
 *
 * @since 0.1.0
 */
import { decodedMappings, FlattenMap, type SourceMapSegment, type TraceMap } from "@jridgewell/trace-mapping"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as SourceFile from "./SourceFile.js"

/** Where something stands in the file that was written. */
export interface OriginalPosition {
  /** Where the source is a file. */
  readonly path: string | undefined
  /** The path, or the source's name where it is none, as `webpack://app/main.ts`. */
  readonly place: string
  readonly line: number
  /** The first is 1. */
  readonly column: number
  /** The source where the map brings it. */
  readonly file: SourceFile.SourceFile | undefined
}

export interface TraceMapping {
  /** What it takes in memory, about. */
  readonly bytes: number
  /** `column`: the first is 1. */
  readonly find: (line: number, column: number) => OriginalPosition | undefined
}

/** `undefined` where this is no source map. Never throws. `lineCount`: of the generated file. */
export const make = (json: string, mapPath: string, lineCount: number): TraceMapping | undefined => {
  try {
    // a prefix against inclusion as a script is allowed
    const input: unknown = JSON.parse(json.startsWith(")]}") ? json.slice(json.indexOf("\n") + 1) : json)
    // the library trusts what it gets: `isMap` says that this is a map, and `find` that a position makes sense
    return isMap(input, lineCount, 0)
      ? fromParts(partsOf(FlattenMap(input as Parameters<typeof FlattenMap>[0], pathToFileURL(mapPath).href)))
      : undefined
  } catch {
    return undefined
  }
}

interface Parts {
  readonly segments: Segments
  /** Resolved; empty where a source has no name. */
  readonly sources: ReadonlyArray<string>
  readonly contents: ReadonlyArray<string | undefined>
}

/** What is needed of a map. On its own, so that no function holds on to all of it. */
const partsOf = (map: TraceMap): Parts => {
  const sources = map.resolvedSources.map((source, i) => typeof map.sources[i] === "string" ? source : "")
  return {
    segments: pack(decodedMappings(map)),
    sources,
    contents: sources.map((_, i) => map.sourcesContent?.[i] ?? undefined)
  }
}

const fromParts = ({ contents, segments, sources }: Parts): TraceMapping => {
  const files = new Map<number, SourceFile.SourceFile | undefined>()

  const fileOf = (source: number): SourceFile.SourceFile | undefined => {
    if (!files.has(source)) {
      const content = contents[source]
      files.set(source, content === undefined ? undefined : SourceFile.make(content))
    }
    return files.get(source)
  }

  return {
    bytes: segments.bytes + sources.reduce((sum, source) => sum + 2 * source.length, 0) +
      contents.reduce((sum, content) => sum + (content === undefined ? 0 : weightOf(content)), 0),
    find: (line, column) => {
      const segment = segments.find(line - 1, Math.max(0, column - 1))
      const name = segment && sources[segment.source]
      return segment === undefined || name === undefined || name === "" || segment.line < 0 || segment.column < 0
        ? undefined
        : { ...placeOf(name), line: segment.line + 1, column: segment.column + 1, file: fileOf(segment.source) }
    }
  }
}

/** A text, and where its lines begin: one for each 16 units is more than most files have. */
const weightOf = (content: string): number => content.length * (/[^\0-\xff]/.test(content) ? 2 : 1) + content.length / 4

interface Segment {
  readonly source: number
  readonly line: number
  readonly column: number
}

interface Segments {
  readonly bytes: number
  readonly find: (line: number, column: number) => Segment | undefined
}

const width = 4

/**
 * The mappings in 16 bytes each: as the library's lists of lists they would take the memory of a whole cache (measured
 * for a bundle of 2.3 MB: 34 MB against 4 MB).
 */
const pack = (lines: ReadonlyArray<ReadonlyArray<SourceMapSegment>>): Segments => {
  const starts = new Uint32Array(lines.length + 1)
  for (let i = 0; i < lines.length; i++) {
    starts[i + 1] = starts[i]! + lines[i]!.length
  }
  const cells = new Int32Array(starts[lines.length]! * width)
  let at = 0
  for (const line of lines) {
    for (const [column, source, originalLine, originalColumn] of line) {
      cells[at++] = column
      cells[at++] = source ?? -1
      cells[at++] = originalLine ?? -1
      cells[at++] = originalColumn ?? -1
    }
  }
  return {
    bytes: starts.byteLength + cells.byteLength,
    find: (line, column) => {
      // the last of the line that begins at the column or before
      let low = starts[line] ?? 0
      const first = low
      let high = starts[line + 1] ?? 0
      while (low < high) {
        const middle = (low + high) >>> 1
        if (cells[middle * width]! <= column) {
          low = middle + 1
        } else {
          high = middle
        }
      }
      const found = (low - 1) * width
      return low > first
        ? { source: cells[found + 1]!, line: cells[found + 2]!, column: cells[found + 3]! }
        : undefined
    }
  }
}

const maxDepth = 8

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isListOf = (value: unknown, allows: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(allows)

const isTextOrNull = (value: unknown): boolean => typeof value === "string" || value === null

const isMap = (value: unknown, lineCount: number, depth: number): boolean => {
  if (!isObject(value) || depth > maxDepth) {
    return false
  }
  const { mappings, sections, sourceRoot, sources, sourcesContent } = value
  if (sections !== undefined) {
    return isListOf(sections, (section) => isSection(section, lineCount, depth))
  }
  return typeof mappings === "string" && isListOf(sources, isTextOrNull) &&
    (sourcesContent === undefined || sourcesContent === null || isListOf(sourcesContent, isTextOrNull)) &&
    (sourceRoot === undefined || isTextOrNull(sourceRoot))
}

/** A section at line 1,000,000,000 would make the library build that many lines. */
const isSection = (value: unknown, lineCount: number, depth: number): boolean => {
  if (!isObject(value) || !isObject(value["offset"])) {
    return false
  }
  const { column, line } = value["offset"]
  return isWhole(line) && line <= lineCount && isWhole(column) && isMap(value["map"], lineCount, depth + 1)
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const placeOf = (name: string): { readonly path: string | undefined; readonly place: string } => {
  if (name.startsWith("file://")) {
    try {
      const path = fileURLToPath(name)
      return { path, place: path }
    } catch {
      // an escape that is none, or another machine's
    }
  }
  return { path: undefined, place: name }
}
