/**
 * The frames of a scope: what each set, and what of it shows. Where the events of a request have a correlation, the frames
 * of all of them, as one tree.
 */
import type { EventDetail, Frame, Json, JsonObject } from "../PageApi.js"
import * as Api from "./Api.js"
import { append, h } from "./Dom.js"
import { clockTime, counted, oneLine } from "./Format.js"
import { value } from "./Json.js"
import * as Route from "./Route.js"

interface Node {
  readonly frame: Frame
  readonly children: Map<string, Node>
  readonly events: Array<EventDetail>
}

/** How many events of the same correlation are looked at. */
const most = 40

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** The names that are set, with the part of the scope that they are in: `tags.step`, `distinctId`. */
const entriesOf = (frame: Frame): ReadonlyArray<readonly [kind: string, name: string, value: Json]> =>
  Object.entries(frame.set).flatMap(([kind, json]) =>
    isObject(json) && Object.keys(json).length > 0
      ? Object.entries(json).map(([name, each]) => [kind, name, each] as const)
      : [[kind, "", json] as const]
  )

const keyOf = (kind: string, name: string): string => JSON.stringify([kind, name])

/** By frame and name, the frame further in that sets it too. */
const overridden = (frames: ReadonlyArray<Frame>): ReadonlySet<string> => {
  const lost = new Set<string>()
  const seen = new Set<string>()
  for (const frame of frames.toReversed()) {
    for (const [kind, name] of entriesOf(frame)) {
      const key = keyOf(kind, name)
      if (seen.has(key)) {
        lost.add(`${frame.id} ${key}`)
      }
      seen.add(key)
    }
  }
  return lost
}

const plant = (details: ReadonlyArray<EventDetail>): Map<string, Node> => {
  const roots = new Map<string, Node>()
  for (const detail of details) {
    let level = roots
    let node: Node | undefined
    for (const frame of detail.frames ?? []) {
      const key = `${detail.service ?? ""} ${frame.id}`
      node = level.get(key)
      if (node === undefined) {
        node = { frame, children: new Map(), events: [] }
        level.set(key, node)
      }
      level = node.children
    }
    node?.events.push(detail)
  }
  return roots
}

const settings = (frame: Frame, lost: ReadonlySet<string> | undefined, hidden: boolean): HTMLElement => {
  const entries = entriesOf(frame)
  if (entries.length === 0) {
    return h("p", { class: "quiet" }, "sets nothing")
  }
  const list = h("dl", { class: "settings" })
  for (const [kind, name, each] of entries) {
    const isLost = lost?.has(`${frame.id} ${keyOf(kind, name)}`) === true
    append(
      list,
      h(
        "dt",
        { class: isLost || hidden ? "lost" : "" },
        h("span", { class: "kind" }, oneLine(kind, 60)),
        name === "" ? null : oneLine(name, 200)
      ),
      h(
        "dd",
        { class: isLost || hidden ? "lost" : "" },
        value(each),
        isLost && !hidden ? h("span", { class: "note" }, "set again further in") : null
      )
    )
  }
  return list
}

const draw = (nodes: Map<string, Node>, current: EventDetail, path: ReadonlyMap<string, Frame>): HTMLElement => {
  const lost = overridden((current.frames ?? []).filter(({ hidden }) => !hidden))
  const list = h("ul", { class: "scope-tree" })
  for (const { children, events, frame } of nodes.values()) {
    const own = path.get(frame.id)
    const hidden = own?.hidden ?? false
    append(
      list,
      h(
        "li",
        {},
        h(
          "div",
          { class: `scope-frame of-${frame.mode}${hidden ? " hidden-frame" : ""}${own === undefined ? " aside" : ""}` },
          h(
            "div",
            { class: "scope-head" },
            h("span", { class: `badge of-${frame.mode}` }, frame.mode),
            h("code", { class: "quiet" }, oneLine(frame.id, 40)),
            hidden
              ? h("span", { class: "note" }, "hidden by a fresh frame further in")
              : own === undefined
              ? h("span", { class: "note" }, "of other events of this correlation")
              : null
          ),
          settings(own ?? frame, own === undefined ? undefined : lost, hidden)
        ),
        events.length === 0 ? null : h(
          "ul",
          { class: "scope-events", "aria-label": "Captured in it" },
          ...events.map((each) =>
            h(
              "li",
              {},
              each.uuid === current.uuid
                ? h("strong", { "aria-current": "true" }, `${oneLine(each.event, 120)} (this event)`)
                : h("a", { href: Route.format({ ...Route.current(), event: each.uuid }) }, oneLine(each.event, 120)),
              " ",
              h("span", { class: "quiet" }, clockTime(each.timestamp))
            )
          )
        ),
        children.size === 0 ? null : draw(children, current, path)
      )
    )
  }
  return list
}

export const scopeTree = (detail: EventDetail): HTMLElement => {
  const element = h("div", { class: "scope" })
  if (detail.frames === null) {
    append(
      element,
      h("p", {}, "The client did not say in which scope this event was captured."),
      h("p", { class: "quiet" }, "With the option ", h("code", {}, "inspect: true"), " it does, in development.")
    )
    return element
  }
  const path = new Map(detail.frames.map((frame) => [frame.id, frame]))
  const show = (details: ReadonlyArray<EventDetail>, said: string) => {
    element.replaceChildren(
      h("p", { class: "quiet" }, said),
      detail.frames?.length === 0
        ? h("p", {}, "It was captured outside of every scope.")
        : draw(plant(details), detail, path)
    )
  }
  const frames = counted(detail.frames.length, "frame")
  show([detail], `${frames}, the outermost first.`)
  const { correlationId } = detail
  if (correlationId !== null) {
    const load = async () => {
      const { events } = await Api.events({ search: "", correlation: correlationId }, { before: null, limit: most })
      const others = await Promise.all(
        events.filter(({ uuid }) => uuid !== detail.uuid).map(({ uuid }) => Api.event(uuid))
      )
      const all = [detail, ...others].toSorted((a, b) => a.number - b.number)
      show(all, `${frames} of this event, with those of ${counted(all.length, "event")} of the same correlation.`)
    }
    // what is shown already is this event's own, and right without the others
    load().catch(() => undefined)
  }
  return element
}
