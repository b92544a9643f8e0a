/**
 * The embedded PostHog in a process of its own: writes down every uuid before it answers, fails as it is told. Faults of
 * the network are made on its sockets.
 */
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Effect, Layer, Runtime } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import type { IncomingRequest } from "effect-posthog/devserver/ReceivedRequest"
import { openSync, writeSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { Socket } from "node:net"
import * as Ledger from "./ledger.js"
import type { Mode, SinkSettings } from "./protocol.js"

interface Body {
  readonly batch: ReadonlyArray<{ readonly uuid: string; readonly properties: { readonly n: number } }>
}

const settings = JSON.parse(process.argv[2] ?? "") as SinkSettings
const ledger = openSync(settings.ledger, "a")
const note = (line: string) => writeSync(ledger, line)
let mode: Mode = settings.mode

const http = createServer({ keepAliveTimeout: 60_000 })

const cut = (socket: Socket, how: string) => {
  note(Ledger.answered(how))
  socket.resetAndDestroy()
}

http.on("connection", (socket) => {
  if (mode._tag === "Reset") {
    cut(socket, "reset")
  }
})

let count = 0

/** Lets a request through to the server, unless the network has it. */
const passes = (request: IncomingMessage, response: ServerResponse): boolean => {
  const turn = count++ % 4
  if (mode._tag === "Reset") {
    cut(request.socket, "reset")
    return false
  }
  if (mode._tag === "Cut" && turn === 1) {
    cut(request.socket, "cut unread")
    return false
  }
  if (mode._tag === "Cut" && turn === 3) {
    let isCut = false
    // whatever the server answers gets no further than this
    response.writeHead = () => {
      if (!isCut) {
        isCut = true
        cut(request.socket, "cut unanswered")
      }
      return response
    }
  }
  response.once("finish", () => note(Ledger.answered(String(response.statusCode))))
  return true
}

const emit = http.emit.bind(http)
// a listener could not keep a request from the server's own
http.emit = (event: string, ...values: ReadonlyArray<any>) =>
  event === "request" && !passes(values[0], values[1]) ? true : emit(event, ...values)

// longer than any request
const half = Array.from({ length: 2000 }, (_, i) => i % 2 === 0 ? "ok" : "retry")

const faultOf = (mode: Mode): Fault.Fault => {
  switch (mode._tag) {
    case "Take":
    case "Cut":
    case "Reset":
      return Fault.Pass()
    case "Status":
      return Fault.Status({
        status: mode.status,
        headers: mode.retryAfterSeconds === undefined ? {} : { "retry-after": String(mode.retryAfterSeconds) }
      })
    case "Slow":
      return Fault.Delay({ duration: mode.millis })
    case "Hang":
      return Fault.Stall()
    case "Stall":
      return Fault.Stall({ sendHeaders: true })
    case "LimitBytes":
    case "LimitEvents":
      return Fault.Status({ status: 413 })
    case "Half":
      return Fault.Partial({ results: half })
  }
}

const refuses = (mode: Mode, request: IncomingRequest): boolean => {
  switch (mode._tag) {
    case "LimitBytes":
      return request.decodedBytes > mode.bytes
    case "LimitEvents":
      return request.batchSize > mode.events
    case "Take":
    case "Cut":
    case "Reset":
      return false
    case "Status":
    case "Slow":
    case "Hang":
    case "Stall":
    case "Half":
      return true
  }
}

const stores = (mode: Mode, refused: boolean): boolean => !refused || mode._tag === "Slow" || mode._tag === "Half"

/** Is asked about every request before it is answered, and writes it down. */
const decide = (mode: Mode) => (request: IncomingRequest): boolean => {
  const { batchSize, endpoint, receivedAt } = request
  const refused = refuses(mode, request)
  const asked = { arrivedAt: receivedAt, decidedAt: Date.now(), endpoint, size: batchSize, mode: mode._tag }
  const { batch } = request.body as Body
  const taken = stores(mode, refused)
    ? batch.filter((_, i) => mode._tag !== "Half" || half[i] === "ok")
    : []
  note(Ledger.asked(asked) + taken.map(({ properties, uuid }) => Ledger.took(properties.n, uuid)).join(""))
  return refused
}

const program = Effect.gen(function*() {
  const server = yield* DevServer.DevServer
  const runSync = Runtime.runSync(yield* Effect.runtime())
  const behave = (next: Mode) => {
    mode = next
    runSync(server.failWhile(decide(next), faultOf(next)))
  }
  behave(settings.mode)
  process.on("message", (next) => behave(next as Mode))
  process.send?.(Number(new URL(server.url).port))
  return yield* Effect.never
})

// whoever started it is gone
process.on("disconnect", () => process.exit())

NodeRuntime.runMain(
  program.pipe(
    Effect.provide(
      DevServer.layer({ maxRetainedBytes: 1 }).pipe(
        Layer.provide(NodeHttpServer.layer(() => http, { port: settings.port, host: "127.0.0.1" }))
      )
    )
  )
)
