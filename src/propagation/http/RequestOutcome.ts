/**
 * What a request came to: told to the hook, captured where it is the server's failure. It runs in the request's scope.
 *
 * @since 0.1.0
 */
import * as HttpBody from "@effect/platform/HttpBody"
import type { HttpServerRequest } from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as CurrentScope from "../../scope/CurrentScope.js"
import { ExceptionCapture, type Service as ExceptionCaptureService } from "../../scope/ExceptionCapture.js"
import { addOperationMetadata } from "../../scope/OperationContext.js"
import { withScopeStream } from "../../scope/ScopeRegion.js"
import * as Hook from "./Hook.js"
import * as HttpFailure from "./HttpFailure.js"
import type { ServerSettings } from "./ServerSettings.js"

export interface Handling {
  readonly settings: ServerSettings
  readonly request: HttpServerRequest
  readonly route: string | undefined
  readonly clock: Clock.Clock
  /** When it began, in nanoseconds of the clock. */
  readonly from: bigint
}

type Response = HttpServerResponse.HttpServerResponse

/** The response, its body in the scope. */
export const succeeded = (self: Handling, response: Response): Effect.Effect<Response, never, unknown> =>
  Effect.zipRight(answered(self, response.status, false), withScopedBody(self, response))

/** Never fails, and never keeps the failure from going on. */
export const failed = (self: Handling, cause: Cause.Cause<unknown>): Effect.Effect<void, never, unknown> =>
  Effect.exit(
    Effect.flatMap(clientOf(self.settings), (client) =>
      client === undefined && self.settings.onResponse === undefined
        ? Effect.void
        : Effect.flatMap(
          failureOf(self, cause),
          (failure) =>
            Effect.zipRight(capture(self, failure, client), answered(self, failure.status, Cause.isInterrupted(cause)))
        ))
  )

/** A body that is streamed is pulled by whoever writes it, maybe in another fiber, and may fail there. */
export const withScopedBody = (self: Handling, response: Response): Effect.Effect<Response> => {
  const { body } = response
  return body._tag !== "Stream"
    ? Effect.succeed(response)
    : Effect.flatMap(clientOf(self.settings), (client) =>
      Effect.map(
        withScopeStream(
          Stream.tapErrorCause(
            body.stream,
            (cause) => Effect.exit(Effect.flatMap(failureOf(self, cause), (failure) => capture(self, failure, client)))
          )
        ),
        (stream) => HttpServerResponse.setBody(response, HttpBody.stream(stream, body.contentType, body.contentLength))
      ))
}

/** Who captures the request's failures, if anybody does. */
const clientOf = (settings: ServerSettings): Effect.Effect<ExceptionCaptureService | undefined> =>
  settings.captureExceptions === false
    ? Effect.succeed(undefined)
    : Effect.flatMap(CurrentScope.get, ({ view }) =>
      Effect.map(Effect.serviceOption(ExceptionCapture), (ambient) => {
        const client = view.client ?? Option.getOrUndefined(ambient)
        return settings.captureExceptions ?? client?.captureExceptionsByDefault ? client : undefined
      }))

const failureOf = (self: Handling, cause: Cause.Cause<unknown>): Effect.Effect<HttpFailure.HttpFailure> =>
  Effect.contextWithEffect((context: Context.Context<never>) => HttpFailure.of(cause, self.settings.statusOf(context)))

const durationOf = ({ clock, from }: Handling): Duration.Duration =>
  Duration.nanos(clock.unsafeCurrentTimeNanos() - from)

const capture = (
  self: Handling,
  { handled, reportable, status }: HttpFailure.HttpFailure,
  client: ExceptionCaptureService | undefined
): Effect.Effect<void> =>
  client === undefined || reportable === undefined
    ? Effect.void
    // a client of the user's own making may die: the hook is called all the same
    : Effect.ignore(Effect.exit(Effect.suspend(() =>
      client.captureException(reportable, {
        boundary: HttpFailure.boundary,
        handled,
        properties: { $response_status_code: status, response_time: Duration.toSeconds(durationOf(self)) }
      })
    )))

const answered = (self: Handling, status: number, isOver: boolean): Effect.Effect<void, never, unknown> => {
  const { request, route, settings: { onResponse } } = self
  if (onResponse === undefined) {
    return Effect.void
  }
  const duration = durationOf(self)
  return Effect.zipRight(
    addOperationMetadata({ response_status: status, response_time: Duration.toSeconds(duration) }),
    Hook.run("onResponse", () => onResponse({ request, status, duration, route }), isOver)
  )
}
