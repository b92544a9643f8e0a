/**
 * Which fields of a scope leave the process.
 *
 * @since 0.1.0
 */

/**
 * By default correlation, service, operation, PostHog's identity (distinct id and session) and the W3C trace leave; user
 * ids, request ids and tags only where they are asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface PropagationPolicy {
  /** Default `true`. */
  readonly correlation?: boolean | undefined
  /** The service's name and version. Default `true`. */
  readonly service?: boolean | undefined
  /** The name of the operation. Default `true`. */
  readonly operation?: boolean | undefined
  /** Distinct id and session. Default `true`. */
  readonly identity?: boolean | undefined
  /** `traceparent`, `tracestate` and `baggage`. Default `true`. */
  readonly trace?: boolean | undefined
  /** Default `false`. */
  readonly userId?: boolean | undefined
  /** Default `false`. */
  readonly requestId?: boolean | undefined
  /** The keys of tags that may leave, or `"all"`. Default: none. */
  readonly tags?: ReadonlyArray<string> | "all" | undefined
}

/**
 * As little as ties two processes together: the correlation and the service (seed 001, selective propagation).
 *
 * @since 0.1.0
 * @category policies
 */
export const minimal: PropagationPolicy = { operation: false, identity: false, trace: false }
