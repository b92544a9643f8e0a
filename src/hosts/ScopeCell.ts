/**
 * The border between plain code and the scope: one cell for each region of plain code, found through
 * `AsyncLocalStorage`.
 *
 * A cell holds the scope, which is immutable, and is replaced as a whole when something is set. Effects never read it:
 * a fiber has a scope of its own, and is resumed in whatever asynchronous context its resumption came from.
 *
 * @since 0.1.0
 */
import * as Fiber from "effect/Fiber"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import { AsyncLocalStorage } from "node:async_hooks"
import * as CurrentScope from "../scope/CurrentScope.js"
import type { Frame } from "../scope/Frame.js"
import * as PosthogScope from "../scope/PosthogScope.js"
import * as ScopePatch from "../scope/ScopePatch.js"

/** The scope of a region of plain code, now. */
export class ScopeCell {
  scope: PosthogScope.PosthogScope
  /** The fiber in whose step the region was opened: until it awaits something, plain code runs in that fiber's step. */
  readonly opener: Fiber.RuntimeFiber<unknown, unknown> | undefined

  constructor(scope: PosthogScope.PosthogScope, opener: Fiber.RuntimeFiber<unknown, unknown> | undefined) {
    this.scope = scope
    this.opener = opener
  }
}

// one for every copy of this module in the process, as the scope's FiberRef is
const storage: AsyncLocalStorage<ScopeCell> = globalValue(
  Symbol.for("effect-posthog/hosts/ScopeCell"),
  () => new AsyncLocalStorage<ScopeCell>()
)

const runningFiber = (): Fiber.RuntimeFiber<unknown, unknown> | undefined =>
  Option.getOrUndefined(Fiber.getCurrentFiber())

/** The cell of the plain code that is running; `undefined` outside every region, and in a step of a fiber. */
export const current = (): ScopeCell | undefined => {
  const cell = storage.getStore()
  const fiber = runningFiber()
  return fiber === undefined || cell?.opener === fiber ? cell : undefined
}

/** The scope of whoever is running: that of the plain code's region, or that of the fiber in whose step it is called. */
export const currentScope = (): PosthogScope.PosthogScope => {
  const cell = current()
  if (cell !== undefined) {
    return PosthogScope.live(cell.scope)
  }
  const fiber = runningFiber()
  return fiber === undefined ? PosthogScope.empty : CurrentScope.unsafeGet(fiber)
}

/** A region of plain code that is open. */
export interface Region {
  readonly frame: Frame
  readonly cell: ScopeCell
  /** Runs code in the region: what it starts, however late that runs, belongs to it. */
  readonly run: <A>(f: () => A) => A
  /** Ends the region: what was written to the frames around it stays there. */
  readonly close: () => void
}

/** Opens a region on top of the current scope. */
export const open = (frame: Frame): Region => {
  const around = current()
  const outside = PosthogScope.detach(currentScope())
  const cell = new ScopeCell(PosthogScope.push(outside, frame), runningFiber())
  return {
    frame,
    cell,
    run: (f) => storage.run(cell, f),
    close: () => {
      const left = PosthogScope.pop(cell.scope, frame.id)
      if (around !== undefined && left !== outside) {
        // as a child fiber is joined: only what was written inside, whatever became of the scope around meanwhile
        around.scope = ScopePatch.patch(ScopePatch.diff(outside, left), around.scope)
      }
    }
  }
}

/** Runs plain code with a scope of its own to start from: a copy of a fiber's. */
export const runIn = <A>(scope: PosthogScope.PosthogScope, f: () => A): A =>
  storage.run(new ScopeCell(PosthogScope.detach(scope), runningFiber()), f)
