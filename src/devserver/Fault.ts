/**
 * The ways in which the embedded PostHog can be told to misbehave.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type { WireEvent } from "./ReceivedEvent.js"

/**
 * What the capture v1 endpoint says about one event of a batch. `ok`, `warning` and `limited` events are stored,
 * `drop` and `retry` are not; anything else is a word from the future and is not stored either.
 *
 * @since 0.1.0
 * @category models
 */
export type PartialResult =
  | "ok"
  | "warning"
  | "limited"
  | "drop"
  | "retry"
  | (string & {})
  | { readonly result: string; readonly details?: string | undefined }

/**
 * What the capture v1 endpoint says about the events of a batch: by position, `ok` beyond the list; or asked of each event.
 *
 * @since 0.1.0
 * @category models
 */
export type PartialResults =
  | ReadonlyArray<PartialResult>
  | ((event: WireEvent, index: number) => PartialResult)

/**
 * One way to fail, taken by one request (or by many, see `DevServer`).
 *
 * - `Pass`: no fault, the normal answer. It fills places in a queue: "fail, pass, fail".
 * - `Status`: the request is read and answered with this status. Nothing is stored, unless the status is 2xx: a server
 *   that says yes has taken the events.
 * - `Delay`: the request is taken and its events stored at once; only the answer comes late. A client that gave up in the
 *   meantime has been served nevertheless, and what it sends again is a duplicate.
 * - `Reset`: the connection is cut after the request was read, without an answer. Nothing is stored.
 * - `Stall`: the answer never comes, or begins and never ends. Nothing is stored.
 * - `Partial`: the capture v1 endpoint answers 200 with these results. Other endpoints know no partial results and
 *   answer as with `Pass`.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = Data.TaggedEnum<{
  readonly Pass: {}
  readonly Status: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>> | undefined
    readonly body?: unknown
  }
  readonly Delay: { readonly duration: Duration.DurationInput }
  readonly Reset: {}
  readonly Stall: { readonly sendHeaders?: boolean | undefined }
  readonly Partial: {
    readonly results: PartialResults
    readonly headers?: Readonly<Record<string, string>> | undefined
  }
}>

const constructors = Data.taggedEnum<Fault>()

/**
 * No fault: the normal answer. Use it to leave a gap in a queue of faults.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Pass: () => Fault = constructors.Pass

/**
 * Answers with `status` (200 to 599), `headers` over the default ones and `body` as JSON (a string is sent as it is).
 *
 * Without `body` the answer is the one PostHog gives: `{"error": …}` on the older endpoints, `{"error",
 * "error_description", "error_uri"}` on capture v1, there also `Retry-After: 1` for 408, 500, 503 and 504. A 2xx without
 * a body is the normal answer, and a 2xx body for `/flags` is laid over the normal one.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as Fault from "effect-posthog/devserver/Fault"
 *
 * const busy = Fault.Status({ status: 429, headers: { "retry-after": "3" } })
 */
export const Status: (args: {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
}) => Fault = constructors.Status

/**
 * The normal answer, `duration` late. The events are stored when the request arrives. The wait is an Effect sleep, so
 * `TestClock` controls it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Delay: (args: { readonly duration: Duration.DurationInput }) => Fault = constructors.Delay

/**
 * Reads the request, then cuts the connection. An in-memory client fails with a `RequestError` (reason `Transport`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const Reset: () => Fault = constructors.Reset

/**
 * Reads the request and never answers. With `sendHeaders: true` (default `false`) the status line, the headers and the
 * first byte of the body are sent and the rest never comes. Closing the server ends the wait.
 *
 * @since 0.1.0
 * @category constructors
 */
export const Stall: (args?: { readonly sendHeaders?: boolean | undefined }) => Fault = (args) =>
  constructors.Stall(args ?? {})

/**
 * Capture v1 answers 200 with one result per event: by position in the batch, where events beyond the list are `ok`, or
 * what a function says of each. If any is `retry` the answer carries `Retry-After: 1`, unless `headers` says otherwise.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * import * as Fault from "effect-posthog/devserver/Fault"
 *
 * const half = Fault.Partial({ results: ["ok", "retry", { result: "from_the_future", details: "unheard of" }] })
 * const never = Fault.Partial({ results: ({ event }) => event === "unlucky" ? "retry" : "ok" })
 */
export const Partial: (args: {
  readonly results: PartialResults
  readonly headers?: Readonly<Record<string, string>> | undefined
}) => Fault = constructors.Partial

/**
 * Whether a fault is of one kind.
 *
 * @since 0.1.0
 * @category refinements
 */
export const $is = constructors.$is

/**
 * Folds over the kinds of faults.
 *
 * @since 0.1.0
 * @category folding
 */
export const $match = constructors.$match
