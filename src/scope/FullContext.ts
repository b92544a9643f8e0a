/**
 * What a scope says, as plain data under the seed's names (seed 001, `get_full_context`).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../domain/JsonValue.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import { ProcessService, serviceOf } from "./ProcessService.js"
import * as CorrelationSection from "./sections/CorrelationSection.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as RequestSection from "./sections/RequestSection.js"
import type { ServiceFields } from "./sections/ServiceSection.js"

/**
 * The seed's nine names, and two that it forgets: the environment and the time of the request. All of them are there,
 * `null` where nothing is set. Moments are ISO 8601 texts in UTC.
 *
 * @since 0.1.0
 * @category models
 */
export interface FullContext {
  readonly correlation_id: string | null
  readonly parent_correlation_id: string | null
  readonly service_name: string | null
  readonly service_version: string | null
  readonly environment: string | null
  readonly user_id: string | null
  readonly operation_name: string | null
  readonly request_id: string | null
  readonly request_timestamp: string | null
  readonly operation_start_time: string | null
  readonly operation_metadata: JsonObject | null
}

/**
 * What the current scope says, as data that JSON can hold: for a log line or an error report. It holds the user's id: to
 * send a scope to another process there is `Propagation`, to store one there is `ScopeData`.
 *
 * @since 0.1.0
 * @category getters
 */
export const fullContext: Effect.Effect<FullContext> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(make(CurrentScope.unsafeGet(fiber), Context.get(fiber.currentContext, ProcessService)))
)

const make = (scope: PosthogScope.PosthogScope, process: ServiceFields | undefined): FullContext => {
  const correlation = PosthogScope.section(scope, CorrelationSection.section)
  const service = serviceOf(scope, process)
  const request = PosthogScope.section(scope, RequestSection.section)
  const operation = PosthogScope.section(scope, OperationSection.section)
  const { metadata } = scope.view
  return {
    correlation_id: correlation?.id ?? null,
    parent_correlation_id: correlation?.parentId ?? null,
    service_name: service?.name ?? null,
    service_version: service?.version ?? null,
    environment: service?.environment ?? null,
    user_id: request?.userId ?? null,
    operation_name: operation?.name ?? null,
    request_id: request?.requestId ?? null,
    request_timestamp: isoTime(request?.timestamp),
    operation_start_time: isoTime(operation?.startTime),
    operation_metadata: Object.keys(metadata).length === 0 ? null : metadata
  }
}

const isoTime = (millis: number | undefined): string | null =>
  millis === undefined ? null : new Date(millis).toISOString()
