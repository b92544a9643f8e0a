/**
 * What a failed request answers with, and what of its failure is worth an exception: the server's own failures (500 and
 * above), not the answers that a route gives by failing.
 *
 * @since 0.1.0
 */
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRespondable from "@effect/platform/HttpServerRespondable"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as ExceptionBoundary from "../../domain/ExceptionBoundary.js"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { StatusOf } from "./ApiErrors.js"

/** A failure that leaves a request's handler. The framework answers for it (EXCMETA-29, EXCMETA-30). */
export const boundary: ExceptionBoundary.ExceptionBoundary = {
  category: "middleware",
  handled: false,
  source: "effect.http_middleware",
  level: "error"
}

export interface HttpFailure {
  /** What the client gets. */
  readonly status: number
  /** The failures of 500 and above; `undefined` where there are none. */
  readonly reportable: Cause.Cause<unknown> | undefined
  /** Did the application say what is answered where this fails? */
  readonly handled: boolean
}

interface Judged {
  readonly status: number
  readonly handled: boolean
}

const failed = HttpServerResponse.empty({ status: 500 })

export const of = (cause: Cause.Cause<unknown>, statusOf: StatusOf): Effect.Effect<HttpFailure> =>
  Effect.gen(function*() {
    const judged = new Map<unknown, Judged>()
    let declared: number | undefined
    for (const error of Cause.failures(cause)) {
      const status = statusOf(error)
      declared ??= status
      judged.set(
        error,
        status === undefined
          ? yield* judge(error, HttpServerRespondable.toResponseOrElse(error, failed))
          : { status, handled: true }
      )
    }
    for (const defect of Cause.defects(cause)) {
      judged.set(defect, yield* judge(defect, HttpServerRespondable.toResponseOrElseDefect(defect, failed)))
    }
    const reportable = keep(
      cause,
      (error) => !HttpServerResponse.isServerResponse(error) && (judged.get(error)?.status ?? 0) >= failed.status
    )
    return {
      status: declared ?? (yield* answered(cause)),
      reportable,
      handled: reportable !== undefined &&
        keep(reportable, (error) => judged.get(error)?.handled !== true) === undefined
    }
  })

const judge = (
  error: unknown,
  response: Effect.Effect<HttpServerResponse.HttpServerResponse>
): Effect.Effect<Judged> =>
  Effect.map(
    orFailed(response),
    ({ status }) => ({ status, handled: GuardedRead.guarded(() => isAnswer(error)) === true })
  )

const isAnswer = (error: unknown): boolean =>
  HttpServerResponse.isServerResponse(error) || HttpServerRespondable.isRespondable(error)

const answered = (cause: Cause.Cause<unknown>): Effect.Effect<number> =>
  Effect.suspend(() => HttpServerError.causeResponse(cause)).pipe(
    Effect.map(([{ status }]) => status),
    Effect.catchAllCause(() => Effect.succeed(failed.status))
  )

/** An error's own way to a response may be broken: then it is an error like any other. */
const orFailed = (
  response: Effect.Effect<HttpServerResponse.HttpServerResponse>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => Effect.catchAllCause(response, () => Effect.succeed(failed))

/** The cause with these of its failures and defects, each the very same node; `undefined` where none is left. */
const keep = (
  cause: Cause.Cause<unknown>,
  isKept: (error: unknown) => boolean
): Cause.Cause<unknown> | undefined => {
  switch (cause._tag) {
    case "Fail":
      return isKept(cause.error) ? cause : undefined
    case "Die":
      return isKept(cause.defect) ? cause : undefined
    case "Sequential":
    case "Parallel": {
      const left = keep(cause.left, isKept)
      const right = keep(cause.right, isKept)
      return left === undefined || right === undefined
        ? left ?? right
        : left === cause.left && right === cause.right
        ? cause
        : cause._tag === "Sequential"
        ? Cause.sequential(left, right)
        : Cause.parallel(left, right)
    }
    default:
      return undefined
  }
}
