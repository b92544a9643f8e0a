/** How events come here: requests, what came again, what the SDKs dropped, and faults to see how an application behaves. */
import { type Delivery, type FaultName, faultNames } from "../PageApi.js"
import * as Api from "./Api.js"
import { append, h, setText } from "./Dom.js"
import { bytes, clockTime, count, dateAndTime, oneLine } from "./Format.js"
import * as Notice from "./Notice.js"
import type { View } from "./View.js"

const faults: { readonly [K in FaultName]: readonly [label: string, said: string] } = {
  none: ["None", "every request is answered"],
  "503": ["503", "every request is refused for now; a client tries again"],
  slow: ["Slow", "every answer is late"],
  reset: ["Reset", "every connection breaks off"]
}

const totals = [
  ["requests", "requests"],
  ["events", "events"],
  ["duplicates", "came again"],
  ["invalid", "malformed requests"]
] as const

const statusClass = (status: number | null): string =>
  status === null || status >= 500 || status >= 400 ? "bad" : "good"

export const make = (): View => {
  const notice = Notice.make()
  let isShown = false
  let latest = 0

  const radios = faultNames.map((name) => {
    const [label, said] = faults[name]
    const input = h("input", {
      type: "radio",
      name: "fault",
      value: name,
      id: `fault-${name}`,
      onchange: () => {
        void notice.run(Api.setFault(name)).then((delivery) => delivery === undefined ? load() : draw(delivery))
      }
    })
    return {
      name,
      input,
      element: h("label", { class: "fault", for: `fault-${name}` }, input, h("strong", {}, label), h("span", {}, said))
    }
  })
  const figures = totals.map(([name, label]) => {
    const output = h("dd", { class: "mono" }, "–")
    return { name, output, element: h("div", { class: "figure" }, h("dt", {}, label), output) }
  })
  const dropped = h("tbody")
  const droppedTable = h(
    "table",
    {},
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...["When", "Why", "Events"].map((each, index) =>
          h("th", { scope: "col", class: index === 2 ? "number" : "" }, each)
        )
      )
    ),
    dropped
  )
  const nothingDropped = h("p", { class: "quiet" }, "No SDK has said that it dropped anything.")
  const requests = h("tbody")
  const banner = h("p", { class: "fault-banner", role: "status" })

  const row = (request: Delivery["requests"][number]): HTMLElement =>
    h(
      "tr",
      { class: request.problems.length > 0 ? "with-problems" : "" },
      h("td", { class: "mono", title: dateAndTime(request.at) }, clockTime(request.at)),
      h(
        "td",
        { class: `mono answer ${statusClass(request.status)}` },
        request.status === null ? "no answer" : String(request.status)
      ),
      h("td", { class: "mono path" }, oneLine(request.path, 200)),
      h("td", { class: "mono number" }, count(request.events)),
      h("td", { class: "mono number" }, bytes(request.bytes)),
      h(
        "td",
        { class: "number" },
        request.attempt === null
          ? ""
          : request.attempt > 1
          ? h("span", { class: "badge retry" }, `attempt ${request.attempt}`)
          : "first"
      ),
      h(
        "td",
        { class: "library" },
        oneLine(request.library, 80),
        request.problems.length === 0
          ? null
          : h("ul", { class: "request-problems" }, ...request.problems.map((each) => h("li", {}, oneLine(each, 500))))
      )
    )

  const draw = (delivery: Delivery) => {
    latest++
    for (const { element, input, name } of radios) {
      input.checked = delivery.fault === name
      element.classList.toggle("chosen", delivery.fault === name)
    }
    banner.hidden = delivery.fault === "none"
    setText(banner, delivery.fault === "none" ? "" : `The fault is on: ${faults[delivery.fault][1]}.`)
    for (const { name, output } of figures) {
      setText(output, count(delivery.totals[name]))
    }
    droppedTable.hidden = delivery.dropped.length === 0
    nothingDropped.hidden = delivery.dropped.length > 0
    dropped.replaceChildren(
      ...delivery.dropped.slice(0, 200).map((each) =>
        h(
          "tr",
          {},
          h("td", { class: "mono", title: dateAndTime(each.at) }, clockTime(each.at)),
          h("td", { class: "mono" }, oneLine(each.reason, 200)),
          h("td", { class: "mono number" }, count(each.count))
        )
      )
    )
    requests.replaceChildren()
    append(requests, ...delivery.requests.slice(0, 200).map(row))
    if (delivery.requests.length === 0) {
      append(requests, h("tr", {}, h("td", { colspan: 7, class: "quiet" }, "No request has come.")))
    }
  }

  const load = async () => {
    const before = latest
    const found = await notice.run(Api.delivery())
    // what the stream told meanwhile is newer
    if (found !== undefined && before === latest) {
      draw(found)
    }
  }

  return {
    element: h(
      "section",
      { class: "view page delivery-view", "aria-label": "Delivery" },
      notice.element,
      h("dl", { class: "figures" }, ...figures.map(({ element }) => element)),
      h(
        "fieldset",
        { class: "faults" },
        h("legend", {}, "Fault"),
        h("p", { class: "quiet" }, "How does the application behave when PostHog does not?"),
        h("div", { class: "fault-choices" }, ...radios.map(({ element }) => element)),
        banner
      ),
      h("h2", {}, "Dropped by SDKs"),
      nothingDropped,
      h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Dropped by SDKs" }, droppedTable),
      h("h2", {}, "Requests"),
      h(
        "div",
        { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Requests" },
        h(
          "table",
          { class: "requests" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ...["Time", "Answer", "Path", "Events", "Size", "Try", "Client"].map((each, index) =>
                h("th", { scope: "col", class: index > 2 && index < 6 ? "number" : "" }, each)
              )
            )
          ),
          requests
        )
      )
    ),
    show: () => {
      isShown = true
      void load()
    },
    delivery: (delivery) => {
      if (isShown) {
        draw(delivery)
      }
    },
    refresh: () => {
      if (isShown) {
        void load()
      }
    }
  }
}
