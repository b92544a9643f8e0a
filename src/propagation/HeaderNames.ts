/**
 * The names that fields travel under: the seed's headers (001 §4.1), PostHog's tracing headers, posthog-python's for
 * queues, W3C's. Lower case: in HTTP the case says nothing, and elsewhere a name should have one form.
 *
 * @since 0.1.0
 */
export const correlationId = "x-correlation-id"
export const parentCorrelationId = "x-parent-correlation-id"
export const serviceName = "x-service-name"
export const clientService = "x-client-service"
export const clientVersion = "x-client-version"
export const operationName = "x-operation-name"
export const userId = "x-user-id"
export const requestId = "x-request-id"
export const distinctId = "x-posthog-distinct-id"
export const sessionId = "x-posthog-session-id"
export const contextTags = "x-posthog-context-tags"
export const traceparent = "traceparent"
export const tracestate = "tracestate"
export const baggage = "baggage"
