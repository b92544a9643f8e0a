/**
 * A shop, its customers, and the PostHog that listens, all on this machine.
 *
 * `npm run demo` prints what PostHog received and checks that no event carries anything of another request;
 * `npm run demo -- --serve` keeps it running.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Context, Effect, Layer, Random, Redacted } from "effect"
import { Posthog } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { ReceivedEvent } from "effect-posthog/devserver/ReceivedEvent"
import { createServer } from "node:http"
import { defectEvery, shop } from "./demo/shop.js"

const customers = [
  { id: "ada@lovelace.dev", company: "analytical" },
  { id: "grace@hopper.navy", company: "cobol" },
  { id: "alan@turing.uk", company: "bombe" },
  { id: "margaret@hamilton.space", company: "apollo" },
  { id: "edsger@dijkstra.nl", company: "shortest" }
]

const requestCount = 300

const nodeServer = (port: number) => NodeHttpServer.layer(() => createServer(), { port, host: "127.0.0.1" })

const PosthogOnThisMachine = DevServer.layer().pipe(Layer.provide(nodeServer(0)))

const Client = Layer.unwrapEffect(
  Effect.map(
    DevServer.DevServer,
    (server) =>
      Posthog.layer({
        apiKey: Redacted.make("phc_demo"),
        host: server.url,
        superProperties: { release: "demo" },
        inspect: true
      })
  )
).pipe(Layer.provide(FetchHttpClient.layer))

interface Sent {
  readonly requestId: string
  readonly customer: string
  readonly company: string
  readonly number: number
}

/** A few hundred concurrent requests, the customers taking turns. */
const goShopping = (url: string) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    return yield* Effect.forEach(
      Array.from({ length: requestCount }, (_, i) => i + 1),
      (number) =>
        Effect.gen(function*() {
          const customer = customers[number % customers.length]!
          const requestId = `request-${number}`
          const amount = yield* Random.nextIntBetween(5, 250)
          const response = yield* client.execute(
            HttpClientRequest.post(`${url}/checkout`).pipe(
              HttpClientRequest.setHeaders({
                "x-customer": customer.id,
                "x-company": customer.company,
                "x-request-id": requestId
              }),
              HttpClientRequest.bodyUnsafeJson({ number, sku: `sku-${number % 7}`, amount })
            )
          )
          yield* response.text
          return { requestId, customer: customer.id, company: customer.company, number } satisfies Sent
        }),
      { concurrency: "unbounded" }
    )
  })

/** What is wrong with an event that should belong to one of these requests alone; empty if nothing is. */
const strayProperties = (event: ReceivedEvent, requests: ReadonlyMap<string, Sent>): ReadonlyArray<string> => {
  const { properties } = event
  const request = requests.get(String(properties["request.id"]))
  if (request === undefined) {
    return [`${event.event}: of no request`]
  }
  const expected: ReadonlyArray<readonly [name: string, actual: unknown, expected: unknown]> = [
    ["distinct id", event.distinct_id, request.customer],
    ["customer", properties["customer"], request.customer],
    ["order.number", properties["order.number"] ?? request.number, request.number],
    ["order.sku", properties["order.sku"] ?? `sku-${request.number % 7}`, `sku-${request.number % 7}`],
    ["$groups", JSON.stringify(properties["$groups"]), JSON.stringify({ company: request.company })]
  ]
  return expected
    .filter(([, actual, wanted]) => actual !== wanted)
    .map(([name, actual, wanted]) => `${event.event} of ${request.requestId}: ${name} is ${actual}, not ${wanted}`)
}

interface Frame {
  readonly in_app: boolean
  readonly filename?: string
  readonly lineno?: number
  readonly context_line?: string
}

/** Where it happened: the innermost frame of the application's own. */
const crashSite = (exception: ReceivedEvent): Frame | undefined => {
  const [outermost] = exception.properties["$exception_list"] as ReadonlyArray<
    { readonly stacktrace?: { readonly frames: ReadonlyArray<Frame> } }
  >
  return outermost?.stacktrace?.frames.findLast((frame) => frame.in_app)
}

