/**
 * What PostHog answers to a flag request, in both of its forms: `flags` with details, and the older `featureFlags` with
 * `featureFlagPayloads` (FLAGS-REMOTE-03, FLAGS-REMOTE-04). Nothing in it is believed before it has been looked at.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { JsonObject, JsonValue } from "../../domain/JsonValue.js"
import { isJsonObject } from "../../domain/JsonValue.js"
import { FlagsUnavailable, QuotaLimited } from "../evaluation/FlagError.js"
import type { FlagEvaluation, FlagReason, FlagValue } from "../evaluation/FlagEvaluation.js"
import * as JsonText from "../evaluation/JsonText.js"
import type { RemoteAnswer } from "./RemoteAnswer.js"

/** Reads the text of an answer. An entry that makes no sense is left out, and costs no other entry anything. */
export const decode = (text: string): Either.Either<RemoteAnswer, FlagsUnavailable | QuotaLimited> => {
  const body = Option.getOrUndefined(JsonText.parse(text))
  if (!isJsonObject(body)) {
    return unreadable
  }
  const { errorsWhileComputingFlags, evaluatedAt, minimalFlagCalledEvents, quotaLimited } = body
  const requestId = typeof body["requestId"] === "string" ? body["requestId"] : undefined
  if (Array.isArray(quotaLimited) && quotaLimited.includes("feature_flags")) {
    return Either.left(new QuotaLimited({ requestId }))
  }
  const read = isJsonObject(body["flags"])
    ? readAll(body["flags"], fromDetails)
    : isJsonObject(body["featureFlags"])
    ? readAll(body["featureFlags"], fromValue(body["featureFlagPayloads"]))
    : undefined
  return read === undefined ? unreadable : Either.right({
    flags: read.flags,
    requestId,
    evaluatedAt: instant(evaluatedAt),
    // an entry that was left out is a flag that we know nothing of: it must not look as if there were no such flag
    errorsWhileComputing: read.leftOut || says(errorsWhileComputingFlags),
    minimalFlagCalledEvents: minimalFlagCalledEvents === true
  })
}

const unreadable = Either.left(new FlagsUnavailable({ reason: "invalidResponse" }))

/** Whatever is not a clear no counts as a yes: nothing is to be learned from an answer that may be incomplete. */
const says = (value: JsonValue | undefined): boolean => value !== undefined && value !== null && value !== false

type ReadEntry = (key: string, entry: JsonValue) => FlagEvaluation | undefined

const readAll = (entries: JsonObject, read: ReadEntry) => {
  const flags = new Map<string, FlagEvaluation>()
  let leftOut = false
  for (const [key, entry] of Object.entries(entries)) {
    const flag = read(key, entry)
    if (flag === undefined) {
      leftOut = true
    } else {
      flags.set(key, flag)
    }
  }
  return { flags, leftOut }
}

const fromDetails: ReadEntry = (key, entry) => {
  if (!isJsonObject(entry) || typeof entry["enabled"] !== "boolean" || entry["failed"] === true) {
    return undefined
  }
  const variant = entry["variant"] ?? ""
  if (typeof variant !== "string") {
    return undefined
  }
  const metadata = isJsonObject(entry["metadata"]) ? entry["metadata"] : nothing
  const { has_experiment: hasExperiment, id, version } = metadata
  const value = entry["enabled"] && (variant === "" || variant)
  return {
    _tag: "FlagEvaluation",
    key,
    value,
    payload: payloadOf(metadata["payload"]),
    reason: reasonOf(entry["reason"], value),
    source: "remote",
    id: typeof id === "number" ? id : undefined,
    version: typeof version === "number" ? version : undefined,
    hasExperiment: typeof hasExperiment === "boolean" ? hasExperiment : undefined
  }
}

const fromValue = (payloads: JsonValue | undefined): ReadEntry => (key, entry) => {
  if (typeof entry !== "boolean" && typeof entry !== "string") {
    return undefined
  }
  // an empty variant is no variant, and this form has nothing else that would say that the flag is on
  const value = entry !== "" && entry
  return {
    _tag: "FlagEvaluation",
    key,
    value,
    payload: isJsonObject(payloads) && Object.hasOwn(payloads, key) ? payloadOf(payloads[key]) : undefined,
    reason: reasonOf(undefined, value),
    source: "remote",
    id: undefined,
    version: undefined,
    hasExperiment: undefined
  }
}

const nothing: JsonObject = {}

/** `0`, `""`, `false` and the text `null` are payloads (FLAGS-GET-12); only `null` itself says that there is none. */
const payloadOf = (payload: JsonValue | undefined): JsonValue | undefined =>
  payload === undefined || payload === null ? undefined : JsonText.unwrap(payload)

const reasonOf = (reason: JsonValue | undefined, value: FlagValue): FlagReason => {
  const { code, condition_index: condition, description } = isJsonObject(reason) ? reason : nothing
  return {
    code: typeof code === "string" ? code : "unknown",
    condition: typeof condition === "number" && Number.isInteger(condition) && condition >= 0 ? condition : undefined,
    // the answer does not speak of percentages: these are the outcomes that only one of them can have
    split: typeof value === "string" || code === "out_of_rollout_bound" || code === "holdout_condition_value",
    description: typeof description === "string" ? description : ""
  }
}

/** Milliseconds since the epoch, of such a number or of an ISO 8601 text. */
const instant = (value: JsonValue | undefined): number | undefined => {
  const millis = typeof value === "string" ? Date.parse(value) : value
  return typeof millis === "number" && Number.isFinite(millis) ? millis : undefined
}
