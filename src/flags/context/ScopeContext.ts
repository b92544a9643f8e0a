/**
 * What a scope says about whom a flag is evaluated for.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { toId } from "../../domain/Id.js"
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import type { ScopeView } from "../../scope/PosthogScope.js"
import { over } from "../../scope/ProcessService.js"
import type { ServiceFields } from "../../scope/sections/ServiceSection.js"
import { emptyBag, IpAddress } from "./ContextFields.js"
import { isEmpty } from "./ContextMerge.js"
import {
  ApplicationContext,
  type ContextData,
  DeviceContext,
  empty,
  EnvironmentContext,
  EvaluationContext,
  RequestContext,
  SessionContext,
  UserContext
} from "./EvaluationContext.js"
import * as Instance from "./Instance.js"

/**
 * The context of a scope. PostHog's groups of the scope are no part of it: `user.groups` are segments.
 *
 * | of the context                               | of the scope                                              |
 * | -------------------------------------------- | --------------------------------------------------------- |
 * | `user.id`                                    | the distinct id                                           |
 * | `user.properties`                            | the person properties that were set for flags             |
 * | `device.device_id`                           | `$device_id` of these, otherwise the device               |
 * | `session.id`                                 | the session                                               |
 * | `application.name`, `application.version`    | the service's, over the process's                         |
 * | `environment.name`                           | the service's environment                                 |
 * | `environment.is_production`                  | is that `production` or `prod`?                           |
 * | `request.url`, `request.path`                | the tags `$current_url`, `$request_path`                  |
 * | `request.ip`, `request.user_agent`           | the tags `$ip` (if it is an address), `$user_agent`       |
 * | `custom`                                     | all tags                                                  |
 */
export const fromScope = (view: ScopeView, process?: ServiceFields): EvaluationContext => {
  const { distinctId, personProperties, sessionId, tags } = view
  const deviceId = toId(personProperties["$device_id"]) ?? view.deviceId
  const service = over(process, view.service)
  const properties = orEmpty(personProperties)
  const custom = orEmpty(tags)
  if (
    distinctId === undefined && deviceId === undefined && sessionId === undefined && properties === emptyBag &&
    custom === emptyBag && service === undefined
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
  if (service !== undefined) {
    ofService(fields, service)
  }
  const request = custom === emptyBag ? undefined : requestOf(custom)
  if (request !== undefined) {
    fields.request = request
  }
  return Instance.of(EvaluationContext, fields)
}

const ofService = (fields: Fields, { environment, name, version }: ServiceFields): void => {
  if (name !== undefined || version !== undefined) {
    fields.application = Instance.of(ApplicationContext, {
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version })
    })
  }
  if (environment !== undefined) {
    fields.environment = Instance.of(EnvironmentContext, {
      name: environment,
      isProduction: /^prod(uction)?$/i.test(environment)
    })
  }
}

const requestOf = (tags: JsonObject): RequestContext | undefined => {
  const request: { -readonly [Key in keyof RequestContext]?: RequestContext[Key] } = {}
  const put = (field: "url" | "path" | "ip" | "userAgent", value: JsonValue | undefined) => {
    if (typeof value === "string" && value !== "") {
      request[field] = value
    }
  }
  put("url", tags["$current_url"])
  put("path", tags["$request_path"])
  put("userAgent", tags["$user_agent"])
  put("ip", isIpAddress(tags["$ip"]) ? tags["$ip"] : undefined)
  return isEmpty(request) ? undefined : Instance.of(RequestContext, { ...request, queryParams: emptyBag })
}

const isIpAddress = Schema.is(IpAddress)

type Fields = { -readonly [Key in keyof ContextData]: ContextData[Key] }

const groups: ReadonlyArray<string> = []

const orEmpty = <A extends object>(bag: A): A | typeof emptyBag => isEmpty(bag) ? emptyBag : bag
