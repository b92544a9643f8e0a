/** A wrapped model does what the model does, and each call becomes one event. */
import * as AiError from "@effect/ai/AiError"
import * as Chat from "@effect/ai/Chat"
import * as LanguageModel from "@effect/ai/LanguageModel"
import * as Model from "@effect/ai/Model"
import * as Tool from "@effect/ai/Tool"
import * as Toolkit from "@effect/ai/Toolkit"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Chunk,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Ref,
  Schema,
  Scope,
  Stream,
  TestClock
} from "effect"
import { Correlation, fresh, layerScope, Posthog, tag, withScope } from "effect-posthog"
import * as PosthogAi from "effect-posthog/ai/PosthogAi"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { layerClient } from "../support/client.js"
import {
  answering,
  captured,
  delta,
  finish,
  layerModel,
  metadata,
  onlyOne,
  type Provider,
  streaming,
  text,
  within
} from "./model.js"

const prompt = "What is a hedgehog?"
const ask = LanguageModel.generateText({ prompt })
const stream = LanguageModel.streamText({ prompt })
const Fact = Schema.Struct({ spines: Schema.Number })

const overloaded = new AiError.HttpResponseError({
  module: "Acme",
  method: "generateText",
  request: { method: "POST", url: "https://acme.example", urlParams: [], hash: Option.none(), headers: {} },
  response: { status: 529, headers: {} },
  reason: "StatusCode",
  description: "overloaded"
})

const Weather = Toolkit.make(
  Tool.make("weather", {
    description: "The weather of a city",
    parameters: { city: Schema.String },
    success: Schema.String,
    failure: Schema.String
  })
)

const call = { type: "tool-call", id: "c-1", name: "weather", params: { city: "Oslo" } } as const

/** The same program with the model as it is and with the observed one. */
const both = <A, E>(provider: Provider, program: Effect.Effect<A, E, LanguageModel.LanguageModel>) =>
  Effect.zip(
    Effect.exit(Effect.provide(program, layerModel(provider))),
    Effect.exit(program).pipe(Effect.zip(captured), within(provider))
  )

