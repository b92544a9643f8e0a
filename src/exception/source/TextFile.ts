/**
 * The whole text of an ordinary file of a bounded size. Everything else on the disk is left alone: a folder, a device, a
 * pipe that somebody else would have to write to.
 *
 * @since 0.1.0
 */
import { closeSync, constants, openSync, readSync, type Stats, statSync } from "node:fs"
import { open, stat } from "node:fs/promises"
import { isAbsolute } from "node:path"

/** `absent`: there is nothing to read, and there will not be. `unknown`: this process could not look just now. */
export type TextFile = { readonly text: string; readonly isAscii: boolean } | "absent" | "unknown"

/** Never rejects. */
export const read = async (path: string, maxBytes: number): Promise<TextFile> => {
  try {
    const size = sizeToRead(path, await stat(path), maxBytes)
    if (size === undefined) {
      return "absent"
    }
    const buffer = Buffer.allocUnsafe(size)
    const file = await open(path, flags)
    let length = 0
    try {
      for (let more = 1; more > 0 && length < size; length += more) {
        more = (await file.read(buffer, length, size - length, length)).bytesRead
      }
    } finally {
      await file.close()
    }
    return decode(buffer.subarray(0, length))
  } catch (error) {
    return failed(error)
  }
}

/** The same at once, for a process that ends. Never throws. */
export const readNow = (path: string, maxBytes: number): TextFile => {
  try {
    const size = sizeToRead(path, statSync(path), maxBytes)
    if (size === undefined) {
      return "absent"
    }
    const buffer = Buffer.allocUnsafe(size)
    const file = openSync(path, flags)
    let length = 0
    try {
      for (let more = 1; more > 0 && length < size; length += more) {
        more = readSync(file, buffer, length, size - length, length)
      }
    } finally {
      closeSync(file)
    }
    return decode(buffer.subarray(0, length))
  } catch (error) {
    return failed(error)
  }
}

/** May this path be looked at? A share of another machine may not: its name alone would make this one connect. */
export const isLocal = (path: string): boolean =>
  path.length <= maxPath && isAbsolute(path) && !/^[\\/]{2}/.test(path) && !path.includes("\0")

const maxPath = 4096

// should the file become a pipe between the look and the opening, nobody waits for a writer; Windows has no such flag
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

const sizeToRead = (path: string, stats: Stats, maxBytes: number): number | undefined =>
  isLocal(path) && stats.isFile() && stats.size <= maxBytes ? stats.size : undefined

const decode = (buffer: Buffer): TextFile => {
  if (buffer.subarray(0, 8192).includes(0)) {
    return "absent"
  }
  const text = buffer.toString("utf8")
  return { text: text.startsWith("\uFEFF") ? text.slice(1) : text, isAscii: text.length === buffer.length }
}

/** What passes: too many open files, too little memory. Such a moment must not blind a process for good. */
const passing: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EBUSY", "EINTR"])

const failed = (error: unknown): TextFile =>
  error instanceof Error && "code" in error && passing.has(error.code) ? "unknown" : "absent"
