/**
 * A server with the page's API and nothing behind it: for a hundred thousand events, and for events that no client of ours
 * would send. Everything else is tried with the real server.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type {
  Delivery,
  EventDetail,
  EventSummary,
  Explanation,
  FaultName,
  Flag,
  FlagChange,
  Timeline
} from "../../../src/devserver/page/PageApi.js"
import { type Asset, bundlePage } from "./bundlePage.js"

export interface StandIn {
  readonly url: string
  readonly port: number
  /** Events arrive: listed, and told to every page. */
  readonly add: (events: ReadonlyArray<EventDetail>) => void
  readonly setFlags: (flags: ReadonlyArray<Flag>, explain: (person: string) => ReadonlyArray<Explanation>) => void
  readonly setTimeline: (timeline: Timeline) => void
  readonly setDelivery: (delivery: Partial<Delivery>) => void
  readonly stop: () => Promise<void>
}

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const summaryOf = (detail: EventDetail): EventSummary => ({
  number: detail.number,
  uuid: detail.uuid,
  event: detail.event,
  distinctId: detail.distinctId,
  sessionId: detail.sessionId,
  correlationId: detail.correlationId,
  service: detail.service,
  timestamp: detail.timestamp,
  receivedAt: detail.receivedAt,
  deliveries: detail.deliveries
})

const bodyOf = async (request: IncomingMessage): Promise<any> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"))
}

const contains = (text: string | null, part: string | null) =>
  part === null || part === "" || (text ?? "").toLowerCase().includes(part.toLowerCase())

export const start = async (assets?: ReadonlyMap<string, Asset>, port = 0): Promise<StandIn> => {
  const files = assets ?? await bundlePage()
  let events: Array<EventDetail> = []
  let flags: Array<Flag> = []
  let explain: (person: string) => ReadonlyArray<Explanation> = () => []
  let fault: FaultName = "none"
  let delivery: Partial<Delivery> = {}
  const timelines = new Map<string, Timeline>()
  const streams = new Set<ServerResponse>()

  const deliveryNow = (): Delivery => ({
    totals: { requests: 0, events: events.length, duplicates: 0, invalid: 0 },
    dropped: [],
    requests: [],
    ...delivery,
    fault
  })

  const tell = (event: string, data: unknown) => {
    for (const stream of streams) {
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  }

  const list = (parameters: URLSearchParams, kept: (event: EventDetail) => boolean) => {
    const search = parameters.get("search")
    const wanted = events.filter((event) =>
      kept(event) &&
      contains(event.event, parameters.get("name")) &&
      contains(event.distinctId, parameters.get("person")) &&
      contains(event.sessionId, parameters.get("session")) &&
      contains(event.correlationId, parameters.get("correlation")) &&
      (search === null || contains(event.event, search) || contains(event.distinctId, search) ||
        contains(JSON.stringify(event.properties), search))
    )
    const before = Number(parameters.get("before") ?? Infinity)
    const older = wanted.filter(({ number }) => number < before)
    const page = older.slice(-Number(parameters.get("limit") ?? 100)).toReversed()
    return { page, total: wanted.length, next: page.length < older.length ? page.at(-1)!.number : null }
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://local")
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json", "content-security-policy": csp })
      response.end(JSON.stringify(body))
    }
    const file = files.get(pathname)
    if (file !== undefined) {
      response.writeHead(200, { "content-type": file.type, "content-security-policy": csp })
      response.end(file.body)
      return
    }
    const [, , , room, id = ""] = pathname.split("/").map(decodeURIComponent)
    switch (`${request.method} ${room}`) {
      case "GET stream":
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write(":\n\n")
        streams.add(response)
        response.on("close", () => streams.delete(response))
        return
      case "GET events": {
        if (id !== "") {
          const found = events.find(({ uuid }) => uuid === id)
          return found === undefined ? json(404, { error: "no such event" }) : json(200, found)
        }
        const { next, page, total } = list(searchParams, () => true)
        return json(200, { events: page.map(summaryOf), total, next })
      }
      case "DELETE events":
        events = []
        response.writeHead(204).end()
        return
      case "GET exceptions": {
        const { next, page, total } = list(searchParams, ({ event }) => event === "$exception")
        return json(200, {
          exceptions: page.map((event) => ({
            ...summaryOf(event),
            type: event.exceptions[0]?.type ?? "",
            value: event.exceptions[0]?.value ?? ""
          })),
          total,
          next
        })
      }
      case "GET correlations":
        return json(200, timelines.get(id) ?? { correlationId: id, entries: [] })
      case "GET people": {
        const ids = new Set(
          events.slice(-1000).map(({ distinctId }) => distinctId).filter((each) =>
            contains(each, searchParams.get("search"))
          )
        )
        return json(200, {
          people: Array.from(ids).slice(0, 20).map((distinctId) => ({ distinctId, properties: {}, events: 1 }))
        })
      }
      case "GET flags":
        return json(200, { flags, file: null, problem: null })
      case "PUT flags": {
        const change = await bodyOf(request) as FlagChange
        flags = flags.map((flag) =>
          flag.key !== id ? flag : {
            ...flag,
            active: change.active ?? flag.active,
            conditions: flag.conditions.map((condition, index) =>
              index === change.rollout?.condition ? { ...condition, rollout: change.rollout.percent } : condition
            )
          }
        )
        json(200, flags.find(({ key }) => key === id))
        return tell("flags", {})
      }
      case "POST flags":
        return json(200, explain(String((await bodyOf(request)).distinctId)))
      case "GET delivery":
        return json(200, deliveryNow())
      case "PUT fault":
        fault = (await bodyOf(request)).fault as FaultName
        json(200, deliveryNow())
        return tell("delivery", deliveryNow())
      default:
        return json(404, { error: "no such path" })
    }
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(JSON.stringify({ error: String(error) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  const address = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    add: (more) => {
      for (const event of more) {
        events.push(event)
      }
      tell("arrived", more.map(summaryOf))
    },
    setFlags: (now, how) => {
      flags = [...now]
      explain = how
      tell("flags", {})
    },
    setTimeline: (timeline) => timelines.set(timeline.correlationId, timeline),
    setDelivery: (now) => {
      delivery = now
      tell("delivery", deliveryNow())
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
