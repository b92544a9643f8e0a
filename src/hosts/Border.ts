/**
 * Running effects from plain code, in the scope of that code. An effect is handed over as a function: what its making
 * throws, because code without types gave it something else, is no business of the caller's either.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { LazyArg } from "effect/Function"
import * as Runtime from "effect/Runtime"
import * as ExceptionBoundary from "../domain/ExceptionBoundary.js"
import * as GuardedRead from "../domain/GuardedRead.js"
import type { FeatureFlags } from "../flags/FeatureFlags.js"
import type { Posthog } from "../Posthog.js"
import * as CurrentScope from "../scope/CurrentScope.js"
import { ExceptionCapture } from "../scope/ExceptionCapture.js"
import type { Frame } from "../scope/Frame.js"
import { inherited } from "../scope/Mode.js"
import * as PosthogScope from "../scope/PosthogScope.js"
import { makeFrame } from "../scope/ScopeOptions.js"
import * as ScopePatch from "../scope/ScopePatch.js"
import * as ScopeCell from "./ScopeCell.js"

/** What a client's layer provides. */
export type Services = Posthog | ExceptionCapture | FeatureFlags

export interface Border<R> {
  /** Runs an effect that needs no waiting; `otherwise` where it dies or waits all the same. Nothing is thrown. */
  readonly sync: <A>(effect: LazyArg<Effect.Effect<A, never, R>>, otherwise: A) => A
  /** The same in the scope of a cell, whoever calls; what it sets there stays. */
  readonly syncIn: <A>(cell: ScopeCell.ScopeCell, effect: LazyArg<Effect.Effect<A, never, R>>, otherwise: A) => A
  /** Changes the scope of the region that is current; outside of every region nothing changes. */
  readonly edit: (setter: LazyArg<Effect.Effect<void>>) => void
  /** Rejects with the error itself. What the effect sets in the scope around it is set when it has ended. */
  readonly promise: <A, E>(effect: LazyArg<Effect.Effect<A, E, R>>) => Promise<A>
  /** Runs plain code in a region of its own. What it throws, or rejects with, is captured and goes on unchanged. */
  readonly region: <A>(frame: LazyArg<Frame>, f: () => A) => A
  /** Captures what left a region, as its frame says. */
  readonly report: (region: ScopeCell.Region, error: unknown) => void
}

export const make = <R>(given: Runtime.Runtime<R | Services>): Border<R | Services> => {
  // whoever made the runtime may have stood in a scope
  const runtime = outsideScopes(given)

  const sync: Border<R | Services>["sync"] = (effect, otherwise) =>
    valueOr(Runtime.runSyncExit(runtime)(within(ScopeCell.currentScope(), Effect.suspend(effect))), otherwise)

  const syncIn: Border<R | Services>["syncIn"] = (cell, effect, otherwise) => {
    const observed = Effect.zip(Effect.suspend(effect), CurrentScope.get)
    const [result, after] = valueOr(Runtime.runSyncExit(runtime)(within(cell.scope, observed)), [otherwise, cell.scope])
    cell.scope = after
    return result
  }

  const report = ({ cell, frame }: ScopeCell.Region, error: unknown): void =>
    syncIn(
      cell,
      () =>
        Effect.flatMap(ExceptionCapture, (ambient) => {
          const client = cell.scope.view.client ?? ambient
          return frame.captureExceptions ?? client.captureExceptionsByDefault
            ? Effect.asVoid(client.captureException(error, { boundary: ExceptionBoundary.scope }))
            : Effect.void
        }),
      undefined
    )

  return {
    sync,
    report,
    syncIn,
    edit: (setter) => {
      const cell = ScopeCell.current()
      return cell === undefined ? sync(setter, undefined) : syncIn(cell, setter, undefined)
    },
    promise: async (effect) => {
      const cell = ScopeCell.current()
      const before = ScopeCell.currentScope()
      let after = before
      const observed = Effect.ensuring(
        Effect.suspend(effect),
        Effect.map(CurrentScope.get, (scope) => {
          after = scope
        })
      )
      const exit = await Runtime.runPromiseExit(runtime)(within(before, observed))
      if (cell !== undefined && after !== before) {
        cell.scope = ScopePatch.patch(ScopePatch.diff(before, after), cell.scope)
      }
      if (exit._tag === "Success") {
        return exit.value
      }
      throw Cause.squash(exit.cause)
    },
    region: (frame, f) => {
      // options that are a revoked proxy, or no object at all, set nothing
      const region = ScopeCell.open(GuardedRead.guarded(frame) ?? makeFrame(inherited, {}, false))
      return region.run(() => settle(f, region.close, (error) => report(region, error)))
    }
  }
}

/** Runs `f`, and `close` when it has ended: for a promise that is when it is settled. */
const settle = <A>(f: () => A, close: () => void, failed: (error: unknown) => void): A => {
  const fail = (error: unknown): never => {
    failed(error)
    close()
    throw error
  }
  let result: A
  try {
    result = f()
  } catch (error) {
    return fail(error)
  }
  if (!isThenable(result)) {
    close()
    return result
  }
  const settled = Promise.resolve(result).then((value) => {
    close()
    return value
  }, fail)
  // a promise stands where f returned one: what it resolves to is the same
  return settled as A
}

const isThenable = (u: unknown): u is PromiseLike<unknown> =>
  GuardedRead.isObject(u) && typeof GuardedRead.read(u, "then") === "function"

/** An effect in the frames of a scope, with their identities: what it writes can be told from what was there. */
const within = <A, E, R>(scope: PosthogScope.PosthogScope, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  PosthogScope.frames(scope).reduceRight(
    (inner, frame) => Effect.zipRight(CurrentScope.enter(frame), inner),
    effect
  )

const outsideScopes = <R>(runtime: Runtime.Runtime<R>): Runtime.Runtime<R> =>
  valueOr(Runtime.runSyncExit(runtime)(CurrentScope.withoutScope(Effect.runtime<R>())), runtime)

const valueOr = <A>(exit: Exit.Exit<A, never>, otherwise: A): A => exit._tag === "Success" ? exit.value : otherwise
