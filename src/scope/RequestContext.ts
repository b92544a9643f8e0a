/**
 * The request that a scope handles (seed 001, `FlextContext.Request`).
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { toId } from "../domain/Id.js"
import * as CurrentScope from "./CurrentScope.js"
import { inFrame } from "./FrameRegion.js"
import * as PosthogScope from "./PosthogScope.js"
import { requestFrame, type RequestOptions } from "./RequestScope.js"
import { editSection } from "./SectionEdit.js"
import { type RequestValue, section } from "./sections/RequestSection.js"

export type {
  /** @since 0.1.0 */
  RequestOptions
} from "./RequestScope.js"

/**
 * Runs an effect as the handling of a request, in an inherited scope. A batch's items and a workflow's steps are requests
 * inside it: their fields and notes win inside, those of the batch stay visible, and none of theirs stays behind.
 *
 * The outermost request's timestamp is now unless it is given. Seed 001 §2.1 and §2.2, `request_context`.
 *
 * @example
 * import { Effect } from "effect"
 * import { addOperationMetadata, Posthog, withRequest } from "effect-posthog"
 *
 * const handle = Effect.gen(function*() {
 *   yield* addOperationMetadata("cache", "miss")
 *   yield* Posthog.capture("report opened")
 * }).pipe(withRequest({ userId: "u-1", operationName: "GET /reports", requestId: "r-1", metadata: { page: 2 } }))
 *
 * @since 0.1.0
 * @category regions
 */
export const withRequest: {
  (request: RequestOptions): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, request: RequestOptions): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, request: RequestOptions) =>
    Effect.withFiberRuntime<A, E, R>((fiber) =>
      inFrame(self, () =>
        requestFrame(
          CurrentScope.unsafeGet(fiber),
          Context.get(fiber.currentDefaultServices, Clock.Clock).unsafeCurrentTimeMillis(),
          request
        ))
    )
)

/**
 * The request of the current scope; its timestamp is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentRequest: Effect.Effect<Option.Option<RequestValue>> = Effect.map(
  CurrentScope.get,
  (scope) => Option.fromNullable(PosthogScope.section(scope, section))
)

const setField = (what: string, field: "userId" | "requestId") => (input: string): Effect.Effect<void> =>
  editSection(what, section, (own) => {
    const id = toId(input)
    return id === undefined ? undefined : { ...own, [field]: id }
  })

/**
 * Sets the application's own id of the user in the current scope. Whose events these are, `identifyScope` says. An empty
 * or blank id changes nothing; neither does anything outside every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setUserId: (userId: string) => Effect.Effect<void> = setField("setUserId", "userId")

/**
 * Sets the request's id in the current scope. An empty or blank id changes nothing; neither does anything outside every
 * scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setRequestId: (requestId: string) => Effect.Effect<void> = setField("setRequestId", "requestId")
