/**
 * What became of a call that captures: the application can tell, and never has to.
 *
 * @since 0.1.0
 */
import type { DropReason } from "./DropReason.js"

/**
 * Why a call made no event (CAP-02, CAP-03, IDENT-02, ALIAS-03, GROUPID-02, HOOK-02, HOOK-03, SHUT-01).
 *
 * - `invalidEvent`: the event's name is empty or not a string
 * - `invalidDistinctId`: a distinct id was given and is empty, blank or not a string
 * - `invalidAlias`, `invalidGroup`: one of the two ids is missing
 * - `personless`: a change of person properties for nobody in particular
 * - `nothingToSet`: a change of person properties with no property in it
 * - `optedOut`, `disabled`, `closed`: the client takes no events (now, at all, any more)
 * - `beforeSend`: a before-send hook returned null
 * - `beforeSendFailed`: a before-send hook failed, so the event must not be sent as it was
 * - `unreadable`: reading what was passed threw, and not in one property alone
 * - `tooLarge`: the event is larger than `maxEventBytes`
 * - `bufferFull`: the buffer is full and drops what is new
 * - `preparationFull`: too many events wait for an effectful before-send hook, or too many exceptions to be prepared
 * - `interrupted`: the cause to capture is an interruption, which is no exception
 * - `noFailure`: there is no failure in what was passed: a successful `Exit`, an empty cause
 * - `ignored`: the error's class says that it is not to be reported
 * - `rateLimited`: too many automatically captured exceptions of this type
 *
 * @since 0.1.0
 * @category models
 */
export type RefusalReason =
  | "invalidEvent"
  | "invalidDistinctId"
  | "invalidAlias"
  | "invalidGroup"
  | "personless"
  | "nothingToSet"
  | "optedOut"
  | "disabled"
  | "closed"
  | "beforeSend"
  | "beforeSendFailed"
  | "unreadable"
  | "tooLarge"
  | "bufferFull"
  | "preparationFull"
  | "interrupted"
  | "noFailure"
  | "ignored"
  | "rateLimited"

/**
 * The event was taken. `eventId` is its uuid, the one PostHog shows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Captured {
  readonly _tag: "Captured"
  readonly eventId: string
}

/**
 * No event was made; `reason` says why. It has been logged and counted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly _tag: "Refused"
  readonly reason: RefusalReason
}

/**
 * What a call that captures returns: the event's id, or the reason there is none (CAP-19).
 *
 * @since 0.1.0
 * @category models
 */
export type CaptureOutcome = Captured | Refused

/**
 * @since 0.1.0
 * @category constructors
 */
export const captured = (eventId: string): CaptureOutcome => ({ _tag: "Captured", eventId })

/**
 * @since 0.1.0
 * @category constructors
 */
export const refused = (reason: RefusalReason): Refused => ({ _tag: "Refused", reason })

/**
 * The event's id of an outcome, or `undefined` where there is none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const eventId = (outcome: CaptureOutcome): string | undefined =>
  outcome._tag === "Captured" ? outcome.eventId : undefined

/**
 * What became of an event that was sent without waiting in the buffer.
 *
 * - `Delivered`: PostHog has taken it
 * - `Pending`: it could not be delivered yet; it waits in the buffer and will be tried again
 * - `Dropped`: it will never be delivered
 * - `Refused`: no event was made
 *
 * @since 0.1.0
 * @category models
 */
export type ImmediateOutcome =
  | { readonly _tag: "Delivered"; readonly eventId: string }
  | { readonly _tag: "Pending"; readonly eventId: string }
  | { readonly _tag: "Dropped"; readonly eventId: string; readonly reason: DropReason }
  | Refused
