/** Anything at all as an exception: `EXCEPTIONS` says how many cases are tried (1,000), `SEED` replays. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Exit, FastCheck as fc, Layer, Logger, LogLevel, ManagedRuntime, ParseResult } from "effect"
import { ExceptionCapture, PosthogTest } from "effect-posthog"
import { decode } from "effect-posthog/devserver/ReceivedException"
import type { PosthogEvent } from "effect-posthog/event/PosthogEvent"
import type { ExceptionOptions } from "effect-posthog/exception/ExceptionOptions"
import * as Hostile from "./hostile.js"

const numRuns = Number(process.env["EXCEPTIONS"] ?? 1000)
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31))

const wholeBound = 512 * 1024

/** Clients that differ in what they tell, and how much of it. */
const clients: ReadonlyArray<ExceptionOptions & { readonly maxEventBytes: number }> = [
  { maxEventBytes: wholeBound, rateLimit: false },
  { maxEventBytes: 16 * 1024, rateLimit: false, sourceMaps: true },
  { maxEventBytes: wholeBound, rateLimit: false, redaction: false, sourceContext: false, maxMessageLength: 1_000_000 }
]

const makeRuntime = (exceptions: ExceptionOptions) =>
  ManagedRuntime.make(
    Layer.provideMerge(PosthogTest.layerWith({ exceptions }), Logger.minimumLogLevel(LogLevel.None))
  )

/** Everything of an event that is sent, but the distinct id: nobody may shorten that. */
const bytesOf = ({ event, properties, timestamp, uuid }: PosthogEvent): number =>
  Buffer.byteLength(JSON.stringify({ uuid, event, timestamp, properties }))

/** What a capture of something hostile leads to. */
const captured = (input: unknown, options: unknown) =>
  Effect.gen(function*() {
    yield* Effect.flatMap(PosthogTest.PosthogTest, ({ clear }) => clear)
    const outcome = yield* ExceptionCapture.capture(input, options as ExceptionCapture.CaptureExceptionOptions)
    return { outcome, events: yield* PosthogTest.events, dropped: yield* PosthogTest.dropped }
  }).pipe(Effect.exit)

const succeeded = <A>(exit: Exit.Exit<A, never>): A =>
  Exit.match(exit, {
    onSuccess: (value) => value,
    onFailure: (cause) => assert.fail(`capturing failed: ${brief(cause)}`)
  })

/** A report of megabytes would keep the runner busy for an hour. */
const brief = (value: unknown): string => String(value).slice(0, 500)

/** As the wire wants it? */
const assertValid = (properties: PosthogEvent["properties"]) => {
  const decoded = decode(properties)
  if (Either.isLeft(decoded)) {
    assert.fail(brief(JSON.stringify(ParseResult.ArrayFormatter.formatErrorSync(decoded.left))))
  }
}

type Runtime = ReturnType<typeof makeRuntime>

const withClients = async (use: (runtimes: ReadonlyArray<Runtime>) => Promise<void>): Promise<void> => {
  const runtimes = clients.map(makeRuntime)
  try {
    await use(runtimes)
  } finally {
    await Promise.all(runtimes.map((runtime) => runtime.dispose()))
  }
}

const withoutFailure = [
  "interrupt",
  "interrupts",
  "empty",
  "success",
  "interruptedExit",
  "emptyHandedCause",
  "strangeCause",
  "throwingCause",
  "yesProxy",
  "selfProxy",
  "endlessNodes",
  "bottomless",
  "selfProxy"
]

/** Reasons that there may be to refuse this, and no other. */
const refusals = (input: Hostile.Recipe, { said }: Hostile.OptionsRecipe): ReadonlyArray<string> => [
  ...(Hostile.uses(input, withoutFailure) ? ["interrupted", "noFailure"] : []),
  ...(Hostile.uses(input, ["ignored", "yesProxy", "alternating", "alternatingError"]) ? ["ignored"] : []),
  ...(said["distinctId"] === undefined ? [] : ["invalidDistinctId", "tooLarge"])
]

describe("hostile exceptions", () => {
  it(
    "EXC-03 EXCMETA-08 EXCMETA-33: whatever is thrown, and said about it, becomes one valid event within its bound",
    async () => {
      await withClients((runtimes) =>
        fc.assert(
          fc.asyncProperty(
            fc.nat(clients.length - 1),
            Hostile.anything,
            Hostile.options,
            async (client, input, options) => {
              const made = Hostile.makeOptions(options)
              const exit = await runtimes[client]!.runPromise(captured(Hostile.make(input), made))
              const { dropped, events, outcome } = succeeded(exit)
              assert.deepStrictEqual(dropped, [])
              if (outcome._tag === "Refused") {
                assert.include(refusals(input, options), outcome.reason)
                assert.strictEqual(events.length, 0)
                return
              }
              assert.deepStrictEqual(events.map(({ event, uuid }) => [event, uuid]), [["$exception", outcome.eventId]])
              const [event] = events
              assertValid(event!.properties)
              assert.isAtMost(bytesOf(event!), clients[client]!.maxEventBytes)
            }
          ),
          { numRuns, seed }
        )
      )
      console.log(`hostile exceptions: ${numRuns} cases, SEED=${seed}`)
    },
    600_000
  )

  it("what was only interrupted is no exception, whatever it is wrapped in", async () => {
    await withClients(([runtime]) =>
      fc.assert(
        fc.asyncProperty(Hostile.interruptions, Hostile.options, async (input, options) => {
          const exit = await runtime!.runPromise(
            captured(Hostile.makeInterruption(input), Hostile.makeOptions(options))
          )
          const { dropped, events, outcome } = succeeded(exit)
          assert.deepStrictEqual({ dropped, events, outcome }, {
            dropped: [],
            events: [],
            outcome: { _tag: "Refused", reason: "interrupted" }
          })
        }),
        { numRuns: Math.ceil(numRuns / 5), seed }
      )
    )
  }, 120_000)

  it("options that cannot be read at all refuse the exception and harm nobody", async () => {
    await withClients(([runtime]) =>
      fc.assert(
        fc.asyncProperty(Hostile.anything, async (options) => {
          const error = new Error("harmless")
          const { dropped, events, outcome } = succeeded(
            await runtime!.runPromise(captured(error, Hostile.make(options)))
          )
          assert.deepStrictEqual(dropped, [])
          assert.strictEqual(events.length, outcome._tag === "Captured" ? 1 : 0)
          for (const { properties } of events) {
            assertValid(properties)
          }
        }),
        { numRuns: Math.ceil(numRuns / 5), seed }
      )
    )
  }, 120_000)
})
