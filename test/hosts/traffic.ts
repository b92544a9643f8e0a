/** What every framework's test does to its server: many requests at once, each with an identity of its own. */
import type { ReceivedEvent } from "effect-posthog/devserver/ReceivedEvent"
import type * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import { EventEmitter } from "node:events"
import { Readable } from "node:stream"
import { expect } from "vitest"

const wait = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/** Plain code of a request: it captures in every kind of continuation. */
export const work = async (posthog: PosthogPromise.Service, id: string): Promise<void> => {
  const capture = (place: string) => posthog.capture(place, { properties: { expected: id } })
  capture("at once")
  posthog.tag(`tag-${id}`, id)
  await wait(Number(id) % 7)
  capture("after a timer")
  const emitter = new EventEmitter()
  emitter.on("done", () => capture("in a listener"))
  await new Promise<void>((resolve) =>
    setImmediate(() => {
      emitter.emit("done")
      resolve()
    })
  )
  for await (const _ of Readable.from([1])) {
    capture("in a stream")
  }
  await Promise.all([wait(1), Promise.resolve()].map((each, i) => each.then(() => capture(`in branch ${i}`))))
}

export const placesOfWork = [
  "at once",
  "after a timer",
  "in a listener",
  "in a stream",
  "in branch 0",
  "in branch 1"
]

/** A streamed body whose pieces are made while it is read. */
export async function* pieces(posthog: PosthogPromise.Service, id: string) {
  for (const piece of ["a", "b", "c"]) {
    await wait(1)
    posthog.capture("piece", { properties: { expected: id } })
    yield piece
  }
}

export const headersOf = (id: number | string) => ({
  "x-posthog-distinct-id": `user-${id}`,
  "X-POSTHOG-SESSION-ID": `session-${id}`,
  "x-correlation-id": `correlation-${id}`,
  "x-request-id": `request-${id}`,
  "x-service-name": "web",
  "user-agent": `agent-${id}`
})

export const requests = 200

/** Asks for these paths in turn, `requests` times, 32 at once; what is answered must be the asker's. */
export const drive = async (url: string, paths: ReadonlyArray<"work" | "echo" | "stream" | "fail" | "missing">) => {
  let next = 0
  const asker = async () => {
    while (next < requests) {
      const id = next++
      const path = paths[id % paths.length]!
      const response = await fetch(`${url}/${path}/${id}`, {
        headers: { ...headersOf(id), ...(path === "echo" ? { "content-type": "application/json" } : {}) },
        ...(path === "echo"
          ? { method: "POST", body: JSON.stringify({ id: String(id), padding: "x".repeat(2000) }) }
          : {})
      })
      const text = await response.text()
      expect(response.status).toBe(path === "fail" ? 500 : path === "missing" ? 404 : 200)
      if (path === "work" || path === "echo") {
        expect(text).toBe(`user-${id}`)
      } else if (path === "stream") {
        expect(text).toBe("abc")
      }
    }
  }
  await Promise.all(Array.from({ length: 32 }, asker))
}

/** Every event has its own request's identity, session, correlation and tags, and nobody else's. */
export const expectOwn = (events: ReadonlyArray<ReceivedEvent>) => {
  for (const { distinct_id, event, properties } of events) {
    const id = distinct_id.replace("user-", "")
    expect(properties).toMatchObject({
      $session_id: `session-${id}`,
      correlation_id: `correlation-${id}`,
      request_id: `request-${id}`,
      caller_service_name: "web",
      $user_agent: `agent-${id}`,
      $request_path: expect.stringMatching(new RegExp(`/${id}$`)),
      $current_url: expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/.*/${id}$`))
    })
    if (event !== "$exception") {
      expect(properties["expected"]).toBe(id)
    }
    const tags = Object.keys(properties).filter((key) => key.startsWith("tag-"))
    expect(tags.every((tag) => tag === `tag-${id}`)).toBe(true)
    if (placesOfWork.indexOf(event) > 0) {
      expect(tags).toHaveLength(1)
    }
  }
}

/** How many events of each kind there are. */
export const counts = (events: ReadonlyArray<ReceivedEvent>): Readonly<Record<string, number>> => {
  const result: Record<string, number> = {}
  for (const { event } of events) {
    result[event] = (result[event] ?? 0) + 1
  }
  return result
}

export const eventsOfWork = (count: number) => Object.fromEntries(placesOfWork.map((place) => [place, count]))

/** How often a path is asked for, of so many. */
export const share = (paths: number) => requests / paths
