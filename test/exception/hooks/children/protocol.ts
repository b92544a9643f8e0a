/** What the dying process and the test say to each other. */

export type Way =
  | "allListenersRemoved"
  | "asyncStack"
  | "captureCallback"
  | "closed"
  | "continues"
  | "error"
  | "exitListener"
  | "exits3"
  | "exitsLater"
  | "frozen"
  | "listenerThrows"
  | "mainFails"
  | "mainSignal"
  | "mainThrows"
  | "nothing"
  | "null"
  | "object"
  | "preparedStack"
  | "properties"
  | "rejection"
  | "rejectionListener"
  | "rejectionListenerExits"
  | "rejectionListenerOnce"
  | "rejectionListenerRemoved"
  | "rejectionOfNothing"
  | "rejectionOfText"
  | "rejectionOfTextPassedOn"
  | "rejectionPassedOn"
  | "rejectionSurvived"
  | "string"
  | "two"
  | "undefined"

/** An exception as it was captured. */
export interface Seen {
  readonly text: string
  readonly category: string | undefined
  readonly source: string | undefined
  readonly level: string | undefined
  readonly handled: boolean | undefined
}
