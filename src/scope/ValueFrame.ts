/**
 * The frame of a scope that was kept and is entered again.
 *
 * @since 0.1.0
 */
import type { Frame } from "./Frame.js"
import { fresh } from "./Mode.js"
import * as PosthogScope from "./PosthogScope.js"
import { makeFrame, type ScopeOptions } from "./ScopeOptions.js"
import { StepTrail } from "./StepTrail.js"

export const valueFrame = (
  scope: PosthogScope.PosthogScope,
  options: Pick<ScopeOptions, "captureExceptions" | "client">
): Frame => ({
  ...makeFrame(fresh, { client: scope.view.client, ...options }, false),
  slots: PosthogScope.slots(scope),
  // a copy: what is set inside does not reach the kept value
  trail: PosthogScope.trail(scope)?.copy() ?? new StepTrail()
})
