/**
 * What came in since the tool was started: requests, totals, and what SDKs say they dropped.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as BoundedLog from "../BoundedLog.js"
import type { WireEvent } from "../ReceivedEvent.js"
import type { ReceivedRequest } from "../ReceivedRequest.js"
import type { Delivery } from "./PageApi.js"

type Request = Delivery["requests"][number]

type Dropped = Delivery["dropped"][number]

export interface DeliveryBook {
  readonly add: (request: ReceivedRequest, events: ReadonlyArray<WireEvent>, duplicates: number) => void
  readonly read: () => Omit<Delivery, "fault">
  readonly clear: () => void
}

/** What the library calls itself: capture v1's header, the library of the first event, or the user agent. */
const libraryOf = ({ headers }: ReceivedRequest, events: ReadonlyArray<WireEvent>): string => {
  const { $lib: name, $lib_version: version } = events[0]?.properties ?? {}
  return headers["posthog-sdk-info"] ??
    (Predicate.isString(name) ? `${name}${Predicate.isString(version) ? `/${version}` : ""}` : undefined) ??
    headers["user-agent"]?.slice(0, 100) ?? ""
}

/** Capture v1 counts its attempts in a header, the older endpoints in the query. */
const attemptOf = ({ attempt, query }: ReceivedRequest): number | null => {
  const retries = Number(query["retry_count"])
  return attempt ?? (Number.isSafeInteger(retries) && query["retry_count"] !== undefined ? retries + 1 : null)
}

const mostRequests = 200

const zero = () => ({ requests: 0, events: 0, duplicates: 0, invalid: 0 })

export const make = (): DeliveryBook => {
  const requests = BoundedLog.make<Request>({ capacity: mostRequests })
  const dropped = BoundedLog.make<Dropped>({ capacity: mostRequests })
  /** The sums that a client sent last, by what tells clients apart: they only grow. */
  const sums = new Map<string, number>()
  let totals = zero()

  /** A summary holds the sums since the client began; what is new in it is what was dropped in between. */
  const noteDropped = (event: WireEvent, receivedAt: number): void => {
    const by = event.properties["events_dropped_by"]
    if (event.event !== "posthog delivery summary" || !Predicate.isRecord(by)) {
      return
    }
    for (const [reason, sum] of Object.entries(by)) {
      const key = JSON.stringify([event.distinct_id, event.properties["service_name"] ?? null, reason])
      const before = sums.get(key) ?? 0
      if (Predicate.isNumber(sum) && sum !== before) {
        sums.set(key, sum)
        const count = sum > before ? sum - before : sum
        if (count > 0) {
          dropped.push({ at: new Date(receivedAt).toISOString(), reason, count })
        }
      }
    }
    // a client that is started anew has another id where it captures for nobody: the oldest sums go
    for (const key of sums.keys()) {
      if (sums.size <= 1_000) {
        break
      }
      sums.delete(key)
    }
  }

  return {
    add: (request, events, duplicates) => {
      totals.requests++
      totals.events += events.length - duplicates
      totals.duplicates += duplicates
      totals.invalid += request.problems.length > 0 ? 1 : 0
      requests.push({
        number: totals.requests,
        at: new Date(request.receivedAt).toISOString(),
        path: request.path,
        library: libraryOf(request, events),
        events: request.batchSize,
        bytes: request.bytes,
        status: request.status ?? null,
        attempt: attemptOf(request),
        problems: request.problems
      })
      for (const event of events) {
        noteDropped(event, request.receivedAt)
      }
    },
    read: () => ({
      totals: { ...totals },
      dropped: dropped.toArray().toReversed(),
      requests: requests.toArray().toReversed()
    }),
    clear: () => {
      totals = zero()
      requests.clear()
      dropped.clear()
    }
  }
}
