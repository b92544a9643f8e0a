/**
 * What a person, a device or a session is bucketed by.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import * as ContextProperty from "./ContextProperty.js"
import type { ContextData } from "./ContextSections.js"

/**
 * The text to bucket by, for instance `user_id`, `device_id` or `user.plan`. A user is bucketed by their id, otherwise
 * by the anonymous one. An empty or blank id is none, and what is no text buckets nobody.
 */
export const bucketKey = (context: ContextData, by: string): string | undefined => {
  switch (by) {
    case "user_id":
    case "userId":
    case "user.id":
      return toId(context.user?.id) ?? toId(context.user?.anonymousId)
    case "anonymous_id":
    case "anonymousId":
      return toId(context.user?.anonymousId)
    case "device_id":
    case "deviceId":
      return toId(context.device?.deviceId)
    case "session_id":
    case "sessionId":
      return toId(context.session?.id)
    default: {
      const value = ContextProperty.get(context, by)
      return typeof value === "string" ? toId(value) : undefined
    }
  }
}
