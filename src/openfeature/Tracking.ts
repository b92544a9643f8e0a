/**
 * OpenFeature's tracking: something happened that flags are measured by.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { toJsonObject } from "../domain/JsonValue.js"
import { Posthog } from "../Posthog.js"
import * as ContextMapping from "./ContextMapping.js"

/**
 * An event of that name, with the details as its properties, as the person and the groups of the context. The context's
 * other attributes are for evaluations and become no properties.
 */
export const track = (name: string, context: unknown, details: unknown): Effect.Effect<void, never, Posthog> =>
  Effect.suspend(() => {
    const subject = ContextMapping.read(context)
    if (Either.isLeft(subject)) {
      return Effect.logWarning(`an event was not tracked: ${subject.left.message}`).pipe(
        Effect.annotateLogs({ package: "effect-posthog", module: "PosthogProvider" })
      )
    }
    const { deviceId, distinctId, groups } = subject.right
    return Effect.flatMap(Posthog, (client) =>
      client.capture(name, {
        distinctId,
        groups,
        properties: { $device_id: deviceId, ...toJsonObject(details) }
      }))
  })