/** The mistake in the shop shows up once for each request that met it, with that request's data and the very line. */
const reportDefects = (exceptions: ReadonlyArray<ReceivedEvent>, sent: ReadonlyArray<Sent>) =>
  Effect.gen(function*() {
    const defects = exceptions.filter(({ properties }) => properties["$exception_type"] === "TypeError")
    yield* Console.log("\nA mistake in the shop's own code, met by one request in a hundred:\n")
    for (const defect of defects) {
      const site = crashSite(defect)
      yield* Console.log(
        `  ${defect.distinct_id} (order ${defect.properties["order.number"]}): ${
          defect.properties["$exception_message"]
        }\n    ${site?.filename}:${site?.lineno}  ${site?.context_line?.trim()}`
      )
    }
    const met = sent.filter(({ number }) => number % defectEvery === 0)
    const asPlanned = defects.length === met.length && met.every((request) => {
      const own = defects.filter(({ properties }) => properties["request.id"] === request.requestId)
      return own.length === 1 && own[0]!.distinct_id === request.customer &&
        own[0]!.properties["order.number"] === request.number &&
        crashSite(own[0]!)?.context_line?.includes("the planned defect") === true
    })
    yield* Console.log(
      `\n${asPlanned ? "✓" : "✗"} ${defects.length} defects for ${met.length} requests that met it, ` +
        "each once, with its customer, its tags and the line in the source"
    )
    return asPlanned
  })

const count = <A>(items: ReadonlyArray<A>, key: (item: A) => string): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const item of items) {
    counts.set(key(item), (counts.get(key(item)) ?? 0) + 1)
  }
  return counts
}

const report = (events: ReadonlyArray<ReceivedEvent>, sent: ReadonlyArray<Sent>) =>
  Effect.gen(function*() {
    const exceptions = events.filter(({ event }) => event === "$exception")
    yield* Console.log(`\nPostHog received ${events.length} events of ${sent.length} concurrent requests:\n`)
    for (const customer of customers) {
      const own = events.filter(({ distinct_id }) => distinct_id === customer.id)
      const kinds = Array.from(count(own, ({ event }) => event)).map(([event, n]) => `${n} × ${event}`)
      yield* Console.log(`  ${customer.id.padEnd(26)} ${kinds.join(", ")}`)
    }
    const paid = events.find(({ event }) => event === "order paid")!
    yield* Console.log("\nOne of them, whole. The call passed `total`; everything else is the scope's or the SDK's:\n")
    yield* Console.log(
      JSON.stringify({ event: paid.event, distinct_id: paid.distinct_id, properties: paid.properties }, undefined, 2)
        .replace(/^/gm, "  ")
    )
    yield* Console.log("\nExceptions, each captured once however many scopes it crossed:\n")
    for (const [kind, n] of count(exceptions, ({ properties }) => String(properties["$exception_type"]))) {
      const example = exceptions.find(({ properties }) => properties["$exception_type"] === kind)!
      yield* Console.log(
        `  ${n} × ${kind.padEnd(16)} such as "${example.properties["$exception_message"]}" of ${example.distinct_id}`
      )
    }
    const requests = new Map(sent.map((request) => [request.requestId, request]))
    const stray = events.flatMap((event) => strayProperties(event, requests))
    yield* Console.log(
      stray.length === 0
        ? `\n✓ every one of the ${events.length} events carries the identity and tags of its own request and of no other`
        : `\n✗ ${stray.length} properties belong to another request:\n  ${stray.join("\n  ")}`
    )
    const planned = sent.filter(({ number }) => number % 17 === 0 || number % 23 === 0 || number % defectEvery === 0)
      .length
    yield* Console.log(
      `${exceptions.length === planned ? "✓" : "✗"} ${exceptions.length} exceptions for ${planned} planned failures\n`
    )
    return stray.length === 0 && exceptions.length === planned && (yield* reportDefects(exceptions, sent))
  })

const program = Effect.gen(function*() {
  const server = yield* DevServer.DevServer
  const context = yield* Layer.build(shop.pipe(Layer.provideMerge(nodeServer(0))))
  const address = Context.get(context, HttpServer.HttpServer).address
  const url = address._tag === "TcpAddress" ? `http://127.0.0.1:${address.port}` : ""
  yield* Console.log(`A shop is open at ${url}, the embedded PostHog listens at ${server.url}`)
  const sent = yield* goShopping(url)
  yield* Posthog.flush
  const ok = yield* report(yield* server.events, sent)
  if (process.argv.includes("--serve")) {
    yield* Console.log(
      `Still serving. Buy something:\n  curl -X POST ${url}/checkout -H 'x-customer: you' -H 'content-type: application/json' -d '{"number":1,"sku":"a","amount":9}'\nCtrl-C ends it.`
    )
    return yield* Effect.never
  }
  return ok ? undefined : yield* Effect.dieMessage("the demo found something wrong")
})

program.pipe(
  Effect.scoped,
  Effect.provide(Layer.mergeAll(Client, FetchHttpClient.layer).pipe(Layer.provideMerge(PosthogOnThisMachine))),
  NodeRuntime.runMain
)
