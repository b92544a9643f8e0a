/**
 * A PostHog server SDK that is native to Effect.
 *
 * @since 0.1.0
 */

/**
 * Builds evaluation contexts, setter by setter.
 *
 * @since 0.1.0
 */
export * as ContextBuilder from "./flags/context/ContextBuilder.js"

/**
 * The correlation of a scope: one id for everything that belongs together.
 *
 * @since 0.1.0
 */
export * as Correlation from "./scope/Correlation.js"

/**
 * What a flag is evaluated against: user, device, request, application, session, environment, and anything else.
 *
 * @since 0.1.0
 */
export * as EvaluationContext from "./flags/context/EvaluationContext.js"

/**
 * The events of an application, each with the Schema of its properties.
 *
 * @since 0.1.0
 */
export * as EventCatalog from "./catalog/EventCatalog.js"

/**
 * Captures what went wrong as `$exception` events.
 *
 * @since 0.1.0
 */
export * as ExceptionCapture from "./scope/ExceptionCapture.js"

/**
 * Captures what a log line at error level or above carries.
 *
 * @since 0.1.0
 */
export * as ExceptionLogger from "./exception/hooks/ExceptionLogger.js"

/**
 * The service that evaluates feature flags, and what is said to it.
 *
 * @since 0.1.0
 */
export { FeatureFlags } from "./flags/FeatureFlags.js"

/**
 * Declares flags for a registry.
 *
 * @since 0.1.0
 */
export * as Flag from "./flags/registry/Flag.js"

/**
 * Shares flag definitions between clients, so that one of them polls for all.
 *
 * @since 0.1.0
 */
export * as FlagDefinitionCache from "./flags/definitions/FlagDefinitionCache.js"

/**
 * Why a flag has no value.
 *
 * @since 0.1.0
 */
export * as FlagError from "./flags/evaluation/FlagError.js"

/**
 * Flag checks that compose in pipelines.
 *
 * @since 0.1.0
 */
export * as Flags from "./flags/Flags.js"

/**
 * The client: capture, person properties, flush, and its layers.
 *
 * @since 0.1.0
 */
export * as Posthog from "./Posthog.js"

/**
 * The client's options and how they are read from `Config`.
 *
 * @since 0.1.0
 */
export * as PosthogConfig from "./PosthogConfig.js"

/**
 * A client that records, for tests.
 *
 * @since 0.1.0
 */
export * as PosthogTest from "./testing/PosthogTest.js"

/**
 * Captures what ends the process, and sends its last events.
 *
 * @since 0.1.0
 */
export * as ProcessExceptions from "./exception/hooks/ProcessExceptions.js"

/**
 * One codec between a scope and whatever carries it to another process.
 *
 * @since 0.1.0
 */
export * as Propagation from "./propagation/Propagation.js"

/**
 * Declares further sections of the scope.
 *
 * @since 0.1.0
 */
export * as Section from "./scope/Section.js"

/**
 * The scope on log lines and spans.
 *
 * @since 0.1.0
 */
export * as ScopeAnnotations from "./scope/ScopeAnnotations.js"

/**
 * A scope as data that can be stored or sent.
 *
 * @since 0.1.0
 */
export * as ScopeData from "./scope/ScopeData.js"

/**
 * Captures the failures of fibers that nobody waits for.
 *
 * @since 0.1.0
 */
export * as UnhandledFibers from "./exception/hooks/UnhandledFibers.js"

export { PosthogLive } from "./Posthog.js"
export { minimalContext } from "./propagation/MinimalContext.js"
export { clearScope, withClearScope } from "./scope/ClearScope.js"
export { type FullContext, fullContext } from "./scope/FullContext.js"
export { fresh, inherited, type Mode } from "./scope/Mode.js"
export * from "./scope/OperationContext.js"
export { isPosthogScope, type PosthogScope, type ScopeView } from "./scope/PosthogScope.js"
export { ProcessService } from "./scope/ProcessService.js"
export * from "./scope/RequestContext.js"
export * from "./scope/ScopeGetters.js"
export type { ScopeFields, ScopeOptions } from "./scope/ScopeOptions.js"
export * from "./scope/ScopeRegion.js"
export * from "./scope/ScopeSetters.js"
export { scopeSummary, type SummaryOptions } from "./scope/ScopeSummary.js"
export type { CallerFields } from "./scope/sections/CallerSection.js"
export type { CorrelationFields } from "./scope/sections/CorrelationSection.js"
export type { OperationFields, OperationValue } from "./scope/sections/OperationSection.js"
export type { RequestFields, RequestValue } from "./scope/sections/RequestSection.js"
export type { ServiceFields } from "./scope/sections/ServiceSection.js"
export type { TraceFields } from "./scope/sections/TraceSection.js"
export * from "./scope/ServiceContext.js"
export { step } from "./scope/Steps.js"
export {
  operationDuration,
  type OperationError,
  type OperationOutcome,
  timedExit,
  type TimedOperation,
  timedOperation,
  type TimedOptions
} from "./scope/TimedOperation.js"
