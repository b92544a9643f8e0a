/**
 * The service that a scope belongs to (seed 001, `FlextContext.Service`).
 *
 * That of the whole process is said once, by the client's option `service`; what is said here holds for a region.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import { toId } from "../domain/Id.js"
import * as CurrentScope from "./CurrentScope.js"
import { inFrame } from "./FrameRegion.js"
import { inherited } from "./Mode.js"
import { ProcessService, serviceOf } from "./ProcessService.js"
import { makeFrame } from "./ScopeOptions.js"
import { editSection } from "./SectionEdit.js"
import { section, type ServiceFields } from "./sections/ServiceSection.js"

/**
 * The service that this runs in: the scope's, over that of the process. A scope's service without a version has none: it
 * does not borrow the process's.
 *
 * @since 0.1.0
 * @category getters
 */
export const currentService: Effect.Effect<Option.Option<ServiceFields>> = Effect.withFiberRuntime((fiber) =>
  Effect.succeed(
    Option.fromNullable(
      serviceOf(CurrentScope.unsafeGet(fiber), Context.get(fiber.currentContext, ProcessService))
    )
  )
)

/**
 * Names the service of the current scope. Its version is not the one of a service with another name: that goes. An empty
 * or blank name changes nothing; neither does anything outside every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setServiceName = (name: string): Effect.Effect<void> =>
  editSection("setServiceName", section, (own, visible) => {
    const next = toId(name)
    return next === undefined ? undefined : {
      ...own,
      name: next,
      version: visible?.name === undefined || visible.name === next ? visible?.version : undefined
    }
  })

/**
 * Sets the version of the current scope's service. An empty or blank one changes nothing; neither does anything outside
 * every scope.
 *
 * @since 0.1.0
 * @category setters
 */
export const setServiceVersion = (version: string): Effect.Effect<void> =>
  editSection("setServiceVersion", section, (own) => {
    const next = toId(version)
    return next === undefined ? undefined : { ...own, version: next }
  })

/**
 * Runs an effect as a part of a service, in an inherited scope. Without a version the service has none, whatever version
 * the one around it has.
 *
 * Seed 001 §1.1, `service_context`.
 *
 * @example
 * import { Posthog, withService } from "effect-posthog"
 *
 * const program = Posthog.capture("user created", { distinctId: "user-1" }).pipe(withService("user-service", "1.0.0"))
 *
 * @since 0.1.0
 * @category regions
 */
export const withService: {
  (name: string, version?: string): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, name: string, version?: string): Effect.Effect<A, E, R>
} = dual(
  (args) => Effect.isEffect(args[0]),
  <A, E, R>(self: Effect.Effect<A, E, R>, name: string, version?: string) =>
    inFrame(self, () => makeFrame(inherited, { service: { name, version }, captureExceptions: false }, false))
)
