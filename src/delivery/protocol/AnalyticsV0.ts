/**
 * `POST /batch/`: events as every PostHog takes them.
 *
 * @since 0.1.0
 */
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { Protocol } from "./Protocol.js"
import * as V0Batch from "./V0Batch.js"

export const make = (options: V0Batch.Options): Protocol<FinishedEvent> => V0Batch.make("/batch/", options)
