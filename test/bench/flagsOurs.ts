/** Our side of the flag benchmark: through the public API, in one running fiber. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Redacted } from "effect"
import { FeatureFlags, Flags, Posthog } from "effect-posthog"
import { bytes } from "./flagsBytes.js"
import {
  asked,
  checkCalled,
  checkDecisions,
  checkFlags,
  definitions,
  flagKey,
  lazily,
  names,
  people,
  perCall,
  receiver
} from "./flagsWork.js"
import { serve, type Work } from "./harness.js"

const runtime = (flags: number) =>
  ManagedRuntime.make(
    Posthog.layer({
      apiKey: Redacted.make("phc_bench"),
      host: "http://127.0.0.1:9",
      compression: "none",
      flushInterval: "1 hour",
      featureFlags: { initialDefinitions: definitions(flags), onlyEvaluateLocally: true }
    }).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(Layer.succeed(FetchHttpClient.Fetch, receiver(flags) as typeof fetch)),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
  )

type Services = ManagedRuntime.ManagedRuntime.Context<ReturnType<typeof runtime>>

/** Runs an effect for one person after the other, in one running fiber. */
const inLoop = <A>(
  calls: number,
  body: (n: number) => Effect.Effect<A, never, Services>,
  step: (value: A) => void = () => {}
): Effect.Effect<void, never, Services> =>
  Effect.suspend(() => {
    let n = 0
    return Effect.whileLoop({ while: () => n < calls, body: () => body(n++), step })
  })

const timed = (calls: number, loop: Effect.Effect<void, never, Services>): Effect.Effect<number, never, Services> =>
  Effect.suspend(() => {
    const from = performance.now()
    return Effect.map(loop, () => perCall(from, calls))
  })

/** One flag of one person after the other; checked, and ready to be repeated. */
const one = async (sendEvents: boolean) => {
  const { runPromise } = runtime(1)
  const asks = asked(({ distinctId, properties }) => ({
    distinctId,
    personProperties: properties,
    sendEvents,
    default: false
  }))
  const check = (n: number) => Flags.isEnabled(flagKey, asks[n % people.length]!.options)
  const decisions: Array<boolean> = []
  await runPromise(inLoop(people.length, check, (on) => decisions.push(on)))
  checkDecisions(flagKey, decisions)
  const reported = async () => {
    if (sendEvents) {
      await runPromise(Posthog.flush)
      checkCalled()
    }
  }
  await reported()
  return { check, reported, runPromise }
}

const single = (sendEvents: boolean): Work =>
  lazily(async () => {
    const { check, reported, runPromise } = await one(sendEvents)
    const calls = 4 * people.length
    const loop = timed(calls, inLoop(calls, check))
    return async () => {
      const time = await runPromise(loop)
      await reported()
      return time
    }
  })

const allocating = (sendEvents: boolean): Work =>
  lazily(async () => {
    const { check, reported, runPromise } = await one(sendEvents)
    return bytes(1_000_000, (calls) => runPromise(inLoop(calls, check)), reported)
  })

const loopAlone = lazily(() => {
  const { runPromise } = runtime(1)
  return bytes(1_000_000, (calls) => runPromise(inLoop(calls, () => Effect.void)))
})

const optionsOf = asked(({ distinctId, properties }) => ({ distinctId, personProperties: properties }))

const ask = (n: number) => optionsOf[n % people.length]!

/** Many flags of one person, of a few people a round. */
const many = <A>(
  flags: number,
  calls: number,
  evaluate: (n: number) => Effect.Effect<A, never, Services>,
  values: (evaluated: A) => Readonly<Record<string, unknown>>
): Work =>
  lazily(async () => {
    const { runPromise } = runtime(flags)
    let n = 0
    await runPromise(
      inLoop(8, evaluate, (evaluated) => checkFlags(flags, ask(n++).distinctId, values(evaluated)))
    )
    let round = 0
    return () => {
      const first = round++ * calls
      return runPromise(timed(calls, inLoop(calls, (n) => evaluate(first + n))))
    }
  })

const snapshot = (flags: number, calls: number): Work =>
  many(flags, calls, (n) => Flags.evaluate(ask(n).options), ({ values }) => Object.fromEntries(values))

const all = (flags: number, calls: number): Work =>
  many(
    flags,
    calls,
    (n) => Effect.flatMap(FeatureFlags, (service) => service.getAllFlags(ask(n).distinctId, ask(n).options)),
    (values) => values
  )

serve({
  [names.off]: single(false),
  [names.on]: single(true),
  [names.growthBook]: single(false),
  [names.launchDarkly]: single(false),
  [names.unleash]: single(false),
  [names.snapshot100]: snapshot(100, 64),
  [names.all100]: all(100, 64),
  [names.snapshot1000]: snapshot(1000, 8),
  [names.all1000]: all(1000, 8),
  [names.bytesWithLoopOff]: allocating(false),
  [names.bytesWithLoopOn]: allocating(true),
  [names.bytesLoop]: loopAlone
})
