import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import * as ExitSender from "effect-posthog/delivery/ExitSender"
import { createHash } from "node:crypto"
import { createServer } from "node:net"
import { Worker } from "node:worker_threads"

interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly sha256: string
}

interface Server {
  readonly url: string
  readonly next: Effect.Effect<Heard>
}

// in a thread of its own: the one that sends stands still meanwhile
const code = `
const { createHash } = require("node:crypto")
const { createServer } = require("node:http")
const { parentPort } = require("node:worker_threads")
const server = createServer((request, response) => {
  const hash = createHash("sha256")
  request.on("data", (chunk) => hash.update(chunk))
  request.on("end", () => {
    const path = request.url
    parentPort.postMessage({ method: request.method, path, headers: request.headers, sha256: hash.digest("hex") })
    if (path === "/hang") return
    if (path === "/reset") return request.socket.destroy()
    response.statusCode = Number(path.slice(1)) || 200
    response.flushHeaders()
    if (path === "/endless") return
    if (path === "/broken") return response.write("{", () => request.socket.destroy())
    response.end("{}")
  })
})
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))
`

const serve: Effect.Effect<Server, never, Scope.Scope> = Effect.gen(function*() {
  const worker = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(code, { eval: true })),
    (worker) => Effect.promise(() => worker.terminate())
  )
  const message = <A>() =>
    Effect.async<A>((resume) => void worker.once("message", (sent) => resume(Effect.succeed(sent))))
  const port = yield* message<number>()
  return { url: `http://127.0.0.1:${port}`, next: message<Heard>() }
})

const body = (text: string) => new TextEncoder().encode(text)

const timed = <A>(f: () => A) => {
  const start = performance.now()
  const result = f()
  return { result, elapsed: performance.now() - start }
}

describe("a sending without a promise", () => {
  it.live("posts the bytes as they are, and no others of the buffer they stand in", () =>
    Effect.gen(function*() {
      const { next, url } = yield* serve
      const buffer = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256)
      const view = buffer.subarray(1_000, 201_000)
      const status = ExitSender.send(
        {
          url: `${url}/batch/?a=1`,
          headers: { "content-type": "application/json", "User-Agent": "a test/1" },
          body: view
        },
        20_000
      )
      assert.strictEqual(status, 200)
      const heard = yield* next
      assert.strictEqual(heard.method, "POST")
      assert.strictEqual(heard.path, "/batch/?a=1")
      assert.strictEqual(heard.headers["content-type"], "application/json")
      assert.strictEqual(heard.headers["user-agent"], "a test/1")
      assert.strictEqual(heard.headers["content-length"], "200000")
      assert.strictEqual(heard.headers["transfer-encoding"], undefined)
      assert.strictEqual(heard.sha256, createHash("sha256").update(view).digest("hex"))
      // the caller may go on using them
      assert.strictEqual(buffer.byteLength, 300_000)
    }).pipe(Effect.scoped))

  it.live("returns the status, also where the answer's body never ends or breaks off", () =>
    Effect.gen(function*() {
      const { url } = yield* serve
      for (
        const [path, status] of [["413", 413], ["429", 429], ["503", 503], ["endless", 200], ["broken", 200]] as const
      ) {
        assert.strictEqual(
          ExitSender.send({ url: `${url}/${path}`, headers: {}, body: body("{}") }, 20_000),
          status,
          path
        )
      }
    }).pipe(Effect.scoped))

  it.live("returns nothing where nothing answers: no server, no name, a connection that breaks", () =>
    Effect.gen(function*() {
      const { url } = yield* serve
      const closed = yield* Effect.async<number>((resume) => {
        const server = createServer()
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = typeof address === "object" && address !== null ? address.port : 0
          server.close(() => resume(Effect.succeed(port)))
        })
      })
      for (const target of [`${url}/reset`, `http://127.0.0.1:${closed}/`, "http://posthog.invalid/batch/"]) {
        assert.strictEqual(ExitSender.send({ url: target, headers: {}, body: body("{}") }, 20_000), undefined, target)
      }
    }).pipe(Effect.scoped))

  it.live("blocks no longer than it may", () =>
    Effect.gen(function*() {
      const { url } = yield* serve
      const request = { url: `${url}/hang`, headers: {}, body: body("{}") }
      const hanging = timed(() => ExitSender.send(request, 300))
      assert.strictEqual(hanging.result, undefined)
      assert.isAtLeast(hanging.elapsed, 299)
      // far below the server's patience, far above what a busy machine adds
      assert.isBelow(hanging.elapsed, 3_000)
      for (const timeout of [0, -1, NaN]) {
        const none = timed(() => ExitSender.send(request, timeout))
        assert.strictEqual(none.result, undefined)
        assert.isBelow(none.elapsed, 100)
      }
    }).pipe(Effect.scoped))

  it("throws nothing, whatever it is to send", () => {
    const hostile = new Proxy({} as ExitSender.ExitRequest, {
      get: () => {
        throw new Error("no")
      }
    })
    assert.strictEqual(ExitSender.send(hostile, 1_000), undefined)
    for (
      const request of [
        { url: "no url", headers: {}, body: body("{}") },
        { url: "file:///etc/passwd", headers: {}, body: body("{}") },
        { url: "http://127.0.0.1:1/", headers: { "a\nb": "c" }, body: body("{}") },
        { url: "http://127.0.0.1:1/", headers: { a: (() => "no data") as unknown as string }, body: body("{}") }
      ]
    ) {
      assert.strictEqual(ExitSender.send(request, 20_000), undefined)
    }
  })
})
