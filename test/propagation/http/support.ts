/** Real servers and raw requests for the tests of HTTP. */
import { type HttpApp, type HttpRouter, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, type Scope } from "effect"
import { type ExceptionCapture, type Posthog, PosthogTest } from "effect-posthog"
import { createServer, request } from "node:http"

export interface Sent {
  readonly method?: string
  readonly path?: string
  /** Several values of one name are several lines. */
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly body: string
}

/** One request, its headers just as they are given. */
export const send = (
  url: string,
  { body, headers = {}, method = "GET", path = "/" }: Sent = {}
): Effect.Effect<Answer> =>
  Effect.async((resume) => {
    const { hostname, port } = new URL(url)
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : value.map((each) => [name, each])
    )
    const outgoing = request({ hostname, port, method, path, agent: false, setHost: false }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        text += chunk
      })
      response.on("error", () => resume(Effect.succeed({ status: response.statusCode ?? 0, body: text })))
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode ?? 0, body: text })))
    })
    outgoing.on("error", (error) => resume(Effect.die(error)))
    for (const [name = "", value = ""] of lines) {
      outgoing.appendHeader(name, value)
    }
    if (!Object.keys(headers).some((name) => name.toLowerCase() === "host")) {
      outgoing.setHeader("host", `${hostname}:${port}`)
    }
    outgoing.end(body)
  })

type Services = Posthog.Posthog | ExceptionCapture.ExceptionCapture | PosthogTest.PosthogTest

type Provided = HttpServer.HttpServer | HttpRouter.HttpRouter.DefaultServices

/** Serves with sockets, until the scope ends. The answer is where. */
export const listen = <E, R>(
  layer: Layer.Layer<never, E, R>
): Effect.Effect<string, E, Exclude<R, Provided> | Scope.Scope> =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      Layer.provideMerge(layer, Layer.orDie(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })))
    )
    const address = yield* Effect.provide(HttpServer.addressWith(Effect.succeed), context)
    return address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
    // what is left of R is what the layer needs besides the server
  }) as Effect.Effect<string, E, Exclude<R, Provided> | Scope.Scope>

/** The same for an app with a middleware around all of it. */
export const serve = <E, R, E2, R2>(
  app: HttpApp.Default<E, R>,
  middleware: (app: HttpApp.Default<E, R>) => HttpApp.Default<E2, R2>
) => listen(HttpServer.serve(app, middleware))

/** What was captured, when as many events have come. */
export const captured = (count: number) =>
  Effect.gen(function*() {
    for (let i = 0; i < 500; i++) {
      const events = yield* PosthogTest.events
      if (events.length >= count) {
        return events
      }
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
    }
    return yield* PosthogTest.events
  })

/** The only one that was captured, and nothing after it. */
export const theEvent = Effect.flatMap(captured(1), (events) => {
  const [event, ...others] = events
  return event === undefined || others.length > 0
    ? Effect.die(new Error(`${events.length} events: ${events.map(({ event }) => event).join(", ")}`))
    : Effect.succeed(event)
})

/** A test's client that records. */
export const withPosthog = <A, E>(effect: Effect.Effect<A, E, Services | Scope.Scope>) =>
  Effect.provide(effect, PosthogTest.layer)
