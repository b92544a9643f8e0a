/** Messages through the streams of a real Redis: `REDIS_URL`, default redis://127.0.0.1:6379. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Redis } from "ioredis"
import { randomUUID } from "node:crypto"
import { afterAll } from "vitest"
import * as RedisStreamsCarrier from "../../src/propagation/queue/RedisStreamsCarrier.js"
import { type Broker, consumers, interleaved, isRequired, report } from "./messages.js"

const url = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379"

const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 })
redis.on("error", () => {})
const isThere = await redis.connect().then(() => true, () => false)
report(isThere, "a Redis", url, "REDIS_URL")

afterAll(() => redis.disconnect())

const group = "workers"

/** What nobody acknowledged for so long goes to another consumer. */
const idleMillis = 2000

/** As bytes: not every message is a text. */
type Entry = [id: Buffer, fields: Array<Buffer>]

const makeBroker = Effect.gen(function*() {
  const stream = `effect-posthog-test:${randomUUID()}`
  yield* Effect.acquireRelease(
    Effect.promise(() => redis.xgroup("CREATE", stream, group, "$", "MKSTREAM")),
    () => Effect.promise(() => redis.del(stream))
  )
  const next = async (connection: Redis, name: string): Promise<ReadonlyArray<Entry>> => {
    const reply = await connection.callBuffer(
      "XREADGROUP",
      "GROUP",
      group,
      name,
      "COUNT",
      5,
      "BLOCK",
      100,
      "STREAMS",
      stream,
      ">"
    )
    if (Array.isArray(reply)) {
      // one stream was asked for: its name, and its entries
      return (reply as Array<[stream: Buffer, entries: Array<Entry>]>).flatMap(([, entries]) => entries)
    }
    // the next cursor, the entries, and those that were deleted
    const [, entries] = await connection.callBuffer("XAUTOCLAIM", stream, group, name, idleMillis, "0", "COUNT", 5) as [
      string,
      Array<Entry>
    ]
    return entries
  }
  const broker: Broker = {
    publish: ({ body, form, headers }) =>
      Effect.promise(() =>
        redis.xadd(stream, "*", ...RedisStreamsCarrier.inject(["form", form, "body", body], headers))
      ),
    consume: (handle) =>
      Effect.forEach(Array.from({ length: consumers }, (_, i) => `consumer-${i}`), (name) =>
        Effect.gen(function*() {
          const connection = yield* Effect.acquireRelease(
            Effect.sync(() => redis.duplicate({ lazyConnect: false })),
            (connection) => Effect.sync(() => connection.disconnect())
          )
          const round = Effect.flatMap(Effect.promise(() => next(connection, name)), (entries) =>
            Effect.forEach(entries, (entry) => {
              const { body, form, ...headers } = RedisStreamsCarrier.extract(entry)
              return Effect.flatMap(handle({ body, form, headers, id: entry[0].toString() }), (isDone) =>
                isDone
                  ? Effect.promise(() =>
                    redis.xack(stream, group, entry[0])
                  )
                  : Effect.void)
            }))
          yield* Effect.forkScoped(Effect.forever(round))
        }), { discard: true })
  }
  return broker
})

describe.skipIf(!isThere && !isRequired)("Redis Streams", () => {
  it.scopedLive("every message is handled under its own context, poison is refused, redelivery keeps the correlation", () =>
    Effect.flatMap(makeBroker, (broker) => interleaved("Redis Streams", broker)))
})

describe("the service Redis", () => {
  it("is there where it has to be", () => {
    assert.isTrue(isThere || !isRequired, `there is no Redis at ${url}`)
  })
})
