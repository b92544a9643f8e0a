/**
 * One event as the page shows it, whole.
 *
 * @since 0.1.0
 */
import { toJsonObject } from "../../domain/JsonValue.js"
import type { KeptEvent } from "./EventDatabase.js"
import * as EventProblems from "./EventProblems.js"
import * as ExceptionView from "./ExceptionView.js"
import { inspect } from "./Inspect.js"
import type { EventDetail } from "./PageApi.js"

/** Properties in the order of their names, those of the application before those of PostHog. */
const byName = (a: string, b: string): number =>
  Number(a.startsWith("$")) - Number(b.startsWith("$")) || (a < b ? -1 : a > b ? 1 : 0)

export const detail = ({ event, remarks, summary }: KeptEvent): EventDetail => {
  const { frames, originOf, problem, properties } = inspect(event.properties)
  return {
    ...summary,
    properties: Object.keys(properties).toSorted(byName).map((name) => ({
      name,
      value: properties[name] ?? null,
      origin: originOf(name)
    })),
    frames,
    exceptions: event.event === "$exception" ? ExceptionView.fromProperties(event.properties) : [],
    problems: [
      ...EventProblems.find({ ...event, properties }, Date.parse(summary.receivedAt), remarks),
      ...(problem === undefined ? [] : [problem])
    ],
    raw: toJsonObject(event)
  }
}
