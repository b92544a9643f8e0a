/**
 * From a request to an answer: read, decode, judge, record, store, and fail if told to.
 *
 * @since 0.1.0
 */
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as Answer from "./Answer.js"
import * as BrowserBody from "./BrowserBody.js"
import * as BrowserConfig from "./BrowserConfig.js"
import * as CaptureRoutes from "./CaptureRoutes.js"
import * as Decompression from "./Decompression.js"
import type { EventStore } from "./EventStore.js"
import { type Exchange, type Verdict, verdict } from "./Exchange.js"
import * as FaultedAnswer from "./FaultedAnswer.js"
import type { FaultPlan } from "./FaultPlan.js"
import * as FlagRoutes from "./FlagRoutes.js"
import * as Forgiveness from "./Forgiveness.js"
import type { Journal } from "./Journal.js"
import * as OtlpRoutes from "./OtlpRoutes.js"
import type { OtlpRecords, OtlpStore } from "./OtlpStore.js"
import {
  type Endpoint,
  type IncomingRequest,
  type ReceivedRequest,
  redactHeaders,
  redactQuery
} from "./ReceivedRequest.js"
import type { RequestSource } from "./Transport.js"

/**
 * What a request comes to: a response, or the end of its connection.
 *
 * @since 0.1.0
 * @category models
 */
export type Handled =
  | { readonly _tag: "Responded"; readonly response: HttpServerResponse.HttpServerResponse }
  | { readonly _tag: "Cut" }

const cut: Handled = { _tag: "Cut" }

const noRecords: OtlpRecords = { logs: [], spans: [] }

const noRemarks: Forgiveness.Forgiven["remarks"] = new Map()

const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["POST /batch", "capture"],
  ["POST /capture", "capture"],
  ["POST /e", "capture"],
  ["POST /track", "capture"],
  ["POST /i/v0/e", "capture"],
  ["POST /i/v1/analytics/events", "captureV1"],
  ["POST /i/v0/ai/batch", "captureAi"],
  ["POST /i/v1/logs", "logs"],
  ["POST /i/v1/traces", "traces"],
  ["POST /flags", "flags"],
  ["POST /decide", "flags"],
  ["GET /flags/definitions", "definitions"],
  ["GET /api/feature_flag/local_evaluation", "definitions"],
  ["POST /s", "recordings"]
])

/** Endpoints with something of the caller's in their path come last. */
const endpointOf = (method: string, route: string): Endpoint | undefined =>
  endpoints.get(`${method} ${route}`) ?? (method !== "GET"
    ? undefined
    : BrowserConfig.isPath(route)
    ? "config"
    : FlagRoutes.remoteConfigKey(route) === undefined
    ? undefined
    : "remoteConfig")

const isSuccess = (status: number): boolean => status >= 200 && status < 300

const splitUrl = (url: string): { readonly path: string; readonly query: Readonly<Record<string, string>> } => {
  const mark = url.indexOf("?")
  return mark === -1
    ? { path: url, query: {} }
    : { path: url.slice(0, mark), query: Object.fromEntries(new URLSearchParams(url.slice(mark + 1))) }
}

/** A random UUID (version 4) from Effect's `Random`. */
const randomUuid: Effect.Effect<string> = Effect.map(
  Effect.replicateEffect(Random.nextIntBetween(0, 0x1_0000), 8),
  (words) => {
    const hex = words.map((word) => word.toString(16).padStart(4, "0")).join("")
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }
)

