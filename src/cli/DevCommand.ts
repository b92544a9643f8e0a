/**
 * `effect-posthog dev`: the embedded PostHog with its page, until it is stopped.
 *
 * @since 0.1.0
 */
import * as Command from "@effect/cli/Command"
import * as CliOptions from "@effect/cli/Options"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as HttpServer from "@effect/platform/HttpServer"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import * as DevTool from "../devserver/page/DevTool.js"
import * as Guard from "../devserver/page/Guard.js"
import { CliError } from "./CliError.js"
import * as Migrations from "./dev/Migrations.js"
import * as Sqlite from "./dev/Sqlite.js"
import * as SqliteEvents from "./dev/SqliteEvents.js"

const options = {
  port: CliOptions.integer("port").pipe(
    CliOptions.withDescription("Where it listens; 0 takes any that is free"),
    CliOptions.withDefault(8010)
  ),
  host: CliOptions.text("host").pipe(
    CliOptions.withDescription("The address it listens on; one that other machines can reach needs a token"),
    CliOptions.withDefault("127.0.0.1")
  ),
  data: CliOptions.directory("data").pipe(
    CliOptions.withDescription("The folder that events are kept in"),
    CliOptions.withDefault(".effect-posthog")
  ),
  memory: CliOptions.boolean("memory").pipe(
    CliOptions.withDescription("Keep events in memory only: they end with the process")
  ),
  flags: CliOptions.text("flags").pipe(
    CliOptions.withDescription(
      "A JSON file of flag definitions, as /flags/definitions serves them; read again when it changes"
    ),
    CliOptions.optional
  ),
  token: CliOptions.redacted("token").pipe(
    CliOptions.withDescription(
      "Who opens the page has to know it. Default: none on this machine, otherwise a random one"
    ),
    CliOptions.optional
  ),
  maxEvents: CliOptions.integer("max-events").pipe(
    CliOptions.withDescription("How many events are kept; the oldest go"),
    CliOptions.withDefault(100_000)
  )
}

export interface Options {
  readonly port: number
  readonly host: string
  readonly data: string
  readonly memory: boolean
  readonly flags: Option.Option<string>
  readonly token: Option.Option<Redacted.Redacted>
  readonly maxEvents: number
}

const invalid = (message: string) => new CliError({ reason: "invalidOption", message })

const check = ({ maxEvents, port, token }: Options): Effect.Effect<void, CliError> =>
  port < 0 || port > 65_535
    ? invalid("--port takes a number from 0 to 65535.")
    : maxEvents < 1
    ? invalid("--max-events takes a number from 1.")
    : Option.isSome(token) && !/^[\w.~-]{8,}$/.test(Redacted.value(token.value))
    ? invalid("--token takes at least 8 letters, digits, or any of _ . ~ -")
    : Effect.void

const listen = ({ host, port }: Options) =>
  NodeHttpServer.make(createServer, { host, port }).pipe(
    Effect.mapError(({ cause }) =>
      new CliError({
        reason: "unreachable",
        message: cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE"
          ? `Port ${port} is in use: stop what listens there, or take another one with --port.`
          : `Cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`
      })
    )
  )

const urlOf = (address: HttpServer.Address): string => {
  if (address._tag === "UnixAddress") {
    return HttpServer.formatAddress(address)
  }
  const hostname = address.hostname === "0.0.0.0" ? "127.0.0.1" : address.hostname === "::" ? "::1" : address.hostname
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${address.port}`
}

/** Beside the bundled tool, or where they are written. */
const assetsFolder = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const bundled = fileURLToPath(new URL("./page/", import.meta.url))
  return (yield* Effect.orElseSucceed(fs.exists(bundled), () => false))
    ? bundled
    : fileURLToPath(new URL("../devserver/page/assets/", import.meta.url))
})

const tokenFor = ({ token }: Options, onLoopback: boolean): Redacted.Redacted | undefined =>
  Option.getOrElse(token, () => onLoopback ? undefined : Redacted.make(randomBytes(24).toString("base64url")))

const printed = (options: Options, url: string, token: Redacted.Redacted | undefined): string =>
  [
    `PostHog on this machine: ${url}`,
    `  page    ${url}/${token === undefined ? "" : `?token=${Redacted.value(token)}`}`,
    `  SDKs    host ${url}, any project key (phc_demo), any secret key (phx_demo)`,
    `  events  ${options.memory ? "in memory" : options.data}, the newest ${options.maxEvents}`,
    `  flags   ${Option.getOrElse(options.flags, () => "none (--flags flags.json)")}`
  ].join("\n")

export const run = (options: Options) =>
  Effect.gen(function*() {
    yield* check(options)
    const onLoopback = Guard.isLoopback(options.host)
    const token = tokenFor(options, onLoopback)
    const sqlite = yield* Sqlite.open(options.memory ? undefined : options.data)
    yield* Migrations.run(sqlite)
    const server = yield* listen(options)
    const url = urlOf(server.address)
    const { httpApp } = yield* DevTool.make({
      url,
      database: SqliteEvents.make(sqlite, options),
      assets: yield* assetsFolder,
      flags: Option.getOrUndefined(options.flags),
      onLoopback,
      token
    })
    yield* Effect.locally(server.serve(httpApp), HttpMiddleware.currentTracerDisabledWhen, constTrue)
    yield* Console.log(printed(options, url, token))
    return yield* Effect.never
  }).pipe(Effect.scoped)

export const command = Command.make("dev", options, run).pipe(
  Command.withDescription("A PostHog on your own machine: takes what SDKs send, serves flags, shows it all in a page")
)
