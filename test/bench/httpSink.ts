/** The PostHog of the HTTP benchmark: takes every batch, and says what came since it was asked last. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { event, serve } from "./httpWork.js"

interface Sent {
  readonly batch: ReadonlyArray<{
    readonly event: string
    readonly distinct_id: string
    readonly properties: Readonly<Record<string, unknown>>
  }>
}

const bodies: Array<Buffer> = []

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    bodies.push(Buffer.concat(chunks))
    response.writeHead(200, { "content-type": "application/json" }).end("{\"status\":1}")
  })
})

const expected = [
  "$current_url",
  "$request_method",
  "$request_path",
  "$ip",
  "$user_agent",
  "$session_id",
  "correlation_id",
  "request_id",
  "operation_name"
]

/** How many different requests have sent one whole event each. */
const count = (): number => {
  const seen = new Set<unknown>()
  let bytes = 0
  for (const body of bodies.splice(0)) {
    const text = body[0] === 0x1f ? gunzipSync(body).toString() : body.toString()
    bytes += text.length
    const { batch } = JSON.parse(text) as Sent
    for (const { distinct_id, event: name, properties } of batch) {
      const lacking = expected.filter((key) => typeof properties[key] !== "string")
      const session = String(properties["$session_id"])
      if (name !== event || lacking.length > 0 || Number(distinct_id.slice(5)) !== Number(session.slice(-12))) {
        throw new Error(`${name} of ${distinct_id} in ${session} came without ${lacking.join(", ")}`)
      }
      seen.add(properties["request_id"])
    }
  }
  if (process.env["BYTES"] !== undefined && seen.size > 0) {
    console.error(`${Math.round(bytes / seen.size)} bytes an event`)
  }
  return seen.size
}

server.listen(0, "127.0.0.1", () => {
  serve((server.address() as AddressInfo).port, async () => count())
})
