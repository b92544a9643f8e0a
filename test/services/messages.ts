/** What every broker has to do: many contexts at once, each message handled under exactly its own. */
import { assert } from "@effect/vitest"
import { Data, Effect, Layer, Redacted, Schema, type Scope } from "effect"
import * as DevServer from "../../src/devserver/DevServer.js"
import type { ReceivedEvent } from "../../src/devserver/ReceivedEvent.js"
import * as Posthog from "../../src/Posthog.js"
import * as Envelope from "../../src/propagation/queue/Envelope.js"
import * as PosthogQueue from "../../src/propagation/queue/PosthogQueue.js"
import { fresh } from "../../src/scope/Mode.js"
import { currentScope } from "../../src/scope/ScopeGetters.js"
import type { ScopeFields } from "../../src/scope/ScopeOptions.js"
import { withScope } from "../../src/scope/ScopeRegion.js"
import { tag } from "../../src/scope/ScopeSetters.js"

export const consumers = 16

const contexts = 100

/** Does the body carry the context, or do the headers alone? The sender says so in a header of its own. */
export type Form = "envelope" | "headers"

export interface Outgoing {
  readonly form: Form
  readonly body: string | Buffer
  readonly headers: Record<string, string>
}

export interface Delivery extends PosthogQueue.IncomingMessage {
  readonly form: unknown
}

export interface Broker {
  readonly publish: (message: Outgoing) => Effect.Effect<void>
  /** Starts sixteen consumers that end with the scope. What `handle` answers `false` to is to be delivered again. */
  readonly consume: (handle: (delivery: Delivery) => Effect.Effect<boolean>) => Effect.Effect<void, never, Scope.Scope>
}

const contextOf = (i: number) => ({
  distinctId: `üser-${i}`,
  sessionId: `session-${i}`,
  tags: { tenant: `tenant-${i}`, weight: i },
  correlation: { id: `corr-${i}`, parentId: `parent-${i}` },
  service: { name: `shop-${i}`, version: `1.${i}` },
  operation: { name: `checkout-${i}` },
  request: { userId: `account-${i}`, requestId: `request-${i}` }
} satisfies ScopeFields)

/** What of it the events of a message show. */
const expectedOf = (i: number) => ({
  distinct_id: `üser-${i}`,
  $session_id: `session-${i}`,
  tenant: `tenant-${i}`,
  weight: i,
  correlation_id: `corr-${i}`,
  parent_correlation_id: `parent-${i}`,
  caller_service_name: `shop-${i}`,
  caller_service_version: `1.${i}`,
  caller_operation_name: `checkout-${i}`,
  operation_name: "message_processing",
  user_id: `account-${i}`,
  request_id: `request-${i}`
})

export const Work = Envelope.make(Schema.Struct({ n: Schema.Number }), { maxBytes: 64 * 1024 })

const policy = { userId: true, requestId: true, tags: "all" } as const

export const publish = (n: number, send: (message: Outgoing) => Effect.Effect<void>) =>
  (n % 2 === 0
    ? PosthogQueue.publishWithContext(
      { queue: "work", envelope: Work, data: { n }, policy },
      // only the body carries the context
      ({ body }) => send({ form: "envelope", body, headers: {} })
    )
    : PosthogQueue.publishWithContext(
      { queue: "work", body: String(n), policy },
      ({ body, headers }) => send({ form: "headers", body, headers })
    )).pipe(withScope(fresh, { ...contextOf(n % contexts), captureExceptions: false }))

