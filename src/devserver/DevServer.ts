/**
 * A small PostHog for demos and tests: receives events, checks them, keeps them, serves flags, and fails when told to.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import type * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Socket } from "node:net"
import * as EventStore from "./EventStore.js"
import * as Fault from "./Fault.js"
import * as FaultPlan from "./FaultPlan.js"
import * as FlagRoutes from "./FlagRoutes.js"
import type { Journal } from "./Journal.js"
import * as OtlpStore from "./OtlpStore.js"
import type { ReceivedEvent } from "./ReceivedEvent.js"
import type { ReceivedLog } from "./ReceivedLog.js"
import type { IncomingRequest, ReceivedRequest } from "./ReceivedRequest.js"
import type { ReceivedSpan } from "./ReceivedSpan.js"
import * as RequestHandler from "./RequestHandler.js"
import * as Transport from "./Transport.js"

/**
 * How the embedded PostHog behaves.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The project keys it knows; any other is answered 401. Default: it knows every key. */
  readonly projectKeys?: ReadonlyArray<string> | undefined
  /** The secret keys that may read flag definitions; any other is answered 401. Default: any key may. */
  readonly secretKeys?: ReadonlyArray<Redacted.Redacted> | undefined
  /**
   * How many events it keeps; the oldest are forgotten, also for telling duplicates. And how many log records, and how
   * many spans. Default 100 000.
   */
  readonly maxEvents?: number | undefined
  /** How many requests it keeps, and how many malformed ones. Default 10 000. */
  readonly maxRequests?: number | undefined
  /** How many bytes the bodies of the kept requests may have together, decompressed. Default 64 MiB. */
  readonly maxRetainedBytes?: number | undefined
  /** The largest body it takes, in bytes, as sent and after decompression; more is answered 413. Default 20 MiB. */
  readonly maxBodyBytes?: number | undefined
  /** Keeps headers and query parameters that hold keys as they are. Default `false`: they are redacted. */
  readonly recordSecrets?: boolean | undefined
  /** The form of `/flags` answers. Default `flags` if the request says `v=2`; `featureFlags` is the old form, always. */
  readonly flagsForm?: "flags" | "featureFlags" | undefined
  /**
   * Takes what PostHog takes, and not only what it documents: events without uuid or timestamp, a distinct id among the
   * properties, the bodies of posthog-js. Default `false`: what a client should not send is refused.
   */
  readonly forgiving?: boolean | undefined
  /** Is told of every request, and of what it brought, before it is answered. Default: nobody is. */
  readonly journal?: Journal | undefined
  /** Flag values to begin with; see `setFlags`. Default: none. */
  readonly flags?: FlagRoutes.FlagValues | undefined
  /** Flag definitions to begin with; see `setDefinitions`. Default: no flags. */
  readonly definitions?: Readonly<Record<string, unknown>> | undefined
}

