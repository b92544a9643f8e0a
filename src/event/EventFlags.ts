/**
 * The flags that an event carries.
 *
 * @since 0.1.0
 */

/**
 * What an event takes from a snapshot of flags: `$feature/<key>` for each and `$active_feature_flags` (CAP-22,
 * FLAGS-EVAL-19 to -21).
 *
 * @since 0.1.0
 * @category models
 */
export interface EventFlags {
  /** The value of every flag that is attached to events. */
  readonly values: ReadonlyMap<string, boolean | string>
}
