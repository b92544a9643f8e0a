/**
 * What PostHog's answer to a request means for what was sent.
 *
 * @since 0.1.0
 */

/**
 * - `Taken`: PostHog has decided about every item; `text` says how, where the protocol has words for it, and `retryAfter`
 *   how many milliseconds to wait with those that it wants again
 * - `Retry`: it may take them later; `retryAfter` is how many milliseconds it asks to wait
 * - `TooLarge`: it may take smaller ones; without a status where they were not even sent
 * - `Rejected`: it never will
 * - `Unwritable`: there is no body with these items
 * - `Held`: it was not sent, because of what became of another request
 */
export type Answer =
  | { readonly _tag: "Taken"; readonly text: string; readonly retryAfter: number | undefined }
  | { readonly _tag: "Retry"; readonly reason: string; readonly retryAfter: number | undefined }
  | { readonly _tag: "TooLarge"; readonly status: number | undefined }
  | { readonly _tag: "Rejected"; readonly status: number }
  | { readonly _tag: "Unwritable" }
  | { readonly _tag: "Held" }

/**
 * The answer to a status: 408, 429 and 5xx heal, 413 asks for less, other 4xx are final (RETRY-06, RETRY-10). A redirection
 * that the HTTP client did not follow has recorded nothing, and may be somebody's mistake for a while.
 */
export const interpret = (status: number, text: string, retryAfter: number | undefined): Answer =>
  status >= 200 && status < 300
    ? { _tag: "Taken", text, retryAfter }
    : status === 413
    ? { _tag: "TooLarge", status }
    : status < 400 || status === 408 || status === 429 || status >= 500
    ? { _tag: "Retry", reason: `status ${status}`, retryAfter }
    : { _tag: "Rejected", status }

/** For what is no answer at all. */
export const retry = (reason: string): Answer => ({ _tag: "Retry", reason, retryAfter: undefined })
