/**
 * The correlation of what runs in a scope: one id for everything that belongs together, in however many processes
 * (seed 001, `FlextContext.Correlation`).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { toId } from "../domain/Id.js"
import * as CorrelationId from "./CorrelationId.js"
import * as CurrentScope from "./CurrentScope.js"
import { inFrame } from "./FrameRegion.js"
import { inherited } from "./Mode.js"
import * as PosthogScope from "./PosthogScope.js"
import { makeFrame } from "./ScopeOptions.js"
import { editSection } from "./SectionEdit.js"
import { type CorrelationFields, section } from "./sections/CorrelationSection.js"

const read = (f: (correlation: CorrelationFields | undefined) => string | undefined) =>
  Effect.map(CurrentScope.get, (scope) => Option.fromNullable(f(PosthogScope.section(scope, section))))

/**
 * The correlation id of the current scope.
 *
 * @since 0.1.0
 * @category getters
 */
export const current: Effect.Effect<Option.Option<string>> = read((correlation) => correlation?.id)

/**
 * The id of what the current correlation is a part of.
 *
 * @since 0.1.0
 * @category getters
 */
export const parent: Effect.Effect<Option.Option<string>> = read((correlation) => correlation?.parentId)

/**
 * Is there a correlation id? An empty one never counts: it cannot be set.
 *
 * @since 0.1.0
 * @category getters
 */
export const has: Effect.Effect<boolean> = Effect.map(current, Option.isSome)

/**
 * Sets the correlation id of the current scope. The parent of another id goes: it would be a stale one. An empty or blank
 * id changes nothing; neither does anything outside every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const set = (id: string): Effect.Effect<void> =>
  editSection("Correlation.set", section, (_, visible) => {
    const next = toId(id)
    return next === undefined ? undefined : {
      id: next,
      parentId: visible?.id === undefined || visible.id === next ? visible?.parentId : undefined
    }
  })

/**
 * Sets the parent of the current correlation. An empty or blank id changes nothing; neither does anything outside every
 * scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setParent = (parentId: string): Effect.Effect<void> =>
  editSection("Correlation.setParent", section, (own) => {
    const next = toId(parentId)
    return next === undefined ? undefined : { id: own?.id, parentId: next }
  })

/**
 * Makes a correlation id, `corr_` and 128 random bits as hexadecimal digits, sets it in the current scope and returns it.
 * Outside every scope it is returned and set nowhere, and a debug log says so.
 *
 * @since 0.1.0
 * @category setters
 */
export const generate: Effect.Effect<string> = Effect.tap(CorrelationId.next, set)

/**
 * The current correlation id, or one that is made and set as `generate` does.
 *
 * @since 0.1.0
 * @category setters
 */
export const ensure: Effect.Effect<string> = Effect.flatMap(
  current,
  Option.match({ onNone: () => generate, onSome: Effect.succeed })
)

/** What runs under a correlation; a function is told its id. */
type Body<A, E, R> = Effect.Effect<A, E, R> | ((id: string) => Effect.Effect<A, E, R>)

const run = <A, E, R>(self: Body<A, E, R>, id: string): Effect.Effect<A, E, R> =>
  Effect.isEffect(self) ? self : Effect.suspend(() => self(id))

const isBody = (args: IArguments): boolean => Effect.isEffect(args[0]) || typeof args[0] === "function"

/**
 * Runs an effect under a correlation of its own, in an inherited scope. Without an id one is made; without a parent's id
 * the surrounding correlation is the parent, and where there is none, there is no parent. Empty ids count as not given.
 *
 * Seed 001 §1.2, `new_correlation`.
 *
 * @example
 * import { Effect } from "effect"
 * import { Correlation, Posthog } from "effect-posthog"
 *
 * const child = Posthog.capture("child started").pipe(Correlation.withNew())
 * const told = Correlation.withNew((id) => Effect.log(`correlation ${id}`))
 *
 * @since 0.1.0
 * @category regions
 */
export const withNew: {
  (
    id?: string,
    parentId?: string
  ): <A, E, R>(
    self: Effect.Effect<A, E, R> | ((id: string) => Effect.Effect<A, E, R>)
  ) => Effect.Effect<A, E, R>
  <A, E, R>(
    self: Effect.Effect<A, E, R> | ((id: string) => Effect.Effect<A, E, R>),
    id?: string,
    parentId?: string
  ): Effect.Effect<A, E, R>
} = dual(
  isBody,
  <A, E, R>(self: Body<A, E, R>, id?: string, parentId?: string): Effect.Effect<A, E, R> => {
    const given = toId(id)
    return Effect.flatMap(
      given === undefined ? CorrelationId.next : Effect.succeed(given),
      (next) =>
        Effect.flatMap(CurrentScope.get, (scope) => {
          const correlation = { id: next, parentId: toId(parentId) ?? PosthogScope.section(scope, section)?.id }
          return inFrame(run(self, next), () => makeFrame(inherited, { correlation, captureExceptions: false }, false))
        })
    )
  }
)

/**
 * Runs an effect under the correlation that is there, in no scope of its own; where there is none, as `withNew` does.
 *
 * Seed 001 §1.2, `inherit_correlation`.
 *
 * @since 0.1.0
 * @category regions
 */
export const withInherited: {
  (): <A, E, R>(
    self: Effect.Effect<A, E, R> | ((id: string) => Effect.Effect<A, E, R>)
  ) => Effect.Effect<A, E, R>
  <A, E, R>(
    self: Effect.Effect<A, E, R> | ((id: string) => Effect.Effect<A, E, R>)
  ): Effect.Effect<A, E, R>
} = dual(
  isBody,
  <A, E, R>(self: Body<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.flatMap(current, Option.match({ onNone: () => withNew(self), onSome: (id) => run(self, id) }))
)
