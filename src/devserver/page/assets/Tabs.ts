/** Tabs of one panel: arrow keys between them, one of them in the order of Tab. */
import { h } from "./Dom.js"

export interface Tab {
  readonly name: string
  readonly label: string
  readonly content: () => Node
}

let groups = 0

/** `shown` names the tab to begin with. */
export const make = (
  label: string,
  tabs: ReadonlyArray<Tab>,
  shown: string | null,
  changed: (name: string) => void
): { readonly element: HTMLElement; readonly show: (name: string | null) => void } => {
  const prefix = `tabs${++groups}-`
  const panel = h("div", { class: "panel", role: "tabpanel", id: `${prefix}panel` })
  const buttons = tabs.map(({ label, name }) =>
    h("button", {
      type: "button",
      role: "tab",
      id: prefix + name,
      class: "tab",
      "aria-controls": `${prefix}panel`,
      onclick: () => select(name, true)
    }, label)
  )
  let current = ""

  const select = (name: string, byHand: boolean) => {
    const tab = tabs.find((each) => each.name === name) ?? tabs[0]
    if (tab === undefined || tab.name === current) {
      return
    }
    current = tab.name
    tabs.forEach((each, index) => {
      const isShown = each === tab
      buttons[index]?.setAttribute("aria-selected", String(isShown))
      buttons[index]?.setAttribute("tabindex", isShown ? "0" : "-1")
    })
    panel.setAttribute("aria-labelledby", prefix + tab.name)
    panel.replaceChildren(tab.content())
    if (byHand) {
      changed(tab.name)
    }
  }

  const strip = h("div", { class: "tabs", role: "tablist", "aria-label": label }, ...buttons)
  strip.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
    if (by !== 0) {
      event.preventDefault()
      const index = (tabs.findIndex(({ name }) => name === current) + by + tabs.length) % tabs.length
      select(tabs[index]!.name, true)
      buttons[index]?.focus()
    }
  })
  select(shown ?? "", false)
  return {
    element: h("div", { class: "tabbed" }, strip, panel),
    show: (name) => select(name ?? "", false)
  }
}
