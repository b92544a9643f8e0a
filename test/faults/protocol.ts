/** What the processes of the fault tests say to each other. */

/** What the capturing process is to do. */
export interface Job {
  readonly load: Load
  /** How long it waits, after the load, for everything to be delivered, before it ends. */
  readonly settleSeconds: number
  /** How it ends. Default `close`. */
  readonly end?: End
  /** The event of this number has a property of so many bytes. */
  readonly huge?: { readonly n: number; readonly bytes: number }
  /** The clock of the program jumps back and forth by an hour. */
  readonly jumpingClock?: true
  /** Its events wait in a database. */
  readonly outbox?: OutboxJob
}

export interface OutboxJob {
  /** `file:…` for SQLite, `postgres://…`. */
  readonly url: string
  readonly table: string
  readonly leaseSeconds: number
  /** Where it writes down what it captured, and with which promise. */
  readonly journal: string
  /** Does it capture in transactions as well? */
  readonly transactions: boolean
  /** SQLite may not grow by more than so many pages. */
  readonly full?: { readonly afterSeconds: number; readonly forSeconds: number; readonly morePages: number }
}

export type Load =
  /** So many captures in one turn of the event loop, which nothing else gets a chance to run in. */
  | { readonly _tag: "Burst"; readonly count: number }
  /** At the end of it, `atEnd` captures in one turn. */
  | { readonly _tag: "Paced"; readonly perSecond: number; readonly seconds: number; readonly atEnd?: number }

export const callsOf = (load: Load): number =>
  load._tag === "Burst" ? load.count : load.perSecond * load.seconds + (load.atEnd ?? 0)

export type End =
  /** Closes its client. */
  | { readonly _tag: "Close" }
  /** Leaves without closing its client: what was not delivered by itself is gone. */
  | { readonly _tag: "Abandon" }
  /** Is sent SIGTERM once the load is done, has so long to leave, and is killed then. */
  | { readonly _tag: "Terminate"; readonly graceSeconds: number }
  /** Is killed in the middle of its load, as `kill -9` does it. */
  | { readonly _tag: "Kill"; readonly afterSeconds: number }

/** How much of the time to leave a client is given to close; the rest is for the process itself. */
export const closeMillis = (end: { readonly graceSeconds: number }): number => end.graceSeconds * 1000 - 1000

/** One event's properties: about 300 bytes of JSON. `n` numbers the events of a row. */
export const properties = (n: number, { huge }: Job) => ({
  n,
  path: "/checkout/payment",
  total: 42.5,
  currency: "EUR",
  items: ["sku-1042", "sku-2077", "sku-3001"],
  coupon: "WINTER-26-SALE",
  shipping: { method: "express", days: 2, carrier: "parcel-service" },
  referrer: "https://shop.example.com/cart?step=2",
  note: huge?.n === n ? "x".repeat(huge.bytes) : "please ring twice and leave it with the neighbour on the left"
})

/** What the capturing process says while it works. */
export type Said =
  | { readonly _tag: "Started" }
  | { readonly _tag: "Loaded" }
  | { readonly _tag: "Done"; readonly report: Report }

export interface Report {
  /** Calls of `capture`. */
  readonly calls: number
  /** Of these, the ones that returned an event's id. */
  readonly taken: number
  /** How many calls returned no id, by reason. */
  readonly refused: Readonly<Record<string, number>>
  /** The client's own account; a peer keeps none. */
  readonly stats?: {
    readonly captured: number
    readonly delivered: number
    readonly dropped: number
    readonly pending: number
    /** With an outbox: taken over from other processes, and left to them. */
    readonly recovered?: number
    readonly handedOver?: number
    readonly requests: number
    readonly retries: number
  }
  /** How many events were given up, by reason, as the client's metrics count them. */
  readonly dropped: Readonly<Record<string, number>>
  readonly loadSeconds: number
  /** From the end of the load until nothing was pending, or until there was no more time to wait. */
  readonly settleSeconds: number
  readonly closeSeconds: number
  /** The largest the process ever was. */
  readonly peakMegabytes: number
}

/** How the sink answers. */
export type Mode =
  | { readonly _tag: "Take" }
  | { readonly _tag: "Status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** Takes the request, answers after so long. */
  | { readonly _tag: "Slow"; readonly millis: number }
  /** Reads the request, never answers. */
  | { readonly _tag: "Hang" }
  /** Reads the request, begins an answer and never ends it. */
  | { readonly _tag: "Stall" }
  /** Answers 413 to bodies that are longer, decompressed. */
  | { readonly _tag: "LimitBytes"; readonly bytes: number }
  /** Answers 413 to requests of more events. */
  | { readonly _tag: "LimitEvents"; readonly events: number }
  /** Of four requests one is cut before it was read, one after it was taken and before it was answered. */
  | { readonly _tag: "Cut" }
  /** Resets every connection, new ones and those in use. */
  | { readonly _tag: "Reset" }
  /** Capture v1: takes every other event of a request, asks for the rest again. */
  | { readonly _tag: "Half" }

/** What the sink is started with. */
export interface SinkSettings {
  /** 0: any. */
  readonly port: number
  /** Where it writes down what it took: a file, so that nothing is forgotten when it is killed. */
  readonly ledger: string
  readonly mode: Mode
}
