/**
 * The service that the whole process is, as the client's options say it (the seed's `startup`, 001 §1.1).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as PosthogScope from "./PosthogScope.js"
import * as ServiceSection from "./sections/ServiceSection.js"

/**
 * Holds in every scope, fresh ones included, and outside of scopes: a scope's own service wins. The layers of a client
 * whose options name a `service` provide it.
 *
 * @since 0.1.0
 * @category references
 */
export class ProcessService extends Context.Reference<ProcessService>()("effect-posthog/ProcessService", {
  defaultValue: (): ServiceSection.ServiceFields | undefined => undefined
}) {}

/** The service of a scope, merged over that of the process as an inner one over an outer one. */
export const serviceOf = (
  scope: PosthogScope.PosthogScope,
  process: ServiceSection.ServiceFields | undefined
): ServiceSection.ServiceFields | undefined => over(process, PosthogScope.section(scope, ServiceSection.section))

/** One service over that of the process; either may be missing. */
export const over = (
  process: ServiceSection.ServiceFields | undefined,
  service: ServiceSection.ServiceFields | undefined
): ServiceSection.ServiceFields | undefined =>
  service === undefined || process === undefined
    ? service ?? process
    : ServiceSection.section.merge(process, service)
