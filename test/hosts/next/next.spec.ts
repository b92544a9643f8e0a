/** The example of Next, installed, built and started as a user would, against an embedded PostHog on a socket. */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:http"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { headersOf } from "../traffic.js"

const folder = fileURLToPath(new URL("../../../examples/next/", import.meta.url))
const next = fileURLToPath(new URL("../../../examples/next/node_modules/next/dist/bin/next", import.meta.url))

const embedded = ManagedRuntime.make(
  DevServer.layer().pipe(Layer.provide(NodeHttpServer.layer(() => createServer(), { port: 0, host: "127.0.0.1" })))
)

/** Nothing of this run's own surroundings but what a process needs. */
const environment = (more: Readonly<Record<string, string>> = {}) => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  NODE_ENV: "production" as const,
  NEXT_TELEMETRY_DISABLED: "1",
  ...more
})

const run = (command: string, args: ReadonlyArray<string>, env = environment()) =>
  promisify(execFile)(command, args, { cwd: folder, env, maxBuffer: 1 << 24 })

let server: ChildProcess
let url: string

beforeAll(async () => {
  // development packages too: the build checks the types
  await run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], { ...process.env, ...environment() })
  await run(process.execPath, [next, "build"], environment({ POSTHOG_API_KEY: "phc_build" }))
  const posthog = await embedded.runPromise(DevServer.DevServer)
  server = spawn(process.execPath, [next, "start", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: folder,
    env: environment({ POSTHOG_API_KEY: "phc_test", POSTHOG_HOST: posthog.url }),
    stdio: ["ignore", "pipe", "inherit"]
  })
  for await (const line of createInterface(server.stdout!)) {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0]
    if (found !== undefined) {
      url = found
    }
    if (line.includes("Ready")) {
      break
    }
  }
  server.stdout!.resume()
})

afterAll(async () => {
  if (server !== undefined && server.exitCode === null) {
    server.kill("SIGTERM")
    await once(server, "exit")
  }
  await embedded.dispose()
})

const arrived = (count: number) =>
  embedded.runPromise(
    Effect.flatMap(DevServer.DevServer, ({ awaitEvents, clear }) => Effect.zipLeft(awaitEvents(count), clear))
  )

describe("PosthogNext", () => {
  it("gives each of 200 interleaved requests a scope of its own, streamed bodies too", async () => {
    let id = 0
    const asker = async () => {
      while (id < 200) {
        const mine = id++
        const headers = headersOf(mine)
        if (mine % 4 === 0) {
          const response = await fetch(`${url}/api/feed/${mine}`, { headers })
          expect(await response.text()).toBe("210")
        } else if (mine % 4 === 1) {
          const response = await fetch(`${url}/api/orders/${mine}`, {
            method: "POST",
            headers,
            body: JSON.stringify({ total: mine })
          })
          expect(response.status).toBe(201)
          expect(await response.json()).toEqual({ who: `user-${mine}` })
        } else {
          const response = await fetch(`${url}/api/orders/${mine}`, { headers })
          expect(await response.json()).toEqual({ id: String(mine), total: 42, who: `user-${mine}` })
        }
      }
    }
    await Promise.all(Array.from({ length: 32 }, asker))
    const events = await arrived(50 * 3 + 50 + 100 * 2)
    expect(events).toHaveLength(400)
    for (const { distinct_id, event, properties } of events) {
      const own = distinct_id.replace("user-", "")
      expect(properties).toMatchObject({
        id: own,
        $session_id: `session-${own}`,
        correlation_id: `correlation-${own}`,
        request_id: `request-${own}`,
        $user_agent: `agent-${own}`,
        $request_path: event === "piece" ? `/api/feed/${own}` : `/api/orders/${own}`
      })
      expect(Object.keys(properties).filter((key) => key.startsWith("order."))).toEqual(
        event === "order loaded" ? [`order.${own}`] : []
      )
    }
  })

  it("TRHDR-12 captures what a handler throws, and nothing of Next's own control flow", async () => {
    const ask = async (as: string) =>
      (await fetch(`${url}/api/orders/7?as=${as}`, { headers: headersOf(7), redirect: "manual" })).status
    expect([await ask("missing"), await ask("moved"), await ask("broken")]).toEqual([404, 307, 500])
    const events = await arrived(7)
    const exceptions = events.filter(({ event }) => event === "$exception")
    expect(exceptions).toHaveLength(1)
    expect(exceptions[0]).toMatchObject({
      distinct_id: "user-7",
      properties: {
        $response_status_code: 500,
        "order.7": "7",
        operation_name: "GET /api/orders/7",
        $exception_list: [{ value: "order 7 is broken", mechanism: { type: "middleware", handled: false } }]
      }
    })
  })
})
