/**
 * What happens where the buffer is full.
 *
 * @since 0.1.0
 */

/**
 * - `dropNewest`: the event that comes is refused
 * - `dropOldest`: the oldest that is not on its way makes room
 * - `suspend`: the fiber that captures waits, interruptibly, until there is room
 *
 * @since 0.1.0
 * @category models
 */
export type Overflow = "dropNewest" | "dropOldest" | "suspend"
