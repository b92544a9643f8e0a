/** What the examples of other hosts share: an embedded PostHog in this process, and how to show what it received. */
import { Effect, Layer, ManagedRuntime } from "effect"
import * as DevServer from "effect-posthog/devserver/DevServer"

export const embedded = ManagedRuntime.make(DevServer.layerInMemory())

/** All requests go to the embedded PostHog, without a socket. */
export const httpClient = Layer.effectContext(Effect.map(embedded.runtimeEffect, ({ context }) => context))

export const printEvents = async (): Promise<void> => {
  const events = await embedded.runPromise(Effect.flatMap(DevServer.DevServer, ({ events }) => events))
  for (const { distinct_id, event, properties } of events) {
    const tags = Object.entries(properties).filter(([key]) => ["order", "new checkout"].includes(key))
    console.log(
      `${event} of ${distinct_id}:`,
      [properties["operation_name"], properties["correlation_id"]].filter((each) => each !== undefined).join(", "),
      Object.fromEntries(tags)
    )
  }
}

/** Asks a server as two people at once. */
export const ask = async (url: string, path: string): Promise<void> => {
  const answers = await Promise.all(["ada", "bob"].map(async (user) => {
    const response = await fetch(`${url}${path}`, {
      headers: { "x-posthog-distinct-id": user, "x-correlation-id": `corr-of-${user}` }
    })
    return `${user} ${path}: ${response.status} ${await response.text()}`
  }))
  console.log(answers.join("\n"))
}
