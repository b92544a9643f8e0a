/**
 * Executes snippets that are no whole programs: evaluates each module, then runs every effect that it gives a name to, with
 * a client, an HTTP client and Node's services provided. Prints a JSON line for each snippet. An effect may fail, as those
 * of the guides on failures do; it may not die.
 *
 *   node --import tsx test/docs/evaluate.ts FILE…
 */
import { FetchHttpClient } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Cause, Effect, Exit, Layer, Logger } from "effect"
import { PosthogLive } from "effect-posthog"
import { argv, exit, stdout } from "node:process"
import { pathToFileURL } from "node:url"

/** What became of a snippet. */
export interface Evaluated {
  readonly path: string
  /** The effects that were run. */
  readonly ran: ReadonlyArray<string>
  /** Effects that ask for a service that only an application has. */
  readonly unprovided: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
}

// nothing here has business outside of this machine
const { fetch } = globalThis
globalThis.fetch = (input, init) => {
  const { hostname } = new URL(input instanceof Request ? input.url : input)
  return hostname === "127.0.0.1" ? fetch(input, init) : Promise.reject(new TypeError(`no network: ${hostname}`))
}

const Live = Layer.mergeAll(PosthogLive, FetchHttpClient.layer, NodeContext.layer).pipe(
  Layer.provideMerge(Logger.remove(Logger.defaultLogger))
)

const isEffect = (value: unknown): value is Effect.Effect<unknown, unknown, never> =>
  Effect.isEffect(value) && !Layer.isLayer(value)

const evaluate = async (path: string): Promise<Evaluated> => {
  const ran: Array<string> = []
  const unprovided: Array<string> = []
  const problems: Array<string> = []
  try {
    const { snippet }: { readonly snippet: Readonly<Record<string, unknown>> } = await import(pathToFileURL(path).href)
    for (const [name, value] of Object.entries(snippet)) {
      if (!isEffect(value)) {
        continue
      }
      const result = await Effect.runPromiseExit(
        value.pipe(
          Effect.timeoutFail({ duration: "5 seconds", onTimeout: () => "it did not end" }),
          Effect.provide(Live)
        )
      )
      if (
        Exit.isFailure(result) && Cause.isDie(result.cause) && Cause.pretty(result.cause).includes("Service not found")
      ) {
        unprovided.push(name)
      } else if (
        Exit.isFailure(result) && (Cause.isDie(result.cause) || result.cause.toString().includes("did not end"))
      ) {
        problems.push(`${name}: ${Cause.pretty(result.cause)}`)
      } else {
        ran.push(name)
      }
    }
  } catch (error) {
    problems.push(error instanceof Error ? error.stack ?? error.message : String(error))
  }
  return { path, ran, unprovided, problems }
}

for (const path of argv.slice(2)) {
  stdout.write(`\u0000${JSON.stringify(await evaluate(path))}\n`)
}
exit(0)
