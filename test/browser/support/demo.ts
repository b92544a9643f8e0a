/** The demo's shop in this process, with a client that sends to a server that is running elsewhere. */
import { FetchHttpClient, HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { Context, Effect, Exit, Layer, Logger, LogLevel, ManagedRuntime, Redacted, Scope } from "effect"
import { fresh, Posthog, withScope } from "effect-posthog"
import { createServer } from "node:http"
import { shop } from "../../../examples/demo/shop.js"

const customers = [
  { id: "ada@lovelace.dev", company: "analytical" },
  { id: "grace@hopper.navy", company: "cobol" },
  { id: "alan@turing.uk", company: "bombe" },
  { id: "margaret@hamilton.space", company: "apollo" },
  { id: "edsger@dijkstra.nl", company: "shortest" }
]

const serviceOf = (name: string, correlation: string) => ({
  distinctId: "ada@lovelace.dev",
  sessionId: "session-of-ada",
  correlation: { id: correlation },
  service: { name, version: "1.4.0" }
})

const ship = (correlation: string) =>
  Effect.gen(function*() {
    yield* Posthog.capture("order placed", { properties: { total: 129.5, items: [{ sku: "sku-1", amount: 2 }] } }).pipe(
      withScope("inherited", { tags: { step: "placing" } }),
      withScope(fresh, { ...serviceOf("storefront", correlation), tags: { step: "start", region: "eu" } }),
      // what the worker set is nothing that the request should see
      withScope(fresh, { tags: { worker: 4 } })
    )
    yield* Effect.sleep("15 millis")
    yield* Posthog.capture("parcel packed", { properties: { weight: 1.2 } }).pipe(
      withScope(fresh, serviceOf("warehouse", correlation))
    )
    yield* Effect.sleep("25 millis")
    yield* Effect.sync(() => {
      throw new Error("the carrier refused the parcel", { cause: new RangeError("1.2 kg is too heavy for a letter") })
    }).pipe(withScope(fresh, serviceOf("shipping", correlation)), Effect.exit)
  })

export interface Demo {
  /** Customers check out, with these order numbers; what is sent has arrived when it is done. */
  readonly checkOut: (numbers: ReadonlyArray<number>) => Promise<void>
  /** As above, without waiting for the events to arrive. */
  readonly order: (numbers: ReadonlyArray<number>) => Promise<void>
  /** An order goes from service to service under one correlation; the last one fails, with a cause. */
  readonly ship: (correlation: string) => Promise<void>
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

export const open = async (host: string): Promise<Demo> => {
  const client = Posthog.layer({
    apiKey: Redacted.make("phc_demo"),
    host,
    superProperties: { release: "demo" },
    inspect: true,
    flushInterval: "100 millis",
    retryPause: "500 millis"
  }).pipe(Layer.provide(FetchHttpClient.layer), Layer.provide(Logger.minimumLogLevel(LogLevel.None)))
  const runtime = ManagedRuntime.make(Layer.merge(client, Logger.minimumLogLevel(LogLevel.None)))
  const scope = Effect.runSync(Scope.make())
  const served = shop.pipe(
    Layer.provideMerge(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" }))
  )
  const context = await runtime.runPromise(Layer.buildWithScope(served, scope))
  const { address } = Context.get(context, HttpServer.HttpServer)
  const url = `http://127.0.0.1:${address._tag === "TcpAddress" ? address.port : 0}`

  const order = async (numbers: ReadonlyArray<number>) => {
    await Promise.all(numbers.map(async (number) => {
      const customer = customers[number % customers.length]!
      const response = await fetch(`${url}/checkout`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-customer": customer.id,
          "x-company": customer.company,
          "x-request-id": `request-${number}`
        },
        body: JSON.stringify({ number, sku: `sku-${number % 7}`, amount: 5 + number * 37 % 240 })
      })
      await response.text()
    }))
  }
  const flush = () => runtime.runPromise(Posthog.flush).then(() => undefined)

  return {
    order,
    checkOut: async (numbers) => {
      await order(numbers)
      await flush()
    },
    ship: async (correlation) => {
      await runtime.runPromise(ship(correlation))
      await flush()
    },
    flush,
    close: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await runtime.dispose()
    }
  }
}
