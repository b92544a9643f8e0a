/** The requests of the page, all below `/_dev/api` of the server that it came from. */
import type {
  Delivery,
  EventDetail,
  EventList,
  ExceptionList,
  ExplainRequest,
  Explanation,
  FaultName,
  Flag,
  FlagChange,
  FlagList,
  Person,
  Timeline
} from "../PageApi.js"
import type { Query } from "./Query.js"

/** An answer that is none, with what the server said. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const base = "/_dev/api"

const problemOf = async (response: Response): Promise<string> => {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    return typeof error === "string" ? error : text
  } catch {
    return text
  }
}

const ask = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> => {
  const response = await fetch(base + path, {
    method,
    signal: signal ?? null,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
  })
  if (!response.ok) {
    throw new ApiError(response.status, await problemOf(response) || `answered ${response.status}`)
  }
  return response
}

// the server is of the same version as the page: its answers have the types that both were compiled against
const json = async <A>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<A> =>
  await (await ask(method, path, body, signal)).json() as A

const parameters = (values: { readonly [name: string]: string | number | null | undefined }): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") {
      search.set(name, String(value))
    }
  }
  return `?${search.toString()}`
}

export interface Page {
  readonly before: number | null
  readonly limit: number
}

export const events = (query: Query, page: Page, signal?: AbortSignal): Promise<EventList> =>
  json("GET", `/events${parameters({ ...query, ...page })}`, undefined, signal)

export const event = (uuid: string, signal?: AbortSignal): Promise<EventDetail> =>
  json("GET", `/events/${encodeURIComponent(uuid)}`, undefined, signal)

export const exceptions = (search: string, page: Page, signal?: AbortSignal): Promise<ExceptionList> =>
  json("GET", `/exceptions${parameters({ search, ...page })}`, undefined, signal)

export const timeline = (id: string, signal?: AbortSignal): Promise<Timeline> =>
  json("GET", `/correlations/${encodeURIComponent(id)}`, undefined, signal)

export const people = (search: string, limit: number): Promise<{ readonly people: ReadonlyArray<Person> }> =>
  json("GET", `/people${parameters({ search, limit })}`)

export const flags = (): Promise<FlagList> => json("GET", "/flags")

export const changeFlag = (key: string, change: FlagChange): Promise<Flag> =>
  json("PUT", `/flags/${encodeURIComponent(key)}`, change)

export const explain = (request: ExplainRequest): Promise<ReadonlyArray<Explanation>> =>
  json("POST", "/flags/explain", request)

export const delivery = (): Promise<Delivery> => json("GET", "/delivery")

export const setFault = (fault: FaultName): Promise<Delivery> => json("PUT", "/fault", { fault })

export const forget = async (): Promise<void> => {
  await ask("DELETE", "/events")
}

export const streamUrl = `${base}/stream`
