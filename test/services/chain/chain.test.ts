/**
 * Three processes in a chain, HTTP → RabbitMQ → HTTP, and many interleaved requests: `AMQP_URL`, default
 * amqp://127.0.0.1:5672; `REQUESTS`, default 2,000.
 */
import { HttpServer } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { connect } from "amqplib"
import { Effect, type Scope } from "effect"
import { buildSync } from "esbuild"
import { fork } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as DevServer from "../../../src/devserver/DevServer.js"
import { expected, type Job, type Ready } from "./protocol.js"

const amqp = process.env["AMQP_URL"] ?? "amqp://127.0.0.1:5672"
const requests = Number(process.env["REQUESTS"] ?? 2000)
const concurrency = 64

const isThere = await connect(amqp).then((connection) => connection.close().then(() => true), () => false)
if (!isThere) {
  console.log(`This test needs a RabbitMQ at ${amqp}; set AMQP_URL to another one. Without it it is skipped.`)
}

const bundle: Effect.Effect<string, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "chain-"))
      const outfile = join(folder, "process.cjs")
      buildSync({
        entryPoints: [fileURLToPath(new URL("./process.ts", import.meta.url))],
        outfile,
        bundle: true,
        platform: "node",
        format: "cjs",
        logLevel: "error"
      })
      return { folder, outfile }
    }),
    ({ folder }) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  ({ outfile }) => outfile
)

const start = (file: string, job: Job) =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        fork(file, [JSON.stringify(job)], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const ready = yield* Effect.async<Ready>((resume) => {
      child.once("message", (message) => resume(Effect.succeed(message as Ready)))
      child.once("exit", (code) => resume(Effect.dieMessage(`${job.role} ended with ${code}`)))
    })
    const stop = Effect.async<void>((resume) => {
      child.once("exit", () => resume(Effect.void))
      child.send("stop")
    })
    return { ...ready, stop }
  })

const queueOf = (name: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const connection = await connect(amqp)
      const channel = await connection.createChannel()
      await channel.assertQueue(name, { autoDelete: false, durable: false })
      return { connection, channel }
    }),
    ({ channel, connection }) =>
      Effect.promise(async () => {
        await channel.deleteQueue(name)
        await connection.close()
      })
  )

const send = (url: string, n: number) =>
  Effect.promise(async () => {
    const whose = expected(n)
    const response = await fetch(`${url}/orders/${n}`, {
      method: "POST",
      headers: {
        "X-Correlation-Id": whose.correlation,
        "X-Parent-Correlation-Id": whose.parent,
        "X-POSTHOG-DISTINCT-ID": whose.distinctId,
        "X-POSTHOG-SESSION-ID": whose.sessionId,
        "X-User-Id": whose.userId,
        "X-Request-Id": `req-${n}`,
        traceparent: `00-${whose.traceId}-${whose.spanId}-01`
      }
    })
    await response.arrayBuffer()
    assert.strictEqual(response.status, 202)
  })

/** What a record says whose it is. */
const whose = (attributes: Readonly<Record<string, unknown>>) => ({
  distinctId: attributes["posthogDistinctId"],
  sessionId: attributes["sessionId"],
  correlation: attributes["correlation_id"],
  parent: attributes["parent_correlation_id"],
  userId: attributes["user_id"]
})

const identityOf = (n: number) => {
  const { correlation, distinctId, parent, sessionId, userId } = expected(n)
  return { distinctId, sessionId, correlation, parent, userId }
}

describe.skipIf(!isThere && process.env["CI"] !== "true")("three processes in a chain", () => {
  it.scopedLive(
    `TRHDR-13 every event, log and span of ${requests} interleaved requests carries its own request's context`,
    () =>
      Effect.gen(function*() {
        const httpServer = yield* NodeHttpServer.make(createServer, { port: 0, host: "127.0.0.1" })
        const posthog = yield* DevServer.make({ maxEvents: 100_000 }).pipe(
          Effect.provideService(HttpServer.HttpServer, httpServer)
        )
        const queue = `effect-posthog-chain-${randomUUID()}`
        yield* queueOf(queue)
        const file = yield* bundle
        const job = { posthog: posthog.url, amqp, queue, back: "" }
        const back = yield* start(file, { ...job, role: "back" })
        const worker = yield* start(file, { ...job, role: "worker", back: back.url })
        const front = yield* start(file, { ...job, role: "front" })

        yield* Effect.forEach(
          Array.from({ length: requests }, (_, n) => n),
          (n) => send(front.url, n),
          { concurrency, discard: true }
        )
        const events = yield* posthog.awaitEvents(3 * requests)
        // what is still on its way is sent when they close
        yield* Effect.all([front.stop, worker.stop, back.stop], { concurrency: 3 })
        const logs = (yield* posthog.logs).filter(({ body }) => / log \d+$/.test(String(body)))
        const spans = yield* posthog.spans

        assert.strictEqual(events.length, 3 * requests)
        for (const { distinct_id, event, properties } of events) {
          const n = Number(properties["n"])
          const role = event.split(" ")[0]!
          assert.deepStrictEqual({
            distinctId: distinct_id,
            sessionId: properties["$session_id"],
            correlation: properties["correlation_id"],
            parent: properties["parent_correlation_id"],
            userId: properties["user_id"]
          }, identityOf(n))
          assert.strictEqual(properties["service_name"], role)
          assert.strictEqual(
            properties["caller_service_name"],
            { front: undefined, worker: "front", back: "worker" }[role]
          )
          if (role !== "front") {
            assert.strictEqual(properties["plan"], expected(n).plan)
          }
        }

        assert.strictEqual(logs.length, 3 * requests)
        for (const { attributes, body, resource, traceId } of logs) {
          const [, role, digits] = /^(\w+) log (\d+)$/.exec(String(body))!
          const n = Number(digits)
          assert.deepStrictEqual(whose(attributes), identityOf(n))
          assert.strictEqual(traceId, expected(n).traceId)
          assert.strictEqual(resource["service.name"], role)
        }

        const names = new Map<string, number>()
        const byId = new Map(spans.map((span) => [span.spanId, span]))
        for (const span of spans) {
          names.set(span.name, (names.get(span.name) ?? 0) + 1)
          const n = Number.parseInt(span.traceId.slice(6), 16)
          assert.deepStrictEqual(whose(span.attributes), identityOf(n), span.name)
          const parent = span.parentSpanId ?? ""
          // up to the span of whoever sent the request
          assert.isTrue(
            byId.get(parent)?.traceId === span.traceId || parent === expected(n).spanId,
            `${span.name} of request ${n} has no parent`
          )
        }
        for (const role of ["front", "worker", "back"]) {
          assert.strictEqual(names.get(`${role} work`), requests)
        }
        console.log(
          `${requests} requests through 3 processes: ${events.length} events, ${logs.length} logs, ${spans.length} spans (${
            [...names].map(([name, count]) => `${count} ${name}`).join(", ")
          })`
        )
      }),
    240_000
  )
})
