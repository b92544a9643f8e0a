/** What the server tells unasked. The connection is made anew for as long as it takes. */
import type { Delivery, EventSummary } from "../PageApi.js"
import { streamUrl } from "./Api.js"

export type Status = "connecting" | "live" | "lost"

export interface Listeners {
  readonly arrived: (events: ReadonlyArray<EventSummary>) => void
  readonly delivery: (delivery: Delivery) => void
  readonly flags: () => void
  readonly status: (status: Status) => void
  /** From now on nothing is missed; after the connection was lost, `again`, what is shown may be old. */
  readonly connected: (again: boolean) => void
}

const retryMillis = 1000
/** A server that is just starting may take a connection and never answer it. */
const patienceMillis = 5000

export const connect = (listeners: Listeners): void => {
  let wasLost = false
  const open = () => {
    const source = new EventSource(streamUrl)
    const lost = () => {
      clearTimeout(patience)
      // the browser's own retries give up after some answers, and wait longer
      source.close()
      wasLost = true
      listeners.status("lost")
      setTimeout(open, retryMillis)
    }
    const patience = setTimeout(lost, patienceMillis)
    source.addEventListener("open", () => {
      clearTimeout(patience)
      listeners.status("live")
      listeners.connected(wasLost)
      wasLost = false
    })
    source.addEventListener("error", lost)
    const on = (name: string, listener: (data: string) => void) =>
      source.addEventListener(name, (event: MessageEvent<string>) => listener(event.data))
    on("arrived", (data) => listeners.arrived(JSON.parse(data) as ReadonlyArray<EventSummary>))
    on("delivery", (data) => listeners.delivery(JSON.parse(data) as Delivery))
    on("flags", () => listeners.flags())
  }
  listeners.status("connecting")
  open()
}
