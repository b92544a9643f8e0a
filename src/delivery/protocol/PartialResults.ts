/**
 * What PostHog says about each event of a request that it took: `{ "results": { <uuid>: { "result": … } } }` (HTTP-32).
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { Verdicts } from "./Protocol.js"

/**
 * Only `retry` goes again and only `drop` is refused: `ok`, `warning`, `limited`, a word from the future, and an event that
 * is not spoken of, are done with. Where the text is no such answer a 2xx is for all of them.
 */
export const read = (
  events: ReadonlyArray<FinishedEvent>,
  text: string
): Verdicts<FinishedEvent> => {
  const results = resultsIn(text)
  if (results === undefined) {
    return { delivered: events, again: [], refused: [] }
  }
  const delivered: Array<FinishedEvent> = []
  const again: Array<FinishedEvent> = []
  const refused: Array<FinishedEvent> = []
  for (const event of events) {
    const result = resultOf(results, event.uuid)
    const fate = result === "retry" ? again : result === "drop" ? refused : delivered
    fate.push(event)
  }
  return { delivered, again, refused }
}

type Results = Readonly<Record<PropertyKey, unknown>>

const resultsIn = (text: string): Results | undefined => {
  try {
    const answer: unknown = JSON.parse(text)
    return Predicate.hasProperty(answer, "results") && Predicate.isRecord(answer.results) ? answer.results : undefined
  } catch {
    return undefined
  }
}

/** A uuid is answered for as it was sent, or in PostHog's own way of writing it. */
const resultOf = (results: Results, uuid: string): unknown => {
  const result = results[uuid] ?? results[uuid.toLowerCase()]
  return Predicate.hasProperty(result, "result") ? result.result : undefined
}