describe("an observed model", () => {
  it.effect("gives the answer that the model gives, and one event for it", () =>
    Effect.gen(function*() {
      const [plain, [observed, events]] = yield* both(answering(metadata, text("A mammal."), finish), ask)
      assert.deepStrictEqual(observed, plain)
      assert.isTrue(Exit.isSuccess(observed))
      assert.strictEqual(events.length, 1)
    }))

  it.effect("tells of the call in PostHog's own properties", () =>
    Effect.gen(function*() {
      yield* ask.pipe(Effect.delay("10 millis"), Effect.fork, Effect.zipLeft(TestClock.adjust("1 second")))
      const { $ai_trace_id, ...event } = yield* onlyOne
      assert.match(String($ai_trace_id), /^corr_[0-9a-f]{32}$/)
      const about = Object.fromEntries(Object.entries(event).filter(([name]) => name.startsWith("$ai_")))
      assert.strictEqual(event["event"], "$ai_generation")
      assert.deepStrictEqual(about, {
        $ai_span_name: "generateText",
        $ai_model: "small-1",
        $ai_provider: "acme",
        $ai_input: [{ role: "user", content: [{ type: "text", text: prompt }] }],
        $ai_output_choices: [{ role: "assistant", content: [{ type: "text", text: "A mammal." }] }],
        $ai_input_tokens: 11,
        $ai_output_tokens: 7,
        $ai_reasoning_tokens: 3,
        $ai_cache_read_input_tokens: 5,
        $ai_stop_reason: "stop",
        $ai_latency: 0.25,
        $ai_stream: false,
        $ai_is_error: false
      })
    }).pipe(within({
      generateText: () => Effect.delay(Effect.succeed([metadata, text("A mammal."), finish]), "250 millis")
    })))

  it.effect("fails as the model fails, and the event has the status and the message", () =>
    Effect.gen(function*() {
      const [plain, [observed, events]] = yield* both({ generateText: () => Effect.fail(overloaded) }, ask)
      assert.deepStrictEqual(observed, plain)
      assert.strictEqual(Exit.isFailure(observed) && String(Cause.squash(observed.cause)), String(overloaded))
      const [event = {}, more] = events
      assert.isUndefined(more)
      assert.strictEqual(event["$ai_is_error"], true)
      assert.strictEqual(event["$ai_http_status"], 529)
      assert.match(String(event["$ai_error"]), /^HttpResponseError: StatusCode: overloaded/)
      assert.deepStrictEqual(event["$ai_output_choices"], [])
    }))

  it.effect("dies as the model dies", () =>
    Effect.gen(function*() {
      const [plain, [observed, events]] = yield* both({ generateText: () => Effect.dieMessage("a bug") }, ask)
      assert.deepStrictEqual(observed, plain)
      assert.strictEqual(events[0]?.["$ai_error"], "RuntimeException: a bug")
    }))

  it.effect("gives the object that the model gives, and tells of one that is none", () =>
    Effect.gen(function*() {
      const object = LanguageModel.generateObject({ prompt, schema: Fact })
      const [plain, [observed, events]] = yield* both(answering(text(`{"spines":5000}`), finish), object)
      assert.deepStrictEqual(observed, plain)
      assert.deepStrictEqual(Exit.map(observed, ({ value }) => value), Exit.succeed({ spines: 5000 }))
      assert.strictEqual(events.length, 1)
      const [, [failed, told]] = yield* both(answering(text(`{"spines":"many"}`), finish), object)
      assert.isTrue(Exit.isFailure(failed))
      const [event = {}] = told
      assert.deepStrictEqual(
        [told.length, event["$ai_span_name"], event["$ai_is_error"]],
        [1, "generateObject", true]
      )
    }))

  it.effect("is interrupted as the model is, at once, and the event says so without an error", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const stopped = yield* Deferred.make<void>()
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.fork(ask)
        yield* Deferred.await(started)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        assert.isTrue(yield* Deferred.isDone(stopped))
        const event = yield* onlyOne
        assert.strictEqual(event["$ai_stop_reason"], "interrupted")
        assert.strictEqual(event["$ai_is_error"], false)
      }).pipe(within({
        generateText: () =>
          Deferred.succeed(started, undefined).pipe(
            Effect.zipRight(Effect.never),
            Effect.onInterrupt(() => Deferred.succeed(stopped, undefined))
          )
      }))
    }))

  it.effect("resolves tools as the model does, and tells of them and of their call", () =>
    Effect.gen(function*() {
      const Handlers = Weather.toLayer({ weather: ({ city }) => Effect.succeed(`rain in ${city}`) })
      const asked = LanguageModel.generateText({ prompt, toolkit: Weather }).pipe(Effect.provide(Handlers))
      const [plain, [observed, [event]]] = yield* both(answering(call, finish), asked)
      assert.deepStrictEqual(observed, plain)
      assert.deepStrictEqual(
        Exit.map(observed, ({ toolResults }) => toolResults.map(({ result }) => result)),
        Exit.succeed(["rain in Oslo"])
      )
      const { $ai_output_choices, $ai_tools } = event ?? {}
      assert.deepStrictEqual($ai_output_choices, [{
        role: "assistant",
        content: [{ type: "function", id: "c-1", function: { name: "weather", arguments: { city: "Oslo" } } }]
      }])
      assert.deepStrictEqual($ai_tools, [{
        type: "function",
        function: {
          name: "weather",
          description: "The weather of a city",
          parameters: {
            type: "object",
            required: ["city"],
            properties: { city: { type: "string" } },
            additionalProperties: false
          }
        }
      }])
    }))

  it.effect("fails as a tool's handler fails", () =>
    Effect.gen(function*() {
      const Handlers = Weather.toLayer({ weather: () => Effect.fail("no such city") })
      const asked = LanguageModel.generateText({ prompt, toolkit: Weather }).pipe(Effect.provide(Handlers))
      const [plain, [observed, [event]]] = yield* both(answering(call, finish), asked)
      assert.deepStrictEqual(observed, plain)
      assert.deepStrictEqual(observed, Exit.fail("no such city"))
      assert.strictEqual(event?.["$ai_error"], "no such city")
    }))

  it.effect("leaves a prompt that can be read only once to the model", () =>
    Effect.gen(function*() {
      const once = function*() {
        yield { role: "user", content: prompt } as const
      }
      const [plain, [observed]] = yield* Effect.all([
        Effect.provide(Effect.exit(LanguageModel.generateText({ prompt: once() })), layerModel(echo)),
        LanguageModel.generateText({ prompt: once() }).pipe(Effect.exit, Effect.zip(captured), within(echo))
      ])
      assert.deepStrictEqual(observed, plain)
      assert.deepStrictEqual(Exit.map(observed, ({ text }) => text), Exit.succeed("1 message"))
    }))

  it.effect("stands behind a chat, with one event for each turn", () =>
    Effect.gen(function*() {
      const chat = yield* Chat.fromPrompt([{ role: "system", content: "Be short." }])
      yield* chat.generateText({ prompt: "One?" })
      yield* chat.generateText({ prompt: "Two?" })
      const inputs = (yield* captured).map((event) => event["$ai_input"])
      assert.deepStrictEqual(
        inputs.map((input) => (input as ReadonlyArray<{ role: string }>).map(({ role }) => role)),
        [
          ["system", "user"],
          ["system", "user", "assistant", "user"]
        ]
      )
    }).pipe(within(echo)))

  it.effect("does not wait for room where callers of capture do", () =>
    Effect.gen(function*() {
      const server = yield* DevServer.DevServer
      yield* server.enqueue(Fault.Reset(), 100)
      yield* ask
      yield* ask
      assert.deepStrictEqual((yield* Posthog.stats).captured, 1)
    }).pipe(
      within(echo, { overflow: "suspend", maxBufferedEvents: 1, maxRetries: 0, shutdownTimeout: 0, maxBatchSize: 100 })
    ))

  it.effect("goes on where the client is closed, does nothing, or is handed what it cannot read", () =>
    Effect.gen(function*() {
      yield* Posthog.shutdown
      assert.strictEqual((yield* ask).text, "1 message")
      assert.deepStrictEqual(yield* captured, [])
      const noop = Effect.provide(ask, Layer.provide(PosthogAi.observe(layerModel(echo)), Posthog.layerNoop))
      assert.strictEqual((yield* noop).text, "1 message")
    }).pipe(within(echo)))

  it.effect("goes on where the answer is not what a model of this package gives", () =>
    Effect.gen(function*() {
      const inner = yield* LanguageModel.make({
        generateText: () => Effect.succeed([text("{}")]),
        streamText: () => Stream.empty
      })
      const strange: LanguageModel.Service = {
        ...inner,
        generateText: (asked) =>
          Effect.map(inner.generateText(asked), (answer) => {
            answer.content.unshift(Object.create(null))
            return answer
          }),
        generateObject: (asked) =>
          Effect.map(inner.generateObject(asked), (answer) => {
            Object.defineProperty(answer, "content", { value: undefined })
            return answer
          })
      }
      const observed = yield* PosthogAi.make(strange)
      const answer = yield* observed.generateText({ prompt })
      assert.strictEqual(answer.text, "{}")
      assert.deepStrictEqual((yield* observed.generateObject({ prompt, schema: Schema.Struct({}) })).value, {})
      assert.deepStrictEqual((yield* captured).map((event) => event["$ai_output_choices"]), [
        [{ role: "assistant", content: [{ type: "text", text: "{}" }] }],
        []
      ])
    }).pipe(Effect.provide(layerClient({ flushInterval: "1 day" }))))
})

