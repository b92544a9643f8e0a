import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Duration, Effect, Either, FastCheck as fc, Layer, Redacted } from "effect"
import { Posthog, PosthogConfig, PosthogLive } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { refused } from "effect-posthog/domain/CaptureOutcome"
import { withLines } from "./support/client.js"

const read = (env: { readonly [name: string]: string }) =>
  PosthogConfig.fromEnv.pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env)))),
    Effect.either
  )

describe("the host", () => {
  const cases: ReadonlyArray<readonly [input: string | undefined, expected: string | undefined]> = [
    [undefined, "https://us.i.posthog.com"],
    ["  ", "https://us.i.posthog.com"],
    [" https://eu.i.posthog.com/ ", "https://eu.i.posthog.com"],
    ["https://app.posthog.com", "https://us.i.posthog.com"],
    ["https://us.posthog.com/", "https://us.i.posthog.com"],
    ["https://eu.posthog.com", "https://eu.i.posthog.com"],
    ["http://127.0.0.1:8000/base", "http://127.0.0.1:8000/base"],
    ["posthog", undefined],
    ["ftp://posthog.example", undefined]
  ]
  it("SETUP-07: is trimmed, loses one slash, defaults to the US cloud, and the app's addresses are mapped", () => {
    for (const [input, expected] of cases) {
      assert.strictEqual(PosthogConfig.normalizeHost(input), expected, String(input))
    }
  })
})

