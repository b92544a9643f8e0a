/** What the processes of the delivery benchmark have in common: the events, and what is asked of a client and of the sink. */

export const modes = ["paced", "drain", "burst"] as const

export type Mode = (typeof modes)[number]

/** Captured in one turn of the event loop. */
export const turn = 100

/** Captured in one scope, as one request of a busy server does. */
export const perScope = 10

/** Paced: while more than this many events wait, the producer waits too. */
export const window = 1000

export const event = "order placed"

/** What the scope of a request holds, and the context of posthog-node. */
export const distinctId = (n: number): string => `user-${Math.floor(n / perScope) % 5000}`

export const sessionId = (n: number): string =>
  `0193a5c0-7b1e-7c3d-9a4f-${String(Math.floor(n / perScope) % 5000).padStart(12, "0")}`

export const tags = (n: number) => ({
  tenant: `tenant-${Math.floor(n / perScope) % 40}`,
  region: "eu-central-1",
  route: "/checkout/:cart/payment",
  method: "POST",
  release: "2026.11.3+4f2c91d"
})

/** A fresh object for each event, as a program has it. */
export const properties = (n: number) => ({
  n,
  order_id: `ord_${(n * 2654435761 % 4294967296).toString(16).padStart(8, "0")}`,
  total: (n % 20_000) / 100,
  currency: "EUR",
  items: [`sku-${n % 991}`, `sku-${n % 1777}`, `sku-${n % 313}`],
  coupon: n % 3 === 0 ? "WINTER-26-SALE" : null,
  shipping: { method: "express", days: 1 + n % 4, carrier: "parcel-service" },
  referrer: `https://shop.example.com/cart?step=2&item=${n % 991}`,
  note: "please ring twice"
})

/** A client under test, once it has been made. */
export interface Client {
  /** Captures these events now, in one synchronous turn. */
  readonly capture: (from: number, count: number) => void
  /** How many wait, those on their way included. */
  readonly pending: () => number
  readonly flush: () => Promise<unknown>
  readonly shutdown: () => Promise<unknown>
}

export type ClientQuestion =
  | { readonly _tag: "capture"; readonly events: number }
  | { readonly _tag: "run"; readonly mode: Mode; readonly events: number }

/** What one run, or the capturing before it, took: microseconds of the clock and of processors. */
export interface Spent {
  readonly micros: number
  readonly processor: number
  /** Bytes: the process's peak so far, above what it had after its imports. */
  readonly peak: number
}

export type SinkQuestion = "hold" | "open" | "begin" | "end" | "verify"

/** What came since the sink was asked last. */
export interface Verified {
  readonly events: number
  readonly unique: number
  readonly requests: number
  /** Of all bodies, as they came and uncompressed. */
  readonly compressed: number
  readonly text: number
}
