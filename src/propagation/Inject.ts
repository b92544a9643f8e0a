/**
 * From a scope to what leaves the process, and from that to headers.
 *
 * @since 0.1.0
 */
import type * as Tracer from "effect/Tracer"
import * as PosthogScope from "../scope/PosthogScope.js"
import { serviceOf } from "../scope/ProcessService.js"
import * as CorrelationSection from "../scope/sections/CorrelationSection.js"
import * as OperationSection from "../scope/sections/OperationSection.js"
import * as RequestSection from "../scope/sections/RequestSection.js"
import type * as ServiceSection from "../scope/sections/ServiceSection.js"
import * as TraceSection from "../scope/sections/TraceSection.js"
import * as Name from "./HeaderNames.js"
import { present, type Propagated } from "./Propagated.js"
import type { PropagationPolicy } from "./PropagationPolicy.js"
import * as HeaderText from "./text/HeaderText.js"
import * as TraceHeaders from "./TraceHeaders.js"
import * as TransportedTags from "./TransportedTags.js"

/**
 * What besides the scope decides about what leaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface InjectOptions {
  readonly policy?: PropagationPolicy | undefined
  /** The service of the process, where the scope does not name one. */
  readonly service?: ServiceSection.ServiceFields | undefined
  /** The active span: its trace goes on. */
  readonly span?: Tracer.AnySpan | undefined
}

/** What may leave, with the texts as they will arrive. */
export const collect = (scope: PosthogScope.PosthogScope, options: InjectOptions): Propagated => {
  const { policy = {}, span } = options
  const correlation = policy.correlation === false
    ? undefined
    : PosthogScope.section(scope, CorrelationSection.section)
  const service = policy.service === false ? undefined : serviceOf(scope, options.service)
  const request = PosthogScope.section(scope, RequestSection.section)
  return present({
    correlation: present({
      id: HeaderText.clean(correlation?.id),
      parentId: HeaderText.clean(correlation?.parentId)
    }),
    service: present({
      name: HeaderText.clean(service?.name),
      version: HeaderText.clean(service?.version)
    }),
    operationName: policy.operation === false
      ? undefined
      : HeaderText.clean(PosthogScope.section(scope, OperationSection.section)?.name),
    distinctId: policy.identity === false ? undefined : HeaderText.clean(scope.view.distinctId),
    sessionId: policy.identity === false ? undefined : HeaderText.clean(scope.view.sessionId),
    userId: policy.userId === true ? HeaderText.clean(request?.userId) : undefined,
    requestId: policy.requestId === true ? HeaderText.clean(request?.requestId) : undefined,
    tags: policy.tags === undefined ? undefined : TransportedTags.allowed(scope.view.tags, policy.tags),
    trace: policy.trace === false
      ? undefined
      : TraceHeaders.sent(PosthogScope.section(scope, TraceSection.section), span)
  }) ?? {}
}

/** The same as headers whose values cannot be anything but values. */
export const toHeaders = (propagated: Propagated): Record<string, string> => {
  const { correlation, service, tags, trace } = propagated
  const headers: Record<string, string> = {}
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) {
      headers[name] = HeaderText.encode(value)
    }
  }
  add(Name.correlationId, correlation?.id)
  add(Name.parentCorrelationId, correlation?.parentId)
  add(Name.serviceName, service?.name)
  add(Name.clientService, service?.name)
  add(Name.clientVersion, service?.version)
  add(Name.operationName, propagated.operationName)
  add(Name.userId, propagated.userId)
  add(Name.requestId, propagated.requestId)
  add(Name.distinctId, propagated.distinctId)
  add(Name.sessionId, propagated.sessionId)
  if (tags !== undefined) {
    headers[Name.contextTags] = TransportedTags.format(tags)
  }
  for (const name of [Name.traceparent, Name.tracestate, Name.baggage] as const) {
    const value = trace?.[name]
    if (value !== undefined) {
      headers[name] = value
    }
  }
  return headers
}
