/**
 * Whether a scope sees what surrounds it.
 *
 * @since 0.1.0
 */

/**
 * Whether a frame sees what surrounds it.
 *
 * @since 0.1.0
 * @category models
 */
export type Mode = "fresh" | "inherited"

/**
 * A frame that hides everything below it: nothing of the surrounding scope is visible inside (seed 000 §1.2).
 *
 * @since 0.1.0
 * @category modes
 */
export const fresh = "fresh" as const

/**
 * A frame that sees what surrounds it; what it sets itself wins, key by key (seed 000 §1.3).
 *
 * @since 0.1.0
 * @category modes
 */
export const inherited = "inherited" as const
