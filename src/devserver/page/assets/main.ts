/** The page of the embedded PostHog. */
import * as Api from "./Api.js"
import * as DeliveryView from "./DeliveryView.js"
import { button, h, setText } from "./Dom.js"
import * as EventsView from "./EventsView.js"
import * as ExceptionsView from "./ExceptionsView.js"
import * as FlagsView from "./FlagsView.js"
import * as Help from "./Help.js"
import * as Live from "./Live.js"
import * as Route from "./Route.js"
import * as TimelineView from "./TimelineView.js"
import type { View } from "./View.js"

const views: { readonly [K in Route.ViewName]: { readonly label: string; readonly view: View } } = {
  events: { label: "Events", view: EventsView.make() },
  exceptions: { label: "Exceptions", view: ExceptionsView.make() },
  flags: { label: "Flags", view: FlagsView.make() },
  delivery: { label: "Delivery", view: DeliveryView.make() },
  timeline: { label: "Time line", view: TimelineView.make() }
}

/** The views that have been shown: the others need not know of anything. */
const woken = new Set<Route.ViewName>()

const links = Route.viewNames.map((name, index) => ({
  name,
  element: h("a", {
    href: Route.to(name),
    class: "nav-link",
    "aria-keyshortcuts": String(index + 1)
  }, views[name].label)
}))

const status = h("span", { class: "status", role: "status" }, "connecting")
const help = Help.make()
const main = h(
  "main",
  { id: "main", tabindex: -1 },
  ...Route.viewNames.map((name) => {
    const { element } = views[name].view
    element.hidden = true
    return element
  })
)

let sure: ReturnType<typeof setTimeout> | undefined
const clear = button("Clear", () => {
  if (sure === undefined) {
    setText(clear, "Forget everything?")
    sure = setTimeout(() => {
      sure = undefined
      setText(clear, "Clear")
    }, 3000)
    return
  }
  clearTimeout(sure)
  sure = undefined
  Api.forget().then(
    () => {
      setText(clear, "Clear")
      Route.go({ event: null, tab: null })
      refresh()
    },
    () => setText(clear, "Not possible")
  )
}, { class: "small" })

document.body.append(
  h("a", {
    class: "skip",
    href: "#main",
    onclick: (event: Event) => {
      // the hash is the place in the page
      event.preventDefault()
      main.focus()
    }
  }, "Skip to the content"),
  h(
    "header",
    { class: "top" },
    h("span", { class: "brand" }, h("strong", {}, "effect-posthog"), " dev"),
    h("nav", { "aria-label": "Views" }, ...links.map(({ element }) => element)),
    h("span", { class: "grow" }),
    status,
    clear,
    button("?", () => help.showModal(), { class: "small", "aria-label": "Keys" })
  ),
  main,
  help
)

/** A key of the navigation leaves what is searched for and what is open as it was. */
const last = new Map<Route.ViewName, string>()

const show = () => {
  const route = Route.current()
  last.set(route.view, location.hash)
  document.title = `${views[route.view].label} · effect-posthog dev`
  for (const { element, name } of links) {
    if (name === route.view) {
      element.setAttribute("aria-current", "page")
    } else {
      element.removeAttribute("aria-current")
    }
    const place = last.get(name)
    element.setAttribute("href", place === undefined || place === "" ? Route.to(name) : place)
    views[name].view.element.hidden = name !== route.view
  }
  woken.add(route.view)
  views[route.view].view.show(route)
}

const awake = (): ReadonlyArray<View> => Array.from(woken, (name) => views[name].view)

const refresh = () => {
  for (const view of awake()) {
    view.refresh()
  }
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && target.type !== "radio" && target.type !== "range")

/** What these keys mean to an element that has the focus, they go on meaning. */
const isItsOwn = (target: EventTarget | null, key: string): boolean =>
  target instanceof Element &&
  ((key === "Enter" && target.closest("a, button, summary, [role=listbox], input") !== null) ||
    (key.startsWith("Arrow") && target.closest("input, pre, .scrolls, .detail, [role=tablist]") !== null))

addEventListener("keydown", (event) => {
  if (
    event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || help.open || isTyping(event.target) ||
    isItsOwn(event.target, event.key)
  ) {
    return
  }
  const view = Route.viewNames[Number(event.key) - 1]
  if (event.key === "?") {
    event.preventDefault()
    help.showModal()
  } else if (view !== undefined) {
    location.hash = last.get(view) ?? Route.to(view)
    main.focus({ preventScroll: true })
  } else if (views[Route.current().view].view.key?.(event.key) === true) {
    event.preventDefault()
  }
})

addEventListener("hashchange", show)
show()

const words: { readonly [K in Live.Status]: string } = { connecting: "connecting", live: "live", lost: "reconnecting" }

Live.connect({
  arrived: (events) => {
    for (const view of awake()) {
      view.arrived?.(events)
    }
  },
  delivery: (delivery) => {
    for (const view of awake()) {
      view.delivery?.(delivery)
    }
  },
  flags: () => {
    for (const view of awake()) {
      view.flags?.()
    }
  },
  status: (now) => {
    status.className = `status ${now}`
    setText(status, words[now])
  },
  connected: (again) => {
    for (const view of awake()) {
      if (again || view.catchUp === undefined) {
        view.refresh()
      } else {
        view.catchUp()
      }
    }
  }
})