const echo: Provider = {
  generateText: ({ prompt }) =>
    Effect.succeed([text(`${prompt.content.length} message${prompt.content.length === 1 ? "" : "s"}`), finish])
}

describe("an observed stream", () => {
  const parts = [
    metadata,
    { type: "reasoning-start", id: "t" },
    { type: "reasoning-delta", id: "t", delta: "Hm." },
    { type: "reasoning-end", id: "t" },
    { type: "text-start", id: "t" },
    delta("A "),
    delta("mammal."),
    { type: "text-end", id: "t" },
    finish
  ] as const

  it.effect("gives the parts in the chunks of the model, and one event at its end", () =>
    Effect.gen(function*() {
      const chunks = Effect.map(
        Stream.runCollect(Stream.chunks(stream)),
        (chunks) => Chunk.toArray(Chunk.map(chunks, Chunk.toArray))
      )
      const [plain, [observed, events]] = yield* both(
        { streamText: () => Stream.rechunk(Stream.fromIterable(parts), 2) },
        chunks
      )
      assert.deepStrictEqual(observed, plain)
      assert.deepStrictEqual(
        Exit.map(observed, (chunks) => chunks.map(({ length }) => length)),
        Exit.succeed([2, 2, 2, 2, 1])
      )
      const [event = {}, more] = events
      assert.isUndefined(more)
      assert.strictEqual(event["$ai_stream"], true)
      assert.strictEqual(event["$ai_output_tokens"], 7)
      assert.deepStrictEqual(event["$ai_output_choices"], [{
        role: "assistant",
        content: [{ type: "reasoning", text: "Hm." }, { type: "text", text: "A mammal." }]
      }])
    }))

  it.effect("is timed until its first piece and until its end", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(Stream.runDrain(stream))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      const event = yield* onlyOne
      assert.deepStrictEqual([event["$ai_time_to_first_token"], event["$ai_latency"]], [0.1, 0.3])
    }).pipe(within({
      streamText: () =>
        Stream.fromIterable([delta("A "), delta("mammal."), finish]).pipe(
          Stream.rechunk(1),
          Stream.mapEffect((part) => Effect.delay(Effect.succeed(part), "100 millis"))
        )
    })))

  it.effect("fails as the model fails, with what had come by then in the event", () =>
    Effect.gen(function*() {
      const [plain, [observed, events]] = yield* both(
        { streamText: () => Stream.concat(Stream.make(delta("A mam")), Stream.fail(overloaded)) },
        Stream.runCollect(stream)
      )
      assert.deepStrictEqual(observed, plain)
      const [event = {}, more] = events
      assert.isUndefined(more)
      assert.deepStrictEqual([event["$ai_is_error"], event["$ai_http_status"]], [true, 529])
      assert.deepStrictEqual(event["$ai_output_choices"], [
        { role: "assistant", content: [{ type: "text", text: "A mam" }] }
      ])
    }))

  it.effect("tells of an error that comes as a part", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(stream)
      const event = yield* onlyOne
      assert.deepStrictEqual([event["$ai_is_error"], event["$ai_error"]], [true, "too long"])
    }).pipe(within(streaming(delta("A mam"), { type: "error", error: "too long" }))))

  it.effect("is one event where the consumer has enough, and where it is interrupted", () =>
    Effect.gen(function*() {
      yield* Stream.runDrain(Stream.take(stream, 1))
      const first = yield* onlyOne
      assert.deepStrictEqual([first["$ai_is_error"], first["$ai_stop_reason"]], [false, undefined])
      const seen = yield* Deferred.make<void>()
      const fiber = yield* stream.pipe(
        Stream.runForEach(() => Deferred.succeed(seen, undefined)),
        Effect.fork
      )
      yield* Deferred.await(seen)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      const [, second = {}, more] = yield* captured
      assert.isUndefined(more)
      assert.strictEqual(second["$ai_stop_reason"], "interrupted")
      assert.deepStrictEqual(second["$ai_output_choices"], [
        { role: "assistant", content: [{ type: "text", text: "A mam" }] }
      ])
    }).pipe(within({ streamText: () => Stream.concat(Stream.make(delta("A mam")), Stream.never) })))

  it.effect("asks the model for no more than the consumer takes", () =>
    Effect.gen(function*() {
      const asked = yield* Ref.make(0)
      const counting: Provider = {
        streamText: () => Stream.repeatEffect(Effect.as(Ref.update(asked, (n) => n + 1), delta("x")))
      }
      const three = Effect.zipRight(Stream.runDrain(Stream.take(stream, 3)), Ref.getAndSet(asked, 0))
      const [plain, [observed]] = yield* both(counting, three)
      assert.deepStrictEqual([plain, observed], [Exit.succeed(3), Exit.succeed(3)])
    }))

  it.effect("belongs to the scope in which it began, whoever closes it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      yield* Stream.toPull(stream).pipe(
        Effect.flatten,
        Effect.provideService(Scope.Scope, scope),
        Effect.provide(layerScope(fresh, { distinctId: "alice", tags: { tenant: "acme" } }))
      )
      yield* Scope.close(scope, Exit.void).pipe(withScope(fresh, { distinctId: "mallory" }))
      yield* Posthog.flush
      const [event] = yield* (yield* DevServer.DevServer).events
      assert.deepStrictEqual([event?.distinct_id, event?.properties["tenant"]], ["alice", "acme"])
    }).pipe(within(streaming(...parts))))
})

