/**
 * What stands where something was taken out.
 *
 * @since 0.1.0
 */

export const mark = "[redacted]"
