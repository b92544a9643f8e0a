/**
 * The service that the whole process is, as the client's options say it (the seed's `startup`, 001 §1.1).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { ServiceFields } from "./sections/ServiceSection.js"

/**
 * Holds in every scope, fresh ones included, and outside of scopes: a scope's own service wins.
 *
 * @since 0.1.0
 * @category references
 */
export class ProcessService extends Context.Reference<ProcessService>()("effect-posthog/ProcessService", {
  defaultValue: (): ServiceFields | undefined => undefined
}) {}
