/**
 * Runs the before-send hooks on a finished event.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { BeforeSend } from "./BeforeSend.js"
import * as EditableEvent from "./EditableEvent.js"
import type { FinishedEvent } from "./FinishedEvent.js"

/** What the hooks made of an event: a finished event, a refusal, or an Effect that will tell. */
export type Verdict =
  | { readonly _tag: "Pass"; readonly event: FinishedEvent }
  | { readonly _tag: "Refuse"; readonly reason: "beforeSend" | "beforeSendFailed"; readonly detail: string }
  | { readonly _tag: "Later"; readonly verdict: Effect.Effect<Verdict> }

/** Runs the hooks in order, each on what the one before returned; null or a failure ends the chain (HOOK-04). */
export const run = (hooks: ReadonlyArray<BeforeSend>, event: FinishedEvent): Verdict => runFrom(hooks, 0, event)

const runFrom = (hooks: ReadonlyArray<BeforeSend>, start: number, event: FinishedEvent): Verdict => {
  let current = event
  for (let i = start; i < hooks.length; i++) {
    let result: unknown
    try {
      result = hooks[i]!(EditableEvent.fromFinished(current))
    } catch (error) {
      return failed(error)
    }
    if (Effect.isEffect(result)) {
      const original = current
      return {
        _tag: "Later",
        // BeforeSend's Effects need nothing and may fail with anything
        verdict: Effect.matchCause(result as Effect.Effect<unknown, unknown>, {
          onFailure: (cause): Verdict => failed(Cause.squash(cause)),
          onSuccess: (value): Verdict => {
            const next = accept(value, original)
            return next._tag === "Pass" ? runFrom(hooks, i + 1, next.event) : next
          }
        })
      }
    }
    const next = accept(result, current)
    if (next._tag !== "Pass") {
      return next
    }
    current = next.event
  }
  return { _tag: "Pass", event: current }
}

const accept = (result: unknown, original: FinishedEvent): Verdict => {
  if (result === null || result === undefined) {
    return { _tag: "Refuse", reason: "beforeSend", detail: "a before-send hook dropped it" }
  }
  try {
    const event = EditableEvent.toFinished(result, original)
    return event === undefined
      ? { _tag: "Refuse", reason: "beforeSendFailed", detail: "a before-send hook returned something that is no event" }
      : { _tag: "Pass", event }
  } catch (error) {
    return failed(error)
  }
}

const failed = (error: unknown): Verdict => ({
  _tag: "Refuse",
  reason: "beforeSendFailed",
  // only the kind of error: its message may hold what the hook was there to remove
  detail: `a before-send hook failed with ${error instanceof Error ? error.name : typeof error}`
})