/**
 * A running embedded PostHog.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The base address, without a final slash: `http://127.0.0.1:port`, in memory `http://posthog.local`. */
  readonly url: string
  /**
   * The server as a plain `HttpApp`, for a server or a test of one's own. Where there is no Node socket, `Reset` is a
   * response whose body breaks off.
   */
  readonly httpApp: HttpApp.Default
  /** The events it has stored, in the order of arrival, each uuid once. */
  readonly events: Effect.Effect<ReadonlyArray<ReceivedEvent>>
  /** The log records it has stored, in the order of arrival; one that came twice stands there twice. */
  readonly logs: Effect.Effect<ReadonlyArray<ReceivedLog>>
  /** The spans it has stored, in the order of arrival; one that came twice stands there twice. */
  readonly spans: Effect.Effect<ReadonlyArray<ReceivedSpan>>
  /** The requests to its endpoints, in the order of arrival. */
  readonly requests: Effect.Effect<ReadonlyArray<ReceivedRequest>>
  /** The malformed ones among the requests, with their `problems`. */
  readonly invalid: Effect.Effect<ReadonlyArray<ReceivedRequest>>
  /** How often each stored event was accepted, by uuid. Above 1: it came again. */
  readonly deliveries: Effect.Effect<ReadonlyMap<string, number>>
  /** Totals since the start or the last `clear`. */
  readonly stats: Effect.Effect<EventStore.Stats>
  /** Waits until `count` different events have been stored since the start or the last `clear`; gives those kept. */
  readonly awaitEvents: (count: number) => Effect.Effect<ReadonlyArray<ReceivedEvent>>
  /** Waits until `count` log records have been stored since the start or the last `clear`; gives those kept. */
  readonly awaitLogs: (count: number) => Effect.Effect<ReadonlyArray<ReceivedLog>>
  /** Waits until `count` spans have been stored since the start or the last `clear`; gives those kept. */
  readonly awaitSpans: (count: number) => Effect.Effect<ReadonlyArray<ReceivedSpan>>
  /** Waits until `count` requests have come since the start or the last `clear`, faulted ones included. */
  readonly awaitRequests: (count: number) => Effect.Effect<ReadonlyArray<ReceivedRequest>>
  /** Forgets events, log records, spans, requests and totals. Faults, flags and definitions stay. */
  readonly clear: Effect.Effect<void>
  /**
   * Puts a fault into the queue, `times` times (default 1). Each request to an endpoint takes the next one, in the order
   * in which the requests are complete, whatever its path. The queue comes before `failWhile` and `always`.
   */
  readonly enqueue: (fault: Fault.Fault, times?: number) => Effect.Effect<void>
  /**
   * Fails the requests for which `predicate` holds, until `heal` or the next `failWhile`; default fault: status 503.
   * Requests for which it does not hold fall to `always`. A server that takes only small batches:
   * `failWhile(({ batchSize, decodedBytes }) => batchSize > 25 || decodedBytes > 100_000, Fault.Status({ status: 413 }))`.
   */
  readonly failWhile: (predicate: Predicate.Predicate<IncomingRequest>, fault?: Fault.Fault) => Effect.Effect<void>
  /** Fails every request that no other fault is meant for, until `heal`. */
  readonly always: (fault: Fault.Fault) => Effect.Effect<void>
  /** Ends all faults: the queue, `failWhile` and `always`. Requests that wait already go on waiting. */
  readonly heal: Effect.Effect<void>
  /** Sets what `/flags` answers: values by key, or a function of what is asked. Replaces what was set. */
  readonly setFlags: (
    flags: FlagRoutes.FlagValues | ((request: FlagRoutes.FlagsRequest) => FlagRoutes.FlagValues),
    details?: FlagRoutes.FlagsDetails | ((request: FlagRoutes.FlagsRequest) => FlagRoutes.FlagsDetails)
  ) => Effect.Effect<void>
  /** Sets what `/flags/definitions` answers, any JSON object; the ETag follows from it. */
  readonly setDefinitions: (definitions: Readonly<Record<string, unknown>>) => Effect.Effect<void>
}

/**
 * The embedded PostHog.
 *
 * @since 0.1.0
 * @category tags
 */
export class DevServer extends Context.Tag("effect-posthog/devserver/DevServer")<DevServer, Service>() {}

const localUrl = "http://posthog.local"

