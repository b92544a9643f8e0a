/**
 * Requests to other services.
 *
 * @since 0.1.0
 */
import type { Headers } from "@effect/platform/Headers"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/** Where it goes; `undefined` where that is no address. */
export const urlOf = (request: HttpClientRequest.HttpClientRequest): URL | undefined =>
  Either.getOrUndefined(UrlParams.makeUrl(request.url, request.urlParams, request.hash))

/** The same request with these headers and no others. */
export const withHeaders = (
  request: HttpClientRequest.HttpClientRequest,
  headers: Headers
): HttpClientRequest.HttpClientRequest => {
  const { body, hash, method, url, urlParams } = request
  const bare = HttpClientRequest.get(url, { urlParams, hash: Option.getOrUndefined(hash) })
  return HttpClientRequest.setHeaders(HttpClientRequest.modify(bare, { method, body }), headers)
}
