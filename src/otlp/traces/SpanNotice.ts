/**
 * Lines in the log from where a span is started, changed or ended: code that is no effect.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"

/** What the library's own loggers know its lines by. */
const annotations = { package: "effect-posthog", module: "otlp" }

/** Nobody hears it where no fiber runs. It never throws. */
export const debug = (message: string): void => log(Effect.logDebug(message))

export const warning = (message: string): void => log(Effect.logWarning(message))

const log = (line: Effect.Effect<void>): void => {
  const fiber = Option.getOrUndefined(Fiber.getCurrentFiber())
  if (fiber === undefined) {
    return
  }
  try {
    Runtime.runSyncExit(
      Runtime.make({
        // without the active span: Effect would make an event of the line in it
        context: Context.empty(),
        runtimeFlags: Runtime.defaultRuntimeFlags,
        fiberRefs: FiberRefs.delete(fiber.getFiberRefs(), FiberRef.currentSupervisor)
      }),
      Effect.annotateLogs(line, annotations)
    )
  } catch {
    // a logger that fails must not fail the application's span
  }
}
