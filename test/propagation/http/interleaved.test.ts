/** A real server, many requests at once, with arbitrary headers: none sees anything of another. */
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Option } from "effect"
import { Correlation, currentDistinctId, currentRequest, currentSessionId, currentTags, tag } from "effect-posthog"
import * as PosthogHttp from "effect-posthog/propagation/http/PosthogHttp"
import { seed } from "../support.js"
import { send, serve, withPosthog } from "./support.js"

const requests = 400

/** A header's value as HTTP carries it: Latin letters, spaces and what is cleaned away. */
const value = fc.string({ unit: fc.constantFrom(..."abXY019 -_.:/'\"%\t\u0080\u00e9"), maxLength: 12 })

// oxlint-disable-next-line no-control-regex -- they are what is cleaned away
const controls = /[\u0000-\u001f\u007f-\u009f]/g

const names = [
  "x-posthog-distinct-id",
  "x-posthog-session-id",
  "x-correlation-id",
  "x-request-id",
  "x-user-id"
] as const

type Name = (typeof names)[number]

const order = fc.record({
  present: fc.subarray([...names]),
  hostile: value,
  turns: fc.nat(4),
  junk: fc.dictionary(fc.constantFrom("traceparent", "baggage", "x-forwarded-for", "x-posthog-context-tags"), value)
})

const elsewhere = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

const look = Effect.gen(function*() {
  const request = Option.getOrThrow(yield* currentRequest)
  const tags = yield* currentTags
  return {
    distinctId: Option.getOrNull(yield* currentDistinctId),
    sessionId: Option.getOrNull(yield* currentSessionId),
    correlationId: Option.getOrNull(yield* Correlation.current),
    requestId: request.requestId,
    userId: request.userId ?? null,
    path: tags["$request_path"],
    own: tags["own"] ?? null
  }
})

describe("interleaved requests", () => {
  it.scopedLive(
    "TRHDR-13 400 of them with arbitrary headers share no identity, tag, correlation or request id",
    () =>
      Effect.gen(function*() {
        const url = yield* serve(
          Effect.gen(function*() {
            const { headers, url } = yield* HttpServerRequest.HttpServerRequest
            const seen = [yield* look]
            yield* tag("own", url)
            for (let turn = 0; turn < Number(headers["x-turns"]); turn++) {
              yield* elsewhere
              seen.push(yield* look)
            }
            return yield* HttpServerResponse.json(seen)
          }),
          PosthogHttp.middleware()
        )
        const orders = fc.sample(order, { numRuns: requests, seed })
        const valueOf = (name: Name, n: number, hostile: string) => `${name.slice(2, 5)}${n}-${hostile}`
        const generated = new Set<string>()
        let looks = 0
        yield* Effect.forEach(orders, ({ hostile, junk, present, turns }, n) =>
          Effect.gen(function*() {
            const headers: Record<string, string> = { ...junk, "x-turns": String(turns) }
            for (const name of present) {
              headers[name] = valueOf(name, n, hostile)
            }
            const { body, status } = yield* send(url, { path: `/orders/${n}`, headers })
            assert.strictEqual(status, 200)
            const sent = (name: Name) =>
              present.includes(name)
                ? valueOf(name, n, hostile).replace(controls, "").trim()
                : null
            const seen = JSON.parse(body) as ReadonlyArray<Record<string, unknown>>
            assert.lengthOf(seen, turns + 1)
            for (const [turn, { correlationId, own, requestId, ...rest }] of seen.entries()) {
              looks++
              assert.deepStrictEqual(rest, {
                distinctId: sent("x-posthog-distinct-id"),
                sessionId: sent("x-posthog-session-id"),
                userId: sent("x-user-id"),
                path: `/orders/${n}`
              })
              assert.strictEqual(own, turn === 0 ? null : `/orders/${n}`)
              assert.strictEqual(correlationId, sent("x-correlation-id") ?? seen[0]?.["correlationId"])
              assert.strictEqual(requestId, sent("x-request-id") ?? seen[0]?.["requestId"])
            }
            for (const id of [seen[0]?.["correlationId"], seen[0]?.["requestId"]]) {
              assert.isFalse(generated.has(String(id)))
              generated.add(String(id))
            }
          }), { concurrency: 64 })
        assert.strictEqual(generated.size, 2 * requests)
        console.log(`${requests} interleaved requests looked at their scope ${looks} times, seed ${seed}`)
      }).pipe(withPosthog),
    60_000
  )
})
