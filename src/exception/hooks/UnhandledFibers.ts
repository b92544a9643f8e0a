/**
 * Captures what fibers failed with that nobody was waiting for (EXCMETA-31).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Supervisor from "effect/Supervisor"
import * as ExceptionBoundary from "../../domain/ExceptionBoundary.js"
import { ExceptionCapture, type Service } from "../../scope/ExceptionCapture.js"
import * as AsFiber from "./AsFiber.js"

/**
 * Captures the failures and defects of fibers that `Effect.fork` and `Effect.forkDaemon` started and that nobody awaited
 * when they ended, with the scope and the span of the fiber. Effect itself says nothing of these: they are lost.
 *
 * What Effect lets be told at the end of a fiber is who waits for it then. That draws these lines:
 *
 * - a fiber that fails first and is joined later is captured as unhandled: nobody knows yet. When the same error is captured
 *   once more further on, it makes no second event;
 * - a fiber whose error is handed on by other means, with `Effect.onExit` into a `Deferred` for instance, is captured too.
 *   Where it is meant to be, let the fiber end well: `Effect.intoDeferred`, `Effect.exit`;
 * - a fiber of `Effect.forkScoped` and `Effect.forkIn` is **not** captured: streams run on such fibers and hand their
 *   failures on. `ExceptionCapture.captureFailures` and `captureDefects` around its effect do it;
 * - a fiber of a `FiberSet`, `FiberMap` or `FiberHandle` is not captured: the set passes the failure to its `join`;
 * - what is started from outside of Effect (`runFork`, `runPromise`, `runMain`, …) is not captured: whoever runs it gets the
 *   exit;
 * - children of `Effect.all`, `race`, `timeout` and the like are awaited, and interruptions are no failures.
 *
 * Only fibers that are forked while the layer stands are watched.
 *
 * @example
 * import { Effect, Layer } from "effect"
 * import { Posthog, UnhandledFibers } from "effect-posthog"
 *
 * const PosthogLive = UnhandledFibers.layer().pipe(
 *   Layer.provideMerge(Posthog.PosthogLive)
 * )
 *
 * const program = Effect.forkDaemon(Effect.fail(new Error("nobody hears this"))).pipe(Effect.provide(PosthogLive))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (): Layer.Layer<never, never, ExceptionCapture> =>
  Layer.unwrapEffect(
    Effect.flatMap(ExceptionCapture, (service) =>
      Effect.withFiberRuntime((fiber) =>
        observersOf(fiber) === undefined
          ? Effect.as(
            Effect.logWarning(
              "unhandled fibers are not captured: this version of effect does not show who observes a fiber"
            ).pipe(Effect.annotateLogs({ package: "effect-posthog", module: "exception" })),
            Layer.empty
          )
          : Effect.sync(() => Supervisor.addSupervisor(new UnhandledFiberSupervisor(service)))
      ))
  )

class UnhandledFiberSupervisor extends Supervisor.AbstractSupervisor<void> {
  readonly value = Effect.void
  readonly #service: Service
  /** The fibers that were started from outside of Effect. */
  readonly #roots = new WeakSet<object>()

  constructor(service: Service) {
    super()
    this.#service = service
  }

  override onStart<A, E, R>(
    _context: Context.Context<R>,
    _effect: Effect.Effect<A, E, R>,
    parent: Option.Option<Fiber.RuntimeFiber<unknown, unknown>>,
    fiber: Fiber.RuntimeFiber<A, E>
  ): void {
    if (parent._tag === "None") {
      this.#roots.add(fiber)
    }
  }

  override onEnd<A, E>(exit: Exit.Exit<A, E>, fiber: Fiber.RuntimeFiber<A, E>): void {
    if (exit._tag === "Success" || this.#roots.has(fiber) || !isUnobserved(fiber)) {
      return
    }
    if (Cause.isFailure(exit.cause) || Cause.isDie(exit.cause)) {
      AsFiber.capture(fiber.getFiberRefs(), this.#service, exit.cause, { boundary: ExceptionBoundary.fiber })
    }
  }
}

/**
 * Does nobody look at how the fiber ended? Two observers are always there: that of the supervisor, which was the first and
 * takes the exit, and one that forgets the fiber and does not. A third is somebody's, or a `Scope`'s, and the second takes
 * the exit only where somebody was quicker.
 */
const isUnobserved = (fiber: object): boolean => {
  const observers = observersOf(fiber)
  return observers !== undefined && observers.length <= 2 && (observers[1] === undefined || takesNothing(observers[1]))
}

const takesNothing = (observer: unknown): boolean => typeof observer === "function" && observer.length === 0

/** There is no public way to ask who awaits a fiber; where the private one is gone, nothing is captured. */
const observersOf = (fiber: object): ReadonlyArray<unknown> | undefined => {
  const observers: unknown = Reflect.get(fiber, "_observers")
  return Array.isArray(observers) ? observers : undefined
}