/** What the two ways to run have in common. */
const makeUnserved = (options: Options) =>
  Effect.gen(function*() {
    const store = EventStore.make({
      maxEvents: options.maxEvents ?? 100_000,
      maxRequests: options.maxRequests ?? 10_000,
      maxRetainedBytes: options.maxRetainedBytes ?? 64 * 1024 * 1024
    })
    const otlp = OtlpStore.make(options.maxEvents ?? 100_000)
    const faults = FaultPlan.make()
    const projectKeys = options.projectKeys === undefined ? undefined : new Set(options.projectKeys)
    const secretKeys = options.secretKeys === undefined
      ? undefined
      : new Set(options.secretKeys.map(Redacted.value))
    const flags = FlagRoutes.make({
      knowsSecret: (key) => secretKeys?.has(key) ?? true,
      form: options.flagsForm ?? "flags"
    })
    if (options.flags !== undefined) {
      flags.setFlags(options.flags, {})
    }
    if (options.definitions !== undefined) {
      flags.setDefinitions(options.definitions)
    }
    const closed = yield* Deferred.make<void>()
    const handle = RequestHandler.make({
      store,
      otlp,
      faults,
      flags,
      closed,
      knowsProject: (key) => projectKeys?.has(key) ?? true,
      maxBodyBytes: options.maxBodyBytes ?? 20 * 1024 * 1024,
      recordSecrets: options.recordSecrets ?? false,
      forgiving: options.forgiving ?? false,
      journal: options.journal
    })
    const connections = Transport.makeConnections()

    const cutConnection = (socket: Socket | undefined): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
      if (socket === undefined) {
        return Effect.succeed(HttpServerResponse.stream(Stream.fail({ _tag: "ConnectionReset" })))
      }
      return Effect.suspend(() => {
        socket.destroy()
        // The server interrupts the request once the socket is closed; there is nobody left to answer.
        return Effect.never
      })
    }

    const httpApp: HttpApp.Default = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const socket = Transport.socketOf(request)
      if (socket !== undefined) {
        connections.add(socket)
      }
      return Effect.interruptible(
        Effect.flatMap(
          handle(Transport.fromServerRequest(request)),
          (handled) => handled._tag === "Responded" ? Effect.succeed(handled.response) : cutConnection(socket)
        )
      )
    })

    const service = (url: string): Service => ({
      url,
      httpApp,
      events: Effect.sync(store.events),
      logs: Effect.sync(otlp.logs),
      spans: Effect.sync(otlp.spans),
      requests: Effect.sync(store.requests),
      invalid: Effect.sync(store.invalid),
      deliveries: Effect.sync(store.deliveries),
      stats: Effect.sync(store.stats),
      awaitEvents: store.awaitEvents,
      awaitLogs: otlp.awaitLogs,
      awaitSpans: otlp.awaitSpans,
      awaitRequests: store.awaitRequests,
      clear: Effect.sync(() => {
        store.clear()
        otlp.clear()
      }),
      enqueue: (fault, times = 1) => Effect.sync(() => faults.enqueue(fault, times)),
      failWhile: (predicate, fault = Fault.Status({ status: 503 })) =>
        Effect.sync(() => faults.failWhile(predicate, fault)),
      always: (fault) => Effect.sync(() => faults.always(fault)),
      heal: Effect.sync(faults.heal),
      setFlags: (values, details = {}) => Effect.sync(() => flags.setFlags(values, details)),
      setDefinitions: (definitions) => Effect.sync(() => flags.setDefinitions(definitions))
    })

    const close = Effect.zipRight(Deferred.succeed(closed, undefined), Effect.sync(connections.cutAll))

    return { service, handle, closed, close } as const
  })

