/**
 * Who is told of everything that comes, besides the server's own memory.
 *
 * @since 0.1.0
 */
import type { Verdict } from "./Exchange.js"
import type { OtlpRecords } from "./OtlpStore.js"
import type { ReceivedRequest } from "./ReceivedRequest.js"

/**
 * Is told synchronously, before the request is answered: what it keeps is kept by the time a client hears that it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Journal {
  /** A request, the events and records that it brought and that were taken, and by uuid what was made good in them. */
  readonly record: (
    request: ReceivedRequest,
    events: Verdict["events"],
    records: OtlpRecords,
    remarks: ReadonlyMap<string, ReadonlyArray<string>>
  ) => void
}
