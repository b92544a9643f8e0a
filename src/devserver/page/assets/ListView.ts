/** A live list on the left, the open event on the right: of events, and of exceptions. */
import type { EventSummary } from "../PageApi.js"
import { append, button, h, setText } from "./Dom.js"
import * as EventPane from "./EventPane.js"
import { create, fillPending } from "./EventRow.js"
import * as Feed from "./Feed.js"
import { count, counted } from "./Format.js"
import { narrow } from "./Narrow.js"
import * as Query from "./Query.js"
import * as Route from "./Route.js"
import type { View } from "./View.js"
import * as VirtualList from "./VirtualList.js"

export interface Options<A extends EventSummary> {
  readonly view: "events" | "exceptions"
  readonly label: string
  readonly placeholder: string
  readonly columns: ReadonlyArray<string>
  /** The search takes `name:`, `person:` and so on. */
  readonly fields: boolean
  readonly fill: (row: HTMLElement, item: A) => void
  readonly source: (query: string) => Feed.Source<A>
  /** Of what arrived, what belongs here: as items, or how many there are to be fetched. */
  readonly takes: (events: ReadonlyArray<EventSummary>) => ReadonlyArray<A>
  readonly empty: () => Node
}

const searchMillis = 150

export const make = <A extends EventSummary>(options: Options<A>): View => {
  let query: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  /** What is to have the focus once it is shown. */
  let focusNext: (() => HTMLElement) | undefined

  const takeFocus = () => {
    const target = focusNext?.()
    if (target !== undefined && target.checkVisibility()) {
      focusNext = undefined
      target.focus({ preventScroll: true })
    }
  }

  const feed = Feed.make<A>((added) => {
    list.update(added)
    describe(added)
  })

  const list = VirtualList.make({
    label: options.label,
    rowHeight: () => narrow.matches ? 52 : 30,
    count: feed.total,
    createRow: create,
    fillRow: (row, index) => {
      const item = feed.at(index)
      if (item === undefined) {
        fillPending(row)
        return null
      }
      options.fill(row, item)
      return item.number
    },
    indexOf: feed.indexOf,
    need: feed.need,
    open: (index) => {
      const item = feed.at(index)
      if (item !== undefined) {
        focusNext = () => pane.element
        Route.go({ event: item.uuid })
        takeFocus()
      }
    }
  })
  narrow.addEventListener("change", () => list.update(0))

  const close = () => {
    focusNext = () => list.element
    Route.go({ event: null, tab: null })
    takeFocus()
  }
  const pane = EventPane.make(close)

  const search = h("input", {
    type: "search",
    class: "search",
    placeholder: options.placeholder,
    "aria-label": `Search ${options.label.toLowerCase()}`,
    "aria-keyshortcuts": "/",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1000,
    oninput: () => {
      clearTimeout(timer)
      timer = setTimeout(() => Route.replace({ query: search.value }), searchMillis)
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === "Escape" && search.value === "") {
        event.stopPropagation()
        list.element.focus()
      } else if (event.key === "Escape") {
        event.preventDefault()
        event.stopPropagation()
        search.value = ""
        Route.replace({ query: "" })
      } else if (event.key === "Enter" || event.key === "ArrowDown") {
        event.preventDefault()
        clearTimeout(timer)
        Route.replace({ query: search.value })
        list.element.focus()
      }
    }
  })

  const insert = (field: Query.Field) => {
    const isThere = new RegExp(`\\b${field}:`).test(search.value)
    search.value = isThere ? search.value : `${search.value.trim()} ${field}:`.trimStart()
    search.focus()
    search.setSelectionRange(search.value.length, search.value.length)
  }

  const pause = button("Pause", () => togglePause(), { class: "small pause", "aria-keyshortcuts": "p" })
  const summary = h("span", { class: "quiet summary", role: "status" })
  const fresh = button("", () => list.moveTo(0), { class: "fresh", hidden: true })
  const empty = h("div", { class: "empty", hidden: true })
  let unseen = 0
  let emptyFor: string | undefined

  const togglePause = () => {
    if (feed.paused()) {
      feed.resume()
    } else {
      feed.pause()
    }
    pause.textContent = feed.paused() ? "Resume" : "Pause"
    pause.setAttribute("aria-pressed", String(feed.paused()))
  }

  const describe = (added: number) => {
    unseen = list.atTop() ? 0 : unseen + added
    fresh.hidden = unseen === 0
    setText(fresh, `↑ ${count(unseen)} new`)
    const held = feed.paused() ? `, ${count(feed.held())} waiting` : ""
    if (feed.state() !== "loading") {
      setText(
        summary,
        feed.state() === "failed"
          ? `Not to be had: ${feed.problem()}`
          : counted(feed.total(), options.view === "events" ? "event" : "exception") + held
      )
    }
    const isEmpty = feed.state() === "ready" && feed.total() === 0
    empty.hidden = !isEmpty
    if (isEmpty && emptyFor !== query) {
      emptyFor = query
      empty.replaceChildren(
        query === "" ? options.empty() : h("p", {}, "Nothing matches. ", h("kbd", {}, "Esc"), " empties the search.")
      )
    }
  }
  list.element.addEventListener("scroll", () => {
    if (unseen > 0 && list.atTop()) {
      unseen = 0
      fresh.hidden = true
    }
  }, { passive: true })

  const element = h("section", { class: `view split ${options.view}`, "aria-label": options.label })
  const bar = h("div", { class: "bar" }, search)
  if (options.fields) {
    append(
      bar,
      h(
        "span",
        { class: "fields", role: "group", "aria-label": "Search in one field" },
        ...Query.fields.map((field) => button(`${field}:`, () => insert(field), { class: "chip" }))
      )
    )
  }
  append(bar, h("span", { class: "grow" }), summary, pause)
  append(
    element,
    h(
      "div",
      { class: "list-pane" },
      bar,
      h(
        "div",
        { class: "columns", "aria-hidden": "true" },
        ...["time", "name", "person", "service", "correlation"].map((name, index) =>
          h("span", { class: `cell ${name}` }, options.columns[index])
        )
      ),
      h("div", { class: "list-frame" }, fresh, list.element, empty)
    ),
    pane.element
  )

  const select = (uuid: string | null) => {
    let found: number | null = null
    if (uuid !== null) {
      for (let index = 0; index < Math.min(feed.loaded(), 5000); index++) {
        if (feed.at(index)?.uuid === uuid) {
          found = feed.at(index)?.number ?? null
          break
        }
      }
    }
    list.select(found)
  }

  let shown: string | null = null

  return {
    element,
    show: (route) => {
      if (query !== route.query) {
        query = route.query
        if (search.value !== query && document.activeElement !== search) {
          search.value = query
        } else if (query === "") {
          search.value = ""
        }
        emptyFor = undefined
        list.reset()
        feed.start(options.source(query))
        describe(0)
      }
      element.classList.toggle("open", route.event !== null)
      pane.show(route.event, route.tab)
      if (shown !== route.event) {
        shown = route.event
        select(shown)
      }
      takeFocus()
    },
    arrived: (events) => {
      const items = options.takes(events)
      if (items.length > 0) {
        feed.arrived(items)
      }
    },
    catchUp: feed.catchUp,
    refresh: () => {
      feed.reload()
      describe(0)
      pane.refresh()
    },
    key: (key) => {
      const acts: { readonly [key: string]: () => void } = {
        j: () => list.move(1),
        k: () => list.move(-1),
        ArrowDown: () => list.move(1),
        ArrowUp: () => list.move(-1),
        g: () => list.moveTo(0),
        G: () => list.moveTo(feed.total() - 1),
        Enter: list.openCursor,
        p: togglePause,
        "/": () => {
          search.focus()
          search.select()
        },
        Escape: close
      }
      const act = acts[key]
      act?.()
      return act !== undefined
    }
  }
}
