/** What the tests of the definitions share: an embedded PostHog in memory, a loader on it, and what was logged. */
import { HttpClient } from "@effect/platform"
import { Clock, DateTime, Duration, Effect, Layer, Logger, Random, Redacted, type Scope } from "effect"
import * as DevServer from "../../../src/devserver/DevServer.js"
import * as DefinitionLoader from "../../../src/flags/definitions/DefinitionLoader.js"
import { FlagDefinitionCache, type Service } from "../../../src/flags/definitions/FlagDefinitionCache.js"

export const secret = "phs_the_secret_key"
export const token = "phc_the_project_key"

export const settings: DefinitionLoader.Settings = {
  host: "http://posthog.local",
  token: Redacted.make(token),
  secretKey: Redacted.make(secret),
  pollInterval: Duration.seconds(30),
  requestTimeout: Duration.seconds(10),
  cacheTimeout: Duration.seconds(3),
  initialDefinitions: undefined,
  definitionsFile: undefined,
  offline: false,
  timeZone: DateTime.zoneMakeOffset(0),
  evaluationContexts: undefined
}

/** A set that can be told by its one flag. */
export const set = (key: string, more: Record<string, unknown> = {}) => ({
  flags: [{ key, active: true, filters: { groups: [{ rollout_percentage: 100 }] } }],
  group_type_mapping: { "0": "company" },
  cohorts: { "7": { type: "AND", values: [] } },
  ...more
})

export interface Logged {
  readonly level: string
  readonly text: string
}

export interface World {
  readonly server: DevServer.Service
  readonly client: HttpClient.HttpClient
  /** Everything that was logged. */
  readonly logs: ReadonlyArray<Logged>
  readonly warnings: () => ReadonlyArray<string>
  /** The requests for definitions: their status and the ETag that they named. */
  readonly asked: Effect.Effect<ReadonlyArray<{ readonly status: number; readonly etag: string | undefined }>>
  readonly start: (
    over?: Partial<DefinitionLoader.Settings>,
    cache?: Service,
    client?: HttpClient.HttpClient
  ) => Effect.Effect<DefinitionLoader.DefinitionLoader, never, Scope.Scope>
}

/** Runs a test in a world of its own, under its own clock and with a `Random` that is always in the middle. */
export const inWorld = <A, E>(
  test: (world: World) => Effect.Effect<A, E, Scope.Scope>,
  options: DevServer.Options = {}
): Effect.Effect<A, E, Scope.Scope> =>
  Effect.gen(function*() {
    const { client, server } = yield* DevServer.makeInMemory({ definitions: set("first"), ...options })
    const logs: Array<Logged> = []
    const logger = Logger.replace(
      Logger.defaultLogger,
      Logger.make(({ logLevel, message }) => {
        logs.push({
          level: logLevel.label,
          text: Array.isArray(message) ? message.map(String).join(" ") : String(message)
        })
      })
    )
    const world: World = {
      server,
      client,
      logs,
      warnings: () => logs.filter(({ level }) => level === "WARN").map(({ text }) => text),
      asked: Effect.map(server.requests, (requests) =>
        requests.map(({ headers, status }) => ({ status: status ?? 0, etag: headers["if-none-match"] }))),
      start: (over = {}, cache, otherClient = client) =>
        DefinitionLoader.make({ ...settings, ...over }).pipe(
          Effect.provideService(HttpClient.HttpClient, otherClient),
          (start) =>
            cache === undefined ? start : Effect.provideService(start, FlagDefinitionCache, cache)
        )
    }
    return yield* test(world).pipe(Effect.provide(Layer.mergeAll(logger)))
  }).pipe(Effect.withRandom(Random.fixed([0.5])))

/** Lets the other fibers run, real I/O included, until something holds; time stands still. */
export const until = (what: string, holds: () => boolean): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (let turn = 0; turn < 5000; turn++) {
      if (holds()) {
        return
      }
      yield* aMoment
    }
    return yield* Effect.dieMessage(`never: ${what}`)
  })

export const aMoment = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets everything come to rest. */
export const rest = Effect.forEach(Array.from({ length: 50 }), () => aMoment, { discard: true })

export const keysOf = (loader: DefinitionLoader.DefinitionLoader): ReadonlyArray<string> | undefined =>
  loader.current().flags?.keys

export const now = Clock.currentTimeMillis
