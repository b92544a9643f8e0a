/**
 * The spans that have started and not ended: bounded in number and in age (TRACE-25).
 *
 * @since 0.1.0
 */

/** A span, as far as this matters here. */
export interface LiveSpan {
  /** When it was made, by the monotonic clock: not the start that it may have been given. */
  readonly createdAt: bigint
  /** From now on it is inert. */
  readonly evict: () => void
}

export interface LiveSpans<in A extends LiveSpan> {
  /** Evicts those that are too old. */
  readonly evictOld: (now: bigint) => void
  readonly hasRoom: () => boolean
  readonly add: (span: A) => void
  readonly remove: (span: A) => void
  readonly size: () => number
}

export const make = <A extends LiveSpan>(options: {
  readonly maxLiveSpans: number
  /** Nanoseconds. */
  readonly maxSpanAge: bigint
  readonly onEvicted: (span: A) => void
}): LiveSpans<A> => {
  // in the order in which they were made: the first one is the oldest
  const spans = new Set<A>()

  const evictOld = (now: bigint): void => {
    for (const span of spans) {
      if (now - span.createdAt <= options.maxSpanAge) {
        return
      }
      spans.delete(span)
      span.evict()
      options.onEvicted(span)
    }
  }

  return {
    evictOld,
    hasRoom: () => spans.size < options.maxLiveSpans,
    add: (span) => {
      spans.add(span)
    },
    remove: (span) => {
      spans.delete(span)
    },
    size: () => spans.size
  }
}
