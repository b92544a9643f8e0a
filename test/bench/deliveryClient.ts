/** The process of a client in the delivery benchmark: the same producer for both, and what it takes. */
import { setImmediate, setTimeout } from "node:timers/promises"
import { type Client, type ClientQuestion, type Mode, type Spent, turn, window } from "./deliveryWork.js"
import { serve } from "./httpWork.js"

/** `make` is called with the address of the sink, once everything has been imported. */
export const serveClient = (make: (host: string) => Client): void => {
  const imported = process.memoryUsage.rss()
  const client = make(`http://127.0.0.1:${process.argv[3]}`)
  let captured = 0

  /** A turn of the event loop after the other; `keepUp` before the next one. */
  const inTurns = async (events: number, keepUp: () => Promise<void>) => {
    for (const end = captured + events; captured < end;) {
      const count = Math.min(turn, end - captured)
      client.capture(captured, count)
      captured += count
      await setImmediate()
      await keepUp()
    }
  }

  const works: Readonly<Record<Mode, (events: number) => Promise<unknown>>> = {
    paced: async (events) => {
      await inTurns(events, async () => {
        while (client.pending() > window) {
          await setTimeout(1)
        }
      })
      return client.flush()
    },
    drain: () => client.flush(),
    burst: (events) => {
      client.capture(captured, events)
      captured += events
      return client.shutdown()
    }
  }

  const measure = async (work: () => Promise<unknown>): Promise<Spent> => {
    const usage = process.cpuUsage()
    const from = performance.now()
    await work()
    const micros = (performance.now() - from) * 1000
    const { system, user } = process.cpuUsage(usage)
    // kilobytes, whatever the platform
    return { micros, processor: system + user, peak: process.resourceUsage().maxRSS * 1024 - imported }
  }

  serve(process.pid, (question: ClientQuestion) =>
    measure(() =>
      question._tag === "capture"
        ? inTurns(question.events, async () => {})
        : works[question.mode](question.events)
    ))
}
