/**
 * From what was taken of an exception to its finished event: frames, source lines, redaction, the bound.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import process from "node:process"
import type { ExceptionBoundary } from "../domain/ExceptionBoundary.js"
import type { JsonObject } from "../domain/JsonValue.js"
import { type EventDraft, isFinished } from "../event/EventBuilder.js"
import type { FinishedEvent } from "../event/FinishedEvent.js"
import * as ExceptionDocument from "./ExceptionDocument.js"
import * as ExceptionMetadata from "./ExceptionMetadata.js"
import * as FrameWriter from "./FrameWriter.js"
import type { ExceptionSnapshot } from "./input/ExceptionSnapshot.js"
import * as Redaction from "./privacy/Redaction.js"
import * as ReservedProperties from "./ReservedProperties.js"
import type { ResolvedExceptionOptions } from "./ResolvedExceptionOptions.js"
import * as SourceFiles from "./source/SourceFiles.js"
import * as SourceMaps from "./source/SourceMaps.js"
import * as FrameOrigin from "./stack/FrameOrigin.js"
import { libraryRoot } from "./stack/LibraryRoot.js"
import * as Stack from "./stack/Stack.js"

/** An exception as it waits to be prepared. */
export interface Exception {
  readonly snapshot: ExceptionSnapshot
  readonly told: ExceptionMetadata.Told
  readonly boundary: ExceptionBoundary
  readonly draft: EventDraft
  /** Properties that the surroundings add where the caller has none of that name. */
  readonly around: JsonObject
}

export interface ExceptionWriter {
  /** Do the ids and the scope alone leave no room for an exception? */
  readonly isTooLarge: (draft: EventDraft) => boolean
  /** Begins with the writing: not in the caller's step. */
  readonly write: (exception: Exception) => Writing
  readonly cachedBytes: () => number
}

export interface Writing {
  /** Reads the files that its frames stand in, as far as they can be had in two seconds. */
  readonly load: Effect.Effect<void>
  readonly loadSync: () => void
  /** `undefined` where the event is larger than any may be. */
  readonly finish: () => FinishedEvent | undefined
}

export const make = (options: ResolvedExceptionOptions): ExceptionWriter => {
  const redaction = Redaction.make(options.redaction)
  const files = SourceFiles.make(options.files)
  const frames = FrameWriter.make({
    origin: FrameOrigin.make({ cwd: workingFolder(), library: libraryRoot, isInApp: options.isInApp }),
    files,
    maps: options.sourceMaps ? SourceMaps.make(files) : undefined,
    context: options.context,
    redact: (line) => redaction.text(line, "context"),
    maxCachedBytes: options.files.maxBytes
  })
  const ambient = new WeakMap<JsonObject, JsonObject>()

  /** What the scope and the client add to every event, as far as it must not be shown as it is. */
  const redactedAmbient = (values: JsonObject): JsonObject => {
    let changed = ambient.get(values)
    if (changed === undefined) {
      const redacted = redaction.properties(values)
      changed = redacted === values
        ? {}
        : Object.fromEntries(Object.entries(redacted).filter(([name, value]) => value !== values[name]))
      ambient.set(values, changed)
    }
    return changed
  }

  /** `fields`: the outermost error's, as they may be shown. */
  const propertiesOf = ({ around, draft, snapshot }: Exception, fields: JsonObject | undefined): JsonObject =>
    ReservedProperties.without({
      ...redactedAmbient(draft.ambient.values),
      ...redaction.properties(around),
      ...(fields === undefined ? undefined : prefixed(fields)),
      ...(snapshot.attributes === undefined ? undefined : redaction.properties(snapshot.attributes)),
      ...redaction.properties(draft.properties)
    })

  /** Bytes that an exception's own properties may have. */
  const roomIn = ({ ambient, distinctId }: EventDraft): number =>
    options.maxEventBytes - envelope - Buffer.byteLength(distinctId) - Buffer.byteLength(ambient.members)

  const write = (exception: Exception): Writing => {
    const { boundary, draft, snapshot, told } = exception
    const stacks = snapshot.entries.map((entry) => Stack.lines(entry, options.maxFrames))
    return {
      load: Effect.suspend(() => {
        const missing = frames.missing(stacks.flat())
        return missing.length === 0
          ? Effect.void
          // a disk that does not answer must not hold up the exceptions behind this one
          : Effect.asVoid(Effect.timeoutOption(frames.prepare(missing), loadTimeout))
      }),
      loadSync: () => frames.prepareSync(stacks.flat()),
      finish: () => {
        const entries = snapshot.entries.map((entry, i) => ({
          entry,
          value: redaction.text(entry.value, "message"),
          fields: entry.fields === undefined ? undefined : redaction.properties(entry.fields),
          lines: stacks[i]!
        }))
        const document = ExceptionDocument.make({
          entries,
          metadata: ExceptionMetadata.make(snapshot, told, boundary),
          properties: propertiesOf(exception, entries[0]!.fields),
          frames
        }, roomIn(draft))
        const event = draft.finish(document.text, [...document.names, ...ReservedProperties.names])
        return isFinished(event) ? event : undefined
      }
    }
  }

  return {
    isTooLarge: (draft) => roomIn(draft) < leastRoom,
    write,
    cachedBytes: () => {
      const { bytes, fileBytes, mapBytes } = frames.stats()
      return bytes + fileBytes + mapBytes
    }
  }
}

const loadTimeout = "2 seconds"

// event name, uuid and timestamp around the properties
const envelope = 512
// one exception of which everything was given up that can be
const leastRoom = 8192

const prefixed = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`exception.${name}`, value]))

const workingFolder = (): string => {
  try {
    return process.cwd()
  } catch {
    // it has been deleted under the process
    return "/"
  }
}
