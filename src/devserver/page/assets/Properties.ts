/** The properties of an event, under the name of where they came from. */
import type { EventDetail, Origin } from "../PageApi.js"
import { append, h } from "./Dom.js"
import { count, oneLine } from "./Format.js"
import { value } from "./Json.js"

/** In the order in which one wins over the next. */
const origins: ReadonlyArray<{ readonly origin: Origin; readonly said: string }> = [
  { origin: "explicit", said: "given to the call" },
  { origin: "tag", said: "a tag of the scope" },
  { origin: "section", said: "a section of the scope: identity, correlation, service, request, operation" },
  { origin: "flag", said: "from flags" },
  { origin: "super", said: "a super property of the client" },
  { origin: "system", said: "added by the SDK" },
  { origin: "unknown", said: "the client did not say; with the option inspect it would" }
]

export const properties = (detail: EventDetail): HTMLElement => {
  const element = h("div", { class: "properties" })
  for (const { origin, said } of origins) {
    const own = detail.properties.filter((each) => each.origin === origin)
    if (own.length === 0) {
      continue
    }
    const names = own.toSorted((a, b) => a.name < b.name ? -1 : 1)
    append(
      element,
      h(
        "section",
        { class: `origin of-${origin}`, "aria-label": `${origin}: ${said}` },
        h(
          "h3",
          {},
          h("span", { class: "badge" }, origin),
          h("span", { class: "said" }, said),
          h("span", { class: "quiet" }, count(own.length))
        ),
        h(
          "dl",
          {},
          ...names.flatMap((each) => [
            h("dt", { title: oneLine(each.name, 2000) }, oneLine(each.name, 200)),
            h("dd", {}, value(each.value))
          ])
        )
      )
    )
  }
  if (detail.properties.length === 0) {
    append(element, h("p", { class: "quiet" }, "It has no properties."))
  }
  return element
}
