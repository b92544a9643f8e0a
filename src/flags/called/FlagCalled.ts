/**
 * The `$feature_flag_called` event: that somebody's flag was read, and what it was (FLAGS-TRACK-17).
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../domain/JsonValue.js"
import type { FlagError } from "../evaluation/FlagError.js"
import type { FlagEvaluation } from "../evaluation/FlagEvaluation.js"
import type { Groups } from "./FlagCalledTracker.js"

/**
 * - `fresh`: evaluated with what is known now
 * - `cached`: PostHog answered the same question a short while ago
 * - `stale`: with what was known before: PostHog cannot be asked now
 *
 * @since 0.1.0
 * @category models
 */
export type Freshness = "fresh" | "cached" | "stale"

/** One evaluation that a flag was read from. */
export interface Origin {
  readonly distinctId: string
  readonly groups: Groups
  readonly disableGeoip: boolean | undefined
  readonly requestId: string | undefined
  /** Milliseconds since the epoch. */
  readonly evaluatedAt: number | undefined
  readonly definitionsLoadedAt: number | undefined
  readonly error: FlagError | undefined
  readonly freshness: Freshness
  /** The team's gate for minimal events, of the definitions or of the answer (FLAGS-TRACK-11). */
  readonly minimalFlagCalledEvents: boolean
}

/** A read of a flag: `flag` is `undefined` where there is no such flag in the evaluation. */
export interface FlagCalled {
  readonly key: string
  readonly flag: FlagEvaluation | undefined
  readonly origin: Origin
}

export const name = "$feature_flag_called"

/** Is the event reduced to what is named below? Only where both gates say so, exactly (FLAGS-TRACK-11, -12). */
export const isMinimal = ({ flag, origin }: FlagCalled): boolean =>
  origin.minimalFlagCalledEvents && flag !== undefined && flag.hasExperiment === false

/** All that is known of the read, as event properties; `undefined` ones are left out. */
export const properties = ({ flag, key, origin }: FlagCalled): { readonly [name: string]: JsonValue | undefined } => {
  const value = flag === undefined ? null : flag.value
  return {
    $feature_flag: key,
    $feature_flag_response: value,
    [`$feature/${key}`]: value,
    locally_evaluated: flag?.source === "local",
    $feature_flag_id: flag?.id,
    $feature_flag_version: flag?.version,
    $feature_flag_reason: flag?.reason.description,
    $feature_flag_request_id: flag?.source === "local" ? undefined : origin.requestId,
    $feature_flag_evaluated_at: origin.evaluatedAt,
    $feature_flag_definitions_loaded_at: flag?.source === "local" ? origin.definitionsLoadedAt : undefined,
    $feature_flag_has_experiment: flag?.hasExperiment,
    $feature_flag_payload: flag?.payload,
    $feature_flag_error: flag?.source === "local" ? undefined : errorText(flag, origin.error)
  }
}

/** FLAGS-TRACK-18 */
const errorText = (flag: FlagEvaluation | undefined, error: FlagError | undefined): string | undefined => {
  const words: Array<string> = []
  switch (error?._tag) {
    case "FlagsUnavailable":
      words.push(
        error.reason === "errorsWhileComputing"
          ? "errors_while_computing_flags"
          : error.reason === "timeout"
          ? "timeout"
          : error.reason === "connection"
          ? "connection_error"
          : error.reason === "status"
          ? `api_error_${error.status}`
          : "unknown_error"
      )
      break
    case "QuotaLimited":
      words.push("quota_limited")
      break
  }
  if (flag === undefined) {
    words.push("flag_missing")
  }
  return words.length === 0 ? undefined : words.join(",")
}

/** What a minimal event keeps, wherever it comes from (FLAGS-TRACK-13, -15); `$referrer` in full never. */
export const minimalProperties: ReadonlySet<string> = new Set([
  "$feature_flag",
  "$feature_flag_response",
  "$feature_flag_has_experiment",
  "$feature_flag_id",
  "$feature_flag_version",
  "$feature_flag_reason",
  "$feature_flag_request_id",
  "$feature_flag_evaluated_at",
  "$feature_flag_error",
  "locally_evaluated",
  "$groups",
  "$process_person_profile",
  "$session_id",
  "$lib",
  "$lib_version",
  "$is_server",
  "$geoip_disable",
  "$os",
  "$os_version",
  "$arch",
  "$referring_domain",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_content",
  "utm_term",
  "gad_source",
  "mc_cid",
  "gclid",
  "gclsrc",
  "dclid",
  "gbraid",
  "wbraid",
  "fbclid",
  "msclkid",
  "twclid",
  "li_fat_id",
  "igshid",
  "ttclid",
  "rdt_cid",
  "epik",
  "qclid",
  "sccid",
  "irclid",
  "_kx"
])
