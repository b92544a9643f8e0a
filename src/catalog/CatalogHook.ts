/**
 * A before-send hook that knows a catalogue: it checks and redacts events, however they were captured.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { BeforeSend } from "../event/BeforeSend.js"
import type { PosthogEvent } from "../event/PosthogEvent.js"
import type { EventPlan } from "./EventPlan.js"
import { render, type SchemaIssue } from "./SchemaViolation.js"

/**
 * What `beforeSend` does besides redacting.
 *
 * @since 0.1.0
 * @category models
 */
export interface HookOptions {
  /** Look whether events fit their schemas. Default false: in production losing an event is worse. */
  readonly check?: boolean | undefined
  /**
   * What becomes of an event that does not fit: `refuse` refuses it as `beforeSendFailed` with a warning that says why,
   * `report` only logs the warning. Default `refuse`.
   */
  readonly onViolation?: "refuse" | "report" | undefined
  /** What becomes of events that are not in the catalogue; PostHog's own, `$…`, are always kept. Default `keep`. */
  readonly unknown?: "keep" | "refuse" | undefined
}

/** A hook that throws drops the event; the name of what it throws is what the log tells of it. */
class CatalogViolation extends Error {
  constructor(issues: ReadonlyArray<SchemaIssue>) {
    super()
    this.name = `CatalogViolation (${render(issues)})`
  }
}

const unknownEvent: ReadonlyArray<SchemaIssue> = [{ path: [], problem: "the catalogue has no such event" }]

export const make = (plans: ReadonlyMap<string, EventPlan>, options: HookOptions): BeforeSend => {
  const { check = false, onViolation = "refuse", unknown = "keep" } = options

  const violated = (issues: ReadonlyArray<SchemaIssue>, event: PosthogEvent) => {
    if (onViolation === "refuse") {
      throw new CatalogViolation(issues)
    }
    return Effect.logWarning(`event ${JSON.stringify(event.event)} does not fit its schema (${render(issues)})`).pipe(
      Effect.annotateLogs({ package: "effect-posthog", module: "EventCatalog" }),
      Effect.as(event)
    )
  }

  return (event) => {
    const plan = plans.get(event.event)
    if (plan === undefined) {
      return unknown === "keep" || event.event.startsWith("$") ? event : violated(unknownEvent, event)
    }
    const issues = check ? plan.check(event.properties) : []
    const redacted = plan.places === undefined ? event : { ...event, properties: { ...plan.redact(event.properties) } }
    return issues.length === 0 ? redacted : violated(issues, redacted)
  }
}
