/**
 * The requests that the library makes for itself.
 *
 * @since 0.1.0
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Library from "./Library.js"

/** Which library asks. */
export const userAgent = `${Library.name}/${Library.version}`

/** Says which library asks. */
export const signed: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest =
  HttpClientRequest.setHeader("User-Agent", userAgent)
