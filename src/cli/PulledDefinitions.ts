/**
 * The flags of a project, fetched once.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as DefinitionRequest from "../flags/definitions/DefinitionRequest.js"
import { CliError } from "./CliError.js"
import type { Connection } from "./Connection.js"
import * as PulledFlag from "./PulledFlag.js"

export const fetch = (connection: Connection): Effect.Effect<PulledFlag.Pulled, CliError, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const request = yield* DefinitionRequest.make({
      host: connection.host,
      token: connection.apiKey,
      secretKey: connection.secretKey,
      requestTimeout: Duration.seconds(10)
    })
    const answer = yield* request(undefined)
    switch (answer._tag) {
      case "Updated":
        return yield* read(answer.text)
      case "Unauthorized":
        return yield* new CliError({
          reason: "unauthorized",
          message: `PostHog refused the keys (status ${answer.status}): the secret key must be one that may read ` +
            "feature flags of the project that the API key names."
        })
      case "QuotaLimited":
        return yield* new CliError({
          reason: "refused",
          message: "PostHog serves no definitions: the quota of feature flag requests is used up."
        })
      case "RateLimited":
        return yield* new CliError({
          reason: "refused",
          message: "PostHog serves no definitions: too many requests. Try again in a minute."
        })
      case "NotModified":
        return yield* malformed("it is a 304, and no ETag was sent")
      case "Failed":
        return yield* new CliError({
          reason: "unreachable",
          message: `PostHog at ${connection.host} gave no definitions: ${answer.reason}.`
        })
    }
  })

const malformed = (problem: string) =>
  new CliError({ reason: "malformed", message: `PostHog's answer is no set of flag definitions: ${problem}.` })

const parse = Option.liftThrowable((text: string): unknown => JSON.parse(text))

const read = (text: string): Effect.Effect<PulledFlag.Pulled, CliError> =>
  Option.match(parse(text), {
    onNone: () => malformed("it is not JSON"),
    onSome: (answer) => Effect.mapError(PulledFlag.fromAnswer(answer), malformed)
  })
