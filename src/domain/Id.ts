/**
 * Ids and names from callers.
 *
 * @since 0.1.0
 */

/**
 * An id as it may be kept: trimmed of nothing, but `undefined` where it is empty, blank or no text. A number is taken as
 * its decimal text.
 */
export const toId = (input: unknown): string | undefined =>
  typeof input === "string"
    ? input.trim() === "" ? undefined : input.toWellFormed()
    : typeof input === "number" && Number.isFinite(input)
    ? String(input)
    : undefined
