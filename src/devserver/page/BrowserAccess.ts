/**
 * What lets posthog-js talk to the embedded PostHog from the page of an application: CORS.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"

/** Definitions and remote configurations are read with a secret key, which no browser has. */
const isForBrowsers = (path: string): boolean => !path.startsWith("/api/") && !path.startsWith("/flags/definitions")

const anyOrigin = { "access-control-allow-origin": "*" }

/** Answers preflights, and allows every origin: without cookies, as there is nothing here that goes by them. */
export const allow = (app: HttpApp.Default): HttpApp.Default =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    if (request.headers["origin"] === undefined || !isForBrowsers(request.url)) {
      return app
    }
    return request.method === "OPTIONS"
      ? Effect.succeed(HttpServerResponse.empty({
        status: 204,
        headers: {
          ...anyOrigin,
          "access-control-allow-methods": "GET, POST, OPTIONS",
          "access-control-allow-headers": request.headers["access-control-request-headers"] ?? "*",
          "access-control-allow-private-network": "true",
          "access-control-max-age": "600"
        }
      }))
      : Effect.map(app, HttpServerResponse.setHeaders(anyOrigin))
  })
