/**
 * What is said about an exception as a whole: for each field what the integration says, then what the error says of
 * itself, then the boundary's default; nothing where nobody knows (EXCMETA-09, EXCMETA-33).
 *
 * @since 0.1.0
 */
import type { ExceptionBoundary } from "../domain/ExceptionBoundary.js"
import * as ExceptionLevel from "../domain/ExceptionLevel.js"
import type { JsonObject, JsonValue } from "../domain/JsonValue.js"
import * as Mechanism from "../domain/Mechanism.js"
import type { ExceptionSnapshot, SnapshotEntry } from "./input/ExceptionSnapshot.js"
import { isFingerprint } from "./ReservedProperties.js"

/** What an integration says: anything, of which only what is valid counts. */
export interface Told {
  readonly handled?: unknown
  readonly level?: unknown
  readonly fingerprint?: unknown
  readonly source?: unknown
  readonly mechanism?: unknown
}

export interface ExceptionMetadata {
  /** `mechanism` of the outermost entry, without its links. */
  readonly mechanism: JsonObject
  readonly level: ExceptionLevel.ExceptionLevel | undefined
  readonly source: string | undefined
  readonly fingerprint: string | undefined
}

/** `boundary`: `undefined` in a builder without context, which never makes anything up (EXCMETA-04). */
export const make = (
  snapshot: ExceptionSnapshot,
  told: Told,
  boundary: ExceptionBoundary | undefined
): ExceptionMetadata => ({
  mechanism: outermost(snapshot.entries[0]!, told, boundary),
  level: ExceptionLevel.fromSeverity(told.level) ?? ExceptionLevel.fromSeverity(snapshot.severity) ?? boundary?.level,
  source: isHook(told.source) ? told.source : boundary?.source,
  fingerprint: isFingerprint(told.fingerprint) ? told.fingerprint.toWellFormed() : undefined
})

const outermost = (entry: SnapshotEntry, told: Told, boundary: ExceptionBoundary | undefined): JsonObject => {
  const { handled, synthetic, type, ...extensions } = Mechanism.fromUnknown(told.mechanism)
  return defined({
    type: type ?? boundary?.category,
    handled: typeof told.handled === "boolean" ? told.handled : handled ?? boundary?.handled,
    synthetic: synthetic ?? entry.synthetic,
    effect: entry.kind,
    ...extensions
  })
}

/** Of an entry below another one: what is its own, never anything of the outermost one's (EXCMETA-11, EXCMETA-16). */
export const nested = (entry: SnapshotEntry): JsonObject =>
  defined({
    type: "chained",
    parent_id: entry.parent,
    source: entry.edge,
    synthetic: entry.synthetic,
    effect: entry.kind
  })

/** Unknown is left out (EXCMETA-06). */
const defined = (fields: { readonly [name: string]: JsonValue | undefined }): JsonObject => {
  const result: Record<string, JsonValue> = Object.create(null)
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) {
      result[name] = value
    }
  }
  return result
}

const hook = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,4}$/

/** `<technology>.<stable_hook>` (EXCMETA-12) */
const isHook = (value: unknown): value is string => typeof value === "string" && hook.test(value)
