/** Bodies that mean no good, or are just wrong: each is refused with words, and the server goes on. */
import { HttpBody, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as Net from "node:net"
import * as Zlib from "node:zlib"
import { supportedEncodings } from "../../src/devserver/Decompression.js"
import { DevServer } from "../../src/devserver/DevServer.js"
import { batch, event, events, layerSocket, post, postRaw, transports } from "./support.js"

const good = Buffer.from(JSON.stringify(batch(events(1, 3))))

const megabyte = 1024 * 1024

const zeros = Buffer.alloc(30 * megabyte)

// absent before Node 22.15, whatever the types say
const hasZstd = "zstdCompressSync" in Zlib && typeof Zlib.zstdCompressSync === "function"

const bombs = {
  gzip: Zlib.gzipSync(zeros),
  deflate: Zlib.deflateSync(zeros),
  br: Zlib.brotliCompressSync(zeros, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  ...(hasZstd ? { zstd: Zlib.zstdCompressSync(zeros) } : {})
}

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth)

for (const { layer, transport } of transports) {
  describe(`hostile input ${transport}`, () => {
    const compressions: ReadonlyArray<readonly [string, (bytes: Buffer) => Buffer]> = [
      ["gzip", Zlib.gzipSync],
      ["GZIP", Zlib.gzipSync],
      ["deflate", Zlib.deflateSync],
      ["br", Zlib.brotliCompressSync],
      ["identity", (bytes) => bytes]
    ]
    for (const [encoding, compress] of compressions) {
      it.effect(`content-encoding ${encoding} is decoded; bytes are counted as sent`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          const bytes = compress(good)
          const answer = yield* postRaw("/batch/", bytes, { "content-encoding": encoding })
          assert.strictEqual(answer.status, 200)
          assert.strictEqual((yield* server.events).length, 3)
          const [request] = yield* server.requests
          assert.strictEqual(request?.bytes, bytes.length)
          assert.strictEqual(request?.decodedBytes, good.length)
          assert.strictEqual((yield* server.stats).bytes, bytes.length)
        }).pipe(Effect.provide(layer())))
    }

    it.effect("zstd is decoded where Node can, and else refused as an unknown encoding", () =>
      Effect.gen(function*() {
        assert.strictEqual(supportedEncodings.includes("zstd"), hasZstd)
        const bytes = hasZstd ? Zlib.zstdCompressSync(good) : good
        const answer = yield* postRaw("/batch/", bytes, { "content-encoding": "zstd" })
        assert.strictEqual(answer.status, hasZstd ? 200 : 415)
        assert.strictEqual((yield* (yield* DevServer).events).length, hasZstd ? 3 : 0)
      }).pipe(Effect.provide(layer())))

    const wrong: ReadonlyArray<readonly [string, Uint8Array | string, string | undefined, number, RegExp]> = [
      ["no JSON", "{\"api_key\":", undefined, 400, /^the body is not valid JSON: /],
      ["JSON and more", "{} {}", undefined, 400, /^the body is not valid JSON: /],
      ["nothing", "", undefined, 400, /^the body is empty$/],
      ["a byte order mark", "\ufeff{}", undefined, 400, /^the body is not valid JSON: /],
      ["no UTF-8", Buffer.from([0x22, 0xff, 0x22]), undefined, 400, /^the body is not valid UTF-8$/],
      ["plain text that says gzip", good, "gzip", 400, /^the body is not valid gzip: incorrect header check$/],
      ["half a gzip", Zlib.gzipSync(good).subarray(0, 40), "gzip", 400, /^the body is not valid gzip: /],
      ["nothing that says gzip", "", "gzip", 400, /^the body is not valid gzip: /],
      ["gzip that says deflate", Zlib.gzipSync(good), "deflate", 400, /^the body is not valid deflate: /],
      ["gzip that says br", Zlib.gzipSync(good), "br", 400, /^the body is not valid br: /],
      ["gzip that says nothing", Zlib.gzipSync(good), undefined, 400, /^the body is not valid UTF-8$/],
      ["gzip in gzip", Zlib.gzipSync(Zlib.gzipSync(good)), "gzip", 400, /^the body is not valid UTF-8$/],
      ["an unknown encoding", good, "snappy", 415, /^content-encoding "snappy" is not one of gzip, deflate, br/],
      ["two encodings", good, "gzip, br", 415, /^content-encoding "gzip, br" is not one of/],
      ["an encoding from Object", good, "__proto__", 415, /^content-encoding "__proto__" is not one of/]
    ]
    it.effect("a body that is not what it says is refused with words, and recorded", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        for (const [what, body, encoding, status, problem] of wrong) {
          const answer = yield* postRaw("/batch/", body, encoding === undefined ? {} : { "content-encoding": encoding })
          assert.strictEqual(answer.status, status, what)
          assert.strictEqual(answer.json.problems.length, 1, what)
          assert.match(answer.json.problems[0], problem, what)
        }
        const invalid = yield* server.invalid
        assert.strictEqual(invalid.length, wrong.length)
        assert.strictEqual(invalid[0]?.body, "{\"api_key\":")
        assert.strictEqual((yield* server.stats).events, 0)
        assert.strictEqual((yield* postRaw("/batch/", good)).status, 200)
      }).pipe(Effect.provide(layer())))

    for (const [encoding, bomb] of Object.entries(bombs)) {
      it.effect(`a ${encoding} bomb is answered 413, and its content is not kept`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          assert.isBelow(bomb.length, megabyte)
          const answer = yield* postRaw("/batch/", bomb, { "content-encoding": encoding })
          assert.strictEqual(answer.status, 413)
          assert.deepStrictEqual(answer.json.problems, ["the body is larger than 20971520 bytes"])
          const [request] = yield* server.requests
          assert.isUndefined(request?.body)
          assert.strictEqual(request?.bytes, bomb.length)
          assert.strictEqual((yield* postRaw("/batch/", good)).status, 200)
        }).pipe(Effect.provide(layer())))
    }

    it.effect("maxBodyBytes bounds what is sent and what comes out, to the byte", () =>
      Effect.gen(function*() {
        const fits = JSON.stringify(batch([event(1, { properties: { fill: "x".repeat(1000) } })]))
        const over = JSON.stringify(batch([event(2, { properties: { fill: "x".repeat(1001) } })]))
        const server = yield* DevServer
        assert.strictEqual((yield* postRaw("/batch/", fits)).status, 200)
        assert.strictEqual((yield* postRaw("/batch/", over)).status, 413)
        const gzip = { "content-encoding": "gzip" }
        assert.strictEqual((yield* postRaw("/batch/", Zlib.gzipSync(fits), gzip)).status, 200)
        assert.strictEqual((yield* postRaw("/batch/", Zlib.gzipSync(over), gzip)).status, 413)
        const { duplicates, events } = yield* server.stats
        assert.deepStrictEqual({ events, duplicates }, { events: 1, duplicates: 1 })
      }).pipe(
        Effect.provide(layer({
          maxBodyBytes: JSON.stringify(batch([event(1, { properties: { fill: "x".repeat(1000) } })])).length
        }))
      ))

    it.effect("a stream that says no length is cut off at the limit", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const response = yield* HttpClient.post(`${server.url}/batch/`, {
          body: HttpBody.stream(Stream.repeatValue(Buffer.alloc(1000)).pipe(Stream.take(100)), "application/json")
        })
        assert.strictEqual(response.status, 413)
        assert.strictEqual((yield* server.stats).invalid, 1)
        assert.strictEqual((yield* postRaw("/batch/", good)).status, 200)
      }).pipe(Effect.provide(layer({ maxBodyBytes: 10_000 })), Effect.scoped))

    it.effect("JSON nested a hundred thousand deep is refused, compressed or not", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const deep = `{"api_key":"phc_test","batch":${nested(100_000)}}`
        for (
          const answer of [
            yield* postRaw("/batch/", deep),
            yield* postRaw("/batch/", Zlib.gzipSync(deep), { "content-encoding": "gzip" }),
            yield* postRaw("/flags/?v=2", `{"a":`.repeat(100_000)),
            yield* postRaw("/batch/", "[".repeat(100_000))
          ]
        ) {
          assert.strictEqual(answer.status, 400)
          assert.deepStrictEqual(answer.json.problems, ["the body is nested deeper than 127 levels"])
        }
        assert.strictEqual((yield* server.stats).invalid, 4)
      }).pipe(Effect.provide(layer())))

    it.effect("127 levels are taken; brackets in strings are no levels", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        // An object, the batch, the event and its properties are four levels.
        const withProperty = (value: string) =>
          JSON.stringify(batch([event(1)])).replace(`"properties":{"n":1}`, `"properties":{"n":${value}}`)
        assert.strictEqual((yield* postRaw("/batch/", withProperty(nested(123)))).status, 200)
        assert.strictEqual((yield* postRaw("/batch/", withProperty(nested(124)))).status, 400)
        const text = "\\\"" + "[".repeat(1000) + "\\\\"
        assert.strictEqual((yield* postRaw("/batch/", withProperty(`"${text}"`))).status, 200)
        assert.strictEqual((yield* server.stats).invalid, 1)
      }).pipe(Effect.provide(layer())))

    it.effect("__proto__ is a key like any other: it supplies nothing, pollutes nothing, and is kept", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const inherited = yield* postRaw(
          "/batch/",
          `{"__proto__":{"api_key":"phc_test","batch":[]}}`
        )
        assert.strictEqual(inherited.status, 400)
        const hollow = yield* postRaw(
          "/batch/",
          `{"api_key":"phc_test","batch":[{"__proto__":${JSON.stringify(event(1))}}]}`
        )
        assert.strictEqual(hollow.status, 400)
        assert.include(hollow.json.problems, "batch[0].uuid: is missing")

        const body = JSON.stringify(batch([event(1)])).replace(
          `"properties":{"n":1}`,
          `"properties":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}},"__proto__":{"polluted":true}`
        )
        assert.strictEqual((yield* postRaw("/batch/?__proto__=polluted", body)).status, 200)
        const [stored] = yield* server.events
        assert.deepStrictEqual(Object.keys(stored?.properties ?? {}), ["__proto__", "constructor"])
        assert.isUndefined((stored as any).properties.polluted)
        assert.isUndefined((stored as any).polluted)
        assert.isUndefined((({}) as any).polluted)
        const query = (yield* server.requests)[2]?.query ?? {}
        assert.deepStrictEqual(Object.entries(query), [["__proto__", "polluted"]])

        const flags = yield* postRaw(
          "/flags/?v=2",
          `{"token":"phc_test","distinct_id":"u","__proto__":{"x":1},"flag_keys_to_evaluate":["__proto__"]}`
        )
        assert.deepStrictEqual(flags.json.flags, {})
      }).pipe(Effect.provide(layer())))

    it.effect("a thousand hostile requests at once leave the server answering", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const statuses = yield* Effect.forEach(
          Array.from({ length: 1000 }, (_, i) => i),
          (i) => {
            const [, body, encoding] = wrong[i % wrong.length]!
            return Effect.map(
              postRaw("/e/", body, encoding === undefined ? {} : { "content-encoding": encoding }),
              ({ status }) => status
            )
          },
          { concurrency: 50 }
        )
        assert.isTrue(statuses.every((status) => status === 400 || status === 415))
        assert.strictEqual((yield* server.stats).invalid, 1000)
        assert.strictEqual((yield* post("/batch/", batch([event(1)]))).status, 200)
      }).pipe(Effect.provide(layer())))
  })
}

