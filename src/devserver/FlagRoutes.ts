/**
 * The endpoints that serve feature flags: values for one person, and the definitions for local evaluation.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Crypto from "node:crypto"
import * as Answer from "./Answer.js"
import * as BrowserConfig from "./BrowserConfig.js"
import { bearerOf } from "./CaptureRoutes.js"
import { type Exchange, type Verdict, verdict } from "./Exchange.js"
import { Flag, JsonObject, NonEmptyText, problemsOf } from "./ReceivedEvent.js"

/**
 * Why a flag has its value, in PostHog's words.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagReason {
  readonly code: string
  readonly condition_index: number | null
  readonly description: string
}

/**
 * A flag's value with its details. What is left out is made up: `enabled` is `true` unless `false`, `id` is the position
 * in the list from 1, `version` is 1, `reason` is the one for a matched condition, or for none.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagResult {
  readonly enabled?: boolean | undefined
  readonly variant?: string | undefined
  /** Any JSON value. It goes over the wire as a JSON string, as PostHog does it. */
  readonly payload?: unknown
  readonly id?: number | undefined
  readonly version?: number | undefined
  readonly reason?: FlagReason | undefined
  readonly hasExperiment?: boolean | undefined
}

/**
 * On or off, a variant, or a value with its details.
 *
 * @since 0.1.0
 * @category models
 */
export type FlagValue = boolean | string | FlagResult

/**
 * Flag values by key.
 *
 * @since 0.1.0
 * @category models
 */
export type FlagValues = Readonly<Record<string, FlagValue>>

/**
 * What else a `/flags` answer says.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagsDetails {
  /** Default `false`. */
  readonly errorsWhileComputingFlags?: boolean | undefined
  /** Resources whose quota is used up. `feature_flags` among them: no flags are answered. Default: absent. */
  readonly quotaLimited?: ReadonlyArray<string> | undefined
  /** The team's gate for minimal `$feature_flag_called` events. Default: absent. */
  readonly minimalFlagCalledEvents?: boolean | undefined
}

const FlagsRequestSchema = Schema.Struct({
  token: Schema.optionalWith(NonEmptyText, { exact: true }),
  api_key: Schema.optionalWith(NonEmptyText, { exact: true }),
  distinct_id: NonEmptyText,
  person_properties: Schema.optionalWith(JsonObject, { exact: true }),
  groups: Schema.optionalWith(JsonObject, { exact: true }),
  group_properties: Schema.optionalWith(JsonObject, { exact: true }),
  geoip_disable: Schema.optionalWith(Flag, { exact: true }),
  flag_keys_to_evaluate: Schema.optionalWith(
    Schema.Array(NonEmptyText).annotations({ message: () => "must be a list of flag keys" }),
    { exact: true }
  )
}).annotations({ message: () => "the body must be an object" })

const decodeFlagsRequest = ParseResult.decodeUnknownEither(FlagsRequestSchema, { errors: "all" })

/**
 * What a client asks `/flags`.
 *
 * @since 0.1.0
 * @category models
 */
export type FlagsRequest = typeof FlagsRequestSchema.Type

/**
 * The flags and definitions that a server serves.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagRoutes {
  readonly setFlags: (
    flags: FlagValues | ((request: FlagsRequest) => FlagValues),
    details: FlagsDetails | ((request: FlagsRequest) => FlagsDetails)
  ) => void
  readonly setDefinitions: (definitions: Readonly<Record<string, unknown>>) => void
  /** `POST /flags`. `requestId` becomes `requestId` of the answer. */
  readonly flags: (exchange: Exchange, requestId: string) => Verdict
  /** `GET /flags/definitions`. */
  readonly definitions: (exchange: Exchange) => Verdict
  /** `GET /api/projects/:project/feature_flags/:key/remote_config`. */
  readonly remoteConfig: (exchange: Exchange) => Verdict
}

const matched: FlagReason = { code: "condition_match", condition_index: 0, description: "Matched condition set 1" }

const unmatched: FlagReason = {
  code: "no_condition_match",
  condition_index: null,
  description: "No matching condition set"
}

const toResult = (value: FlagValue): FlagResult =>
  Predicate.isBoolean(value) ? { enabled: value } : Predicate.isString(value) ? { variant: value } : value

const payloadOf = (result: FlagResult): string | null =>
  result.payload === undefined ? null : JSON.stringify(result.payload)

const refused = (exchange: Exchange, status: number, problems: ReadonlyArray<string>): Verdict =>
  verdict(
    Answer.problem(exchange.endpoint, status, status === 401 ? "unauthorized" : "invalid_request", problems),
    problems
  )

const noDefinitions = { flags: [], group_type_mapping: {}, cohorts: {} }

const encodeDefinitions = (definitions: Readonly<Record<string, unknown>>) => {
  const text = JSON.stringify(definitions)
  return { text, etag: `"${Crypto.createHash("sha1").update(text).digest("hex")}"` }
}

const remoteConfigPattern = /^\/api\/projects\/[^/]+\/feature_flags\/([^/]+)\/remote_config$/

