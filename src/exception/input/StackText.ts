/**
 * The text of a stack, within its bound.
 *
 * @since 0.1.0
 */
import * as BoundedText from "../../domain/BoundedText.js"

/** UTF-16 units of one stack. */
export const maxLength = 65_536
/** So much of it may be its head, which repeats the error's message. */
const maxHead = 8192
/** A message stands behind the error's name. */
const maxName = 512

const firstFrame = "\n    at "

/** Does it say more than the error's name and message? That is all there is where stacks are turned off. */
export const isUsable = (stack: string, name: string, message: string): boolean =>
  stack.includes(firstFrame) || !isHead(stack, name, message)

const isHead = (stack: string, name: string, message: string): boolean =>
  stack === name || stack === "Error" ||
  (message !== "" && stack.length - message.length <= maxName && stack.endsWith(message))

/** The stack, up to the end of a line. The head of a message without end is cut, so that frames remain. */
export const bounded = (stack: string, message: string): string => {
  if (stack.length <= maxLength) {
    return stack.toWellFormed()
  }
  const frames = framesStart(stack, message)
  if (frames <= maxHead) {
    return BoundedText.copy(stack.slice(0, lineEnd(stack, 0, maxLength)))
  }
  // what stands in for the head is one line: lines of a message may look like frames
  const line = stack.slice(0, 1024).split("\n", 1)[0]!
  return BoundedText.copy(line + stack.slice(frames, lineEnd(stack, frames, maxLength - line.length)))
}

/** Where the frames begin, with their line break. The message in the head may hold lines that look like some. */
const framesStart = (stack: string, message: string): number => {
  const at = message === "" ? -1 : stack.slice(0, maxName).indexOf(message.slice(0, 64))
  const from = at !== -1 && stack.startsWith(message, at) ? at + message.length : 0
  const found = stack.indexOf(firstFrame, from)
  return found === -1 ? 0 : found
}

/** The last end of a line within so many units; where the line has none, the units. */
const lineEnd = (stack: string, from: number, length: number): number => {
  if (stack.length <= from + length) {
    return stack.length
  }
  const end = stack.lastIndexOf("\n", from + length)
  return end > from ? end : from + length
}
