/**
 * The request that a scope handles (seed 001, `FlextContext.Request`).
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import { isoTime } from "../IsoTime.js"
import * as Section from "../Section.js"
import { orNothing, shown, toMillis } from "./SectionFields.js"

/**
 * Shows on events as `user_id`, `request_id` and `request_timestamp` (ISO 8601).
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestFields {
  /** The application's own id of the user. Whose events these are is the scope's `distinctId`. */
  readonly userId?: string | undefined
  readonly requestId?: string | undefined
  /** When it arrived: a date, or milliseconds since the epoch. */
  readonly timestamp?: Date | number | undefined
}

/**
 * As it stands in a scope: the timestamp in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestValue {
  readonly userId?: string | undefined
  readonly requestId?: string | undefined
  readonly timestamp?: number | undefined
}

/**
 * Field by field, the inner one's first.
 *
 * @since 0.1.0
 * @category sections
 */
export const section: Section.Section<RequestValue> = Section.make({
  name: "request",
  merge: (outer, inner) => ({
    userId: inner.userId ?? outer.userId,
    requestId: inner.requestId ?? outer.requestId,
    timestamp: inner.timestamp ?? outer.timestamp
  }),
  properties: ({ requestId, timestamp, userId }) =>
    shown({
      user_id: userId,
      request_id: requestId,
      request_timestamp: timestamp === undefined ? undefined : isoTime(timestamp)
    })
})

/** What of this can stand in a scope; `undefined` where nothing can. */
export const fromFields = ({ requestId, timestamp, userId }: RequestFields): RequestValue | undefined =>
  orNothing({ userId: toId(userId), requestId: toId(requestId), timestamp: toMillis(timestamp) })
