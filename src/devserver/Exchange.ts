/**
 * A request that was read, and what an endpoint makes of it when nothing fails.
 *
 * @since 0.1.0
 */
import type * as Either from "effect/Either"
import type { Answer } from "./Answer.js"
import type { DecodedBody, Refusal } from "./Decompression.js"
import type { OtlpRecords } from "./OtlpStore.js"
import type { WireEvent } from "./ReceivedEvent.js"
import type { Endpoint } from "./ReceivedRequest.js"

/**
 * A request with its body read and decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  readonly endpoint: Endpoint
  /** The path without its final slash. */
  readonly route: string
  readonly query: Readonly<Record<string, string>>
  /** As sent, nothing redacted; names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Either.Either<DecodedBody, Refusal>
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** Whether a project key is one of those the server knows. */
  readonly knowsProject: (apiKey: string) => boolean
}

/**
 * The normal answer, what to store, and what is wrong with the request. With problems there is nothing to store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verdict {
  readonly answer: Answer
  readonly events: ReadonlyArray<{ readonly event: WireEvent; readonly apiKey: string }>
  /** Log records and spans. */
  readonly records?: OtlpRecords
  readonly problems: ReadonlyArray<string>
}

/**
 * A verdict that stores nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const verdict = (answer: Answer, problems: ReadonlyArray<string> = []): Verdict => ({
  answer,
  events: [],
  problems
})
