/**
 * Sends a batch until PostHog has decided about every event of it. What PostHog will not have is found out by halving; what
 * would go wrong with every other batch too is a failure.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type { LaneDropReason } from "../../delivery/buffer/ItemBuffer.js"
import * as AnalyticsV0 from "../../delivery/protocol/AnalyticsV0.js"
import * as Sending from "../../delivery/Sending.js"
import * as Transport from "../../delivery/Transport.js"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import * as Uuid from "../../event/Uuid.js"
import { CliError } from "../CliError.js"
import type { Destination } from "./Destination.js"

export interface RefusedEvent {
  readonly event: FinishedEvent
  readonly reason: string
}

/** Sends them, and says which of them PostHog refused. */
export type BatchSender = (
  events: ReadonlyArray<FinishedEvent>
) => Effect.Effect<ReadonlyArray<RefusedEvent>, CliError>

export interface Settings {
  readonly destination: Destination
  /** Requests at the same time. */
  readonly concurrency: number
  /** Has PostHog taken anything of this import before? */
  readonly hasSent: boolean
  /** Why an attempt failed; `undefined` where it did not. */
  readonly onAnswer: (trouble: string | undefined) => void
}

/** More than a batch ever has: how much one request may hold is PostHog's to say. */
const maxBodyBytes = 64 * 1024 * 1024

export const make = (settings: Settings): Effect.Effect<BatchSender, never, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const { concurrency, destination, onAnswer } = settings
    const { apiKey, host } = destination
    const uuids = yield* Uuid.make
    // the address that PostHog documents for migrations
    const protocol = AnalyticsV0.make({ apiKey, historicalMigration: true })
    const send = Sending.make({
      protocol,
      transport: yield* Transport.make({ ...destination, protocol, maxBodyBytes, concurrency }),
      retry: {
        maxRetries: destination.maxRetries,
        baseDelay: destination.retryDelay,
        maxDelay: destination.maxRetryDelay
      },
      requestId: uuids.next,
      what: "events"
    })
    let hasSent = settings.hasSent

    const inHalves = (events: ReadonlyArray<FinishedEvent>): ReturnType<BatchSender> => {
      const middle = Math.ceil(events.length / 2)
      return Effect.zipWith(
        sendAll(events.slice(0, middle)),
        Effect.suspend(() => sendAll(events.slice(middle))),
        (first, second) => [...first, ...second]
      )
    }

    const sendAll: BatchSender = (events) =>
      Effect.gen(function*() {
        const dropped: Array<Dropped> = []
        const end = yield* send(events, {
          delivered: () =>
            Effect.sync(() => {
              hasSent = true
            }),
          dropped: (items, reason, status) =>
            Effect.sync(() => {
              dropped.push({ items, reason, status })
            }),
          mayGo: () => true,
          requested: () => Effect.void,
          answered: onAnswer,
          mayRetry: (attempt) => attempt <= destination.maxRetries
        })
        if (end._tag === "Exhausted") {
          return yield* new CliError({
            reason: "unreachable",
            message: `${host} does not take the events: ${end.reason}, after ${destination.maxRetries + 1} attempts.`
          })
        }
        const refused: Array<RefusedEvent> = []
        for (const { items, reason, status } of dropped) {
          const problem = status === undefined ? undefined : stopping(status, host)
          if (problem !== undefined) {
            return yield* problem
          }
          if (items.length > 1 && reason === "rejected") {
            refused.push(...(yield* inHalves(items)))
          } else {
            refused.push(...items.map((event) => ({ event, reason: reasonOf(reason, status) })))
          }
        }
        return end._tag === "Split" ? [...refused, ...(yield* inHalves(end.left))] : refused
      })

    return (events) =>
      Effect.filterOrFail(
        sendAll(events),
        // one bad line is a bad line; a hundred of them, and not one good, is something else
        (refused) => hasSent || refused.length < 100 || refused.length < events.length,
        (refused) =>
          new CliError({
            reason: "refused",
            message: `${host} refuses every event of the first ${refused.length}: ${refused[0]?.reason}.`
          })
      )
  })

interface Dropped {
  readonly items: ReadonlyArray<FinishedEvent>
  readonly reason: LaneDropReason
  readonly status: number | undefined
}

/** Statuses that say nothing about the events. */
const stopping = (status: number, host: string): CliError | undefined => {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return undefined
    case 401:
    case 403:
      return new CliError({
        reason: "unauthorized",
        message: `${host} refuses the project's API key (status ${status}): is POSTHOG_API_KEY right?`
      })
    default:
      return new CliError({ reason: "refused", message: `${host} refuses the events: status ${status}.` })
  }
}

const reasonOf = (reason: LaneDropReason, status: number | undefined): string =>
  reason === "tooLarge"
    ? "too large for PostHog (status 413)"
    : reason === "unencodable"
    ? "cannot be written as JSON"
    : `refused by PostHog (status ${status})`
