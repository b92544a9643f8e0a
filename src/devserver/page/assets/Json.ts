/** JSON as text with its kinds marked. Long ones are cut, and shown whole when asked. */
import type { Json } from "../PageApi.js"
import { append, button, h } from "./Dom.js"
import { count, visible } from "./Format.js"

const cut = 600
const cutLines = 12
/** More than this is never put into the page at once. */
const most = 200_000

const isWebAddress = (text: string): boolean => {
  if (!/^https?:\/\/[^\s]+$/i.test(text) || text.length > 2000) {
    return false
  }
  try {
    const { protocol } = new URL(text)
    return protocol === "http:" || protocol === "https:"
  } catch {
    return false
  }
}

const link = (text: string): HTMLElement =>
  h("a", { href: text, target: "_blank", rel: "noopener noreferrer nofollow" }, visible(text))

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g

const marked = (text: string): DocumentFragment => {
  const fragment = document.createDocumentFragment()
  let from = 0
  for (const match of text.matchAll(token)) {
    const [whole, quoted, colon, word] = match
    append(fragment, visible(text.slice(from, match.index)))
    const kind = quoted === undefined ? word === undefined ? "number" : "word" : colon === undefined ? "string" : "key"
    append(fragment, h("span", { class: `json-${kind}` }, visible(quoted ?? whole)), colon)
    from = match.index + whole.length
  }
  append(fragment, visible(text.slice(from)))
  return fragment
}

/** Some text that opens when there is more of it. */
const long = (text: string, kind: string, show: (text: string) => Node): HTMLElement => {
  const lines = text.split("\n", cutLines + 1)
  const short = lines.slice(0, cutLines).join("\n").slice(0, cut)
  const value = h("span", { class: `value ${kind}` })
  if (short.length === text.length) {
    value.appendChild(show(text))
    return value
  }
  const draw = (isOpen: boolean) => {
    value.replaceChildren(
      show(isOpen ? text.slice(0, most) : `${short}…`),
      document.createTextNode(isOpen && text.length > most ? "… (copy the raw event for the rest)" : ""),
      button(isOpen ? "Show less" : `Show all ${count(text.length)} characters`, () => draw(!isOpen), {
        class: "link more",
        "aria-expanded": String(isOpen)
      })
    )
  }
  draw(false)
  return value
}

/** One value: a string as it is, a web address as a link, anything else as JSON. */
export const value = (json: Json): HTMLElement => {
  if (typeof json === "string") {
    return json === ""
      ? h("span", { class: "value quiet" }, "empty text")
      : isWebAddress(json)
      ? h("span", { class: "value" }, link(json))
      : long(json, "text", (text) => document.createTextNode(visible(text)))
  }
  if (json === null || typeof json !== "object") {
    return h("span", { class: `value json-${typeof json === "number" ? "number" : "word"}` }, String(json))
  }
  const text = JSON.stringify(json)
  const isFlat = Array.isArray(json) && json.every((each) => each === null || typeof each !== "object")
  return long(
    isFlat
      ? `[${json.map((each) => JSON.stringify(each)).join(", ")}]`
      : text.length > 60
      ? JSON.stringify(json, null, 2)
      : text,
    "tree",
    marked
  )
}

/** A whole document. */
export const document_ = (json: Json): HTMLElement => {
  const text = JSON.stringify(json, null, 2)
  return h(
    "pre",
    { class: "raw", tabindex: 0, "aria-label": "The event as JSON" },
    text.length > most ? visible(`${text.slice(0, most)}\n… (copy it for the rest)`) : marked(text)
  )
}
