/** One event, whole. */
import type { EventDetail } from "../PageApi.js"
import * as Api from "./Api.js"
import { copyButton } from "./Copy.js"
import { append, button, h } from "./Dom.js"
import { exceptions } from "./Exceptions.js"
import { counted, dateAndTime, millis, oneLine } from "./Format.js"
import { document_ } from "./Json.js"
import { properties } from "./Properties.js"
import * as Query from "./Query.js"
import * as Route from "./Route.js"
import { scopeTree } from "./ScopeTree.js"
import * as Tabs from "./Tabs.js"

export interface EventPane {
  readonly element: HTMLElement
  readonly show: (uuid: string | null, tab: string | null) => void
  readonly refresh: () => void
}

const fact = (name: string, text: string, ...links: ReadonlyArray<HTMLElement>): ReadonlyArray<HTMLElement> => [
  h("dt", {}, name),
  h("dd", {}, h("bdi", { class: "mono", title: oneLine(text, 2000) }, oneLine(text, 200)), ...links)
]

const filter = (field: Query.Field, value: string): HTMLElement =>
  h("a", {
    class: "action",
    href: Route.to("events", { query: Query.of(field, value), event: Route.current().event }),
    title: `Show the events of this ${field} only`
  }, "filter")

const facts = (detail: EventDetail): HTMLElement => {
  const delay = new Date(detail.receivedAt).getTime() - new Date(detail.timestamp).getTime()
  return h(
    "dl",
    { class: "facts" },
    ...fact("time", dateAndTime(detail.timestamp)),
    ...fact(
      "arrived",
      `${Number.isNaN(delay) ? detail.receivedAt : delay >= 0 ? `${millis(delay)} later` : `${millis(-delay)} before`}${
        detail.deliveries > 1 ? `, and came ${detail.deliveries} times` : ""
      }`
    ),
    ...fact(
      "person",
      detail.distinctId,
      filter("person", detail.distinctId),
      h("a", { class: "action", href: Route.to("flags", { person: detail.distinctId }) }, "flags")
    ),
    ...detail.sessionId === null ? [] : fact("session", detail.sessionId, filter("session", detail.sessionId)),
    ...detail.correlationId === null
      ? []
      : fact(
        "correlation",
        detail.correlationId,
        filter("correlation", detail.correlationId),
        h("a", { class: "action", href: Route.to("timeline", { correlation: detail.correlationId }) }, "time line")
      ),
    ...detail.service === null ? [] : fact("service", detail.service),
    ...fact("uuid", detail.uuid)
  )
}

const tabsOf = (detail: EventDetail): ReadonlyArray<Tabs.Tab> => [
  ...detail.exceptions.length === 0
    ? []
    : [{
      name: "exception",
      label: detail.exceptions.length === 1 ? "Exception" : `Exceptions ${detail.exceptions.length}`,
      content: () => exceptions(detail)
    }],
  { name: "properties", label: "Properties", content: () => properties(detail) },
  {
    name: "scope",
    label: detail.frames === null ? "Scope" : `Scope ${detail.frames.length}`,
    content: () => scopeTree(detail)
  },
  { name: "raw", label: "Raw", content: () => document_(detail.raw) }
]

export const make = (close: () => void): EventPane => {
  const body = h("div", { class: "detail-body" })
  const element = h("aside", { class: "detail", tabindex: -1, "aria-label": "The open event", hidden: true }, body)
  let uuid: string | null = null
  let tabs: { readonly show: (name: string | null) => void } | undefined
  let aborts = new AbortController()

  const closeButton = () =>
    button("Close", close, { class: "small close", "aria-keyshortcuts": "Escape", title: "Escape" })

  const draw = (detail: EventDetail, tab: string | null) => {
    const tabbed = Tabs.make("Of this event", tabsOf(detail), tab, (name) => Route.replace({ tab: name }))
    tabs = tabbed
    body.replaceChildren(
      h(
        "header",
        { class: "detail-head" },
        h(
          "div",
          { class: "title" },
          h("h2", {}, h("bdi", {}, oneLine(detail.event, 400))),
          copyButton("Copy JSON", () => JSON.stringify(detail.raw, null, 2)),
          closeButton()
        ),
        facts(detail),
        detail.problems.length === 0 ? null : h(
          "div",
          { class: "problems", role: "note" },
          h("strong", {}, counted(detail.problems.length, "problem")),
          h("ul", {}, ...detail.problems.map((problem) => h("li", {}, oneLine(problem, 1000))))
        )
      ),
      tabbed.element
    )
    body.scrollTop = 0
  }

  const load = async (wanted: string, tab: string | null) => {
    aborts.abort()
    aborts = new AbortController()
    const { signal } = aborts
    try {
      const detail = await Api.event(wanted, signal)
      if (!signal.aborted) {
        draw(detail, tab)
      }
    } catch (error) {
      if (signal.aborted) {
        return
      }
      tabs = undefined
      const isGone = error instanceof Api.ApiError && error.status === 404
      body.replaceChildren()
      append(
        body,
        h(
          "header",
          { class: "detail-head" },
          h("div", { class: "title" }, h("h2", {}, isGone ? "This event is not here" : "Not to be had"), closeButton()),
          h(
            "p",
            { class: "quiet" },
            isGone ? "It was forgotten, or belongs to another server." : error instanceof Error ? error.message : ""
          )
        )
      )
    }
  }

  return {
    element,
    show: (wanted, tab) => {
      element.hidden = wanted === null
      if (wanted === uuid) {
        tabs?.show(tab)
        return
      }
      uuid = wanted
      if (wanted === null) {
        aborts.abort()
        tabs = undefined
        body.replaceChildren()
      } else {
        void load(wanted, tab)
      }
    },
    refresh: () => {
      if (uuid !== null) {
        void load(uuid, Route.current().tab)
      }
    }
  }
}
