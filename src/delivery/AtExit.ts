/**
 * The last events of a process that has no asynchronous step left: sent in one blocking one.
 *
 * What was on its way already is sent again, with the same uuid: PostHog keeps it once.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type FinishedEvent, size } from "../event/FinishedEvent.js"
import * as OwnRequests from "../event/OwnRequests.js"
import * as Answer from "./Answer.js"
import * as BodyWriter from "./BodyWriter.js"
import * as Compression from "./Compression.js"
import * as ExitSender from "./ExitSender.js"
import type { Protocol } from "./protocol/Protocol.js"

export interface Settings {
  readonly host: string
  readonly protocol: Protocol<FinishedEvent>
  readonly compression: Compression.Compression
  readonly requestId: (now: number) => string
  readonly maxBatchSize: number
  /** Of text, uncompressed. */
  readonly maxBatchBytes: number
}

/** Sends these events, the newest first, until all are gone, PostHog fails, or the time is over. Synchronous. */
export const send = (
  settings: Settings,
  events: ReadonlyArray<FinishedEvent>,
  timeoutMillis: number
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const { compression, protocol } = settings
    const until = (yield* Clock.currentTimeMillis) + timeoutMillis
    const writer = BodyWriter.make(1)
    let left = events.length
    while (left > 0) {
      const now = yield* Clock.currentTimeMillis
      const time = new Date(now).toISOString()
      const attempt = { requestId: settings.requestId(now), createdAt: time, number: 1, now: time }
      const first = batchStart(events, left, settings)
      const body = writer.write((append) => protocol.write(events.slice(first, left), attempt, append))
      const compressed = Compression.compressSync(compression, body)
      const status = now >= until ? undefined : ExitSender.send({
        url: settings.host + protocol.path,
        headers: {
          ...protocol.headers(attempt),
          "content-type": protocol.contentType,
          "user-agent": OwnRequests.userAgent,
          ...(compressed === undefined ? {} : { "content-encoding": compression })
        },
        body: compressed ?? body
      }, until - now)
      // one that will not have these now will not have the older ones
      if (status === undefined || Answer.interpret(status, "", undefined)._tag === "Retry") {
        return
      }
      writer.release(body)
      left = first
    }
  })

/** Where the last batch of so many events begins. */
const batchStart = (events: ReadonlyArray<FinishedEvent>, end: number, settings: Settings): number => {
  let start = end - 1
  let bytes = size(events[start]!)
  while (start > 0 && end - start < settings.maxBatchSize) {
    bytes += size(events[start - 1]!)
    if (bytes > settings.maxBatchBytes) {
      break
    }
    start--
  }
  return start
}
