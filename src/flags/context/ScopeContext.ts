/**
 * What a scope says about whom a flag is evaluated for.
 *
 * @since 0.1.0
 */
import { toId } from "../../domain/Id.js"
import type { ScopeView } from "../../scope/PosthogScope.js"
import { emptyBag } from "./ContextFields.js"
import { isEmpty } from "./ContextMerge.js"
import {
  type ContextData,
  DeviceContext,
  empty,
  EvaluationContext,
  SessionContext,
  UserContext
} from "./EvaluationContext.js"
import * as Instance from "./Instance.js"

/**
 * The context of a scope: its identity, the session, the device, its tags under `custom`, and the person properties that
 * were set for flags among the user's. PostHog's groups of the scope are no part of it: `user.groups` are segments.
 *
 * Sections of the scope that say more (service: the application; request: the request) join here.
 */
export const fromScope = (view: ScopeView): EvaluationContext => {
  const { distinctId, personProperties, sessionId, tags } = view
  const deviceId = toId(personProperties["$device_id"]) ?? view.deviceId
  const properties = orEmpty(personProperties)
  const custom = orEmpty(tags)
  if (
    distinctId === undefined && deviceId === undefined && sessionId === undefined && properties === emptyBag &&
    custom === emptyBag
  ) {
    return empty
  }
  // a scope holds well-formed text and JSON only: nothing to check
  const fields: Fields = { environment: empty.environment, custom }
  if (distinctId !== undefined) {
    fields.user = Instance.of(UserContext, { id: distinctId, groups, properties })
  } else if (properties !== emptyBag) {
    fields.user = Instance.of(UserContext, { groups, properties })
  }
  if (deviceId !== undefined) {
    fields.device = Instance.of(DeviceContext, { deviceId })
  }
  if (sessionId !== undefined) {
    fields.session = Instance.of(SessionContext, { id: sessionId })
  }
  return Instance.of(EvaluationContext, fields)
}

type Fields = { -readonly [Key in keyof ContextData]: ContextData[Key] }

const groups: ReadonlyArray<string> = []

const orEmpty = <A extends object>(bag: A): A | typeof emptyBag => isEmpty(bag) ? emptyBag : bag
