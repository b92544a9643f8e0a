/** The clients of the HTTP benchmark: so many requests, a fixed number of them at once, over connections kept open. */
import { Agent, request } from "node:http"
import { concurrency, headers, order, requests, type Route, serve } from "./httpWork.js"

const agent = new Agent({ keepAlive: true, maxSockets: concurrency, scheduling: "fifo" })

const send = (port: number, route: Route, n: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const body = route === "place" ? JSON.stringify(order(n)) : undefined
    const outgoing = request({
      agent,
      host: "127.0.0.1",
      port,
      method: body === undefined ? "GET" : "POST",
      path: `/orders/${n}?source=bench`,
      headers: body === undefined
        ? headers(n)
        : { ...headers(n), "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => text += chunk)
      response.on("error", reject)
      response.on("end", () => {
        if (response.statusCode !== 200 || (JSON.parse(text) as { id: string }).id !== String(n)) {
          reject(new Error(`${response.statusCode} for order ${n}: ${text}`))
        } else {
          resolve()
        }
      })
    })
    outgoing.on("error", reject)
    outgoing.end(body)
  })

serve(0, async ({ port, route }: { readonly port: number; readonly route: Route }) => {
  let n = 0
  const client = async () => {
    while (n < requests) {
      await send(port, route, n++)
    }
  }
  const from = performance.now()
  await Promise.all(Array.from({ length: concurrency }, client))
  return performance.now() - from
})
