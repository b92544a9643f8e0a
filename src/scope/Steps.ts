/**
 * Steps: what a request did before it failed. An exception that is captured in a scope carries the scope's steps (STEPS-01,
 * STEPS-02).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { type JsonObject, type JsonValue, toJsonObject } from "../domain/JsonValue.js"
import type { Properties } from "../domain/PropertyValue.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import * as StepTrail from "./StepTrail.js"

/**
 * Takes down a step of the current request, for the exceptions that are captured after it.
 *
 * The steps belong to the innermost `fresh` scope, or to the outermost one where none is fresh. They are a log and not a
 * value of the scope: the inherited scopes and the fibers inside add to the same one in the order of time, and a step
 * stays when the inner scope is left or the fiber has failed. The newest that come to 32,768 bytes of JSON are kept; a
 * step that is larger by itself is refused. Capturing does not clear them. What is entered with `withScopeValue` goes on
 * from the kept scope's steps and adds none to them. Outside every scope nothing is taken down, and a debug log says so.
 *
 * It never fails. `$message` and `$timestamp` in the properties are ignored.
 *
 * @example
 * import { Effect } from "effect"
 * import { fresh, step, withScope } from "effect-posthog"
 *
 * const checkout = Effect.gen(function*() {
 *   yield* step("cart was loaded", { items: 3 })
 *   yield* step("payment was started")
 *   yield* Effect.fail("no funds")
 * }).pipe(withScope(fresh))
 *
 * @since 0.1.0
 * @category setters
 */
export const step = (message: string, properties?: Properties): Effect.Effect<void> =>
  Effect.withFiberRuntime((fiber) => {
    const trail = PosthogScope.trail(CurrentScope.unsafeGet(fiber))
    if (trail === undefined) {
      return nowhere
    }
    if (typeof message !== "string" || message.trim() === "") {
      return refused("its message is empty")
    }
    const now = Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis()
    return trail.add(make(message, properties, now)) ? Effect.void : refused("it is too large")
  })

/**
 * The steps that an exception captured in this scope carries: the newest ones whose JSON array fits, oldest first.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (self: PosthogScope.PosthogScope, maxBytes: number = StepTrail.maxBytes): ReadonlyArray<JsonObject> =>
  PosthogScope.trail(self)?.newest(maxBytes) ?? []

const nowhere = CurrentScope.editTop("step", (frame) => frame)

const make = (message: string, properties: Properties | undefined, now: number): JsonObject => {
  // null prototype: a property may be called __proto__
  const result: Record<string, JsonValue> = Object.create(null)
  if (properties !== undefined) {
    Object.assign(result, toJsonObject(properties))
  }
  delete result["$message"]
  delete result["$timestamp"]
  result["$message"] = message.toWellFormed()
  result["$timestamp"] = timestamp(now)
  return result
}

const timestamp = (now: number): string => {
  const date = new Date(now)
  // a clock of somebody's own may be beyond what a date can say
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString()
}

const refused = (why: string): Effect.Effect<void> =>
  Effect.logDebug(`step was not taken down: ${why}`).pipe(
    Effect.annotateLogs({ package: "effect-posthog", module: "scope" })
  )
