/**
 * The requests that the library makes for itself.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Library from "./Library.js"

/** An SDK's own requests are not the application's: no spans, no trace headers to a third party. */
export const untraced = (client: HttpClient.HttpClient): HttpClient.HttpClient =>
  client.pipe(HttpClient.withTracerDisabledWhen(() => true), HttpClient.withTracerPropagation(false))

/** Which library asks. */
export const userAgent = `${Library.name}/${Library.version}`

/** Says which library asks. */
export const signed: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest =
  HttpClientRequest.setHeader("User-Agent", userAgent)
