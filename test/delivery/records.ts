/** A queue of log records that goes to the embedded PostHog. */
import { Duration, Effect, FiberRef, HashSet, Logger, LogLevel } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"
import type { Protocol } from "../../src/delivery/protocol/Protocol.js"
import * as RecordQueue from "../../src/delivery/RecordQueue.js"

/** The JSON of a log record with this text. */
export const record = (text: string): string =>
  JSON.stringify({ timeUnixNano: "1", severityNumber: 9, body: { stringValue: text }, attributes: [] })

export const encode = (records: ReadonlyArray<string>): string =>
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records.join(",")}]}]}]}`

export const protocol = (more: Partial<Protocol<string>> = {}): Protocol<string> => ({
  path: "/i/v1/logs?token=phc_test",
  contentType: "application/json",
  headers: () => ({}),
  write: (records, _, append) => append(encode(records)),
  ...more
})

export const settings: RecordQueue.Settings<string> = {
  what: "log records",
  host: "http://posthog.local",
  protocol: protocol(),
  requestId: () => "00000000-0000-7000-8000-000000000000",
  // without compression only fibers run, and the test clock can tell when they wait
  compression: "none",
  requestTimeout: Duration.seconds(10),
  maxQueueSize: 1000,
  overflow: "dropOldest",
  flushInterval: Duration.seconds(3),
  flushThreshold: 100,
  maxBatchSize: 100,
  maxBodyBytes: 2_000_000,
  retry: { maxRetries: 3, baseDelay: Duration.seconds(1), maxDelay: Duration.seconds(30) }
}

export interface Line {
  readonly level: string
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

/** Runs with a queue of its own, its PostHog and what is logged. */
export const withQueue = <A, E>(
  options: Partial<RecordQueue.Settings<string>>,
  f: (given: {
    readonly queue: RecordQueue.RecordQueue<string>
    readonly server: DevServer.Service
    readonly lines: ReadonlyArray<Line>
  }) => Effect.Effect<A, E>,
  server: DevServer.Options = {}
): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    const lines: Array<Line> = []
    const logger: Logger.Logger<unknown, void> = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
      lines.push({
        level: logLevel.label,
        message: Array.isArray(message) ? message.join(" ") : String(message),
        annotations: Object.fromEntries(annotations)
      })
    })
    return yield* Effect.gen(function*() {
      const queue = yield* RecordQueue.make({ ...settings, ...options })
      return yield* f({ queue, server: yield* DevServer.DevServer, lines })
    }).pipe(
      Effect.provide(DevServer.layerInMemory(server)),
      Effect.scoped,
      Effect.locally(FiberRef.currentLoggers, HashSet.make(logger)),
      Logger.withMinimumLogLevel(LogLevel.Debug)
    )
  })

export const bodies = (server: DevServer.Service) => Effect.map(server.logs, (logs) => logs.map(({ body }) => body))

export const warnings = (lines: ReadonlyArray<Line>) =>
  lines.filter(({ level }) => level === "WARN").map(({ message }) => message)
