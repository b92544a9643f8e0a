/**
 * A web `Request` as frameworks of the fetch kind hand it over.
 *
 * @since 0.1.0
 */
import type { Description } from "./HostRequest.js"

export const describe = <Source extends object>(
  source: Source,
  request: Request,
  remoteAddress: string | undefined
): Description<Source> => ({
  source,
  method: request.method,
  url: request.url,
  headers: Object.fromEntries(request.headers),
  remoteAddress
})
