/**
 * posthog-node's side of the exceptions benchmark. It tells of an event in the moment after it has put it into its queue,
 * as an object: its text is made when it is sent, and counted here as if it were made at once.
 */
import type { PostHog } from "posthog-node"
import { host } from "./captureWork.js"
import { check, distinctId, errors, type Kind, names, type Part, properties, timed, works } from "./exceptionsWork.js"
import { serve, type Work } from "./harness.js"

const module = await import(new URL("../../test/bench/peer.mjs", import.meta.url).href) as {
  readonly PostHog: typeof PostHog
}

interface Message {
  readonly properties: Readonly<Record<string, unknown>>
}

/** `enqueued`: without the text. */
const make = async (kind: Kind, part: Part | "enqueued") => {
  const error = await errors(kind)
  const client = new module.PostHog("phc_bench", {
    host,
    flushAt: 1_000_000,
    maxQueueSize: 1_000_000,
    flushInterval: 0
  })
  let arrived: (message: Message) => void = () => {}
  let bytes = 0
  let end = 0
  client.on("capture", (message: Message) => {
    if (part === "whole") {
      bytes = JSON.stringify(message).length
    }
    end = performance.now()
    arrived(message)
  })
  let n = 0

  /** So many exceptions, one after the other: the microseconds of one. */
  const capture = async (count: number): Promise<number> => {
    let spent = 0
    for (let i = 0; i < count; i++) {
      const exception = error(n)
      const next = new Promise<Message>((resolve) => {
        arrived = resolve
      })
      const from = performance.now()
      client.captureException(exception, distinctId, properties(n))
      const returned = performance.now()
      const message = await next
      spent += (part === "waits" ? returned : end) - from
      if (message.properties["n"] !== n || (part === "whole" && bytes < 1000)) {
        throw new Error(`another exception came than number ${n}`)
      }
      if (n === 0) {
        check(exception, kind, message.properties)
      }
      n++
    }
    // nothing is sent here: what has arrived is of no further use
    client.setPersistedProperty("queue" as Parameters<typeof client.setPersistedProperty>[0], null)
    return spent * 1000 / count
  }
  return capture
}

const own: Readonly<Record<string, () => Promise<Work>>> = {
  ...works(make),
  [names.enqueued]: timed(() => make("few", "enqueued"))
}

const work = process.argv[2] ?? ""
serve({ [work]: await own[work]!() })
