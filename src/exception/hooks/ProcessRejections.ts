/**
 * Hears of rejected promises that nobody handles, without changing what Node does with them.
 *
 * @since 0.1.0
 */
import { globalValue } from "effect/GlobalValue"
import process from "node:process"
import type { ProcessRejectionMode } from "./ProcessRejectionMode.js"

const event = "unhandledRejection"

type Listener = (reason: unknown) => void

// shared by every copy of this module in the process: a listener of ours is no reason for another one of ours
const ours: WeakSet<object> = globalValue(Symbol.for("effect-posthog/ProcessRejections"), () => new WeakSet())

/**
 * Calls `onRejection` for rejections that become no uncaught exception, before the application's listeners hear of them:
 * theirs may end the process. The result stops it.
 */
export const listen = (mode: ProcessRejectionMode, onRejection: Listener): () => void => {
  const listener: Listener = (reason) => onRejection(reason)
  ours.add(listener)
  switch (mode) {
    case "strict":
      // an uncaught exception has been told of already, and being there would take Node's warning away
      return () => {}
    case "warn":
    case "none":
      process.prependListener(event, listener)
      return () => {
        process.off(event, listener)
      }
    case "throw":
    case "warn-with-error-code":
      return follow(listener)
  }
}

/** A listener keeps Node from ending the process: ours is there only while one of somebody else's does so anyway. */
const follow = (listener: Listener): () => void => {
  let stopped = false
  const adjust = () => {
    const listeners = process.listeners(event)
    const theirs = listeners.findIndex((each) => !ours.has(each))
    const own = listeners.indexOf(listener)
    if (stopped || theirs === -1) {
      process.off(event, listener)
    } else if (own === -1 || own > theirs) {
      process.off(event, listener)
      process.prependListener(event, listener)
    }
  }
  const onAdded = (name: string | symbol, added: object) => {
    if (name === event && !ours.has(added)) {
      // it is added only after this; no rejection is processed before the microtasks are done
      queueMicrotask(adjust)
    }
  }
  const onRemoved = (name: string | symbol, removed: object) => {
    if (name === event && !ours.has(removed)) {
      // at once where that is safe, for a second rejection in the same step: `removeAllListeners` walks down a list that must
      // not lose two entries in one step
      if (process.listenerCount(event) === 1) {
        process.off(event, listener)
      }
      queueMicrotask(adjust)
    }
  }
  process.on("newListener", onAdded)
  process.on("removeListener", onRemoved)
  adjust()
  return () => {
    stopped = true
    process.off("newListener", onAdded)
    process.off("removeListener", onRemoved)
    process.off(event, listener)
  }
}
