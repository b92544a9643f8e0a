/** Every event as it arrives. */
import type { EventSummary } from "../PageApi.js"
import * as Api from "./Api.js"
import { h } from "./Dom.js"
import { fillEvent } from "./EventRow.js"
import * as ListView from "./ListView.js"
import * as Query from "./Query.js"
import type { View } from "./View.js"

const firstSteps = (): Node =>
  h(
    "div",
    {},
    h("h2", {}, "Waiting for the first event"),
    h("p", {}, "Point a client at this PostHog; any key will do:"),
    h(
      "pre",
      { class: "snippet", tabindex: 0 },
      `Posthog.layer({ apiKey: Redacted.make("phc_dev"), host: "${location.origin}" })`
    ),
    h("p", {}, "or, with any other SDK or none:"),
    h(
      "pre",
      { class: "snippet", tabindex: 0 },
      `curl ${location.origin}/i/v0/e/ -H 'content-type: application/json' \\\n  -d '{"api_key":"phc_dev","event":"hello","distinct_id":"me"}'`
    )
  )

export const make = (): View =>
  ListView.make<EventSummary>({
    view: "events",
    label: "Events",
    placeholder: "Search, or person:ada …",
    columns: ["Time", "Event", "Person", "Service", "Correlation"],
    fields: true,
    fill: fillEvent,
    source: (text) => {
      const query = Query.parse(text)
      return {
        takesAll: Query.isEmpty(query),
        load: async (page, signal) => {
          const { events, next, total } = await Api.events(query, page, signal)
          return { items: events, total, next }
        }
      }
    },
    takes: (events) => events,
    empty: firstSteps
  })