/** The key of the flag whose payload a path asks for. */
export const remoteConfigKey = (route: string): string | undefined => {
  try {
    return decodeURIComponent(remoteConfigPattern.exec(route)?.[1] ?? "") || undefined
  } catch {
    return undefined
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  Predicate.isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** The payload of a remote configuration is the one for `true`. */
const payloadIn = (definitions: Readonly<Record<string, unknown>>, key: string): unknown => {
  const flags = definitions["flags"]
  const flag: unknown = Array.isArray(flags) ? flags.find((flag) => fieldOf(flag, "key") === key) : undefined
  return fieldOf(fieldOf(fieldOf(flag, "filters"), "payloads"), "true")
}

/** RFC 9110 §13.1.2: a list of tags or `*`, compared without regard to weakness. */
const matchesEtag = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag)

/**
 * Serves no flags and empty definitions until they are set.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  /** Whether a secret key may read definitions. */
  readonly knowsSecret: (key: string) => boolean
  /** `flags`: the form that the request asks for with `v=2`. `featureFlags`: the old form, whatever is asked. */
  readonly form: "flags" | "featureFlags"
}): FlagRoutes => {
  let flagsOf: (request: FlagsRequest) => FlagValues = () => ({})
  let detailsOf: (request: FlagsRequest) => FlagsDetails = () => ({})
  let raw: Readonly<Record<string, unknown>> = noDefinitions
  let definitions = encodeDefinitions(noDefinitions)

  const keyProblem = (exchange: Exchange): string | undefined => {
    const secret = bearerOf(exchange.headers)
    return secret === undefined
      ? "header Authorization: must be Bearer and a secret key"
      : !options.knowsSecret(secret)
      ? "the secret key is not one that this server knows"
      : !exchange.knowsProject(exchange.query["token"] ?? "")
      ? "token: is not a project key that this server knows"
      : undefined
  }

  return {
    setFlags: (flags, newDetails) => {
      flagsOf = Predicate.isFunction(flags) ? flags : () => flags
      detailsOf = Predicate.isFunction(newDetails) ? newDetails : () => newDetails
    },
    setDefinitions: (value) => {
      raw = value
      definitions = encodeDefinitions(value)
    },
    flags: (exchange, requestId) => {
      if (Either.isLeft(exchange.body)) {
        return refused(exchange, exchange.body.left.status, [exchange.body.left.problem])
      }
      const decoded = decodeFlagsRequest(exchange.body.right.value)
      if (Either.isLeft(decoded)) {
        return refused(exchange, 400, problemsOf(decoded.left))
      }
      const request = decoded.right
      const token = request.token ?? request.api_key
      if (token === undefined) {
        return refused(exchange, 400, ["token: is missing"])
      }
      if (!exchange.knowsProject(token)) {
        return refused(exchange, 401, ["the project key is not one that this server knows"])
      }
      const wanted = request.flag_keys_to_evaluate === undefined ? undefined : new Set(request.flag_keys_to_evaluate)
      const details = detailsOf(request)
      const limited = details.quotaLimited?.includes("feature_flags") === true
      const results = limited ? [] : Object.entries(flagsOf(request))
        .map(([key, value], index) => [key, toResult(value), index + 1] as const)
        .filter(([key]) => wanted === undefined || wanted.has(key))
      const errorsWhileComputingFlags = details.errorsWhileComputingFlags ?? false
      const quota = details.quotaLimited === undefined ? {} : { quotaLimited: details.quotaLimited }
      const config = exchange.query["config"] === "true" || exchange.route === "/decide" ? BrowserConfig.features : {}
      const isDetailed = exchange.route === "/decide" ? exchange.query["v"] === "4" : exchange.query["v"] === "2"
      if (options.form === "featureFlags" || !isDetailed) {
        return verdict(Answer.make(200, {
          ...config,
          featureFlags: Object.fromEntries(
            results.map(([key, result]) => [key, result.enabled === false ? false : result.variant ?? true])
          ),
          featureFlagPayloads: Object.fromEntries(
            results.flatMap(([key, result]) => {
              const payload = payloadOf(result)
              return payload === null ? [] : [[key, payload] as const]
            })
          ),
          errorsWhileComputingFlags,
          ...quota,
          requestId
        }))
      }
      const flags = Object.fromEntries(results.map(([key, result, position]) => {
        const enabled = result.enabled !== false
        return [key, {
          key,
          enabled,
          variant: enabled ? result.variant ?? null : null,
          reason: result.reason ?? (enabled ? matched : unmatched),
          metadata: {
            id: result.id ?? position,
            version: result.version ?? 1,
            description: null,
            payload: payloadOf(result),
            ...(result.hasExperiment === undefined ? {} : { has_experiment: result.hasExperiment })
          }
        }]
      }))
      return verdict(Answer.make(200, {
        ...config,
        flags,
        errorsWhileComputingFlags,
        ...quota,
        ...(details.minimalFlagCalledEvents === undefined
          ? {}
          : { minimalFlagCalledEvents: details.minimalFlagCalledEvents }),
        requestId,
        evaluatedAt: exchange.receivedAt
      }))
    },
    remoteConfig: (exchange) => {
      const problem = keyProblem(exchange)
      if (problem !== undefined) {
        return refused(exchange, 401, [problem])
      }
      const payload = payloadIn(raw, remoteConfigKey(exchange.route) ?? "")
      return payload === undefined
        ? refused(exchange, 404, ["there is no such flag, or it has no payload"])
        // a JSON value, and mostly one that is a text: `Answer` sends texts as they are
        : verdict(Answer.make(200, JSON.stringify(payload), { "content-type": "application/json" }))
    },
    definitions: (exchange) => {
      const problem = keyProblem(exchange)
      if (problem !== undefined) {
        return refused(exchange, 401, [problem])
      }
      return verdict(
        matchesEtag(exchange.headers["if-none-match"], definitions.etag)
          ? Answer.make(304, undefined, { etag: definitions.etag })
          : Answer.make(200, definitions.text, { etag: definitions.etag, "content-type": "application/json" })
      )
    }
  }
}
