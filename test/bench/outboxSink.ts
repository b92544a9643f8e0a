/** The PostHog of the outbox's benchmark: takes every body as it is, and unpacks and counts when it is asked. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import type { Received } from "./outboxWork.js"

const bodies: Array<Buffer> = []

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    bodies.push(Buffer.concat(chunks))
    response.writeHead(200, { "content-type": "application/json", "content-length": "12" }).end("{\"status\":1}")
  })
})

const received = (): Received => {
  const uuids = bodies.splice(0).flatMap((body) => {
    const sent = JSON.parse(gunzipSync(body).toString()) as { readonly batch: ReadonlyArray<{ readonly uuid: string }> }
    return sent.batch.map(({ uuid }) => uuid)
  })
  return { events: uuids.length, unique: new Set(uuids).size }
}

process.on("message", () => process.send?.(received()))
process.on("disconnect", () => process.exit())
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
