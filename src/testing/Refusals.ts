/**
 * A client whose captures can be made to be refused.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type RefusalReason, type Refused, refused } from "../domain/CaptureOutcome.js"
import * as PosthogService from "../PosthogService.js"

/**
 * Which captures are refused.
 *
 * @since 0.1.0
 * @category models
 */
export interface RefusalOptions {
  /** Only events of this name. Default: all. */
  readonly event?: string | undefined
  /** So many and no more. Default: until it is taken back. */
  readonly times?: number | undefined
}

export interface Refusals {
  readonly client: PosthogService.Service
  readonly refuse: (reason: RefusalReason, options: RefusalOptions) => Effect.Effect<void>
  readonly accept: Effect.Effect<void>
}

interface Rule {
  readonly reason: RefusalReason
  readonly event: string | undefined
  left: number
}

/** `onRefused` is told of every refusal that was made up. */
export const around = (client: PosthogService.Service, onRefused: () => void): Refusals => {
  let rules: Array<Rule> = []

  const verdict = (event: string): Refused | undefined => {
    const rule = rules.find((each) => each.left > 0 && (each.event === undefined || each.event === event))
    if (rule === undefined) {
      return undefined
    }
    rule.left--
    onRefused()
    return refused(rule.reason)
  }

  const unlessRefused = <A>(event: string, call: () => Effect.Effect<A>): Effect.Effect<A | Refused> =>
    Effect.suspend((): Effect.Effect<A | Refused> => {
      const refusal = rules.length === 0 ? undefined : verdict(event)
      return refusal === undefined ? call() : Effect.succeed(refusal)
    })

  const captureIn = client[PosthogService.captureIn]

  return {
    client: {
      ...client,
      capture: (event, options) => unlessRefused(event, () => client.capture(event, options)),
      captureImmediate: (event, options) => unlessRefused(event, () => client.captureImmediate(event, options)),
      captureAi: (event, options) => unlessRefused(event, () => client.captureAi(event, options)),
      captureAiImmediate: (event, options) => unlessRefused(event, () => client.captureAiImmediate(event, options)),
      captureException: (error, options) => unlessRefused("$exception", () => client.captureException(error, options)),
      set: (properties, options) => unlessRefused("$set", () => client.set(properties, options)),
      setOnce: (properties, options) => unlessRefused("$set", () => client.setOnce(properties, options)),
      unset: (names, options) => unlessRefused("$set", () => client.unset(names, options)),
      identify: (distinctId, options) => unlessRefused("$identify", () => client.identify(distinctId, options)),
      alias: (distinctId, alias) => unlessRefused("$create_alias", () => client.alias(distinctId, alias)),
      groupIdentify: (type, key, options) =>
        unlessRefused("$groupidentify", () => client.groupIdentify(type, key, options)),
      ...(captureIn === undefined ? {} : {
        [PosthogService.captureIn]: (fiber, event, options) =>
          unlessRefused(event, () => captureIn(fiber, event, options))
      })
    },
    refuse: (reason, { event, times = Number.POSITIVE_INFINITY }) =>
      Effect.sync(() => {
        rules.push({ reason, event, left: times })
      }),
    accept: Effect.sync(() => {
      rules = []
    })
  }
}
