/**
 * The PostHog of the delivery benchmark: takes every body as it is, and unpacks and counts only when nobody is measured.
 * While it holds, no request is answered.
 */
import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gunzipSync } from "node:zlib"
import { distinctId, event, properties, sessionId, type SinkQuestion, tags, type Verified } from "./deliveryWork.js"
import { serve } from "./httpWork.js"

interface Sent {
  readonly batch: ReadonlyArray<{
    readonly event: string
    readonly uuid: string
    readonly distinct_id: string
    readonly properties: Readonly<Record<string, unknown>>
  }>
}

let bodies: Array<Buffer> = []
let held: Array<ServerResponse> = []
let holding = false

const answer = (response: ServerResponse) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "12" }).end("{\"status\":1}")
}

const server = createServer((request, response) => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    bodies.push(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    if (holding) {
      held.push(response)
    } else {
      answer(response)
    }
  })
})
// a client may keep a connection for as long as a round takes to verify
server.keepAliveTimeout = 300_000

const verify = (): Verified => {
  const seen = new Set<string>()
  const taken = bodies
  bodies = []
  let events = 0
  let compressed = 0
  let text = 0
  for (const body of taken) {
    if (body[0] !== 0x1f) {
      throw new Error("a body is not gzip")
    }
    const unpacked = gunzipSync(body)
    compressed += body.length
    text += unpacked.length
    const { batch } = JSON.parse(unpacked.toString()) as Sent
    for (const { distinct_id, event: name, properties: sent, uuid } of batch) {
      const n = Number(sent["n"])
      const wanted = { ...tags(n), ...properties(n), $session_id: sessionId(n) }
      if (
        name !== event || distinct_id !== distinctId(n) ||
        Object.entries(wanted).some(([key, value]) => JSON.stringify(sent[key]) !== JSON.stringify(value))
      ) {
        throw new Error(`event ${n} is not what was captured: ${JSON.stringify(sent)}`)
      }
      seen.add(uuid)
      events++
    }
  }
  return { events, unique: seen.size, requests: taken.length, compressed, text }
}

let began = { at: 0, usage: process.cpuUsage() }

server.listen(0, "127.0.0.1", () => {
  serve((server.address() as AddressInfo).port, async (question: SinkQuestion) => {
    switch (question) {
      case "hold": {
        holding = true
        return "holding"
      }
      case "open": {
        holding = false
        held.forEach(answer)
        held = []
        return "open"
      }
      case "begin": {
        began = { at: performance.now(), usage: process.cpuUsage() }
        return "began"
      }
      // how much of one core it has used since it began
      case "end": {
        const { system, user } = process.cpuUsage(began.usage)
        return (system + user) / ((performance.now() - began.at) * 1000)
      }
      case "verify":
        return verify()
    }
  })
})