const urlOf = (address: HttpServer.Address): string => {
  if (address._tag === "UnixAddress") {
    return HttpServer.formatAddress(address)
  }
  const host = address.hostname === "0.0.0.0" ? "127.0.0.1" : address.hostname
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`
}

/**
 * Runs an embedded PostHog on the `HttpServer` of the context until the scope closes. Closing does not wait for anyone:
 * requests that are still unanswered, and idle connections, are cut.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<Service, never, HttpServer.HttpServer | Scope.Scope> =>
  Effect.gen(function*() {
    const httpServer = yield* HttpServer.HttpServer
    const { close, service } = yield* makeUnserved(options)
    const server = service(urlOf(httpServer.address))
    // Requests to a PostHog are not spans of the application, wherever that PostHog runs.
    yield* Effect.locally(httpServer.serve(server.httpApp), HttpMiddleware.currentTracerDisabledWhen, constTrue)
    yield* Effect.addFinalizer(() => close)
    return server
  })

/**
 * An embedded PostHog that nobody serves yet: its `httpApp` is for a server, or a test, of one's own. `url` is where it
 * will be.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeApp = (url: string, options: Options = {}): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { close, service } = yield* makeUnserved(options)
    yield* Effect.addFinalizer(() => close)
    return service(url)
  })

/**
 * Runs an embedded PostHog on the `HttpServer` of the context.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 * import * as DevServer from "effect-posthog/devserver/DevServer"
 * import * as Fault from "effect-posthog/devserver/Fault"
 * import { createServer } from "node:http"
 *
 * const PosthogOnThisMachine = DevServer.layer({ projectKeys: ["phc_demo"] }).pipe(
 *   Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
 * )
 *
 * const program = Effect.gen(function*() {
 *   const server = yield* DevServer.DevServer
 *   yield* server.setFlags({ "new-checkout": true, pricing: { variant: "low", payload: { price: 9 } } })
 *   yield* server.enqueue(Fault.Status({ status: 503 }), 2)
 *   // … let a client capture to server.url …
 *   const events = yield* server.awaitEvents(1)
 *   return events.map((event) => event.distinct_id)
 * }).pipe(Effect.provide(PosthogOnThisMachine))
 */
export const layer = (options: Options = {}): Layer.Layer<DevServer, never, HttpServer.HttpServer> =>
  Layer.scoped(DevServer, make(options))

/**
 * An embedded PostHog without sockets, and an `HttpClient` whose requests all go to it, whatever their host.
 *
 * A request is handled in the fiber that makes it, with that fiber's clock. `Reset` is a `RequestError` with reason
 * `Transport`; so is every request after the scope has closed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeInMemory = (
  options: Options = {}
): Effect.Effect<
  { readonly server: Service; readonly client: HttpClient.HttpClient },
  never,
  Scope.Scope
> =>
  Effect.gen(function*() {
    const { close, closed, handle, service } = yield* makeUnserved(options)
    const runtime = yield* Effect.runtime<never>()
    yield* Effect.addFinalizer(() => close)
    const client = HttpClient.make((request, url) =>
      Effect.flatMap(Deferred.isDone(closed), (isClosed) => {
        if (isClosed) {
          return Effect.fail(Transport.connectionReset(request, "connection refused: the server is closed"))
        }
        return Effect.flatMap(
          handle(Transport.fromClientRequest(request, url)),
          (handled) =>
            handled._tag === "Responded"
              ? Effect.succeed(
                HttpClientResponse.fromWeb(request, HttpServerResponse.toWeb(handled.response, { runtime }))
              )
              : Effect.fail(Transport.connectionReset(request, "connection reset"))
        )
      })
    )
    return { server: service(localUrl), client }
  })

/**
 * An embedded PostHog without sockets, and an `HttpClient` whose requests all go to it, whatever their host. `url` is
 * `http://posthog.local`. Under `TestClock`, `Delay` takes exactly as long as it says.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * import * as HttpBody from "@effect/platform/HttpBody"
 * import * as HttpClient from "@effect/platform/HttpClient"
 * import * as Effect from "effect/Effect"
 * import * as DevServer from "effect-posthog/devserver/DevServer"
 *
 * const program = Effect.gen(function*() {
 *   const server = yield* DevServer.DevServer
 *   const client = yield* HttpClient.HttpClient
 *   yield* client.post(`${server.url}/batch/`, { body: HttpBody.unsafeJson({ api_key: "phc_demo", batch: [] }) })
 *   const [refused] = yield* server.invalid
 *   return refused?.problems // ["batch: must hold at least one event"]
 * }).pipe(Effect.provide(DevServer.layerInMemory()))
 */
export const layerInMemory = (options: Options = {}): Layer.Layer<DevServer | HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.map(
      makeInMemory(options),
      ({ client, server }) => Context.make(DevServer, server).pipe(Context.add(HttpClient.HttpClient, client))
    )
  )
