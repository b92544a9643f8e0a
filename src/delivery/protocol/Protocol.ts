/**
 * What the wire looks like. A protocol writes the body of a request, names its headers and reads the answer; when it is
 * tried again is the same for all of them. Another protocol is another value of this type.
 *
 * @since 0.1.0
 */

/** One attempt at a request. */
export interface Attempt {
  /** Of the request, a UUIDv7: the same in all of its attempts, also where later ones carry less. */
  readonly requestId: string
  /** When the request was first made, ISO 8601 in UTC: the same in all of its attempts. */
  readonly createdAt: string
  /** 1, 2, … */
  readonly number: number
  /** The time of this attempt, ISO 8601 in UTC. */
  readonly now: string
}

/** What PostHog has decided about the items of a request that it took. */
export interface Verdicts<A> {
  readonly delivered: ReadonlyArray<A>
  /** To be sent again in the same request. */
  readonly again: ReadonlyArray<A>
  /** Never to be sent again: PostHog will not have them. */
  readonly refused: ReadonlyArray<A>
}

export interface Protocol<A> {
  /** Below the host, with the query. */
  readonly path: string
  readonly contentType: string
  /** Beside content type, encoding and user agent. They may hold the key: they are never logged. */
  readonly headers: (attempt: Attempt) => Readonly<Record<string, string>>
  /** Writes the body, piece by piece. It may throw where an item cannot be written: that one is dropped alone. */
  readonly write: (items: ReadonlyArray<A>, attempt: Attempt, append: (text: string) => void) => void
  /** Reads the text of a 2xx answer. Absent: such an answer is for all items. It must not throw. */
  readonly read?: ((items: ReadonlyArray<A>, text: string) => Verdicts<A>) | undefined
}
