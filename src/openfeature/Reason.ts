/**
 * Why a flag has its value, in OpenFeature's words.
 *
 * @since 0.1.0
 */
import { type ResolutionReason, StandardResolutionReasons } from "@openfeature/server-sdk"
import type { FlagEvaluation } from "../flags/evaluation/FlagEvaluation.js"
import type { FlagSnapshot } from "../flags/FlagSnapshot.js"

/** `isStatic`: does the definition ask nothing of anybody? It counts only where the first condition decided. */
export const of = (
  flag: FlagEvaluation,
  snapshot: Pick<FlagSnapshot, "error" | "freshness">,
  isStatic: () => boolean
): ResolutionReason => {
  const { code, condition, split } = flag.reason
  if (isStale(flag, snapshot)) {
    return StandardResolutionReasons.STALE
  }
  if (snapshot.freshness === "cached" && flag.source === "remote") {
    return StandardResolutionReasons.CACHED
  }
  switch (code) {
    case "disabled":
    case "flag_disabled":
      return StandardResolutionReasons.DISABLED
    case "no_condition_match":
    case "no_group_type":
    case "out_of_rollout_bound":
      return StandardResolutionReasons.DEFAULT
    case "condition_match":
      return split
        ? StandardResolutionReasons.SPLIT
        : flag.source === "local" && condition === 0 && isStatic()
        ? StandardResolutionReasons.STATIC
        : StandardResolutionReasons.TARGETING_MATCH
    case "holdout_condition_value":
    case "super_condition_value":
      return split ? StandardResolutionReasons.SPLIT : StandardResolutionReasons.TARGETING_MATCH
    default:
      return split ? StandardResolutionReasons.SPLIT : StandardResolutionReasons.UNKNOWN
  }
}

/** A remote value is as old as its answer, however old the definitions are: an old answer comes with an error. */
const isStale = (
  { source }: FlagEvaluation,
  { error, freshness }: Pick<FlagSnapshot, "error" | "freshness">
): boolean => freshness === "stale" && (source === "local" || error._tag === "Some")
