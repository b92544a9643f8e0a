/** A process that captures, shuts down and has nothing else to do: it must end by itself. */
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const sink = createServer((request, response) => {
  request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end(`{"status":1}`))
})
await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve))
// a listening server lists its address as an object
const { port } = sink.address() as AddressInfo

// with a secret key, so that definitions are polled until the end
const posthog = PosthogPromise.make({ apiKey: "phc_test", secretKey: "phs_x", host: `http://127.0.0.1:${port}` })
posthog.withScope("fresh", { distinctId: "a" }, () => posthog.capture("done"))
const report = await posthog.shutdown()
console.log(JSON.stringify(report))
sink.closeAllConnections()
sink.close()
