/**
 * What is asked of PostHog when flags are evaluated there: `POST /flags/?v=2`.
 *
 * @since 0.1.0
 */
import type { JsonObject } from "../domain/JsonValue.js"
import { toJsonObject } from "../domain/JsonValue.js"
import type { Properties } from "../domain/PropertyValue.js"
import type { PosthogScope } from "../scope/PosthogScope.js"
import { groupEntries } from "../scope/ScopeOptions.js"

/**
 * What a caller says explicitly; it wins over the scope, key by key (FLAGS-OVR-06).
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagsRequestOptions {
  /** The project's API key. */
  readonly token: string
  readonly distinctId: string
  readonly personProperties?: Properties | undefined
  readonly groups?: { readonly [type: string]: string | number } | undefined
  readonly groupProperties?: { readonly [type: string]: Properties } | undefined
  readonly disableGeoip?: boolean | undefined
  /** Default: every flag. */
  readonly flagKeys?: ReadonlyArray<string> | undefined
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
  readonly flag_keys_to_evaluate?: ReadonlyArray<string>
}

/**
 * The body for a scope: its groups, and the person and group properties that were set for flags (FLAGS-OVR-02).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ view }: PosthogScope, options: FlagsRequestOptions): FlagsRequest => {
  const groupProperties: Record<string, JsonObject> = { ...view.groupProperties }
  for (const [type, properties] of Object.entries(options.groupProperties ?? {})) {
    groupProperties[type] = { ...groupProperties[type], ...toJsonObject(properties) }
  }
  return {
    token: options.token,
    distinct_id: options.distinctId,
    person_properties: {
      ...(view.deviceId === undefined ? {} : { $device_id: view.deviceId }),
      ...view.personProperties,
      ...toJsonObject(options.personProperties)
    },
    groups: {
      ...namedGroups(view.groupProperties),
      ...view.groups,
      ...Object.fromEntries(groupEntries(options.groups ?? {}))
    },
    group_properties: groupProperties,
    geoip_disable: options.disableGeoip ?? false,
    ...(options.flagKeys === undefined ? {} : { flag_keys_to_evaluate: options.flagKeys })
  }
}

/** Properties that were set for one group of a type say which group that is. */
const namedGroups = (groupProperties: { readonly [type: string]: JsonObject }): { [type: string]: string } => {
  const groups: { [type: string]: string } = {}
  for (const [type, { $group_key: key }] of Object.entries(groupProperties)) {
    if (typeof key === "string") {
      groups[type] = key
    }
  }
  return groups
}
