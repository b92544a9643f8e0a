/**
 * `POST /i/v0/ai/batch/`: the events of AI observability that were captured as such, apart from all others (CAPAI-03,
 * CAPAI-16).
 *
 * @since 0.1.0
 */
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { Protocol } from "./Protocol.js"
import * as V0Batch from "./V0Batch.js"

/** With the slash at its end: without it PostHog answers with a redirection. */
export const path = "/i/v0/ai/batch/"

export const make = (options: V0Batch.Options): Protocol<FinishedEvent> => V0Batch.make(path, options)