describe("fromEnv", () => {
  it.effect("SETUP-01: a project's key is all it needs", () =>
    Effect.gen(function*() {
      const options = Either.getOrThrow(yield* read({ "POSTHOG.API_KEY": "phc_x" }))
      assert.strictEqual(Redacted.value(options.apiKey), "phc_x")
      assert.isUndefined(options.host)
      assert.isUndefined(options.secretKey)
    }))

  it.effect("SETUP-02: a missing or blank key, a bad host and a bad number are a typed ConfigError", () =>
    Effect.gen(function*() {
      const key = { "POSTHOG.API_KEY": "phc_x" }
      for (
        const env of [
          {},
          { "POSTHOG.API_KEY": "" },
          { "POSTHOG.API_KEY": "  " },
          { ...key, "POSTHOG.HOST": "nonsense" },
          { ...key, "POSTHOG.FLUSH_AT": "many" },
          { ...key, "POSTHOG.FLUSH_INTERVAL": "soon" },
          { ...key, "POSTHOG.COMPRESSION": "zip" }
        ]
      ) {
        const result = yield* read(env)
        assert.isTrue(Either.isLeft(result), JSON.stringify(env))
      }
    }))

  it.effect("SETUP-08: a project's key where the secret one belongs is a ConfigError", () =>
    Effect.gen(function*() {
      const result = yield* read({ "POSTHOG.API_KEY": "phc_x", "POSTHOG.SECRET_KEY": "phc_y" })
      assert.include(String(Either.getOrThrow(Either.flip(result))), "phx_")
    }))

  it.effect("SETUP-09: the secret key is SECRET_KEY; the older PERSONAL_API_KEY loses when both are given", () =>
    Effect.gen(function*() {
      const key = { "POSTHOG.API_KEY": "phc_x" }
      const both = Either.getOrThrow(
        yield* read({ ...key, "POSTHOG.SECRET_KEY": "phs_1", "POSTHOG.PERSONAL_API_KEY": "phx_2" })
      )
      const old = Either.getOrThrow(yield* read({ ...key, "POSTHOG.PERSONAL_API_KEY": "phx_2" }))
      assert.strictEqual(Redacted.value(both.secretKey!), "phs_1")
      assert.strictEqual(Redacted.value(old.secretKey!), "phx_2")
      assert.notInclude(JSON.stringify(both), "phs_1")
    }))

  it.effect("SETUP-06, SETUP-10: every option can be read", () =>
    Effect.gen(function*() {
      const options = Either.getOrThrow(
        yield* read({
          "POSTHOG.API_KEY": "phc_x",
          "POSTHOG.HOST": " https://eu.posthog.com/ ",
          "POSTHOG.DISABLED": "true",
          "POSTHOG.OPTED_OUT": "true",
          "POSTHOG.DISABLE_GEOIP": "false",
          "POSTHOG.SYSTEM_PROPERTIES": "true",
          "POSTHOG.CAPTURE_EXCEPTIONS": "false",
          "POSTHOG.HISTORICAL_MIGRATION": "true",
          "POSTHOG.COMPRESSION": "none",
          "POSTHOG.OVERFLOW": "dropOldest",
          "POSTHOG.FLUSH_AT": "1",
          "POSTHOG.MAX_BATCH_SIZE": "2",
          "POSTHOG.MAX_BATCH_BYTES": "3",
          "POSTHOG.MAX_EVENT_BYTES": "4",
          "POSTHOG.MAX_BUFFERED_EVENTS": "5",
          "POSTHOG.MAX_BUFFERED_BYTES": "6",
          "POSTHOG.MAX_RETRIES": "7",
          "POSTHOG.FLUSH_INTERVAL": "1 second",
          "POSTHOG.RETRY_DELAY": "2 seconds",
          "POSTHOG.MAX_RETRY_DELAY": "3 seconds",
          "POSTHOG.RETRY_PAUSE": "4 seconds",
          "POSTHOG.REQUEST_TIMEOUT": "5 seconds",
          "POSTHOG.SHUTDOWN_TIMEOUT": "6 seconds",
          "POSTHOG.DELIVERY_SUMMARY": "1 hour",
          "POSTHOG.CAPTURE_MODE": "v1",
          "POSTHOG.MAX_AI_EVENT_BYTES": "8",
          "POSTHOG.MAX_CONCURRENT_REQUESTS": "9",
          "POSTHOG.ENABLE_FULL_AI_CAPTURE": "true",
          "POSTHOG.AI_PRIVACY_MODE": "true",
          "POSTHOG.INSPECT": "true",
          "POSTHOG.EXCEPTIONS.SOURCE_CONTEXT": "false",
          "POSTHOG.EXCEPTIONS.SOURCE_MAPS": "true",
          "POSTHOG.EXCEPTIONS.MAX_FRAMES": "20",
          "POSTHOG.EXCEPTIONS.MAX_MESSAGE_LENGTH": "1000",
          "POSTHOG.EXCEPTIONS.MAX_EVENT_BYTES": "100000",
          "POSTHOG.EXCEPTIONS.RATE_LIMIT": "false",
          "POSTHOG.FLAGS.LOCAL_EVALUATION": "false",
          "POSTHOG.FLAGS.POLL_INTERVAL": "7 seconds",
          "POSTHOG.FLAGS.DEFINITIONS_FILE": "flags.json",
          "POSTHOG.FLAGS.OFFLINE": "true",
          "POSTHOG.FLAGS.ONLY_LOCALLY": "true",
          "POSTHOG.FLAGS.REQUEST_TIMEOUT": "8 seconds",
          "POSTHOG.FLAGS.MAX_RETRIES": "9",
          "POSTHOG.FLAGS.SEND_EVENTS": "false",
          "POSTHOG.FLAGS.EVALUATION_CONTEXTS": "main,beta",
          "POSTHOG.FLAGS.TIME_ZONE": "Europe/Berlin",
          "POSTHOG.SERVICE.NAME": "orders",
          "POSTHOG.SERVICE.VERSION": "1.2.3",
          "POSTHOG.SERVICE.ENVIRONMENT": "staging"
        })
      )
      const { apiKey: _, secretKey: __, ...rest } = options
      assert.deepStrictEqual(rest, {
        host: "https://eu.i.posthog.com",
        disabled: true,
        optedOut: true,
        disableGeoip: false,
        systemProperties: true,
        captureExceptions: false,
        historicalMigration: true,
        compression: "none",
        overflow: "dropOldest",
        flushAt: 1,
        maxBatchSize: 2,
        maxBatchBytes: 3,
        maxEventBytes: 4,
        maxBufferedEvents: 5,
        maxBufferedBytes: 6,
        maxRetries: 7,
        flushInterval: Duration.seconds(1),
        retryDelay: Duration.seconds(2),
        maxRetryDelay: Duration.seconds(3),
        retryPause: Duration.seconds(4),
        requestTimeout: Duration.seconds(5),
        shutdownTimeout: Duration.seconds(6),
        deliverySummary: Duration.hours(1),
        captureMode: "v1",
        maxAiEventBytes: 8,
        maxConcurrentRequests: 9,
        enableFullAiCapture: true,
        aiPrivacyMode: true,
        inspect: true,
        exceptions: {
          sourceContext: false,
          sourceMaps: true,
          maxFrames: 20,
          maxMessageLength: 1000,
          maxEventBytes: 100_000,
          rateLimit: false
        },
        featureFlags: {
          localEvaluation: false,
          pollInterval: Duration.seconds(7),
          definitionsFile: "flags.json",
          offline: true,
          onlyEvaluateLocally: true,
          requestTimeout: Duration.seconds(8),
          maxRetries: 9,
          sendEvents: false,
          evaluationContexts: ["main", "beta"],
          timeZone: "Europe/Berlin"
        },
        service: { name: "orders", version: "1.2.3", environment: "staging" }
      })
    }))

  it.effect("without a word about it the process is no service, and blank words are none", () =>
    Effect.gen(function*() {
      const silent = Either.getOrThrow(yield* read({ "POSTHOG.API_KEY": "phc_x" }))
      const blank = Either.getOrThrow(yield* read({ "POSTHOG.API_KEY": "phc_x", "POSTHOG.SERVICE.NAME": " " }))
      assert.isUndefined(silent.service)
      assert.isUndefined(blank.service)
    }))

  it.effect.prop("is total: any environment gives options or a ConfigError", [
    fc.dictionary(
      fc.constantFrom("POSTHOG.API_KEY", "POSTHOG.HOST", "POSTHOG.FLUSH_AT", "POSTHOG.FLAGS.MAX_RETRIES"),
      fc.string()
    )
  ], ([env]) => Effect.asVoid(read(env)))
})

