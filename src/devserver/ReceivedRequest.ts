/**
 * What the embedded PostHog remembers of a request.
 *
 * @since 0.1.0
 */
import type * as Fault from "./Fault.js"

/**
 * The endpoints, by what they are for: `capture` is `/batch` and its older names, `captureV1` is
 * `/i/v1/analytics/events`, `captureAi` is `/i/v0/ai/batch`, `logs` is `/i/v1/logs`, `traces` is `/i/v1/traces`, `flags` is
 * `/flags` and its older name `/decide`, `definitions` is `/flags/definitions` and its older name
 * `/api/feature_flag/local_evaluation`, `remoteConfig` is `/api/projects/…/feature_flags/…/remote_config`, `config` is
 * `/array/…/config` and `config.js`, `recordings` is `/s`.
 *
 * @since 0.1.0
 * @category models
 */
export type Endpoint =
  | "capture"
  | "captureV1"
  | "captureAi"
  | "logs"
  | "traces"
  | "flags"
  | "definitions"
  | "remoteConfig"
  | "config"
  | "recordings"

/**
 * A request as it came in, before it is decided how to answer it.
 *
 * @since 0.1.0
 * @category models
 */
export interface IncomingRequest {
  /** Position in the order of arrival, from 0; starts again at 0 with `clear`. */
  readonly index: number
  readonly endpoint: Endpoint
  readonly method: string
  /** As sent, with or without the final slash. */
  readonly path: string
  /** The last value of each query parameter. Parameters that hold secret keys are redacted. */
  readonly query: Readonly<Record<string, string>>
  /** Names in lower case. Headers that hold keys are `<redacted>`, unless `recordSecrets` is on. */
  readonly headers: Readonly<Record<string, string>>
  /** The decoded JSON; the text if it is no JSON; `undefined` if there is none or it could not be decompressed. */
  readonly body: unknown
  /** When the server began to read it, in milliseconds since the epoch. */
  readonly receivedAt: number
  /** The `PostHog-Attempt` header (capture v1), `undefined` where there is none. */
  readonly attempt: number | undefined
  /** How many events, log records or spans it carries, malformed ones included. */
  readonly batchSize: number
  /** The uuids of its events in the order of the batch, without those that are no string. */
  readonly uuids: ReadonlyArray<string>
  /** Size of the body as it was sent, in bytes. */
  readonly bytes: number
  /** Size of the body after decompression, in bytes. */
  readonly decodedBytes: number
}

/**
 * A request and what was answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReceivedRequest extends IncomingRequest {
  /** The status answered (or about to be, with `Delay`); `undefined` where no answer is given (`Reset`, `Stall`). */
  readonly status: number | undefined
  /** The fault it took. */
  readonly fault: Fault.Fault | undefined
  /** What is wrong with it; empty if nothing is. */
  readonly problems: ReadonlyArray<string>
}

const redacted = "<redacted>"

const secretHeaders: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie", "x-api-key"])

const secretParameters: ReadonlySet<string> = new Set(["personal_api_key", "secret_api_key", "secret_key"])

const redact = (
  values: Readonly<Record<string, string>>,
  secret: ReadonlySet<string>
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, secret.has(name) ? redacted : value]))

/**
 * Hides the values of headers that hold keys.
 *
 * @since 0.1.0
 * @category redaction
 */
export const redactHeaders = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  redact(headers, secretHeaders)

/**
 * Hides the values of query parameters that hold keys. Project keys are public and stay.
 *
 * @since 0.1.0
 * @category redaction
 */
export const redactQuery = (query: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  redact(query, secretParameters)
