/** Why a person gets which value of which flag, condition by condition. */
import type { ExplainRequest, Explanation, JsonObject } from "../PageApi.js"
import * as Api from "./Api.js"
import { h } from "./Dom.js"
import { oneLine, visible } from "./Format.js"
import * as Notice from "./Notice.js"
import * as Route from "./Route.js"

const outcomes: {
  readonly [K in Explanation["conditions"][number]["outcome"]]: readonly [sign: string, said: string]
} = {
  matched: ["✓", "matches"],
  notMatched: ["✗", "does not match"],
  outsideRollout: ["◔", "outside the rollout"],
  inconclusive: ["?", "cannot be told"],
  notReached: ["·", "not reached"]
}

const valueText = (value: Explanation["value"]): string =>
  value === null ? "not known here" : oneLine(String(value), 80)

const valueClass = (value: Explanation["value"]): string => value === null ? "unknown" : value === false ? "off" : "on"

const explanation = (each: Explanation): HTMLElement =>
  h(
    "article",
    { class: "explanation", "aria-label": oneLine(each.key, 200), "data-key": each.key },
    h(
      "h4",
      {},
      h("span", { class: "mono" }, oneLine(each.key, 200)),
      h("span", { class: `state ${valueClass(each.value)}` }, valueText(each.value))
    ),
    h("p", { class: "reason" }, oneLine(each.reason, 1000)),
    each.conditions.length === 0 ? null : h(
      "ol",
      { class: "outcomes" },
      ...each.conditions.map((condition) => {
        const [sign, said] = outcomes[condition.outcome]
        return h(
          "li",
          { class: condition.outcome },
          h("span", { class: "sign", "aria-hidden": "true" }, sign),
          h(
            "div",
            {},
            h("span", { class: "mono" }, oneLine(condition.description, 500)),
            h("span", { class: "said" }, said),
            condition.detail === "" ? null : h("p", { class: "reckoning" }, visible(condition.detail.slice(0, 2000)))
          )
        )
      })
    )
  )

const jsonObject = (text: string, name: string): JsonObject | undefined => {
  if (text.trim() === "") {
    return undefined
  }
  const problem = `${name}: must be a JSON object such as {"plan": "pro"}`
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new Error(problem)
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Error(problem)
  }
  // what JSON.parse gives is JSON
  return parsed as JsonObject
}

const suggestMillis = 150

export const make = (): {
  readonly element: HTMLElement
  readonly show: (person: string | null) => void
  readonly again: () => void
} => {
  let person: string | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  const notice = Notice.make()
  const results = h("div", { class: "explanations", "aria-live": "polite" })
  const suggestions = h("datalist", { id: "people" })
  const input = h("input", {
    id: "explain-person",
    list: "people",
    placeholder: "distinct id",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: 1000,
    oninput: () => {
      clearTimeout(timer)
      timer = setTimeout(suggest, suggestMillis)
    },
    onfocus: () => suggest()
  })
  const properties = h("textarea", {
    id: "explain-properties",
    rows: 2,
    spellcheck: "false",
    placeholder: "{\"plan\": \"pro\"}"
  })
  const groups = h("textarea", {
    id: "explain-groups",
    rows: 1,
    spellcheck: "false",
    placeholder: "{\"company\": \"acme\"}"
  })
  const picks = h("div", { class: "picks", role: "group", "aria-label": "People seen here" })

  const suggest = () => {
    // who is shown already is no question
    Api.people(input.value.trim() === person ? "" : input.value.trim(), 20).then(
      ({ people }) => {
        suggestions.replaceChildren(...people.map(({ distinctId }) => h("option", { value: distinctId })))
        picks.replaceChildren(
          ...people.slice(0, 5).map(({ distinctId }) =>
            h("button", {
              type: "button",
              class: "chip",
              onclick: () => {
                input.value = distinctId
                submit()
              }
            }, oneLine(distinctId, 40))
          )
        )
      },
      // suggestions that cannot be had are none
      () => undefined
    )
  }

  const request = (distinctId: string): ExplainRequest => {
    const own = jsonObject(properties.value, "Person properties")
    const memberships = jsonObject(groups.value, "Groups")
    return {
      distinctId,
      ...own === undefined ? {} : { personProperties: own },
      ...memberships === undefined
        ? {}
        : { groups: Object.fromEntries(Object.entries(memberships).map(([type, key]) => [type, String(key)])) }
    }
  }

  const explain = async () => {
    if (person === null || person === "") {
      results.replaceChildren()
      return
    }
    const wanted = person
    const found = await notice.run((async () => Api.explain(request(wanted)))())
    if (found !== undefined && wanted === person) {
      results.replaceChildren(
        ...found.length === 0 ? [h("p", { class: "quiet" }, "There are no flags.")] : found.map(explanation)
      )
    }
  }

  const submit = () => {
    const wanted = input.value.trim()
    if (wanted === person) {
      void explain()
    } else {
      Route.go({ person: wanted })
    }
  }

  const element = h(
    "section",
    { class: "explain", "aria-label": "Explain" },
    h("h2", {}, "Explain"),
    h("p", { class: "quiet" }, "Whom does a flag hold for, and why? Type a person or pick one."),
    h(
      "form",
      {
        class: "explain-form",
        onsubmit: (event: Event) => {
          event.preventDefault()
          submit()
        }
      },
      h("label", { for: "explain-person" }, "Person"),
      h(
        "div",
        { class: "with-button" },
        input,
        suggestions,
        h("button", { type: "submit", class: "primary" }, "Explain")
      ),
      picks,
      h(
        "details",
        {},
        h("summary", {}, "Person properties and groups"),
        h("label", { for: "explain-properties" }, "Person properties, over those that have arrived"),
        properties,
        h("label", { for: "explain-groups" }, "Groups"),
        groups
      )
    ),
    notice.element,
    results
  )

  return {
    element,
    show: (wanted) => {
      if (wanted !== person) {
        person = wanted
        input.value = wanted ?? ""
        void explain()
      }
      suggest()
    },
    again: () => void explain()
  }
}
