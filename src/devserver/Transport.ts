/**
 * How a request's bytes come in and how its connection is cut, over a socket or in memory.
 *
 * @since 0.1.0
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { IncomingMessage, Server } from "node:http"
import type { Socket } from "node:net"
import { type Refusal, tooLarge } from "./Decompression.js"

/**
 * The request broke off before its body was complete.
 *
 * @since 0.1.0
 * @category models
 */
export interface Aborted {
  readonly _tag: "Aborted"
}

const aborted: Aborted = { _tag: "Aborted" }

/**
 * A request before its body was read.
 *
 * @since 0.1.0
 * @category models
 */
export interface RequestSource {
  readonly method: string
  /** Path and query, beginning with a slash. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Reads the body, at most `maxBytes` of it. */
  readonly read: (maxBytes: number) => Effect.Effect<Uint8Array, Refusal | Aborted>
}

const join = (chunks: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const only = chunks[0]
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size)
}

/** Collects the chunks and joins them once; `arrayBuffer` of the Node server joins them anew with each chunk. */
const readNode = (source: IncomingMessage, maxBytes: number): Effect.Effect<Uint8Array, Refusal | Aborted> =>
  Effect.async((resume) => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    const onData = (chunk: Uint8Array): void => {
      size += chunk.length
      if (size <= maxBytes) {
        chunks.push(chunk)
        return
      }
      stop()
      // What still comes is read and thrown away, so that the client gets to see the answer.
      source.resume()
      resume(Effect.fail(tooLarge(maxBytes)))
    }
    const onEnd = (): void => {
      stop()
      resume(Effect.succeed(join(chunks, size)))
    }
    const onBreak = (): void => {
      stop()
      resume(Effect.fail(aborted))
    }
    const stop = (): void => {
      source.off("data", onData)
      source.off("end", onEnd)
      source.off("close", onBreak)
    }
    if (source.destroyed) {
      resume(Effect.fail(aborted))
      return
    }
    // Stays for good: an error that nobody listens to would end the process.
    source.on("error", onBreak)
    source.on("close", onBreak)
    source.on("end", onEnd)
    source.on("data", onData)
    return Effect.sync(stop)
  })

/**
 * A request that came to an HTTP server.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromServerRequest = (request: HttpServerRequest.HttpServerRequest): RequestSource => ({
  method: request.method,
  url: request.url,
  headers: request.headers,
  read: (maxBytes) => {
    if (request.source instanceof IncomingMessage) {
      return readNode(request.source, maxBytes)
    }
    return Effect.flatMap(
      Effect.mapError(request.arrayBuffer, () => aborted),
      (buffer): Effect.Effect<Uint8Array, Refusal> =>
        buffer.byteLength > maxBytes ? Effect.fail(tooLarge(maxBytes)) : Effect.succeed(new Uint8Array(buffer))
    )
  }
})

/**
 * The socket under a request, if it came to a Node server.
 *
 * @since 0.1.0
 * @category accessors
 */
export const socketOf = (request: HttpServerRequest.HttpServerRequest): Socket | undefined =>
  request.source instanceof IncomingMessage ? request.source.socket : undefined

/**
 * The open connections of the servers that requests came to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connections {
  /** Remembers the connection that a request came over, and its server. */
  readonly add: (socket: Socket) => void
  /** Cuts every connection, those included that never carried a request: a server that closes would wait for them. */
  readonly cutAll: () => void
}

/**
 * No connections yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeConnections = (): Connections => {
  const sockets = new Set<Socket>()
  const servers = new Set<Server>()
  return {
    add: (socket) => {
      if (sockets.has(socket)) {
        return
      }
      sockets.add(socket)
      socket.once("close", () => {
        sockets.delete(socket)
      })
      // Node's HTTP server leaves itself on its sockets.
      if (Predicate.hasProperty(socket, "server") && socket.server instanceof Server) {
        servers.add(socket.server)
      }
    },
    cutAll: () => {
      for (const socket of sockets) {
        socket.destroy()
      }
      for (const server of servers) {
        server.closeAllConnections()
      }
    }
  }
}

const readBody = (
  body: HttpClientRequest.HttpClientRequest["body"],
  maxBytes: number
): Effect.Effect<Uint8Array, Refusal | Aborted> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(new Uint8Array(0))
    case "Uint8Array":
      return Effect.succeed(body.body)
    case "Raw":
      return body.body instanceof Uint8Array
        ? Effect.succeed(body.body)
        : typeof body.body === "string"
        ? Effect.succeed(new TextEncoder().encode(body.body))
        : Effect.fail(aborted)
    case "FormData":
      return Effect.tryPromise({
        try: async () => new Uint8Array(await new Response(body.formData).arrayBuffer()),
        catch: () => aborted
      })
    case "Stream":
      return Effect.suspend(() => {
        const chunks: Array<Uint8Array> = []
        let size = 0
        return body.stream.pipe(
          Stream.mapError((): Refusal | Aborted => aborted),
          Stream.runForEach((chunk) => {
            size += chunk.length
            chunks.push(chunk)
            return size > maxBytes ? Effect.fail(tooLarge(maxBytes)) : Effect.void
          }),
          Effect.map(() => join(chunks, size))
        )
      })
  }
}

/**
 * A request that an in-memory client makes. Bodies of bytes or text are read without a promise in between.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromClientRequest = (request: HttpClientRequest.HttpClientRequest, url: URL): RequestSource => ({
  method: request.method,
  url: `${url.pathname}${url.search}`,
  headers: { host: url.host, ...request.headers },
  read: (maxBytes) => readBody(request.body, maxBytes)
})

/**
 * What a client sees of a cut connection.
 *
 * @since 0.1.0
 * @category errors
 */
export const connectionReset = (
  request: HttpClientRequest.HttpClientRequest,
  description: string
): HttpClientError.RequestError => new HttpClientError.RequestError({ request, reason: "Transport", description })
