/** The flags: what they are, switches and sliders that take effect at once, and why somebody gets which value. */
import type { Flag, FlagChange, FlagList } from "../PageApi.js"
import * as Api from "./Api.js"
import { append, h } from "./Dom.js"
import * as ExplainPanel from "./ExplainPanel.js"
import { oneLine } from "./Format.js"
import * as Notice from "./Notice.js"
import type { View } from "./View.js"

/** A slider that is being moved is told to the server no more often than this. */
const slideMillis = 120

interface Card {
  readonly element: HTMLElement
  readonly update: (flag: Flag) => void
}

type Change = (key: string, change: FlagChange) => void

/** Whether the card of one fits the other: the same conditions and variants, whatever their numbers. */
const shapeOf = (flag: Flag): string =>
  JSON.stringify([
    flag.key,
    flag.name,
    flag.conditions.map(({ description, rollout }) => [description, rollout === null]),
    flag.variants.map(({ key }) => key)
  ])

const slider = (flag: Flag, condition: number, change: Change) => {
  const id = `rollout-${flag.key}-${condition}`
  const output = h("output", { for: id, class: "mono" })
  let timer: ReturnType<typeof setTimeout> | undefined
  const send = () => {
    timer = undefined
    change(flag.key, { rollout: { condition, percent: Number(input.value) } })
  }
  const input = h("input", {
    type: "range",
    id,
    min: 0,
    max: 100,
    step: 1,
    "aria-label": `Rollout of condition ${condition + 1} of ${oneLine(flag.key, 200)}`,
    oninput: () => {
      output.textContent = `${input.value} %`
      timer ??= setTimeout(send, slideMillis)
    }
  })
  return {
    elements: [input, output],
    update: (percent: number) => {
      // never under the hand of who moves it
      if (timer === undefined) {
        input.value = String(percent)
        output.textContent = `${percent} %`
        input.setAttribute("aria-valuetext", `${percent} per cent`)
      }
    }
  }
}

const cardOf = (flag: Flag, change: Change): Card => {
  const toggle = h("button", {
    type: "button",
    role: "switch",
    class: "switch",
    "aria-label": `${oneLine(flag.key, 200)} is active`,
    onclick: () => change(flag.key, { active: toggle.getAttribute("aria-checked") !== "true" })
  }, h("span", { class: "knob" }))
  const state = h("span", { class: "quiet state-word" })
  const sliders = flag.conditions.map((condition, index) =>
    condition.rollout === null ? undefined : slider(flag, index, change)
  )
  const variants = flag.variants.map(({ key }) => ({ key, output: h("span", { class: "mono quiet" }) }))
  const element = h(
    "article",
    { class: "flag-card", "aria-label": oneLine(flag.key, 200), "data-key": flag.key },
    h(
      "header",
      {},
      toggle,
      h("h3", { class: "mono" }, oneLine(flag.key, 200)),
      state
    ),
    flag.name === "" ? null : h("p", { class: "quiet" }, oneLine(flag.name, 500)),
    flag.conditions.length === 0 ? h("p", { class: "quiet" }, "It has no conditions.") : h(
      "ol",
      { class: "conditions" },
      ...flag.conditions.map((condition, index) =>
        h(
          "li",
          {},
          h("span", { class: "description" }, oneLine(condition.description, 500)),
          sliders[index] === undefined
            ? h("span", { class: "quiet" }, "no rollout")
            : h("span", { class: "rollout" }, ...sliders[index].elements)
        )
      )
    ),
    flag.variants.length === 0 ? null : h(
      "ul",
      { class: "variants", "aria-label": "Variants" },
      ...variants.map(({ key, output }) => h("li", {}, h("span", { class: "mono" }, oneLine(key, 100)), output))
    )
  )
  return {
    element,
    update: (now) => {
      toggle.setAttribute("aria-checked", String(now.active))
      state.textContent = now.active ? "on" : "off"
      element.classList.toggle("inactive", !now.active)
      now.conditions.forEach(({ rollout }, index) => rollout !== null && sliders[index]?.update(rollout))
      now.variants.forEach(({ rollout }, index) => {
        const output = variants[index]?.output
        if (output !== undefined) {
          output.textContent = `${rollout} %`
        }
      })
    }
  }
}

export const make = (): View => {
  const notice = Notice.make()
  const explain = ExplainPanel.make()
  const source = h("p", { class: "quiet source-of-flags" })
  const problem = h("p", { class: "notice", role: "alert", hidden: true })
  const list = h("div", { class: "flag-list" })
  const cards = new Map<string, Card & { readonly shape: string }>()
  let isShown = false

  const change: Change = (key, change) => {
    void notice.run(Api.changeFlag(key, change)).then((flag) => {
      if (flag === undefined) {
        void load()
      } else {
        cards.get(shapeOf(flag))?.update(flag)
        explain.again()
      }
    })
  }

  const draw = ({ file, flags, problem: said }: FlagList) => {
    source.textContent = file === null
      ? "They live in memory; a file given to the command would be read again whenever it changes."
      : `From ${oneLine(file, 500)}, read again whenever it changes.`
    problem.hidden = said === null
    problem.textContent = said ?? ""
    const shapes = flags.map(shapeOf)
    // a card that still fits stays: who is about to use its switch does not lose it
    for (const [shape, card] of cards) {
      if (!shapes.includes(shape)) {
        card.element.remove()
        cards.delete(shape)
      }
    }
    flags.forEach((flag, index) => {
      const shape = shapes[index]!
      const card = cards.get(shape) ?? { ...cardOf(flag, change), shape }
      cards.set(shape, card)
      card.update(flag)
      if (list.children[index] !== card.element) {
        list.insertBefore(card.element, list.children[index] ?? null)
      }
    })
    for (const extra of Array.from(list.children).slice(flags.length)) {
      extra.remove()
    }
    if (flags.length === 0) {
      append(list, h("p", { class: "empty-note" }, "There are no flags."))
    }
  }

  const load = async () => {
    const found = await notice.run(Api.flags())
    if (found !== undefined) {
      draw(found)
    }
  }

  const refresh = () => {
    if (isShown) {
      void load()
      explain.again()
    }
  }

  return {
    element: h(
      "section",
      { class: "view two-columns flags-view", "aria-label": "Flags" },
      h("div", { class: "column" }, h("h2", {}, "Definitions"), source, problem, notice.element, list),
      h("div", { class: "column" }, explain.element)
    ),
    show: (route) => {
      if (!isShown) {
        isShown = true
        void load()
      }
      explain.show(route.person)
    },
    flags: refresh,
    refresh
  }
}
