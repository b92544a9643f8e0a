/**
 * What of a scope leaves in an envelope.
 *
 * @since 0.1.0
 */
import type { PropagationPolicy } from "../PropagationPolicy.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface EnvelopePolicy extends PropagationPolicy {
  /** The keys of notes about the operation that may leave as `operation_metadata`, or `"all"`. Default: none. */
  readonly operationMetadata?: ReadonlyArray<string> | "all" | undefined
}
