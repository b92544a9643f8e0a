/**
 * V8 stack text to PostHog's frames.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"

/** No stack has more frames than this (EXC-14). */
export const maxFrames = 50

/**
 * The frames of a stack's text, oldest call first, the crash site last (EXC-04, EXC-05). Lines that are no frames are
 * passed over.
 */
export const parse = (stack: string): ReadonlyArray<JsonObject> => {
  const frames: Array<JsonObject> = []
  for (const line of stack.split("\n")) {
    if (frames.length === maxFrames) {
      break
    }
    const frame = parseLine(line)
    if (frame !== undefined) {
      frames.push(frame)
    }
  }
  return frames.toReversed()
}

const maxLine = 1024

const parseLine = (line: string): JsonObject | undefined => {
  const text = line.trim()
  if (!text.startsWith("at ") || text.length > maxLine) {
    return undefined
  }
  const call = text.slice(3).replace(/^async /, "")
  const open = call.endsWith(")") ? call.lastIndexOf(" (") : -1
  const name = open === -1 ? "?" : call.slice(0, open)
  const place = open === -1 ? call : call.slice(open + 2, -1)
  const match = /^(.*?):(\d+)(?::(\d+))?$/.exec(place)
  const filename = fileName(match?.[1] ?? place)
  return filename === "" ? undefined : {
    platform: "node:javascript",
    filename,
    function: name,
    in_app: isInApp(filename),
    ...(match?.[2] === undefined ? {} : { lineno: Number(match[2]) }),
    ...(match?.[3] === undefined ? {} : { colno: Number(match[3]) })
  }
}

const fileName = (place: string): string => {
  if (!place.startsWith("file://")) {
    return place
  }
  try {
    return decodeURIComponent(new URL(place).pathname)
  } catch {
    return place
  }
}

const isInApp = (filename: string): boolean =>
  !filename.startsWith("node:") && !filename.includes("/node_modules/") && filename !== "native" &&
  filename !== "<anonymous>"
