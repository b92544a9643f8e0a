/**
 * Regions of a program with a scope of their own: around an effect, around a function, as a layer, for a `Scope`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as CurrentScope from "./CurrentScope.js"
import { ExceptionCapture } from "./ExceptionCapture.js"
import type { Frame } from "./Frame.js"
import { inFrame, report } from "./FrameRegion.js"
import type { Mode } from "./Mode.js"
import * as PosthogScope from "./PosthogScope.js"
import { type Captures, makeFrame, type ScopeOptions } from "./ScopeOptions.js"
import { valueFrame } from "./ValueFrame.js"

/**
 * Runs an effect in a scope of its own. What is set inside is gone when it is left, however that happens.
 *
 * A failure or defect that leaves the scope is captured once, with the scope's tags, and goes on unchanged; an
 * interruption is not. The type says so: `ExceptionCapture` stands in `R` unless `captureExceptions: false` is given or
 * the scope brings its own `client`.
 *
 * Seed 000 §1.5.
 *
 * @example
 * import { Effect } from "effect"
 * import { fresh, tag, withScope } from "effect-posthog"
 *
 * const job = Effect.gen(function*() {
 *   yield* tag("job", "nightly")
 * }).pipe(withScope(fresh, { tags: { tenant: "acme" }, captureExceptions: false }))
 *
 * @since 0.1.0
 * @category regions
 */
export const withScope: {
  <const O extends ScopeOptions = {}>(
    mode: Mode,
    options?: O
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Captures<O>>
  <A, E, R, const O extends ScopeOptions = {}>(
    self: Effect.Effect<A, E, R>,
    mode: Mode,
    options?: O
  ): Effect.Effect<A, E, R | Captures<O>>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(self: Effect.Effect<A, E, R>, mode: Mode, options: ScopeOptions = {}) =>
    inFrame(self, () => makeFrame(mode, options, false))
)

/**
 * Runs an effect in a scope that was kept: taken from a message, a queue, or another fiber. Inside nothing else is
 * visible, and what is set inside does not reach the kept value.
 *
 * @example
 * import { Effect, Queue } from "effect"
 * import { currentScope, withScopeValue } from "effect-posthog"
 *
 * const program = Effect.gen(function*() {
 *   const jobs = yield* Queue.unbounded<() => Effect.Effect<void>>()
 *   const scope = yield* currentScope
 *   yield* Queue.offer(jobs, () => Effect.log("hello").pipe(withScopeValue(scope, { captureExceptions: false })))
 *   const job = yield* Queue.take(jobs)
 *   yield* job()
 * })
 *
 * @since 0.1.0
 * @category regions
 */
export const withScopeValue: {
  <const O extends Pick<ScopeOptions, "captureExceptions" | "client"> = {}>(
    scope: PosthogScope.PosthogScope,
    options?: O
  ): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Captures<O>>
  <A, E, R, const O extends Pick<ScopeOptions, "captureExceptions" | "client"> = {}>(
    self: Effect.Effect<A, E, R>,
    scope: PosthogScope.PosthogScope,
    options?: O
  ): Effect.Effect<A, E, R | Captures<O>>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(
    self: Effect.Effect<A, E, R>,
    scope: PosthogScope.PosthogScope,
    options: Pick<ScopeOptions, "captureExceptions" | "client"> = {}
  ) => inFrame(self, () => valueFrame(scope, options))
)

/**
 * Wraps a function that returns an effect: each call runs in a scope of its own (seed 000 §1.6, the decorator).
 *
 * @example
 * import { Effect } from "effect"
 * import { inherited, scoped, tag } from "effect-posthog"
 *
 * const pay = scoped(inherited, { captureExceptions: false })((id: string) => tag("payment.id", id))
 * const program = pay("p-1").pipe(Effect.zipRight(pay("p-2")))
 *
 * @since 0.1.0
 * @category regions
 */
export const scoped =
  <const O extends ScopeOptions = {}>(mode: Mode, options?: O) =>
  <Args extends ReadonlyArray<unknown>, A, E, R>(
    f: (...args: Args) => Effect.Effect<A, E, R>
  ): (...args: Args) => Effect.Effect<A, E, R | Captures<O>> =>
  (...args) => withScope(Effect.suspend(() => f(...args)), mode, options)

/**
 * Opens a scope that ends when the surrounding `Scope` closes: the frame is gone then, in whichever fiber that happens.
 * If the `Scope` closes with a failure, that is captured as `withScope` does.
 *
 * @since 0.1.0
 * @category regions
 */
export const openScope = <const O extends ScopeOptions = {}>(
  mode: Mode,
  options?: O
): Effect.Effect<void, never, Scope.Scope | Captures<O>> =>
  // Captures<O> is what the options ask of R; without capturing, ExceptionCapture is never looked up
  openFrame(mode, options ?? {}) as Effect.Effect<void, never, Scope.Scope | Captures<O>>

/**
 * A scope as a layer: what the layer is provided to runs in it. Several of them can be provided together; they stand on
 * each other in the order in which they are ready, which is that of merging unless one has to wait for something.
 *
 * @example
 * import { Effect } from "effect"
 * import { fresh, layerScope, tag } from "effect-posthog"
 *
 * const program = tag("step", 1).pipe(
 *   Effect.provide(layerScope(fresh, { tags: { service: "import" }, captureExceptions: false }))
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layerScope = <const O extends ScopeOptions = {}>(
  mode: Mode,
  options?: O
): Layer.Layer<never, never, Captures<O>> =>
  // Exclude<Scope | Captures<O>, Scope> is Captures<O>, which the compiler cannot see while O is open
  Layer.scopedDiscard(openScope(mode, options)) as Layer.Layer<never, never, Captures<O>>

/**
 * Runs every pull of a stream in the scope that is current where this is called, wherever the stream is run: for
 * response bodies and other streams that another fiber consumes. What the stream sets does not outlive a pull.
 *
 * @since 0.1.0
 * @category regions
 */
export const withScopeStream = <A, E, R>(self: Stream.Stream<A, E, R>): Effect.Effect<Stream.Stream<A, E, R>> =>
  Effect.map(CurrentScope.get, (scope) =>
    Stream.fromPull(
      Effect.map(Stream.toPull(self), withScopeValue(scope, { captureExceptions: false }))
    ))

const openFrame = (mode: Mode, options: ScopeOptions): Effect.Effect<void, never, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function*() {
      const region = yield* Effect.scope
      const capture = yield* Effect.serviceOption(ExceptionCapture)
      const frame = makeFrame(mode, options, true)
      const outside = yield* CurrentScope.enter(frame)
      const opened = yield* CurrentScope.get
      // added to the Scope itself: Effect.addFinalizer would bring back the scope of this moment when it runs
      yield* Scope.addFinalizerExit(region, (exit) =>
        closeFrame(frame, opened, outside, exit).pipe(
          Option.isSome(capture) ? Effect.provideService(ExceptionCapture, capture.value) : (self) => self
        ))
    })
  )

const closeFrame = (
  frame: Frame,
  opened: PosthogScope.PosthogScope,
  outside: CurrentScope.Outside,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> =>
  Effect.flatMap(CurrentScope.get, (scope) => {
    // the fiber that closes may not know the frame, and may stand in scopes of its own
    const inside = PosthogScope.upTo(scope, frame.id) ?? opened
    const reported = Exit.isFailure(exit)
      ? withScopeValue(report(frame, exit.cause), inside, { captureExceptions: false })
      : Effect.void
    return Effect.ensuring(
      reported,
      Effect.suspend(() => {
        frame.id.closed = true
        return CurrentScope.leave(frame.id, outside)
      })
    )
  })
