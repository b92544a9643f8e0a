/**
 * A scope in one line, for logs (seed 001, `get_context_summary`).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as BoundedText from "../domain/BoundedText.js"
import * as CurrentScope from "./CurrentScope.js"
import * as PosthogScope from "./PosthogScope.js"
import { ProcessService, serviceOf } from "./ProcessService.js"
import * as CorrelationSection from "./sections/CorrelationSection.js"
import * as OperationSection from "./sections/OperationSection.js"
import * as RequestSection from "./sections/RequestSection.js"
import type { ServiceFields } from "./sections/ServiceSection.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface SummaryOptions {
  /** Show the user's id as it is? Otherwise it is `***`. Default false. */
  readonly showUser?: boolean | undefined
}

/**
 * The current scope in one line, in the seed's format: `PosthogScope(correlation=corr_0a1b2c3d..., service=orders,
 * operation=pay, user=***)`, with what is set, in that order; `PosthogScope(empty)` where nothing is.
 *
 * Of the correlation id the first eight characters show, of a generated one those after `corr_`; dots say that there are
 * more. Control characters are left out: nobody's id begins a new line in a log.
 *
 * @since 0.1.0
 * @category getters
 */
export const scopeSummary = (options: SummaryOptions = {}): Effect.Effect<string> =>
  Effect.withFiberRuntime((fiber) =>
    Effect.succeed(
      summarize(CurrentScope.unsafeGet(fiber), Context.get(fiber.currentContext, ProcessService), options)
    )
  )

const summarize = (
  scope: PosthogScope.PosthogScope,
  process: ServiceFields | undefined,
  options: SummaryOptions
): string => {
  const parts: Array<string> = []
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined) {
      parts.push(`${name}=${value.replace(controls, "")}`)
    }
  }
  const userId = PosthogScope.section(scope, RequestSection.section)?.userId
  add("correlation", shortened(PosthogScope.section(scope, CorrelationSection.section)?.id))
  add("service", bounded(serviceOf(scope, process)?.name))
  add("operation", bounded(PosthogScope.section(scope, OperationSection.section)?.name))
  add("user", userId === undefined || options.showUser === true ? bounded(userId) : "***")
  return `PosthogScope(${parts.length === 0 ? "empty" : parts.join(", ")})`
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const controls = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g

const maxLength = 128

const bounded = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : BoundedText.head(text, maxLength)

const generated = "corr_"

const shown = 8

const shortened = (id: string | undefined): string | undefined => {
  if (id === undefined) {
    return undefined
  }
  // the prefix is the same for all of them: what tells two apart comes after it
  const length = shown + (id.startsWith(generated) ? generated.length : 0)
  return id.length <= length ? id : `${BoundedText.head(id, length)}...`
}
