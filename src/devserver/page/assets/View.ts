/** What the page knows of each of its views. */
import type { Delivery, EventSummary } from "../PageApi.js"
import type { Route } from "./Route.js"

export interface View {
  readonly element: HTMLElement
  /** Is called when the view is shown, and when the place in it changes. */
  readonly show: (route: Route) => void
  readonly arrived?: (events: ReadonlyArray<EventSummary>) => void
  readonly delivery?: (delivery: Delivery) => void
  readonly flags?: () => void
  /** What came before the server could tell of it is asked for; where there is no such thing, `refresh` is called. */
  readonly catchUp?: () => void
  /** What is shown may be old. */
  readonly refresh: () => void
  /** A key that nothing else took; whether the view did. */
  readonly key?: (key: string) => boolean
}
