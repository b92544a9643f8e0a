/**
 * The log records and spans that the embedded PostHog remembers, within bounds.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as BoundedLog from "./BoundedLog.js"
import type { ReceivedLog } from "./ReceivedLog.js"
import type { ReceivedSpan } from "./ReceivedSpan.js"
import * as Waiters from "./Waiters.js"

/**
 * The records of a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface OtlpRecords {
  readonly logs: ReadonlyArray<ReceivedLog>
  readonly spans: ReadonlyArray<ReceivedSpan>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface OtlpStore {
  readonly add: (records: OtlpRecords) => void
  readonly logs: () => ReadonlyArray<ReceivedLog>
  readonly spans: () => ReadonlyArray<ReceivedSpan>
  readonly clear: () => void
  readonly awaitLogs: (count: number) => Effect.Effect<ReadonlyArray<ReceivedLog>>
  readonly awaitSpans: (count: number) => Effect.Effect<ReadonlyArray<ReceivedSpan>>
}

/**
 * An empty memory for so many records of each kind.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (capacity: number): OtlpStore => {
  const waiters = Waiters.make()
  const logs = BoundedLog.make<ReceivedLog>({ capacity })
  const spans = BoundedLog.make<ReceivedSpan>({ capacity })
  const counts = { logs: 0, spans: 0 }
  return {
    add: (records) => {
      records.logs.forEach(logs.push)
      records.spans.forEach(spans.push)
      counts.logs += records.logs.length
      counts.spans += records.spans.length
      waiters.wake()
    },
    logs: logs.toArray,
    spans: spans.toArray,
    clear: () => {
      logs.clear()
      spans.clear()
      counts.logs = 0
      counts.spans = 0
    },
    awaitLogs: (count) => waiters.awaitUntil(() => counts.logs >= count, logs.toArray),
    awaitSpans: (count) => waiters.awaitUntil(() => counts.spans >= count, spans.toArray)
  }
}
