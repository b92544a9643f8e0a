/**
 * What is noted about a call to another service (seed 001 §4.1).
 *
 * @since 0.1.0
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as GuardedRead from "../../domain/GuardedRead.js"
import type { Properties } from "../../domain/PropertyValue.js"
import { errorOf } from "../../scope/OperationOutcome.js"
import * as ReceivedHeaders from "./ReceivedHeaders.js"

/** Before it is sent. The endpoint is the path alone: a query may hold what is nobody's business. */
export const request = (
  request: HttpClientRequest,
  url: URL | undefined,
  targetService: string | undefined
): Properties => ({
  target_service: targetService ?? url?.hostname,
  endpoint: url?.pathname,
  method: request.method,
  request_size: GuardedRead.guarded(() => request.body.contentLength)
})

/** When it has ended, after so many seconds. A status of 400 and above is no success, other than in the seed. */
export const outcome = (exit: Exit.Exit<HttpClientResponse, unknown>, seconds: number): Properties => {
  if (Exit.isSuccess(exit)) {
    const { headers, status } = exit.value
    return {
      response_status: status,
      response_size: ReceivedHeaders.count(headers["content-length"]),
      response_time: seconds,
      call_success: status < 400
    }
  }
  const error = errorOf(exit)
  return {
    call_success: false,
    error_type: error?.type ?? "Interrupted",
    call_error: GuardedRead.guarded(() => describe(exit.cause)) ?? error?.message,
    ...(isTimeout(exit.cause) ? { timeout_error: true, timeout_duration: seconds } : {})
  }
}

/** An error of the client's says the whole address, query included: only its reason is noted. */
const describe = (cause: Cause.Cause<unknown>): string | undefined => {
  for (const error of Cause.failures(cause)) {
    if (HttpClientError.isHttpClientError(error)) {
      const inner = error.cause instanceof Error ? error.cause.message : undefined
      return [error.reason, error.description ?? inner].filter((part) => part !== undefined).join(": ")
    }
  }
  return undefined
}

const names: ReadonlySet<unknown> = new Set([
  "TimeoutException",
  "TimeoutError",
  "ConnectTimeoutError",
  "HeadersTimeoutError",
  "BodyTimeoutError"
])

const codes: ReadonlySet<unknown> = new Set([
  "ETIMEDOUT",
  "ESOCKETTIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT"
])

const maxDepth = 4

const isTimeout = (cause: Cause.Cause<unknown>): boolean =>
  [...Cause.failures(cause), ...Cause.defects(cause)].some((error) => saysTimeout(error, 0))

const saysTimeout = (error: unknown, depth: number): boolean =>
  GuardedRead.isObject(error) && depth < maxDepth &&
  (names.has(GuardedRead.read(error, "_tag")) || names.has(GuardedRead.read(error, "name")) ||
    codes.has(GuardedRead.read(error, "code")) || saysTimeout(GuardedRead.read(error, "cause"), depth + 1))
