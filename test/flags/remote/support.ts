/** What the tests of remote flags share: bodies, answers, and a client against the embedded PostHog. */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Cause, Effect, type Exit, Fiber, Layer, Option, TestClock } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { FlagsUnavailable, QuotaLimited } from "../../../src/flags/evaluation/FlagError.js"
import type { FlagEvaluation, FlagValue } from "../../../src/flags/evaluation/FlagEvaluation.js"
import type { FlagsRequest } from "../../../src/flags/remote/FlagsRequest.js"
import type { RemoteAnswer } from "../../../src/flags/remote/RemoteAnswer.js"
import * as RemoteFlags from "../../../src/flags/remote/RemoteFlags.js"

export const body = (over: Partial<FlagsRequest> = {}): FlagsRequest => ({
  token: "phc_test",
  distinct_id: "alice",
  person_properties: {},
  groups: {},
  group_properties: {},
  geoip_disable: false,
  evaluation_runtime: "server",
  ...over
})

export const remote = (settings: Partial<RemoteFlags.Settings> = {}) =>
  Effect.flatMap(DevServer.DevServer, (server) => RemoteFlags.make({ host: server.url, ...settings }))

export const flag = (key: string, value: FlagValue, over: Partial<FlagEvaluation> = {}): FlagEvaluation => ({
  _tag: "FlagEvaluation",
  key,
  value,
  payload: undefined,
  reason: { code: "unknown", condition: undefined, split: typeof value === "string", description: "" },
  source: "remote",
  id: undefined,
  version: undefined,
  hasExperiment: undefined,
  ...over
})

export const answer = (
  values: { readonly [key: string]: FlagValue },
  over: Partial<RemoteAnswer> = {}
): RemoteAnswer => ({
  flags: new Map(Object.entries(values).map(([key, value]) => [key, flag(key, value)])),
  requestId: undefined,
  evaluatedAt: undefined,
  errorsWhileComputing: false,
  minimalFlagCalledEvents: false,
  ...over
})

export const valuesOf = ({ flags }: RemoteAnswer): { readonly [key: string]: FlagValue } =>
  Object.fromEntries(Array.from(flags, ([key, { value }]) => [key, value]))

/** The embedded PostHog in memory, with the flag `on`. */
export const served = <A, E, R>(self: Effect.Effect<A, E, R>, options: DevServer.Options = {}) =>
  self.pipe(Effect.scoped, Effect.provide(DevServer.layerInMemory({ flags: { on: true }, ...options })))

/** An HTTP client that answers every request with this text. */
export const layerText = (text: string, status = 200): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(text, { status }))))
  )

export const isDone = <A, E>(fiber: Fiber.Fiber<A, E>): Effect.Effect<boolean> =>
  Effect.map(Fiber.poll(fiber), Option.isSome)

/** Asks once while time passes; gives the outcome and when each attempt arrived. */
export const timed = (settings: Partial<RemoteFlags.Settings> = {}) =>
  Effect.gen(function*() {
    const flags = yield* remote(settings)
    const fiber = yield* Effect.fork(flags.request(body()))
    yield* TestClock.adjust("10 minutes")
    const outcome = yield* Fiber.await(fiber)
    const server = yield* DevServer.DevServer
    return { outcome, attempts: (yield* server.requests).map(({ receivedAt }) => receivedAt) }
  })

/** How it ended, in a word, and the status. */
export const reasonOf = (outcome: Exit.Exit<unknown, FlagsUnavailable | QuotaLimited>): string => {
  if (outcome._tag === "Success") {
    return "success"
  }
  const error = Option.getOrUndefined(Cause.failureOption(outcome.cause))
  return error === undefined
    ? Cause.pretty(outcome.cause)
    : error._tag === "QuotaLimited"
    ? "quota"
    : `${error.reason} ${error.status ?? ""}`.trim()
}