/**
 * Makes the handler of one server. Its effect ends with a response or with the wish to cut the connection; it waits
 * where a fault says so, and `closed` ends every wait.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (server: {
  readonly store: EventStore
  readonly otlp: OtlpStore
  readonly faults: FaultPlan
  readonly flags: FlagRoutes.FlagRoutes
  readonly closed: Deferred.Deferred<void>
  readonly knowsProject: (apiKey: string) => boolean
  readonly maxBodyBytes: number
  readonly recordSecrets: boolean
  /** Takes what PostHog takes, and not only what it documents. */
  readonly forgiving: boolean
  readonly journal: Journal | undefined
}) => {
  const judge = (exchange: Exchange, requestIndex: number, requestId: string): Verdict => {
    switch (exchange.endpoint) {
      case "capture":
      case "captureAi":
        return CaptureRoutes.capture(exchange)
      case "captureV1":
        return CaptureRoutes.captureV1(exchange)
      case "logs":
      case "traces":
        return OtlpRoutes.receive(exchange, requestIndex)
      case "flags":
        return server.flags.flags(exchange, requestId)
      case "definitions":
        return server.flags.definitions(exchange)
      case "remoteConfig":
        return server.flags.remoteConfig(exchange)
      case "config":
        return BrowserConfig.answer(exchange)
      case "recordings":
        // taken and not kept: there is nothing here to play them with
        return verdict(Answer.make(200, { status: 1 }))
    }
  }

  const isOtlp = (endpoint: Endpoint): boolean => endpoint === "logs" || endpoint === "traces"

  const isCapture = (endpoint: Endpoint): boolean =>
    endpoint === "capture" || endpoint === "captureV1" || endpoint === "captureAi"

  const hasBody = (endpoint: Endpoint): boolean => isCapture(endpoint) || isOtlp(endpoint) || endpoint === "flags"

  /** The step that changes the server's memory, all at once: requests of many fibers never mix. */
  const receive = (
    source: RequestSource,
    exchange: Exchange,
    path: string,
    bytes: number,
    requestId: string,
    remarks: Forgiveness.Forgiven["remarks"]
  ): FaultedAnswer.Outcome => {
    const body = Either.isRight(exchange.body) ? exchange.body.right.value : exchange.body.left.text
    const values = isCapture(exchange.endpoint) ? CaptureRoutes.valuesIn(body) : []
    const attempt = source.headers["posthog-attempt"]
    const incoming: IncomingRequest = {
      index: server.store.nextIndex(),
      endpoint: exchange.endpoint,
      method: source.method,
      path,
      query: server.recordSecrets ? exchange.query : redactQuery(exchange.query),
      headers: server.recordSecrets ? { ...source.headers } : redactHeaders(source.headers),
      body,
      receivedAt: exchange.receivedAt,
      attempt: attempt === undefined || Number.isNaN(Number(attempt)) ? undefined : Number(attempt),
      batchSize: isOtlp(exchange.endpoint) ? OtlpRoutes.countIn(body) : values.length,
      uuids: CaptureRoutes.uuidsIn(values),
      bytes,
      decodedBytes: Either.isRight(exchange.body) ? exchange.body.right.decodedBytes : exchange.body.left.decodedBytes
    }
    const verdict = judge(exchange, incoming.index, requestId)
    const fault = server.faults.take(incoming)
    const outcome = FaultedAnswer.make(exchange.endpoint, verdict, fault)
    const received: ReceivedRequest = {
      ...incoming,
      status: outcome._tag === "Answered" ? outcome.answer.status : undefined,
      fault,
      problems: verdict.problems
    }
    server.store.record(received)
    server.store.add(incoming, outcome.events)
    const records = verdict.records !== undefined && outcome._tag === "Answered" && isSuccess(outcome.answer.status)
      ? verdict.records
      : noRecords
    server.otlp.add(records)
    server.journal?.record(received, outcome.events, records, remarks)
    return outcome
  }

  const respond = (exchange: Exchange, answer: Answer.Answer): Effect.Effect<Handled> =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const requestId = exchange.headers["posthog-request-id"]
      const echoed = exchange.endpoint === "captureV1" && requestId !== undefined
        ? { ...answer, headers: { "posthog-request-id": requestId, ...answer.headers } }
        : answer
      return { _tag: "Responded", response: Answer.toResponse(echoed, now) }
    })

  const closed = Deferred.await(server.closed)

  const unfinished = HttpServerResponse.stream(
    Stream.concat(
      Stream.make(new TextEncoder().encode("{")),
      Stream.drain(Stream.fromEffect(closed))
    ),
    { status: 200, contentType: "application/json" }
  )

  const answerLate = (exchange: Exchange, outcome: FaultedAnswer.Outcome): Effect.Effect<Handled> => {
    switch (outcome._tag) {
      case "Reset":
        return Effect.succeed(cut)
      case "Stalled":
        return outcome.sendHeaders
          ? Effect.succeed({ _tag: "Responded", response: unfinished })
          : Effect.as(closed, cut)
      case "Answered":
        return outcome.delay === undefined
          ? respond(exchange, outcome.answer)
          // A caller that must not be interrupted (a flush in a finalizer) passes that on to the two racers; the one that
          // loses has to be interruptible all the same, or the race would never end.
          : Effect.raceFirst(
            Effect.interruptible(Effect.zipRight(Effect.sleep(outcome.delay), respond(exchange, outcome.answer))),
            Effect.interruptible(Effect.as(closed, cut))
          )
    }
  }

  return (source: RequestSource): Effect.Effect<Handled> =>
    Effect.flatMap(Clock.currentTimeMillis, (receivedAt) => {
      const { path, query } = splitUrl(source.url)
      const route = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path
      const endpoint = endpointOf(source.method, route)
      if (endpoint === undefined) {
        server.store.countNotFound()
        const problem = `${source.method} ${path} is no endpoint of this server`
        return Effect.succeed<Handled>({
          _tag: "Responded",
          response: Answer.toResponse(Answer.make(404, { error: problem }), receivedAt)
        })
      }
      const isForgiven = server.forgiving && isCapture(endpoint)
      const requestIdOf = endpoint === "flags" || isForgiven ? randomUuid : Effect.succeed("")
      const maxBodyBytes = isOtlp(endpoint)
        ? Math.min(server.maxBodyBytes, OtlpRoutes.maxBodyBytes)
        : server.maxBodyBytes
      const encoding = isOtlp(endpoint)
        ? OtlpRoutes.encodingOf(source.headers, query)
        : source.headers["content-encoding"]
      return source.read(maxBodyBytes).pipe(
        Effect.onInterrupt(() => Effect.sync(server.store.countAborted)),
        Effect.matchEffect({
          onSuccess: (bytes) =>
            Effect.succeed({
              bytes: bytes.length,
              body: !hasBody(endpoint)
                ? Either.right({ value: undefined, decodedBytes: 0 })
                : server.forgiving && !isOtlp(endpoint)
                ? BrowserBody.decode(bytes, source.headers, query, maxBodyBytes)
                : Decompression.decodeBody(bytes, encoding, maxBodyBytes)
            }),
          onFailure: (failure) => {
            if (failure._tag === "Aborted") {
              server.store.countAborted()
              return Effect.succeed(undefined)
            }
            const length = Number(source.headers["content-length"])
            return Effect.succeed({
              bytes: Number.isNaN(length) ? maxBodyBytes : length,
              body: Either.left(failure)
            })
          }
        }),
        Effect.flatMap((read) => {
          if (read === undefined) {
            return Effect.succeed(cut)
          }
          return Effect.flatMap(requestIdOf, (requestId) => {
            const forgiven = isForgiven && Either.isRight(read.body)
              ? Forgiveness.forgive(read.body.right.value, requestId, receivedAt)
              : undefined
            const exchange: Exchange = {
              endpoint,
              route,
              query,
              headers: source.headers,
              body: forgiven === undefined
                ? read.body
                : Either.map(read.body, (body) => ({ ...body, value: forgiven.body })),
              receivedAt,
              knowsProject: server.knowsProject
            }
            return answerLate(
              exchange,
              receive(source, exchange, path, read.bytes, requestId, forgiven?.remarks ?? noRemarks)
            )
          })
        })
      )
    })
}
