/** The exceptions of an event: which was caused by which, their frames, the lines of source. */
import type { EventDetail, Exception, StackFrame } from "../PageApi.js"
import { append, button, h } from "./Dom.js"
import { counted, oneLine, visible } from "./Format.js"

let cards = 0

const sourceLines = (frame: StackFrame): HTMLElement | null => {
  if (frame.text === null) {
    return null
  }
  const from = (frame.line ?? 1) - frame.before.length
  const lines = [...frame.before, frame.text, ...frame.after]
  return h(
    "pre",
    { class: "source", tabindex: 0, "aria-label": `Source of ${oneLine(frame.file)}` },
    ...lines.map((line, index) => {
      const isHere = index === frame.before.length
      return h(
        "span",
        { class: isHere ? "line here" : "line" },
        h("span", { class: "number" }, frame.line === null ? "" : String(from + index)),
        h("span", { class: "mark" }, isHere ? "›" : " "),
        h("code", {}, visible(line.slice(0, 1000)))
      )
    })
  )
}

const frameElement = (frame: StackFrame, isFirst: boolean): HTMLElement => {
  const lines = sourceLines(frame)
  const place = frame.line === null ? "" : `:${frame.line}${frame.column === null ? "" : `:${frame.column}`}`
  const head = [
    h(
      "span",
      { class: "function" },
      frame.function === "" || frame.function === "?" ? "anonymous" : oneLine(frame.function, 200)
    ),
    h("span", { class: "file", title: oneLine(frame.file, 1000) }, h("bdi", {}, oneLine(frame.file, 400)), place),
    frame.inApp ? null : h("span", { class: "quiet" }, "library")
  ]
  return lines === null
    ? h("li", { class: frame.inApp ? "frame in-app" : "frame" }, h("div", { class: "frame-head" }, ...head))
    : h(
      "li",
      { class: frame.inApp ? "frame in-app" : "frame" },
      h("details", { open: isFirst }, h("summary", { class: "frame-head" }, ...head), lines)
    )
}

/** The innermost first. Runs of frames that are not the application's own are one line until asked for. */
const frameList = (frames: ReadonlyArray<StackFrame>): HTMLElement => {
  const list = h("ol", { class: "frames" })
  const firstOwn = frames.findIndex(({ inApp, text }) => inApp && text !== null)
  let index = 0
  while (index < frames.length) {
    const end = frames.findIndex((frame, at) => at > index && frame.inApp !== frames[index]?.inApp)
    const run = frames.slice(index, end === -1 ? frames.length : end)
    const offset = index
    if (run[0]?.inApp === true || run.length < 3) {
      append(list, ...run.map((frame, at) => frameElement(frame, offset + at === Math.max(0, firstOwn))))
    } else {
      const item = h("li", { class: "frame folded" })
      append(
        item,
        button(`${counted(run.length, "frame")} of libraries`, () => {
          item.replaceWith(...run.map((frame) => frameElement(frame, false)))
        }, { class: "link", "aria-expanded": "false" })
      )
      append(list, item)
    }
    index += run.length
  }
  return list
}

const relationText = (exception: Exception): string =>
  exception.relation === "cause" ? "caused" : exception.relation === "member" ? "is a member of" : "belongs to"

export const exceptions = (detail: EventDetail): HTMLElement => {
  const prefix = `exception${++cards}-`
  const element = h("div", { class: "exceptions-of" })
  const jump = (to: number) => {
    const target = element.querySelector<HTMLElement>(`#${prefix}${to}`)
    target?.scrollIntoView({ block: "start" })
    target?.focus()
  }
  const name = (index: number) => oneLine(detail.exceptions[index]?.type ?? "", 60)
  detail.exceptions.forEach((exception, index) => {
    const causes = detail.exceptions.flatMap((each, at) => each.parent === index ? [{ each, at }] : [])
    const { parent } = exception
    append(
      element,
      h(
        "article",
        { class: "exception", id: prefix + index, tabindex: -1, "aria-label": name(index) },
        parent === null ? null : h(
          "p",
          { class: "relation" },
          exception.relation === "cause" ? "↳ the cause of " : `↳ ${relationText(exception)} `,
          button(name(parent), () => jump(parent), { class: "link" })
        ),
        h("h3", {}, oneLine(exception.type, 200)),
        h("p", { class: "message" }, visible(exception.value.slice(0, 4000))),
        causes.length === 0 ? null : h(
          "p",
          { class: "relation" },
          causes[0]?.each.relation === "member" ? "Members: " : "Caused by ",
          ...causes.flatMap(({ at }, position) => [
            position === 0 ? null : ", ",
            button(name(at), () => jump(at), { class: "link cause" })
          ])
        ),
        exception.frames.length === 0
          ? h("p", { class: "quiet" }, "No frames.")
          : frameList(exception.frames)
      )
    )
  })
  return element
}