/** Each is refused, though its headers are those of somebody. */
const poisons: ReadonlyArray<readonly [reason: Envelope.EnvelopeError["reason"], body: string | Buffer]> = [
  ["notJson", "{"],
  ["notJson", "not JSON at all"],
  ["notJson", Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ["notJson", "[".repeat(10_000)],
  ["notAnEnvelope", "[]"],
  ["notAnEnvelope", "null"],
  ["notAnEnvelope", JSON.stringify({ context: { correlation_id: "corr-1", distinct_id: "üser-1" }, metadata: {} })],
  ["invalidData", JSON.stringify({ data: { n: "7" }, context: { distinct_id: "üser-1" } })],
  ["invalidData", JSON.stringify({ data: null })],
  ["tooLarge", JSON.stringify({ data: { n: 7 }, padding: "x".repeat(64 * 1024) })]
]

const headersOf = (i: number): Record<string, string> => ({
  "x-posthog-distinct-id": `nobody-${i}`,
  "x-correlation-id": "poison",
  "x-posthog-session-id": "poison"
})

class Again extends Data.TaggedError("Again") {}

const visible = Effect.map(currentScope, ({ view }) => ({
  distinct_id: view.distinctId,
  $session_id: view.sessionId,
  ...view.tags,
  ...view.sectionProperties
}))

/** Whatever was handled, and what was wrong about it. */
export const makeWorker = () => {
  const deliveries = new Map<number, Array<unknown>>()
  const handled = new Map<number, number>()
  const wrong: Array<unknown> = []
  const check = (n: number, seen: object, own: object) => {
    const expected = { ...expectedOf(n % contexts), ...own }
    if (JSON.stringify(Object.entries(seen).toSorted()) !== JSON.stringify(Object.entries(expected).toSorted())) {
      wrong.push({ n, seen })
    }
  }
  const work = (n: number, isAgain: (n: number) => boolean) =>
    Effect.gen(function*() {
      const before: Record<string, unknown> = yield* visible
      check(n, before, {})
      const correlations = deliveries.get(n) ?? []
      deliveries.set(n, [...correlations, before["correlation_id"]])
      yield* tag("n", n)
      // the others go on meanwhile
      yield* Effect.sleep(n % 4)
      check(n, yield* visible, { n })
      if (correlations.length === 0 && isAgain(n)) {
        return yield* new Again()
      }
      yield* Posthog.capture("processed")
      handled.set(n, (handled.get(n) ?? 0) + 1)
    })
  return { deliveries, handled, wrong, work }
}

/** Every event is of the message that it says, and of whoever that is of. */
export const checkEvents = (events: ReadonlyArray<ReceivedEvent>, count: number) => {
  assert.strictEqual(events.length, count)
  const numbers = new Set<unknown>()
  for (const { distinct_id, event, properties } of events) {
    const n = Number(properties["n"])
    numbers.add(n)
    const { distinct_id: expectedId, ...expected } = expectedOf(n % contexts)
    assert.deepStrictEqual([event, distinct_id], ["processed", expectedId])
    assert.deepStrictEqual(
      Object.fromEntries(Object.keys(expected).map((key) => [key, properties[key]])),
      expected
    )
  }
  assert.strictEqual(numbers.size, count)
}

export const client = Posthog.layer({
  apiKey: Redacted.make("phc_test"),
  host: "http://posthog.local",
  compression: "none",
  maxBufferedEvents: 50_000
}).pipe(Layer.provideMerge(DevServer.layerInMemory({ maxEvents: 50_000 })))

export const until = (what: string, holds: () => boolean, millis: number): Effect.Effect<void> =>
  Effect.gen(function*() {
    const deadline = Date.now() + millis
    while (!holds()) {
      if (Date.now() > deadline) {
        return yield* Effect.dieMessage(`never: ${what}`)
      }
      yield* Effect.sleep(20)
    }
  })

const messages = 10_000

/** Ten thousand messages of a hundred contexts, with what is no message among them; one in forty is delivered twice. */
export const interleaved = (name: string, broker: Broker) =>
  Effect.gen(function*() {
    const startedAt = Date.now()
    const runtime = yield* Effect.context<Posthog.Posthog>()
    const { deliveries, handled, work, wrong } = makeWorker()
    const refused = new Map<string, number>()
    const isAgain = (n: number) => n % 40 < 2
    const options = { queue: "work", captureExceptions: false } as const
    const enveloped = PosthogQueue.consumeWithContext({ ...options, envelope: Work })(({ n }) => work(n, isAgain))
    const plain = PosthogQueue.consumeWithContext(options)((body: unknown) => work(Number(String(body)), isAgain))
    yield* broker.consume((delivery) =>
      (String(delivery.form) === "envelope" ? enveloped(delivery) : plain(delivery)).pipe(
        Effect.as(true),
        Effect.catchTags({
          Again: () => Effect.succeed(false),
          EnvelopeError: ({ reason }) =>
            Effect.sync(() => {
              refused.set(reason, (refused.get(reason) ?? 0) + 1)
              return true
            })
        }),
        Effect.provide(runtime)
      )
    )
    yield* Effect.forEach(Array.from({ length: messages }, (_, n) => n), (n) =>
      Effect.zipRight(
        publish(n, broker.publish),
        Effect.suspend(() => {
          const poison = poisons[(n / 50) % poisons.length]
          return poison === undefined
            ? Effect.void
            : broker.publish({ form: "envelope", body: poison[1], headers: headersOf(n) })
        })
      ), { concurrency: consumers, discard: true })
    const poisoned = messages / 50
    const total = () => Array.from(refused.values()).reduce((sum, count) => sum + count, 0)
    yield* until("all are handled", () => handled.size === messages && total() >= poisoned, 90_000)
    const again = Array.from(deliveries).filter(([, correlations]) => correlations.length > 1)
    assert.deepStrictEqual(wrong, [])
    for (const [reason] of poisons) {
      const kinds = poisons.filter((poison) => poison[0] === reason).length
      assert.strictEqual(refused.get(reason), kinds * poisoned / poisons.length, reason)
    }
    assert.strictEqual(total(), poisoned)
    assert.strictEqual(again.length, messages / 20)
    for (const [n, correlations] of again) {
      assert.deepStrictEqual(new Set(correlations), new Set([`corr-${n % contexts}`]))
    }
    yield* Posthog.flush
    const { events } = yield* DevServer.DevServer
    checkEvents(yield* events, messages)
    console.log(
      `${name}: ${messages} messages of ${contexts} contexts by ${consumers} consumers, ${again.length} delivered again, ` +
        `${total()} refused (${Array.from(refused, ([reason, count]) => `${count} ${reason}`).join(", ")}), ` +
        `${(yield* events).length} events, ${wrong.length} under another's context, in ${Date.now() - startedAt} ms`
    )
  }).pipe(Effect.scoped, Effect.provide(client))

/** Where the service is missing, the tests are skipped, but not in CI. */
export const report = (isThere: boolean, service: string, url: string, variable: string): void => {
  if (!isThere) {
    console.log(`These tests need ${service} at ${url}; set ${variable} to another one. Without it they are skipped.`)
  }
}

export const isRequired = process.env["CI"] === "true"
