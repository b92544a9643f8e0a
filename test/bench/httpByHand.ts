/**
 * The same event as the library captures in a request, written by hand into the server: no scope, no hook, no bound, nothing
 * tried again. What it costs is what an event costs before any library does anything for it.
 */
import { HttpServerRequest } from "@effect/platform"
import Undici from "@effect/platform-node/Undici"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { promisify } from "node:util"
import { gzip } from "node:zlib"
import { event } from "./httpWork.js"

export interface ByHand {
  readonly capture: (
    properties: Readonly<Record<string, unknown>>
  ) => Effect.Effect<void, never, HttpServerRequest.HttpServerRequest>
  /** Until all that was captured has been sent. */
  readonly flush: () => Promise<void>
}

const compress = promisify(gzip)

// as the library does it
const gatherMillis = 100
const maxBatchSize = 500

export const make = (host: string): ByHand => {
  let batch: Array<string> = []
  let timer: NodeJS.Timeout | undefined = undefined
  let sent = Promise.resolve()

  const send = async (body: string): Promise<void> => {
    const answer = await Undici.request(`${host}/batch/`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: await compress(body, { level: 1 })
    })
    await answer.body.text()
  }

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (batch.length > 0) {
      const body = `{"api_key":"phc_bench","batch":[${batch.join(",")}],"sent_at":"${new Date().toISOString()}"}`
      batch = []
      sent = Promise.all([sent, send(body)]).then(() => {})
    }
    return sent
  }

  return {
    capture: (properties) =>
      Effect.map(HttpServerRequest.HttpServerRequest, ({ headers, method, url }) => {
        const now = new Date().toISOString()
        const id = randomUUID().replaceAll("-", "")
        const path = url.split("?", 1)[0]
        batch.push(JSON.stringify({
          event,
          distinct_id: headers["x-posthog-distinct-id"],
          properties: {
            ...properties,
            $is_server: true,
            $geoip_disable: true,
            correlation_id: `corr_${id}`,
            operation_name: `${method} ${path}`,
            request_id: `req_${id}`,
            request_timestamp: now,
            $current_url: `http://${headers["host"]}${url}`,
            $ip: "127.0.0.1",
            $request_method: method,
            $request_path: path,
            $user_agent: headers["user-agent"],
            $context_tags: ["$current_url", "$ip", "$request_method", "$request_path", "$user_agent"],
            $session_id: headers["x-posthog-session-id"],
            $lib: "by-hand",
            $lib_version: "0.0.0"
          },
          timestamp: now,
          uuid: randomUUID()
        }))
        if (batch.length >= maxBatchSize) {
          void flush()
        } else {
          timer ??= setTimeout(flush, gatherMillis)
        }
      }),
    flush
  }
}
