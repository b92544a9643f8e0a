/**
 * Which fault the next request takes.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type * as Fault from "./Fault.js"
import type { IncomingRequest } from "./ReceivedRequest.js"

/**
 * A queue of faults, a condition, and a standing fault, asked in this order.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultPlan {
  readonly enqueue: (fault: Fault.Fault, times: number) => void
  readonly failWhile: (predicate: Predicate.Predicate<IncomingRequest>, fault: Fault.Fault) => void
  readonly always: (fault: Fault.Fault) => void
  readonly heal: () => void
  readonly take: (request: IncomingRequest) => Fault.Fault | undefined
}

/**
 * A plan without faults.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (): FaultPlan => {
  let queue: Array<{ readonly fault: Fault.Fault; remaining: number }> = []
  let condition:
    | { readonly predicate: Predicate.Predicate<IncomingRequest>; readonly fault: Fault.Fault }
    | undefined
  let standing: Fault.Fault | undefined
  return {
    enqueue: (fault, times) => {
      if (times > 0) {
        queue.push({ fault, remaining: times })
      }
    },
    failWhile: (predicate, fault) => {
      condition = { predicate, fault }
    },
    always: (fault) => {
      standing = fault
    },
    heal: () => {
      queue = []
      condition = undefined
      standing = undefined
    },
    take: (request) => {
      const head = queue[0]
      if (Predicate.isNotUndefined(head)) {
        head.remaining--
        if (head.remaining <= 0) {
          queue.shift()
        }
        return head.fault
      }
      if (Predicate.isNotUndefined(condition) && condition.predicate(request)) {
        return condition.fault
      }
      return standing
    }
  }
}
