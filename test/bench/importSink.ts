/** The PostHog of the import's benchmark: counts the events of every body, and keeps none. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"

export interface Received {
  readonly events: number
  /** Was every request marked as a migration? */
  readonly historical: boolean
}

let received: Received = { events: 0, historical: true }

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    const text = gunzipSync(Buffer.concat(chunks)).toString("latin1")
    received = {
      events: received.events + text.split("\"uuid\":\"").length - 1,
      historical: received.historical && text.includes("\"historical_migration\":true")
    }
    response.writeHead(200, { "content-type": "application/json", "content-length": "12" }).end("{\"status\":1}")
  })
})

process.on("message", () => {
  process.send?.(received)
  received = { events: 0, historical: true }
})
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
