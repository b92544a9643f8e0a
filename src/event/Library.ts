/**
 * Who sends: the library's name and version, as PostHog shows them.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category constants
 */
export const name = "effect-posthog"

/**
 * The package's version; a test holds it against package.json.
 *
 * @since 0.1.0
 * @category constants
 */
export const version = "0.1.0"
