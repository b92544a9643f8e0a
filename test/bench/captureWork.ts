/** What both sides of the capture benchmark have in common: the work, and the receiver. */
import { gunzipSync } from "node:zlib"

export const names = {
  outside: "capture outside a scope vs posthog-node",
  inScope: "capture in a scope three deep vs posthog-node",
  wholePlain: "capture whole, until it is sent, plain vs posthog-node",
  wholeGzip: "capture whole, until it is sent, gzip vs posthog-node",
  enter: "withScope three deep, enter and leave vs posthog-node withContext",
  request: "three scopes entered for one capture vs posthog-node"
} as const

/** Of the work, in one round: a few milliseconds, so that a round is seldom interrupted. */
export const calls = 2000

/** Events in one request, where any are sent. */
export const batchSize = 100

export const host = "http://127.0.0.1:9"
export const event = "checkout completed"
export const distinctId = "user-0042"

/** About 300 bytes of JSON, a fresh object each time, as a program has it. */
export const properties = (n: number) => ({
  n,
  path: "/checkout/payment",
  total: 42.5,
  currency: "EUR",
  items: ["sku-1042", "sku-2077", "sku-3001"],
  coupon: "WINTER-26-SALE",
  shipping: { method: "express", days: 2, carrier: "parcel-service" },
  referrer: "https://shop.example.com/cart?step=2",
  note: "please ring twice and leave it with the neighbour on the left"
})

/** What the three scopes hold, outermost first. */
export const outer = { tags: { tenant: "acme", region: "eu-1" }, distinctId, sessionId: "session-77" }
export const middle = { tags: { route: "/checkout/payment", method: "POST" } }
export const inner = { tags: { step: "pay", attempt: 1 } }

/** The time of one of so many calls, in microseconds. */
export const perCall = (from: number): number => (performance.now() - from) * 1000 / calls

const bodies: Array<string | Buffer> = []

/** Answers at once and keeps what it was sent. */
export const answerAtOnce = async (_: unknown, options?: { readonly body?: unknown }): Promise<Response> => {
  const body = options?.body
  bodies.push(
    typeof body === "string"
      ? body
      : body instanceof Blob
      ? Buffer.from(await body.arrayBuffer())
      // a copy: the sender may use its memory again
      : Buffer.from(body as Uint8Array)
  )
  return new Response("{\"status\":1}", { headers: { "content-type": "application/json" } })
}

interface Sent {
  readonly batch: ReadonlyArray<{ readonly properties: Readonly<Record<string, unknown>> }>
}

/** After the clock has stopped: every event of the round was sent once, with what its scope holds. */
export const check = (scoped: boolean): void => {
  const events = bodies.splice(0).flatMap((body) => {
    const text = typeof body === "string" ? body : (body[0] === 0x1f ? gunzipSync(body) : body).toString()
    return (JSON.parse(text) as Sent).batch
  })
  const numbers = new Set(events.map(({ properties }) => properties["n"]))
  if (events.length !== calls || numbers.size !== calls) {
    throw new Error(`${events.length} events were sent, ${numbers.size} different ones; ${calls} were captured`)
  }
  const expected = scoped ? { ...outer.tags, ...middle.tags, ...inner.tags, $session_id: outer.sessionId } : {}
  for (const [key, value] of Object.entries(expected)) {
    if (events.some(({ properties }) => properties[key] !== value)) {
      throw new Error(`an event came without ${key}`)
    }
  }
}
