/** What the processes of the fault tests say to each other. */

/** What the capturing process is to do. */
export interface Job {
  readonly load: Load
  /** How long it waits, after the load, for everything to be delivered, before it closes its client. */
  readonly settleSeconds: number
}

export type Load =
  /** So many captures in one turn of the event loop, which nothing else gets a chance to run in. */
  | { readonly _tag: "Burst"; readonly count: number }
  | { readonly _tag: "Paced"; readonly perSecond: number; readonly seconds: number }

/** One event's properties: about 300 bytes of JSON. `n` numbers the events of a row. */
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

/** What the capturing process says while it works. */
export type Said =
  | { readonly _tag: "Started" }
  | { readonly _tag: "Done"; readonly report: Report }

export interface Report {
  /** Calls of `capture`. */
  readonly calls: number
  /** Of these, the ones that returned an event's id. */
  readonly taken: number
  /** The client's own account; a peer keeps none. */
  readonly stats?: {
    readonly captured: number
    readonly delivered: number
    readonly dropped: number
    readonly pending: number
    readonly requests: number
    readonly retries: number
  }
  /** How many events were given up, by reason, as the client's hook was told. */
  readonly dropped: Readonly<Record<string, number>>
  readonly loadSeconds: number
  readonly closeSeconds: number
  /** The largest the process ever was. */
  readonly peakMegabytes: number
}

/** How the sink answers. */
export type Mode =
  | { readonly _tag: "Take" }
  | { readonly _tag: "Status"; readonly status: number }
  /** Takes the request, answers after so long. */
  | { readonly _tag: "Slow"; readonly millis: number }
  /** Takes the request, never answers. */
  | { readonly _tag: "Hang" }
  /** Answers 413 to bodies that are longer, decompressed. */
  | { readonly _tag: "Limit"; readonly bytes: number }
  /** Of four requests one is cut before it was read, one after it was taken and before it was answered. */
  | { readonly _tag: "Cut" }

/** What the sink is started with. */
export interface SinkSettings {
  /** 0: any. */
  readonly port: number
  /** Where it writes down what it took: a file, so that nothing is forgotten when it is killed. */
  readonly ledger: string
  readonly mode: Mode
}
