/**
 * What the embedded PostHog remembers, within bounds.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as BoundedLog from "./BoundedLog.js"
import type { Verdict } from "./Exchange.js"
import type { ReceivedEvent } from "./ReceivedEvent.js"
import type { IncomingRequest, ReceivedRequest } from "./ReceivedRequest.js"
import * as Waiters from "./Waiters.js"

/**
 * Totals since the start, or since the last `clear`. Forgetting old entries does not lower them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stats {
  /** Requests to an endpoint, answered or not. */
  readonly requests: number
  /** Events stored; an event that came twice counts once. */
  readonly events: number
  /** Events that were accepted although their uuid was stored already. */
  readonly duplicates: number
  /**
   * Those of the duplicates that differ from the stored event in `event`, `distinct_id` or `timestamp`. PostHog tells
   * events apart by these as well, so it would keep both: a sender that causes conflicts stores events twice.
   */
  readonly conflicts: number
  /** Requests that were malformed. */
  readonly invalid: number
  /** Requests that took a fault, `Pass` not counted. */
  readonly faults: number
  /** Requests to paths that are no endpoint, answered 404 and not recorded. */
  readonly notFound: number
  /** Requests that broke off before their body was complete, not recorded. */
  readonly aborted: number
  /** Bytes of all bodies as they were sent. */
  readonly bytes: number
  /** Events no longer kept because of `maxEvents`. */
  readonly forgottenEvents: number
  /** Requests no longer kept because of `maxRequests` or `maxRetainedBytes`. */
  readonly forgottenRequests: number
}

type Counters = { -readonly [K in keyof Stats]: number }

const zero = (): Counters => ({
  requests: 0,
  events: 0,
  duplicates: 0,
  conflicts: 0,
  invalid: 0,
  faults: 0,
  notFound: 0,
  aborted: 0,
  bytes: 0,
  forgottenEvents: 0,
  forgottenRequests: 0
})

/**
 * The memory of one server. Everything but the waiting is synchronous: a request is recorded in one step.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventStore {
  readonly nextIndex: () => number
  /** Records a request, and as malformed if it has problems. */
  readonly record: (request: ReceivedRequest) => void
  /** Stores the events of a request, each uuid once. */
  readonly add: (request: IncomingRequest, events: Verdict["events"]) => void
  readonly countNotFound: () => void
  readonly countAborted: () => void
  readonly events: () => ReadonlyArray<ReceivedEvent>
  readonly requests: () => ReadonlyArray<ReceivedRequest>
  readonly invalid: () => ReadonlyArray<ReceivedRequest>
  readonly deliveries: () => ReadonlyMap<string, number>
  readonly stats: () => Stats
  readonly clear: () => void
  readonly awaitEvents: (count: number) => Effect.Effect<ReadonlyArray<ReceivedEvent>>
  readonly awaitRequests: (count: number) => Effect.Effect<ReadonlyArray<ReceivedRequest>>
}

/**
 * An empty memory.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly maxEvents: number
  readonly maxRequests: number
  readonly maxRetainedBytes: number
}): EventStore => {
  let counters = zero()
  const byUuid = new Map<string, { readonly first: ReceivedEvent; deliveries: number }>()
  const { awaitUntil, wake } = Waiters.make()

  const events = BoundedLog.make<ReceivedEvent>({
    capacity: options.maxEvents,
    onForget: (event) => {
      counters.forgottenEvents++
      byUuid.delete(event.uuid.toLowerCase())
    }
  })
  const requests = BoundedLog.make<ReceivedRequest>({
    capacity: options.maxRequests,
    maxWeight: options.maxRetainedBytes,
    weigh: (request) => request.decodedBytes,
    onForget: () => {
      counters.forgottenRequests++
    }
  })
  const invalid = BoundedLog.make<ReceivedRequest>({
    capacity: options.maxRequests,
    maxWeight: options.maxRetainedBytes,
    weigh: (request) => request.decodedBytes
  })

  return {
    nextIndex: () => counters.requests,
    record: (request) => {
      counters.requests++
      counters.bytes += request.bytes
      if (request.fault !== undefined && request.fault._tag !== "Pass") {
        counters.faults++
      }
      requests.push(request)
      if (request.problems.length > 0) {
        counters.invalid++
        invalid.push(request)
      }
      wake()
    },
    add: (request, incoming) => {
      for (const { apiKey, event } of incoming) {
        const key = event.uuid.toLowerCase()
        const known = byUuid.get(key)
        if (known !== undefined) {
          known.deliveries++
          counters.duplicates++
          if (
            known.first.event !== event.event ||
            known.first.distinct_id !== event.distinct_id ||
            known.first.timestamp !== event.timestamp
          ) {
            counters.conflicts++
          }
          continue
        }
        const first: ReceivedEvent = {
          event: event.event,
          distinct_id: event.distinct_id,
          uuid: event.uuid,
          timestamp: event.timestamp,
          properties: event.properties,
          options: event.options,
          session_id: event.session_id,
          window_id: event.window_id,
          apiKey,
          path: request.path,
          requestIndex: request.index,
          receivedAt: request.receivedAt
        }
        byUuid.set(key, { first, deliveries: 1 })
        counters.events++
        events.push(first)
      }
      wake()
    },
    countNotFound: () => {
      counters.notFound++
    },
    countAborted: () => {
      counters.aborted++
    },
    events: events.toArray,
    requests: requests.toArray,
    invalid: invalid.toArray,
    deliveries: () => new Map(Array.from(byUuid.values(), ({ deliveries, first }) => [first.uuid, deliveries])),
    stats: () => ({ ...counters }),
    clear: () => {
      counters = zero()
      byUuid.clear()
      events.clear()
      requests.clear()
      invalid.clear()
    },
    awaitEvents: (count) => awaitUntil(() => counters.events >= count, events.toArray),
    awaitRequests: (count) => awaitUntil(() => counters.requests >= count, requests.toArray)
  }
}
