/**
 * What else is known of an evaluation, as OpenFeature's flag metadata: scalars only, what is unknown left out.
 *
 * @since 0.1.0
 */
import type { FlagMetadata } from "@openfeature/server-sdk"
import type { FlagEvaluation } from "../flags/evaluation/FlagEvaluation.js"
import type { FlagSnapshot } from "../flags/FlagSnapshot.js"

export const of = (
  { hasExperiment, id, reason, source, version }: FlagEvaluation,
  { freshness, requestId }: Pick<FlagSnapshot, "freshness" | "requestId">
): FlagMetadata => ({
  source,
  freshness,
  reasonCode: reason.code,
  ...(reason.description === "" ? {} : { reasonDescription: reason.description }),
  ...(reason.condition === undefined ? {} : { conditionIndex: reason.condition }),
  ...(id === undefined ? {} : { id }),
  ...(version === undefined ? {} : { version }),
  ...(hasExperiment === undefined ? {} : { hasExperiment }),
  ...(source === "remote" && requestId._tag === "Some" ? { requestId: requestId.value } : {})
})