describe("the event of a call", () => {
  it.effect("belongs to the caller's scope", () =>
    Effect.gen(function*() {
      yield* Effect.zipRight(tag("tenant", "acme"), ask).pipe(
        withScope(fresh, { distinctId: "alice", sessionId: "s-1" })
      )
      yield* Posthog.flush
      const [event] = yield* (yield* DevServer.DevServer).events
      assert.strictEqual(event?.distinct_id, "alice")
      assert.deepInclude(event?.properties, { tenant: "acme", $session_id: "s-1", $context_tags: ["tenant"] })
    }).pipe(within(echo)))

  it.effect("has the trace of the active span, else the scope's correlation in PostHog's characters", () =>
    Effect.gen(function*() {
      const traceId = yield* Effect.zipRight(ask, Effect.currentSpan).pipe(
        Effect.map((span) => span.traceId),
        Effect.withSpan("question")
      )
      yield* Effect.zipRight(Correlation.set("order 7/b"), ask).pipe(withScope(fresh))
      assert.deepStrictEqual(
        (yield* captured).map((event) => event["$ai_trace_id"]),
        [traceId, "order_7_b"]
      )
    }).pipe(within(echo)))

  it.effect("names the model and the provider as told, then as the Model does, then as the answer does", () =>
    Effect.gen(function*() {
      const named = Model.make("acme-cloud", layerModel(answering(metadata, text("yes"), finish)))
      const names = (options?: PosthogAi.Options) =>
        Effect.provide(
          Effect.map(Effect.zipRight(ask, onlyOne), (event) => [event["$ai_model"], event["$ai_provider"]]),
          Layer.provideMerge(PosthogAi.observe(named, options), layerClient({ flushInterval: "1 day" }))
        )
      assert.deepStrictEqual(yield* names({ model: "large", provider: "other" }), ["large", "other"])
      assert.deepStrictEqual(yield* names(), ["small-1", "acme-cloud"])
      // the answer's own name is shown above, where no Model names one
    }))

  it.effect("has further properties, which win", () =>
    Effect.gen(function*() {
      yield* ask
      assert.deepInclude(yield* onlyOne, { feature: "summary", $ai_span_name: "summarize" })
    }).pipe(within(echo, {}, { properties: { feature: "summary", $ai_span_name: "summarize" } })))
})
