/** Everything of one correlation, in all services, on one line of time. */
import type { EventSummary, Timeline } from "../PageApi.js"
import * as Api from "./Api.js"
import { append, h } from "./Dom.js"
import { counted, dateAndTime, millis, oneLine } from "./Format.js"
import * as Notice from "./Notice.js"
import * as Route from "./Route.js"
import type { View } from "./View.js"

type Entry = Timeline["entries"][number]

const lanes = 6
const most = 2000

const durationOf = (entry: Entry): number => Math.max(0, entry.durationMillis ?? 0)

const row = (entry: Entry, from: number, length: number, lane: number): HTMLElement => {
  const start = 100 * (entry.at - from) / length
  const width = 100 * durationOf(entry) / length
  const mark = h("span", { class: `mark ${entry.kind} lane${lane}` })
  mark.style.left = `${Math.min(start, 99.5)}%`
  if (entry.kind === "span") {
    mark.style.width = `max(3px, ${width}%)`
  }
  const title = oneLine(entry.title, 300)
  return h(
    "li",
    { class: "entry" },
    h("span", { class: "offset mono" }, `+${millis(entry.at - from)}`),
    h(
      "span",
      { class: `service lane${lane}`, title: oneLine(entry.service ?? "", 300) },
      entry.service === null ? "–" : oneLine(entry.service, 60)
    ),
    h("span", { class: "kind" }, entry.kind),
    h(
      "span",
      { class: "entry-title" },
      entry.uuid === null ? title : h("a", { href: Route.to("events", { event: entry.uuid }) }, title),
      entry.durationMillis === null ? null : h("span", { class: "quiet" }, ` ${millis(entry.durationMillis)}`)
    ),
    h("span", { class: "track", "aria-hidden": "true" }, mark)
  )
}

const draw = ({ correlationId, entries }: Timeline): HTMLElement => {
  if (entries.length === 0) {
    return h("p", { class: "empty-note" }, `Nothing has arrived of the correlation ${oneLine(correlationId, 200)}.`)
  }
  const from = Math.min(...entries.slice(0, most).map(({ at }) => at))
  const to = Math.max(...entries.slice(0, most).map((entry) => entry.at + durationOf(entry)))
  const length = Math.max(1, to - from)
  const services = Array.from(new Set(entries.map(({ service }) => service)))
  return h(
    "div",
    {},
    h(
      "p",
      { class: "quiet" },
      `${counted(entries.length, "entry", "entries")} of ${counted(services.length, "service")} within ${
        millis(to - from)
      }, from ${dateAndTime(from)}.${entries.length > most ? ` The first ${most} are shown.` : ""}`
    ),
    h(
      "ol",
      { class: "timeline" },
      ...entries.slice(0, most).map((entry) => row(entry, from, length, services.indexOf(entry.service) % lanes))
    )
  )
}

export const make = (): View => {
  const notice = Notice.make()
  const content = h("div", { class: "timeline-content" })
  const recent = h("ul", { class: "recent" })
  const input = h("input", {
    id: "timeline-id",
    placeholder: "correlation id",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: 1000
  })
  let correlation: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  /** Correlations to begin with: those of the newest events. */
  const suggest = async () => {
    const { events } = await Api.events({ search: "" }, { before: null, limit: 500 })
    const byId = new Map<string, Array<EventSummary>>()
    for (const event of events) {
      if (event.correlationId !== null) {
        byId.set(event.correlationId, [...byId.get(event.correlationId) ?? [], event])
      }
    }
    content.replaceChildren(
      byId.size === 0
        ? h("p", { class: "empty-note" }, "No event has a correlation yet.")
        : h("h2", {}, "Newest correlations"),
      recent
    )
    recent.replaceChildren()
    append(
      recent,
      ...Array.from(byId).slice(0, 30).map(([id, own]) =>
        h(
          "li",
          {},
          h("a", { class: "mono", href: Route.to("timeline", { correlation: id }) }, oneLine(id, 80)),
          h(
            "span",
            { class: "quiet" },
            `${counted(own.length, "event")}, ${
              Array.from(new Set(own.map(({ service }) => service ?? "no service"))).map((each) => oneLine(each, 40))
                .join(", ")
            }`
          )
        )
      )
    )
  }

  const load = async () => {
    const wanted = correlation
    if (wanted === null || wanted === "") {
      await notice.run(suggest())
      return
    }
    const found = await notice.run(Api.timeline(wanted))
    if (found !== undefined && wanted === correlation) {
      content.replaceChildren(draw(found))
    } else if (found === undefined) {
      content.replaceChildren()
    }
  }

  return {
    element: h(
      "section",
      { class: "view page timeline-view", "aria-label": "Time line" },
      h(
        "form",
        {
          class: "timeline-form",
          onsubmit: (event: Event) => {
            event.preventDefault()
            Route.go({ correlation: input.value.trim() })
          }
        },
        h("label", { for: "timeline-id" }, "Correlation"),
        h("div", { class: "with-button" }, input, h("button", { type: "submit", class: "primary" }, "Show"))
      ),
      notice.element,
      content
    ),
    show: (route) => {
      correlation = route.correlation
      input.value = correlation ?? ""
      void load()
    },
    arrived: (events) => {
      if (timer === undefined && events.some(({ correlationId }) => correlationId === correlation)) {
        timer = setTimeout(() => {
          timer = undefined
          void load()
        }, 300)
      }
    },
    refresh: () => void load()
  }
}
