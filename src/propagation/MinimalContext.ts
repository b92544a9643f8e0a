/**
 * As little of a scope as ties two processes together (seed 001, selective propagation).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Propagation from "./Propagation.js"
import * as HeaderText from "./text/HeaderText.js"

/**
 * The current correlation id and the name of the service, under the seed's two header names; what is not set is left out.
 * Both can be nothing but one header's value. All that may travel, and under which policy, is `Propagation`'s to say.
 *
 * @since 0.1.0
 * @category getters
 */
export const minimalContext: Effect.Effect<Record<string, string>> = Effect.map(
  Propagation.current({ policy: Propagation.minimal }),
  ({ correlation, service }) => ({
    ...(correlation?.id === undefined ? {} : { "X-Correlation-Id": HeaderText.encode(correlation.id) }),
    ...(service?.name === undefined ? {} : { "X-Service-Name": HeaderText.encode(service.name) })
  })
)
