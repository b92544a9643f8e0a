/**
 * Captures on behalf of a fiber from code that is no effect: a logger, a supervisor.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"
import type { CaptureExceptionOptions, Service } from "../../scope/ExceptionCapture.js"

/**
 * Captures at once, with what the fiber has: its scope, its span, its clock. `around` changes what the capture itself runs
 * in. It never throws, and what becomes of the capture is told by the service alone.
 */
export const capture = (
  refs: FiberRefs.FiberRefs,
  service: Service,
  input: unknown,
  options: CaptureExceptionOptions,
  around: (self: Effect.Effect<unknown>) => Effect.Effect<unknown> = (self) => self
): void => {
  try {
    Runtime.runSyncExit(
      Runtime.make({
        context: FiberRefs.getOrDefault(refs, FiberRef.currentContext),
        runtimeFlags: Runtime.defaultRuntimeFlags,
        // no supervisor: nobody is to supervise a capture, least of all the one that asked for it
        fiberRefs: FiberRefs.delete(refs, FiberRef.currentSupervisor)
      }),
      around(Effect.suspend(() => service.captureException(input, options)))
    )
  } catch {
    // whoever logs, and whatever fiber ends, must not fail because of what somebody's client did
  }
}
