/**
 * The flags that the tool serves: definitions that change while it runs, evaluated by the evaluator of the SDK.
 *
 * For events the embedded PostHog depends on nothing of the client, so that it can disagree with it. Flags are not so:
 * what `/flags` answers and what *explain* says is what an application evaluates for itself.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { FlagDefinitions } from "../../flags/evaluation/FlagDefinitions.js"
import * as Definitions from "../../flags/evaluation/FlagDefinitions.js"
import * as LocalFlags from "../../flags/evaluation/LocalFlags.js"
import { describe } from "./ConditionText.js"
import type { Flag, FlagChange } from "./PageApi.js"

type Fields = Readonly<Record<string, unknown>>

/** One state of the flags. */
export interface Board {
  /** As they are served and written back. */
  readonly raw: Fields
  readonly compiled: LocalFlags.LocalFlags
  /** What could not be used of them. */
  readonly problem: string | null
}

const board = (definitions: FlagDefinitions): Board => ({
  raw: definitions.raw,
  compiled: LocalFlags.make(definitions),
  problem: definitions.problems.length === 0 ? null : definitions.problems.slice(0, 5).join("; ")
})

/** Reads the text of a file; the words of the problem where it cannot be used. */
export const parse = (text: string): Either.Either<Board, string> =>
  Either.mapBoth(Definitions.parse(text), { onLeft: ({ problem }) => problem, onRight: board })

/** No flags. */
export const empty = (): Board =>
  Either.getOrThrow(Either.map(Definitions.decode({ flags: [], group_type_mapping: {}, cohorts: {} }), board))

const fieldsOf = (value: unknown): Fields => Predicate.isRecord(value) ? value : {}

const listOf = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const percentOf = (value: unknown): number | null =>
  Predicate.isNumber(value) ? value : Predicate.isString(value) && value.trim() !== "" ? Number(value) : null

const keyOf = (flag: unknown): string | undefined => {
  const { key } = fieldsOf(flag)
  return Predicate.isString(key) && key !== "" ? key : undefined
}

const flagOf = (key: string, definition: Fields): Flag => {
  const filters = fieldsOf(definition["filters"])
  const { name } = definition
  return {
    key,
    active: definition["active"] === true,
    name: Predicate.isString(name) ? name : "",
    conditions: listOf(filters["groups"]).map(fieldsOf).map((condition) => ({
      description: describe(condition),
      rollout: percentOf(condition["rollout_percentage"])
    })),
    variants: listOf(fieldsOf(filters["multivariate"])["variants"]).map(fieldsOf).map((variant) => ({
      key: String(variant["key"]),
      rollout: percentOf(variant["rollout_percentage"]) ?? 0
    }))
  }
}

/** The flags in the order of the file; of two with one key, the last counts. */
export const list = ({ raw }: Board): ReadonlyArray<Flag> => {
  const flags = new Map<string, Flag>()
  for (const each of listOf(raw["flags"])) {
    const key = keyOf(each)
    if (key !== undefined) {
      flags.set(key, flagOf(key, fieldsOf(each)))
    }
  }
  return Array.from(flags.values())
}

const withRollout = (definition: Fields, { condition, percent }: NonNullable<FlagChange["rollout"]>): Fields => {
  const filters = fieldsOf(definition["filters"])
  const groups = listOf(filters["groups"])
  return {
    ...definition,
    filters: {
      ...filters,
      groups: groups.map((group, index) =>
        index === condition ? { ...fieldsOf(group), rollout_percentage: percent } : group
      )
    }
  }
}

/** The flags after a change; `undefined`: there is no such flag, or no such condition. */
export const change = (before: Board, key: string, change: FlagChange): Board | undefined => {
  const flag = list(before).find((flag) => flag.key === key)
  if (flag === undefined || (change.rollout !== undefined && flag.conditions[change.rollout.condition] === undefined)) {
    return undefined
  }
  const flags = listOf(before.raw["flags"]).map((each) => {
    if (keyOf(each) !== key) {
      return each
    }
    const definition = fieldsOf(each)
    const switched = change.active === undefined ? definition : { ...definition, active: change.active }
    return change.rollout === undefined ? switched : withRollout(switched, change.rollout)
  })
  return Either.getOrUndefined(Either.map(
    // how the file spelled its numbers stays as it was read
    Definitions.decode({ ...before.raw, flags }, {
      ambiguousIntegers: before.compiled.definitions.ambiguousIntegers
    }),
    board
  ))
}

/** The text to write back. */
export const print = ({ raw }: Board): string => `${JSON.stringify(raw, undefined, 2)}\n`
