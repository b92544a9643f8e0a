/**
 * The folder of this library's own modules.
 *
 * @since 0.1.0
 */

/** `undefined` inside of a bundle: there the library's code and the application's are one file. */
export const fromModule = (url: unknown): string | undefined => {
  const suffix = typeof url === "string"
    ? /\/exception\/stack\/LibraryRoot\.[jt]s(?=$|[?#])/.exec(url.slice(-4096))
    : null
  return typeof url === "string" && suffix !== null
    ? url.slice(0, Math.max(0, url.length - 4096) + suffix.index + 1)
    : undefined
}

/** A URL, with a slash at its end. */
export const libraryRoot: string | undefined = fromModule(import.meta.url)
