/** A PostHog in a process of its own: takes batches, writes down every uuid before it answers, fails as it is told. */
import { openSync, writeSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { buffer } from "node:stream/consumers"
import { gunzipSync } from "node:zlib"
import * as Ledger from "./ledger.js"
import type { Mode, SinkSettings } from "./protocol.js"

interface Body {
  readonly batch: ReadonlyArray<{ readonly uuid: string; readonly properties: { readonly n: number } }>
}

const settings = JSON.parse(process.argv[2] ?? "") as SinkSettings
const ledger = openSync(settings.ledger, "a")
let mode: Mode = settings.mode
let count = 0

const answer = (response: ServerResponse, status: number) => {
  response.writeHead(status, { "content-type": "application/json" }).end("{\"status\":1}")
}

const handle = async (request: IncomingMessage, response: ServerResponse) => {
  // a request is treated as its beginning found things, however long it takes to read
  const { _tag } = mode
  const now = mode
  const turn = count++ % 4
  if (_tag === "Cut" && turn === 1) {
    writeSync(ledger, Ledger.answered("cut unread"))
    request.once("data", () => request.socket.resetAndDestroy())
    return
  }
  const raw = await buffer(request)
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw
  const refusal = now._tag === "Status" ? now.status : now._tag === "Limit" && body.length > now.bytes ? 413 : undefined
  if (refusal !== undefined) {
    writeSync(ledger, Ledger.answered(String(refusal)))
    answer(response, refusal)
    return
  }
  if (now._tag === "Hang") {
    writeSync(ledger, Ledger.answered("never"))
    return
  }
  const { batch } = JSON.parse(body.toString()) as Body
  writeSync(ledger, batch.map(({ properties, uuid }) => Ledger.took(properties.n, uuid)).join(""))
  if (_tag === "Cut" && turn === 3) {
    writeSync(ledger, Ledger.answered("cut unanswered"))
    request.socket.resetAndDestroy()
    return
  }
  if (now._tag === "Slow") {
    await new Promise((resolve) => setTimeout(resolve, now.millis))
  }
  writeSync(ledger, Ledger.answered("200"))
  answer(response, 200)
}

const server = createServer((request, response) => {
  handle(request, response).catch(() => {
    writeSync(ledger, Ledger.answered("broken off"))
    response.destroy()
  })
})

server.listen(settings.port, "127.0.0.1", () => {
  process.send?.((server.address() as AddressInfo).port)
})
process.on("message", (next) => {
  mode = next as Mode
})
// whoever started it is gone
process.on("disconnect", () => process.exit())
