/** One row of the lists of events and of exceptions. */
import type { EventSummary, ExceptionList } from "../PageApi.js"
import { h, setText } from "./Dom.js"
import { clockTime, dateAndTime, oneLine, shortId } from "./Format.js"

const cells = ["time", "name", "person", "service", "correlation"] as const

export const create = (): HTMLElement =>
  h("div", { class: "row" }, ...cells.map((name) => h("span", { class: `cell ${name}` })))

export interface Texts {
  readonly time: string
  readonly name: string
  readonly person: string
  readonly service: string
  readonly correlation: string
}

const write = (row: HTMLElement, item: EventSummary, texts: Texts): void => {
  if (row.dataset["number"] === String(item.number) && row.dataset["deliveries"] === String(item.deliveries)) {
    return
  }
  row.dataset["number"] = String(item.number)
  row.dataset["deliveries"] = String(item.deliveries)
  row.classList.remove("pending")
  row.classList.toggle("failure", item.event === "$exception")
  row.classList.toggle("built-in", item.event.startsWith("$") && item.event !== "$exception")
  cells.forEach((name, index) => {
    const cell = row.children[index]
    if (cell !== undefined) {
      setText(cell, texts[name])
    }
  })
  row.title = `${dateAndTime(item.timestamp)}${item.deliveries > 1 ? `, came ${item.deliveries} times` : ""}`
}

const again = (item: EventSummary): string => item.deliveries > 1 ? ` ×${item.deliveries}` : ""

export const fillEvent = (row: HTMLElement, item: EventSummary): void =>
  write(row, item, {
    time: clockTime(item.timestamp),
    name: oneLine(item.event, 200) + again(item),
    person: oneLine(item.distinctId, 120),
    service: item.service === null ? "" : oneLine(item.service, 60),
    correlation: item.correlationId === null ? "" : shortId(item.correlationId)
  })

export const fillException = (row: HTMLElement, item: ExceptionList["exceptions"][number]): void =>
  write(row, item, {
    time: clockTime(item.timestamp),
    name: `${oneLine(item.type, 80)}${again(item)}`,
    person: oneLine(item.value, 300),
    service: oneLine(item.distinctId, 80),
    correlation: item.service === null ? "" : oneLine(item.service, 60)
  })

export const fillPending = (row: HTMLElement): void => {
  if (!row.classList.contains("pending")) {
    row.classList.add("pending")
    delete row.dataset["number"]
    for (const cell of row.children) {
      setText(cell, "")
    }
  }
}
