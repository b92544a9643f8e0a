/**
 * From the scope to OpenFeature's evaluation context: the way back of `ContextMapping`.
 *
 * @since 0.1.0
 */
import type { EvaluationContext } from "@openfeature/server-sdk"
import type { ScopeView } from "../scope/PosthogScope.js"

/** The scope's identity comes last: a person property of the same name is none of it. */
export const fromView = (view: ScopeView): EvaluationContext => {
  const { deviceId, distinctId, groupProperties, groups, personProperties } = view
  const { deviceId: _device, groupProperties: _properties, groups: _groups, targetingKey: _key, ...properties } =
    personProperties
  return {
    // OpenFeature's types call the same JSON mutable; it freezes and copies contexts, and changes none
    ...(properties as EvaluationContext),
    ...(distinctId === undefined ? {} : { targetingKey: distinctId }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(isEmpty(groups) ? {} : { groups: groups as EvaluationContext }),
    ...(isEmpty(groupProperties) ? {} : { groupProperties: groupProperties as EvaluationContext })
  }
}

const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0
