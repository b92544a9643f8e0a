/**
 * posthog-node's side of the exceptions benchmark. It tells of an event in the moment after it has put it into its queue,
 * as an object: its text is made when it is sent, and counted here as if it were made at once.
 */
import type { PostHog } from "posthog-node"
import { host } from "./captureWork.js"
import {
  calls,
  check,
  distinctId,
  errors,
  type Kind,
  manyCalls,
  memoryOf,
  names,
  properties
} from "./exceptionsWork.js"
import { serve, type Work } from "./harness.js"

const module = await import(new URL("../../test/bench/peer.mjs", import.meta.url).href) as {
  readonly PostHog: typeof PostHog
}

interface Message {
  readonly properties: Readonly<Record<string, unknown>>
}

/** What is measured of one exception. */
type Part = "waits" | "enqueued" | "whole"

const make = async (kind: Kind, part: Part) => {
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

const timed = (kind: Kind, part: Part): () => Promise<Work> => async () => {
  const capture = await make(kind, part)
  return () => capture(calls)
}

/** What the process grows by, from before the first exception: the same however often it is asked for. */
const weighed = (what: "held" | "resident"): () => Promise<Work> => async () => {
  const capture = await make("few", "whole")
  let growth: number | undefined
  return async () => {
    if (growth === undefined) {
      const before = memoryOf(what)
      await capture(manyCalls)
      growth = memoryOf(what) - before
    }
    return growth
  }
}

const works: Readonly<Record<string, () => Promise<Work>>> = {
  [names.waits]: timed("few", "waits"),
  [names.whole]: timed("few", "whole"),
  [names.enqueued]: timed("few", "enqueued"),
  [names.nearEnd]: timed("nearEnd", "whole"),
  [names.manyFiles]: timed("many", "whole"),
  [names.thrown]: timed("thrown", "whole"),
  [names.held]: weighed("held"),
  [names.resident]: weighed("resident")
}

const work = process.argv[2] ?? ""
serve({ [work]: await works[work]!() })
