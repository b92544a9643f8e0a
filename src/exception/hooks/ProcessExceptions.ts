/**
 * The exceptions and rejections that reach the process: captured, while Node does with them exactly what it would have done
 * (EXCMETA-13, EXCMETA-32, EXCMETA-35).
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Runtime from "effect/Runtime"
import process from "node:process"
import * as ExceptionBoundary from "../../domain/ExceptionBoundary.js"
import * as CurrentScope from "../../scope/CurrentScope.js"
import { ExceptionCapture } from "../../scope/ExceptionCapture.js"
import * as ProcessRejectionMode from "./ProcessRejectionMode.js"
import * as ProcessRejections from "./ProcessRejections.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a dying process may wait for its last events. Default 2 seconds; zero: not at all. */
  readonly exitTimeout?: Duration.DurationInput | undefined
}

/**
 * Captures what nobody caught, for as long as the layer stands. The process ends, or goes on, as it would without: with the
 * same exit code, the same output, beside the same listeners. Before it ends, the events that are not delivered yet are
 * sent.
 *
 * The level is `fatal` where the process ends over it at once, by Node's decision or in a listener of the application's, and
 * `error` where it goes on. A listener that itself throws ends the process without any `exit` event: then there is no last
 * sending.
 *
 * @example
 * import { Layer, Redacted } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as ProcessExceptions from "effect-posthog/exception/hooks/ProcessExceptions"
 *
 * const PosthogLive = ProcessExceptions.layer().pipe(
 *   Layer.provideMerge(Posthog.layer({ apiKey: Redacted.make("phc_project_key") }))
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<never, never, ExceptionCapture> =>
  Layer.scopedDiscard(
    Effect.gen(function*() {
      const service = yield* ExceptionCapture
      const runtime = yield* Effect.runtime()
      const nodeOptions = yield* Effect.orElseSucceed(Config.string("NODE_OPTIONS"), () => "")
      const exitTimeout = Duration.toMillis(options.exitTimeout ?? Duration.seconds(2))

      yield* Effect.acquireRelease(
        Effect.sync(() =>
          install({
            mode: ProcessRejectionMode.make(nodeOptions, process.execArgv),
            capture: (error, boundary, outcome) => {
              const capture = CurrentScope.withoutScope(service.captureException(error, { boundary }))
              // a line of ours must not stand beside the last words of the process
              const quiet = outcome === "ends" ? Logger.withMinimumLogLevel(capture, LogLevel.None) : capture
              Runtime.runSyncExit(runtime)(quiet)
            },
            flush: () => {
              if (exitTimeout > 0) {
                service.flushAtExit?.(exitTimeout)
              }
            }
          })
        ),
        (remove) => Effect.sync(remove)
      )
    })
  )

type Outcome = "ends" | "goes on"

interface Settings {
  readonly mode: ProcessRejectionMode.ProcessRejectionMode
  readonly capture: (error: unknown, boundary: ExceptionBoundary.ExceptionBoundary, outcome: Outcome) => void
  readonly flush: () => void
}

interface Noticed {
  readonly error: unknown
  readonly boundary: ExceptionBoundary.ExceptionBoundary
}

const install = (settings: Settings): () => void => {
  // listeners of the application's are about to decide over these, within this synchronous step
  let undecided: Array<Noticed> = []

  const capture = ({ boundary, error }: Noticed, outcome: Outcome) => {
    try {
      settings.capture(error, outcome === "ends" ? boundary : ExceptionBoundary.survived(boundary), outcome)
    } catch {
      // what throws here takes the place of the exception that was thrown
    }
  }

  const settle = (outcome: Outcome) => {
    const decided = undecided
    undecided = []
    decided.forEach((noticed) => capture(noticed, outcome))
  }

  const survive = () => settle("goes on")

  const onExit = () => {
    settle("ends")
    try {
      settings.flush()
    } catch {
      // as above
    }
  }

  /** Before all other listeners, each of which may be the last: with `process.exit`. */
  const awaitExit = () => {
    if (!process.listeners("exit").includes(onExit)) {
      process.prependListener("exit", onExit)
    }
  }

  const notice = (noticed: Noticed) => {
    if (undecided.push(noticed) === 1) {
      queueMicrotask(survive)
    }
  }

  // it only watches: Node goes on as if it were not there
  const onUncaught = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
    awaitExit()
    // a listener for rejections may throw on what it was given
    const passedOn = undecided.find((noticed) => Object.is(noticed.error, error))
    undecided = undecided.filter((noticed) => noticed !== passedOn)
    const noticed = passedOn ?? {
      error,
      boundary: origin === "unhandledRejection"
        ? ExceptionBoundary.unhandledRejection
        : ExceptionBoundary.uncaughtException
    }
    if (isDealtWith()) {
      notice(noticed)
    } else {
      capture(noticed, "ends")
    }
  }

  const stopRejections = ProcessRejections.listen(settings.mode, (error) => {
    awaitExit()
    notice({ error, boundary: ExceptionBoundary.unhandledRejection })
  })
  process.on("uncaughtExceptionMonitor", onUncaught)

  return () => {
    survive()
    stopRejections()
    process.off("uncaughtExceptionMonitor", onUncaught)
    process.off("exit", onExit)
  }
}

const isDealtWith = () =>
  process.listenerCount("uncaughtException") > 0 || process.hasUncaughtExceptionCaptureCallback()
