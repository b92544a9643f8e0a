/**
 * What becomes of a call: refused, dropped, sent at once, or put into the buffer after the before-send hooks have had
 * their say.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Delivery from "./delivery/Delivery.js"
import * as DeliveryMetrics from "./delivery/DeliveryMetrics.js"
import {
  captured,
  type CaptureOutcome,
  type ImmediateOutcome,
  type RefusalReason,
  type Refused,
  refused
} from "./domain/CaptureOutcome.js"
import type { DropReason } from "./domain/DropReason.js"
import type { BeforeSend } from "./event/BeforeSend.js"
import * as BeforeSendChain from "./event/BeforeSendChain.js"
import type { EventReference, FinishedEvent } from "./event/FinishedEvent.js"
import type { Preparation } from "./event/Preparation.js"

export interface EventIntake {
  /** A call that made no event; `what` was asked for. */
  readonly refuse: (what: string, reason: RefusalReason) => Effect.Effect<Refused>
  /** Through the hooks into the buffer. */
  readonly accept: (event: FinishedEvent) => Effect.Effect<CaptureOutcome>
  /** An event that was captured and must not, or cannot, be delivered. */
  readonly drop: (
    event: EventReference,
    reason: RefusalReason & DropReason,
    detail: string
  ) => Effect.Effect<Refused>
  /** Through the hooks, awaited, to wherever else. */
  readonly through: <A, E>(
    event: FinishedEvent,
    next: (event: FinishedEvent) => Effect.Effect<A, E>
  ) => Effect.Effect<A | Refused, E>
  /** Through the hooks, awaited, to PostHog. */
  readonly sendNow: (event: FinishedEvent) => Effect.Effect<ImmediateOutcome>
}

const annotations = { package: "effect-posthog", module: "Posthog" }

/** Refusals that are no mistake of the caller's. */
const quiet = new Set<RefusalReason>([
  "personless",
  "nothingToSet",
  "optedOut",
  "disabled",
  "closed",
  "beforeSend",
  "bufferFull",
  "interrupted",
  "noFailure",
  "ignored",
  "rateLimited"
])

export const make = (
  hooks: ReadonlyArray<BeforeSend>,
  preparation: Preparation,
  delivery: Delivery.Delivery
): EventIntake => {
  let full = false

  /** A call that made no event. */
  const refuse = (what: string, reason: RefusalReason): Effect.Effect<Refused> => {
    delivery.refused()
    const line = `${what} was refused: ${reason}`
    return Effect.annotateLogs(quiet.has(reason) ? Effect.logDebug(line) : Effect.logWarning(line), annotations).pipe(
      Effect.zipRight(Metric.incrementBy(DeliveryMetrics.refused.pipe(Metric.tagged("reason", reason)), 1)),
      Effect.as(refused(reason))
    )
  }

  /** An event that was made and must not be delivered. */
  const drop = (
    event: EventReference,
    reason: RefusalReason & DropReason,
    detail: string
  ): Effect.Effect<Refused> => {
    const line = `event "${event.event}" was dropped: ${detail}`
    return Effect.annotateLogs(quiet.has(reason) ? Effect.logDebug(line) : Effect.logWarning(line), annotations).pipe(
      Effect.zipRight(delivery.dropUnoffered(event, reason)),
      Effect.as(refused(reason))
    )
  }

  /** Puts a finished event into the buffer. */
  const offer = (event: FinishedEvent): Effect.Effect<CaptureOutcome> => {
    const dropped = delivery.offer(event)
    if (dropped.length === 0) {
      full = false
      return Effect.succeed(captured(event.uuid))
    }
    // one warning each time it fills up, not one for each event
    const warning = full ? Effect.void : Effect.annotateLogs(Effect.logWarning("the event buffer is full"), annotations)
    full = true
    if (delivery.suspends) {
      return Effect.zipRight(warning, offerWhenRoom(event))
    }
    return warning.pipe(
      Effect.zipRight(delivery.drop(dropped, "bufferFull")),
      Effect.as(dropped.includes(event) ? refused("bufferFull") : captured(event.uuid))
    )
  }

  /** The caller waits; an event whose caller goes away was never captured. */
  const offerWhenRoom = (event: FinishedEvent): Effect.Effect<CaptureOutcome> =>
    Effect.flatMap(
      delivery.offerWhenRoom(event),
      (outcome): Effect.Effect<CaptureOutcome> =>
        outcome === "taken" ? Effect.succeed(captured(event.uuid)) : refuse(`event "${event.event}"`, outcome)
    )

  /** Now where the hooks are plain functions, in the preparation stage where one is an Effect. */
  const accept = (event: FinishedEvent): Effect.Effect<CaptureOutcome> => {
    if (hooks.length === 0) {
      return offer(event)
    }
    const verdict = BeforeSendChain.run(hooks, event)
    const decision = decide(event, verdict, offer)
    return verdict._tag === "Later" ? later(event, decision) : decision
  }

  /** Does what the hooks' verdict on an event says; `next` gets what they passed. */
  const decide = <A, E>(
    event: FinishedEvent,
    verdict: BeforeSendChain.Verdict,
    next: (event: FinishedEvent) => Effect.Effect<A, E>
  ): Effect.Effect<A | Refused, E> => {
    switch (verdict._tag) {
      case "Pass":
        return Effect.zipRight(warnIfBare(verdict.event), next(verdict.event))
      case "Refuse":
        return drop(event, verdict.reason, verdict.detail)
      case "Later":
        return Effect.flatMap(verdict.verdict, (later) => decide(event, later, next))
    }
  }

  const later = (event: FinishedEvent, decision: Effect.Effect<CaptureOutcome>) =>
    Effect.flatMap(
      preparation.start(
        decision.pipe(Effect.onInterrupt(() => delivery.dropUnoffered(event, "shutdown")), Effect.asVoid)
      ),
      (started) =>
        started
          ? Effect.succeed(captured(event.uuid))
          : drop(event, "preparationFull", "too many events wait for before-send hooks")
    )

  /** HOOK-06 */
  const warnIfBare = (event: FinishedEvent): Effect.Effect<void> =>
    event.own === "{}" && event.shared === ""
      ? Effect.logWarning(`a before-send hook left event "${event.event}" without properties`).pipe(
        Effect.annotateLogs(annotations)
      )
      : Effect.void

  const send = (event: FinishedEvent): Effect.Effect<ImmediateOutcome> =>
    Effect.map(delivery.sendNow(event), (sent): ImmediateOutcome =>
      sent === "delivered"
        ? { _tag: "Delivered", eventId: event.uuid }
        : sent === "pending"
        ? { _tag: "Pending", eventId: event.uuid }
        : { _tag: "Dropped", eventId: event.uuid, reason: sent })

  const through: EventIntake["through"] = (event, next) => decide(event, BeforeSendChain.run(hooks, event), next)

  return { refuse, accept, drop, through, sendNow: (event) => through(event, send) }
}
