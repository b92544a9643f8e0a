/**
 * What is asked of PostHog when flags are evaluated there: `POST /flags/?v=2`.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../../domain/JsonValue.js"
import { toJsonObject } from "../../domain/JsonValue.js"
import { bare } from "../../domain/PlainJson.js"
import * as PosthogNames from "../context/PosthogNames.js"
import type { Subject } from "../context/Subject.js"

/**
 * What the client and the call add to a subject.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagsRequestOptions {
  /** The project's API key. */
  readonly token: string
  readonly disableGeoip?: boolean | undefined
  /** Default: every flag. They are sent as they were asked for (FLAGS-EVAL-06). */
  readonly flagKeys?: ReadonlyArray<string> | undefined
  /** Only flags of one of these contexts. Default: the flags of all. */
  readonly evaluationContexts?: ReadonlyArray<string> | undefined
}

/**
 * The body of a flag request.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagsRequest {
  readonly token: string
  readonly distinct_id: string
  readonly person_properties: JsonObject
  readonly groups: { readonly [type: string]: string }
  readonly group_properties: { readonly [type: string]: JsonObject }
  readonly geoip_disable: boolean
  /** Without it PostHog guesses from the headers, and keeps back the flags that are for servers only. */
  readonly evaluation_runtime: "server"
  readonly $device_id?: string
  readonly flag_keys_to_evaluate?: ReadonlyArray<string>
  readonly evaluation_contexts?: ReadonlyArray<string>
}

/**
 * The body for a subject. Somebody must be named: a subject without a distinct id is nobody to ask PostHog about.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (subject: Subject, options: FlagsRequestOptions): FlagsRequest => {
  const distinctId = (subject.distinctId ?? "").toWellFormed()
  const device = subject.deviceId === undefined ? {} : { $device_id: subject.deviceId.toWellFormed() }
  const groupProperties = toGroupProperties(subject)
  return {
    token: options.token,
    distinct_id: distinctId,
    person_properties: {
      // as both of PostHog's SDKs do it (FLAGS-REMOTE-05)
      distinct_id: distinctId,
      ...PosthogNames.toPersonProperties(subject.context),
      // the subject's device is already decided between what was passed, the context and the scope
      ...device,
      ...toJsonObject(subject.personProperties)
    },
    groups: subject.groups,
    group_properties: groupProperties,
    geoip_disable: options.disableGeoip ?? false,
    evaluation_runtime: "server",
    ...device,
    ...(options.flagKeys === undefined
      ? {}
      : { flag_keys_to_evaluate: options.flagKeys.map((key) => key.toWellFormed()) }),
    ...(options.evaluationContexts === undefined || options.evaluationContexts.length === 0
      ? {}
      : { evaluation_contexts: options.evaluationContexts })
  }
}

/** Each group says which one it is, unless its properties do (FLAGS-REMOTE-05). */
const toGroupProperties = ({ groupProperties, groups }: Subject): { readonly [type: string]: JsonObject } => {
  const result = bare<JsonObject>()
  for (const [type, key] of Object.entries(groups)) {
    result[type] = { $group_key: key }
  }
  for (const [type, properties] of Object.entries(groupProperties)) {
    result[type] = { ...result[type], ...toJsonObject(properties) }
  }
  return result
}
