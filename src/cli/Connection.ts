/**
 * Which project a command talks to, and with which keys: options first, then `POSTHOG_…` of the configuration.
 *
 * @since 0.1.0
 */
import * as CliOptions from "@effect/cli/Options"
import * as Prompt from "@effect/cli/Prompt"
import * as Terminal from "@effect/platform/Terminal"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as PosthogConfig from "../PosthogConfig.js"
import { CliError } from "./CliError.js"

export interface Connection {
  readonly host: string
  readonly apiKey: Redacted.Redacted
  readonly secretKey: Redacted.Redacted
}

/** The secret key is no option: what stands on a command line can be read by every process of the machine. */
export const options = {
  host: CliOptions.text("host").pipe(
    CliOptions.withDescription(`Where PostHog is. Default: POSTHOG_HOST, otherwise ${PosthogConfig.defaultHost}`),
    CliOptions.optional
  ),
  apiKey: CliOptions.text("api-key").pipe(
    CliOptions.withDescription("The project's API key, phc_…, which is no secret. Default: POSTHOG_API_KEY"),
    CliOptions.optional
  )
}

export interface Given {
  readonly host: Option.Option<string>
  readonly apiKey: Option.Option<string>
}

/** Completes what was given from the configuration; asks for the secret key where there is a person to ask. */
export const resolve = (given: Given) =>
  Effect.gen(function*() {
    const host = PosthogConfig.normalizeHost(yield* orConfig(given.host, "POSTHOG_HOST"))
    if (host === undefined) {
      return yield* new CliError({ reason: "invalidOption", message: "The host is no http or https address." })
    }
    const apiKey = yield* orConfig(given.apiKey, "POSTHOG_API_KEY")
    if (apiKey === undefined) {
      return yield* new CliError({
        reason: "missingOption",
        message: "Which project? Set POSTHOG_API_KEY, or pass --api-key, to the project's API key, phc_…"
      })
    }
    const connection: Connection = { host, apiKey: Redacted.make(apiKey), secretKey: yield* secretKey }
    return connection
  })

const orConfig = (given: Option.Option<string>, name: string) =>
  Option.match(given, {
    onNone: () => configured(name),
    onSome: (text) => Effect.succeed(text.trim() === "" ? undefined : text.trim())
  })

/** A blank variable is one that is not set. */
const configured = (name: string): Effect.Effect<string | undefined> =>
  Config.string(name).pipe(
    Effect.map((text) => text.trim() === "" ? undefined : text.trim()),
    Effect.orElseSucceed(() => undefined)
  )

const secretKey = Effect.gen(function*() {
  const text = (yield* configured("POSTHOG_SECRET_KEY")) ?? (yield* configured("POSTHOG_PERSONAL_API_KEY"))
  const key = text === undefined ? yield* askForSecretKey : Redacted.make(text)
  if (PosthogConfig.isProjectKey(key)) {
    return yield* new CliError({
      reason: "invalidOption",
      message: "POSTHOG_SECRET_KEY is a project's public key, phc_…; a phx_ or phs_ key is needed."
    })
  }
  return key
})

const missing = new CliError({
  reason: "missingOption",
  message: "Flag definitions need a secret key: set POSTHOG_SECRET_KEY to a phx_ or phs_ key."
})

const askForSecretKey = Effect.gen(function*() {
  const terminal = yield* Terminal.Terminal
  if (!(yield* terminal.isTTY)) {
    return yield* missing
  }
  const key = yield* Prompt.run(Prompt.password({ message: "Secret key (phx_… or phs_…)" })).pipe(
    Effect.mapError(() => missing)
  )
  return Redacted.value(key).trim() === "" ? yield* missing : Redacted.make(Redacted.value(key).trim())
})
