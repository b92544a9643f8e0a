/** A client whose PostHog is the embedded one, in memory: everything but the sockets is real. */
import { Effect, Layer, Logger, LogLevel, Redacted } from "effect"
import { Posthog, type PosthogConfig } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"

export const apiKey = Redacted.make("phc_test")

/** Without compression: what then runs is fibers only, and a test clock can tell when they wait. */
export const layerClient = (
  options: Omit<PosthogConfig.Options, "apiKey"> = {},
  server: DevServer.Options = {}
) =>
  Posthog.layer({ apiKey, host: "http://posthog.local", compression: "none", ...options }).pipe(
    Layer.provideMerge(DevServer.layerInMemory(server))
  )

export interface Line {
  readonly level: string
  readonly message: string
}

/** Collects the log lines of an effect, down to debug. */
export const withLines = <A, E, R>(f: (lines: ReadonlyArray<Line>) => Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<Line> = []
    const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
      lines.push({ level: logLevel.label, message: Array.isArray(message) ? message.join(" ") : String(message) })
    })
    return f(lines).pipe(
      Effect.provide(Layer.merge(
        Logger.replace(Logger.defaultLogger, logger),
        Logger.minimumLogLevel(LogLevel.Debug)
      ))
    )
  })

export const warnings = (lines: ReadonlyArray<Line>) =>
  lines.filter(({ level }) => level === "WARN").map(({ message }) => message)
