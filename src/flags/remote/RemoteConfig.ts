/**
 * The payload of a remote config flag, which only the secret key may read (FLAGS-LOCAL-79).
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { JsonValue } from "../../domain/JsonValue.js"
import * as OwnRequests from "../../event/OwnRequests.js"
import { FlagsUnavailable } from "../evaluation/FlagError.js"
import * as JsonText from "../evaluation/JsonText.js"
import * as FlagsTransport from "./FlagsTransport.js"

export interface RemoteConfig {
  readonly payload: (key: string) => Effect.Effect<JsonValue, FlagsUnavailable>
}

export interface Settings {
  /** Without a final slash. */
  readonly host: string
  /** The project's API key. */
  readonly token: string
  /** Without one nothing can be read: `disabled`. */
  readonly secretKey: Redacted.Redacted | undefined
  /** Default: 10 seconds. */
  readonly requestTimeout?: Duration.DurationInput | undefined
}

export const make = (settings: Settings): Effect.Effect<RemoteConfig, never, HttpClient.HttpClient> =>
  Effect.map(FlagsTransport.make(Duration.decode(settings.requestTimeout ?? "10 seconds")), (transport) => {
    const { secretKey } = settings
    if (secretKey === undefined) {
      return { payload: () => Effect.fail(new FlagsUnavailable({ reason: "disabled" })) }
    }
    const token = encodeURIComponent(settings.token.toWellFormed())
    const requestFor = (key: string) =>
      HttpClientRequest.get(
        `${settings.host}/api/projects/@current/feature_flags/${
          encodeURIComponent(key.toWellFormed())
        }/remote_config?token=${token}`
      ).pipe(
        HttpClientRequest.bearerToken(secretKey),
        HttpClientRequest.acceptJson,
        OwnRequests.signed
      )
    return {
      payload: (key) =>
        Effect.suspend(() =>
          isNoSegment(key)
            ? Effect.fail(new FlagsUnavailable({ reason: "status", status: 404 }))
            : Effect.flatMap(Effect.mapError(transport.send(requestFor(key)), ({ error }) => error), read)
        )
    }
  })

/** No URL can say these: they lead to another address. No flag has such a key either. */
const isNoSegment = (key: string): boolean => key === "" || key === "." || key === ".."

const read = (text: string): Effect.Effect<JsonValue, FlagsUnavailable> =>
  Option.match(JsonText.parse(text), {
    onNone: () => Effect.fail(new FlagsUnavailable({ reason: "invalidResponse" })),
    // the service answers the text of the payload as a JSON string
    onSome: (value) => Effect.succeed(JsonText.unwrap(value))
  })
