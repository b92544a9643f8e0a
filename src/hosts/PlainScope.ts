/**
 * The scope for plain code: regions around functions, setters, getters.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import type { Properties, PropertyValue } from "../domain/PropertyValue.js"
import * as CorrelationId from "../scope/CorrelationId.js"
import { inherited, type Mode } from "../scope/Mode.js"
import * as PosthogScope from "../scope/PosthogScope.js"
import { requestFrame, type RequestOptions } from "../scope/RequestScope.js"
import { makeFrame, type ScopeOptions } from "../scope/ScopeOptions.js"
import * as ScopeSetters from "../scope/ScopeSetters.js"
import * as CorrelationSection from "../scope/sections/CorrelationSection.js"
import type { ServiceFields } from "../scope/sections/ServiceSection.js"
import { step } from "../scope/Steps.js"
import { valueFrame } from "../scope/ValueFrame.js"
import type { Border, Services } from "./Border.js"
import * as ScopeCell from "./ScopeCell.js"

/**
 * What the promise facade has of the scope. Regions follow plain code wherever it goes: through promises, timers, event
 * emitters and streams that are made inside.
 *
 * @since 0.1.0
 * @category models
 */
export interface PlainScope {
  /**
   * Runs a function in a scope of its own. What it throws, or rejects with, is captured once with the scope's tags and goes
   * on unchanged: the very same error. A promise ends the scope when it is settled.
   */
  readonly withScope: <A>(mode: Mode, options: ScopeOptions, f: () => A) => A
  /** Runs a function in a scope that was kept: what is set inside does not reach the kept value. */
  readonly withScopeValue: <A>(
    scope: PosthogScope.PosthogScope,
    f: () => A,
    options?: Pick<ScopeOptions, "captureExceptions" | "client">
  ) => A
  /** Runs a function as the handling of a request, in an inherited scope: Effect's `withRequest`. */
  readonly withRequest: <A>(request: RequestOptions, f: () => A) => A
  /** Runs a function as a part of a service, in an inherited scope. */
  readonly withService: <A>(service: ServiceFields, f: () => A) => A
  /** Runs a function under a correlation: without an id a new one, whose parent is the one around it. */
  readonly withCorrelation: <A>(correlation: CorrelationSection.CorrelationFields, f: () => A) => A
  /** The scope of whoever calls: to keep, to enter again with `withScopeValue`, to send with `Propagation.inject`. */
  readonly currentScope: () => PosthogScope.PosthogScope
  /** Sets a tag in the current scope; outside every scope nothing changes. */
  readonly tag: (key: string, value: PropertyValue) => void
  readonly tags: (properties: Properties) => void
  readonly untag: (key: string) => void
  readonly identifyScope: (distinctId: string) => void
  readonly setSession: (sessionId: string) => void
  readonly setDevice: (deviceId: string) => void
  readonly setGroup: (type: string, key: string | number) => void
  readonly setPersonPropertiesForFlags: (properties: Properties) => void
  readonly setGroupPropertiesForFlags: (type: string, key: string | number, properties: Properties) => void
  /** Takes down a step of the current request, for the exceptions that are captured after it. */
  readonly step: (message: string, properties?: Properties) => void
}

export const make = <R>(border: Border<R | Services>): PlainScope => {
  const within = <A>(options: () => ScopeOptions, f: () => A): A =>
    border.region(() => makeFrame(inherited, options(), false), f)
  return {
    withScope: (mode, options, f) => border.region(() => makeFrame(mode, options, false), f),
    withScopeValue: (scope, f, options = {}) => border.region(() => valueFrame(scope, options), f),
    withRequest: (request, f) =>
      border.region(
        () => requestFrame(ScopeCell.currentScope(), border.sync(() => Clock.currentTimeMillis, 0), request),
        f
      ),
    withService: (service, f) => within(() => ({ service }), f),
    withCorrelation: (given, f) =>
      within(
        () => {
          const around = PosthogScope.section(ScopeCell.currentScope(), CorrelationSection.section)?.id
          const { id, parentId } = CorrelationSection.fromFields(given) ?? { id: undefined, parentId: undefined }
          return {
            correlation: {
              id: id ?? border.sync<string | undefined>(() => CorrelationId.next, undefined),
              parentId: parentId ?? around
            }
          }
        },
        f
      ),
    currentScope: () => PosthogScope.detach(ScopeCell.currentScope()),
    tag: (key, value) => border.edit(() => ScopeSetters.tag(key, value)),
    tags: (properties) => border.edit(() => ScopeSetters.tags(properties)),
    untag: (key) => border.edit(() => ScopeSetters.untag(key)),
    identifyScope: (distinctId) => border.edit(() => ScopeSetters.identifyScope(distinctId)),
    setSession: (sessionId) => border.edit(() => ScopeSetters.setSession(sessionId)),
    setDevice: (deviceId) => border.edit(() => ScopeSetters.setDevice(deviceId)),
    setGroup: (type, key) => border.edit(() => ScopeSetters.setGroup(type, key)),
    setPersonPropertiesForFlags: (properties) =>
      border.edit(() => ScopeSetters.setPersonPropertiesForFlags(properties)),
    setGroupPropertiesForFlags: (type, key, properties) =>
      border.edit(() => ScopeSetters.setGroupPropertiesForFlags(type, key, properties)),
    // a log that the copies of a scope share: it is the fiber's too, where there is no region
    step: (message, properties) => border.sync(() => step(message, properties), undefined)
  }
}