describe("layers", () => {
  it.effect("PosthogLive fails with a typed ConfigError when the key is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Layer.launch(PosthogLive)).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      )
      assert.strictEqual(error._op, "MissingData")
    }))

  it.effect("PosthogLive reads POSTHOG_API_KEY as environment variables are named", () =>
    Effect.gen(function*() {
      const outcome = yield* Effect.provide(Posthog.capture("e"), PosthogLive).pipe(
        Effect.withConfigProvider(
          ConfigProvider.fromMap(
            new Map([["POSTHOG_API_KEY", "phc_x"], ["POSTHOG_OPTED_OUT", "true"]]),
            { pathDelim: "_", seqDelim: "," }
          )
        )
      )
      assert.deepStrictEqual(outcome, refused("optedOut"))
    }))

  it.effect("layerConfig takes any options from any config", () =>
    Effect.gen(function*() {
      yield* Posthog.capture("e", { distinctId: "alice" })
      yield* Posthog.flush
      const server = yield* DevServer.DevServer
      assert.strictEqual((yield* server.events)[0]!.properties["app"], "shop")
    }).pipe(
      Effect.provide(
        Posthog.layerConfig({
          apiKey: Config.redacted("KEY"),
          host: Config.succeed("http://posthog.local"),
          superProperties: Config.succeed({ app: "shop" })
        }).pipe(Layer.provideMerge(DevServer.layerInMemory()))
      ),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["KEY", "phc_x"]])))
    ))

  it.effect("SETUP-02, SETUP-08: a blank key or a bad host makes an inert client and an error in the log", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        for (const options of [{ apiKey: Redacted.make(" ") }, { apiKey: Redacted.make("phc_x"), host: "nonsense" }]) {
          const outcome = yield* Posthog.capture("e").pipe(
            Effect.provide(Layer.provide(Posthog.layer(options), DevServer.layerInMemory()))
          )
          assert.deepStrictEqual(outcome, refused("disabled"))
        }
        assert.strictEqual(lines.filter(({ level }) => level === "ERROR").length, 2)
      })
    ))

  it.effect("SETUP-08: a project's key given as secret key is logged as an error; the rest of the client works", () =>
    withLines((lines) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Posthog.capture("e"))._tag, "Captured")
        const errors = lines.filter(({ level }) => level === "ERROR")
        assert.strictEqual(errors.length, 1)
        assert.notInclude(errors[0]!.message, "phc_y")
      }).pipe(
        Effect.provide(
          Posthog.layer({
            apiKey: Redacted.make("phc_x"),
            secretKey: Redacted.make("phc_y"),
            host: "http://posthog.local"
          }).pipe(Layer.provide(DevServer.layerInMemory()))
        )
      )
    ))

  it.effect("layerNoop does nothing and refuses everything as disabled", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Posthog.capture("e"), refused("disabled"))
      assert.deepStrictEqual(yield* Posthog.identify("a"), refused("disabled"))
      assert.deepStrictEqual(yield* Posthog.flush, { delivered: 0, dropped: 0, pending: 0 })
      yield* Posthog.shutdown
    }).pipe(Effect.provide(Posthog.layerNoop)))
})
