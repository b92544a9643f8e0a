/**
 * The stack of one exception: V8's lines, and the spans that it failed in.
 *
 * @since 0.1.0
 */
import type { SnapshotEntry } from "../input/ExceptionSnapshot.js"
import * as EffectLines from "./EffectLines.js"
import * as SpanFrames from "./SpanFrames.js"
import * as StackLines from "./StackLines.js"

/**
 * The frame lines, innermost first. The spans stand where the runtime's loop begins: above them is what the program
 * called itself, below them only how it was run. At most `maxFrames`, the innermost.
 */
export const lines = (
  entry: Pick<SnapshotEntry, "stack" | "type" | "value" | "span">,
  maxFrames: number
): ReadonlyArray<string> => {
  const spans = SpanFrames.lines(entry.span)
  if (entry.stack === undefined) {
    return spans.slice(0, maxFrames)
  }
  const frames = EffectLines.withoutConstructors(
    StackLines.frameLines(entry.stack, entry.type, entry.value, maxFrames)
  )
  if (spans.length === 0) {
    return frames
  }
  const start = EffectLines.runtimeStart(frames)
  // a deep stack leaves room for the spans, and they leave it at least a half
  const room = Math.max(maxFrames - spans.length, Math.ceil(maxFrames / 2))
  return [...frames.slice(0, Math.min(start, room)), ...spans, ...frames.slice(start)].slice(0, maxFrames)
}