describe("hostile connections", () => {
  /** Writes raw bytes to the server, waits until they are out, and cuts the connection. */
  const writeAndCut = (url: string, bytes: string) =>
    Effect.async<void>((resume) => {
      const socket = Net.connect(Number(new URL(url).port), "127.0.0.1", () => {
        socket.write(bytes, () => {
          setTimeout(() => {
            socket.destroy()
            resume(Effect.void)
          }, 20)
        })
      })
      socket.on("error", () => {})
    })

  const waitFor = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
    Effect.gen(function*() {
      while (!(yield* condition)) {
        yield* Effect.sleep("5 millis")
      }
    }).pipe(Effect.timeout("5 seconds"))

  it.live("a client that breaks off in the middle of its body is counted, not recorded, and takes no fault", () =>
    Effect.gen(function*() {
      const server = yield* DevServer
      yield* server.enqueue({ _tag: "Status", status: 503 })
      yield* writeAndCut(
        server.url,
        `POST /batch/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"api_key":`
      )
      yield* waitFor(Effect.map(server.stats, (stats) => stats.aborted === 1))
      assert.deepStrictEqual(yield* server.requests, [])
      assert.strictEqual((yield* post("/batch/", batch([event(1)]))).status, 503)
      assert.strictEqual((yield* server.stats).aborted, 1)
    }).pipe(Effect.provide(layerSocket())))

  it.live("a body that never ends is answered 413 as soon as it is too large", () =>
    Effect.gen(function*() {
      const server = yield* DevServer
      const answer = yield* Effect.async<string>((resume) => {
        const socket = Net.connect(Number(new URL(server.url).port), "127.0.0.1", () => {
          socket.write("POST /batch/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
          socket.write(`4000\r\n${"x".repeat(0x4000)}\r\n`)
        })
        socket.on("error", () => {})
        socket.once("data", (data) => {
          socket.destroy()
          resume(Effect.succeed(data.toString()))
        })
      }).pipe(Effect.timeout("5 seconds"))
      assert.match(answer, /^HTTP\/1\.1 413 /)
      assert.strictEqual((yield* server.stats).invalid, 1)
    }).pipe(Effect.provide(layerSocket({ maxBodyBytes: 10_000 }))))

  it.live("bytes that are no HTTP do not reach the server, which goes on", () =>
    Effect.gen(function*() {
      const server = yield* DevServer
      yield* writeAndCut(server.url, "\u0016\u0003\u0001 no HTTP at all\r\n\r\n")
      yield* writeAndCut(server.url, "POST /batch/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n")
      assert.strictEqual((yield* post("/batch/", batch([event(1)]))).status, 200)
      assert.strictEqual((yield* server.stats).requests, 1)
    }).pipe(Effect.provide(layerSocket())))

  it.live("a connection that never says anything does not keep the server from closing", () =>
    Effect.gen(function*() {
      const started = Date.now()
      const silent = yield* Effect.provide(
        Effect.gen(function*() {
          const server = yield* DevServer
          yield* post("/batch/", batch([event(1)]))
          const socket = Net.connect(Number(new URL(server.url).port), "127.0.0.1")
          socket.on("error", () => {})
          yield* Effect.async<void>((resume) => {
            socket.once("connect", () => resume(Effect.void))
          })
          yield* Effect.sleep("20 millis")
          return socket
        }),
        layerSocket()
      )
      silent.destroy()
      assert.isBelow(Date.now() - started, 5_000)
    }))
})
