/**
 * Whether events of a catalogue are checked when they are captured.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { ProcessService } from "../scope/ProcessService.js"

/**
 * - `on`: an event that does not fit its schema is refused, and the log says why
 * - `off`: such an event is sent as it is, for losing it would be worse; personal data is redacted all the same
 * - `auto`: `on` where the client's option `service.environment` is `development`, `dev`, `local` or `test`
 *
 * @since 0.1.0
 * @category models
 */
export type Mode = "auto" | "on" | "off"

/**
 * The mode of whoever captures. Default `auto`; the layers of `PosthogTest` say `on`.
 *
 * @since 0.1.0
 * @category references
 */
export class EventValidation extends Context.Reference<EventValidation>()("effect-posthog/EventValidation", {
  defaultValue: (): Mode => "auto"
}) {}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (mode: Mode): Layer.Layer<never> => Layer.succeed(EventValidation, mode)

const development = new Set<string | undefined>(["development", "dev", "local", "test"])

const modeFromConfig: Config.Config<Mode> = Config.all({
  wanted: Config.option(Config.literal("auto", "on", "off")("POSTHOG_VALIDATE_EVENTS")),
  environment: Config.option(Config.string("NODE_ENV"))
}).pipe(
  Config.map(({ environment, wanted }) =>
    Option.getOrElse(wanted, (): Mode => development.has(Option.getOrUndefined(environment)) ? "on" : "auto")
  )
)

/**
 * The mode from `Config`: `POSTHOG_VALIDATE_EVENTS`, which is `on`, `off` or `auto`; without it `on` where `NODE_ENV`
 * names development or tests, otherwise `auto`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<never, ConfigError.ConfigError> = Layer.effect(EventValidation, modeFromConfig)

/**
 * The same where the context is at hand.
 *
 * @internal
 * @since 0.1.0
 * @category accessors
 */
export const isOnIn = (context: Context.Context<never>): boolean => {
  const mode = Context.get(context, EventValidation)
  return mode === "auto" ? development.has(Context.get(context, ProcessService)?.environment) : mode === "on"
}

/**
 * Are events checked here?
 *
 * @since 0.1.0
 * @category accessors
 */
export const isOn: Effect.Effect<boolean> = Effect.map(Effect.context<never>(), isOnIn)
