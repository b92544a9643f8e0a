/**
 * What can be said about calls that take the scope along.
 *
 * @since 0.1.0
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Effect from "effect/Effect"
import type { TimedOperation } from "../../scope/TimedOperation.js"
import type { PropagationPolicy } from "../PropagationPolicy.js"

/**
 * Options of `withPropagation`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions<out R = never> {
  /**
   * The hosts that the scope may travel to: exact names (`api.example.com`, `[::1]`), each for all ports or for one
   * (`localhost:3000`). A subdomain is another host. Default: none.
   */
  readonly hosts?: ReadonlyArray<string> | undefined
  /** What travels. Default: correlation, service, operation, PostHog's identity and the trace. */
  readonly policy?: PropagationPolicy | undefined
  /** What is noted as `target_service`. Default: the host's name. */
  readonly targetService?: string | ((request: HttpClientRequest.HttpClientRequest) => string | undefined) | undefined
  /** Is told of each call when it has ended, with its notes; `Posthog.captureOperation` makes an event of it. */
  readonly onEnd?: ((call: TimedOperation) => Effect.Effect<unknown, never, R>) | undefined
  /**
   * Record calls in the histogram `effect_posthog_operation_duration`, named by method and host (`GET stock.internal`), or
   * `GET other` for hosts that are not listed? Default `false`.
   */
  readonly metric?: boolean | undefined
}
