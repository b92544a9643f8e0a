/**
 * What PostHog's answer to a request means for what was sent.
 *
 * @since 0.1.0
 */

/**
 * - `Delivered`: PostHog has taken the batch
 * - `Retry`: it may later; `retryAfter` is how many milliseconds it asks to wait
 * - `TooLarge`: it may take smaller ones
 * - `Rejected`: it never will
 */
export type Answer =
  | { readonly _tag: "Delivered" }
  | { readonly _tag: "Retry"; readonly reason: string; readonly retryAfter: number | undefined }
  | { readonly _tag: "TooLarge"; readonly status: number }
  | { readonly _tag: "Rejected"; readonly status: number }

/**
 * The answer to a status: 408, 429 and 5xx heal, 413 asks for less, other 4xx are final (RETRY-06, RETRY-10). A redirection
 * that the HTTP client did not follow has recorded nothing, and may be somebody's mistake for a while.
 */
export const interpret = (status: number, retryAfter: number | undefined): Answer =>
  status >= 200 && status < 300
    ? { _tag: "Delivered" }
    : status === 413
    ? { _tag: "TooLarge", status }
    : status < 400 || status === 408 || status === 429 || status >= 500
    ? { _tag: "Retry", reason: `status ${status}`, retryAfter }
    : { _tag: "Rejected", status }

/** For what is no answer at all. */
export const retry = (reason: string): Answer => ({ _tag: "Retry", reason, retryAfter: undefined })
