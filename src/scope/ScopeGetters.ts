/**
 * Reading the current scope.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { JsonObject } from "../domain/JsonValue.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import type { Section } from "./Section.js"

/**
 * The current scope as a value: to keep, to put into a message, to enter again with `withScopeValue`.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentScope: Effect.Effect<PosthogScope.PosthogScope> = Effect.map(CurrentScope.get, PosthogScope.detach)

const read = <A>(f: (view: PosthogScope.ScopeView) => A): Effect.Effect<A> =>
  Effect.map(CurrentScope.get, (scope) => f(scope.view))

/**
 * The visible tags.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentTags: Effect.Effect<JsonObject> = read((view) => view.tags)

/**
 * Whose scope this is; none outside every scope and where nobody said so (DISTINCT-01).
 *
 * @since 0.1.0
 * @category getters
 */
export const currentDistinctId: Effect.Effect<Option.Option<string>> = read((view) =>
  Option.fromNullable(view.distinctId)
)

/**
 * @since 0.1.0
 * @category getters
 */
export const currentSessionId: Effect.Effect<Option.Option<string>> = read((view) =>
  Option.fromNullable(view.sessionId)
)

/**
 * @since 0.1.0
 * @category getters
 */
export const currentDeviceId: Effect.Effect<Option.Option<string>> = read((view) => Option.fromNullable(view.deviceId))

/**
 * PostHog's groups of the current scope, by type.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentGroups: Effect.Effect<{ readonly [type: string]: string }> = read((view) => view.groups)

/**
 * Person properties that flag evaluations of this scope include (FLAGS-OVR-01).
 *
 * @since 0.1.0
 * @category getters
 */
export const currentPersonPropertiesForFlags: Effect.Effect<JsonObject> = read((view) => view.personProperties)

/**
 * Group properties that flag evaluations of this scope include, by group type (FLAGS-OVR-04).
 *
 * @since 0.1.0
 * @category getters
 */
export const currentGroupPropertiesForFlags: Effect.Effect<{ readonly [type: string]: JsonObject }> = read((view) =>
  view.groupProperties
)

/**
 * The merged value of a section; none where no visible frame set it.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentSection = <A>(section: Section<A>): Effect.Effect<Option.Option<A>> =>
  Effect.map(CurrentScope.get, (scope) => Option.fromNullable(PosthogScope.section(scope, section)))
