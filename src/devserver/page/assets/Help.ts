/** The keys. */
import { h } from "./Dom.js"

const keys = [
  ["/", "search"],
  ["j  k  ↓  ↑", "through the list"],
  ["g  G", "to its beginning, to its end"],
  ["Enter", "open"],
  ["Esc", "close, empty the search"],
  ["p", "pause and resume"],
  ["1 … 5", "events, exceptions, flags, delivery, time line"],
  ["?", "this"]
] as const

export const make = (): HTMLDialogElement =>
  h(
    "dialog",
    { class: "help", "aria-label": "Keys" },
    h("h2", {}, "Keys"),
    h("dl", {}, ...keys.flatMap(([key, said]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, said)])),
    h("p", {}, "The search takes words, and name:, person:, session: and correlation: with a value."),
    h("form", { method: "dialog" }, h("button", { type: "submit", class: "primary" }, "Close"))
  )
