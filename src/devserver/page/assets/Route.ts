/** The place in the page is in the URL's hash: `#/events?q=…&event=…`. Reloading keeps it. */

export const viewNames = ["events", "exceptions", "flags", "delivery", "timeline"] as const

export type ViewName = (typeof viewNames)[number]

export interface Route {
  readonly view: ViewName
  /** What is searched for, as typed. */
  readonly query: string
  /** The uuid of the event that is open. */
  readonly event: string | null
  /** The tab of the open event. */
  readonly tab: string | null
  /** Whom flags are explained for. */
  readonly person: string | null
  readonly correlation: string | null
}

const isViewName = (name: string): name is ViewName => (viewNames as ReadonlyArray<string>).includes(name)

export const parse = (hash: string): Route => {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s)
  const parameters = new URLSearchParams(search)
  return {
    view: isViewName(path) ? path : "events",
    query: parameters.get("q") ?? "",
    event: parameters.get("event"),
    tab: parameters.get("tab"),
    person: parameters.get("person"),
    correlation: parameters.get("correlation")
  }
}

export const format = (route: Route): string => {
  const parameters = new URLSearchParams()
  const set = (name: string, value: string | null) => value !== null && value !== "" && parameters.set(name, value)
  set("q", route.query)
  set("event", route.event)
  set("tab", route.tab)
  set("person", route.person)
  set("correlation", route.correlation)
  const search = parameters.toString()
  return `#/${route.view}${search === "" ? "" : `?${search}`}`
}

const nothing: Route = { view: "events", query: "", event: null, tab: null, person: null, correlation: null }

export const current = (): Route => parse(location.hash)

/** A link to a place; what is not named is empty there. */
export const to = (view: ViewName, at: Partial<Route> = {}): string => format({ ...nothing, ...at, view })

/** Goes to a place that Back leads away from. */
export const go = (change: Partial<Route>): void => {
  const hash = format({ ...current(), ...change })
  if (hash !== location.hash) {
    location.hash = hash
  }
}

/** Changes the place without a step for Back: for what changes with every key. */
export const replace = (change: Partial<Route>): void => {
  const hash = format({ ...current(), ...change })
  if (hash !== location.hash) {
    history.replaceState(null, "", hash)
    dispatchEvent(new HashChangeEvent("hashchange"))
  }
}
