/** Bodies, subjects and evaluations for tests of local evaluation. */
import { Either } from "effect"
import { empty, type Subject } from "../../../src/flags/context/Subject.js"
import * as FlagDefinitions from "../../../src/flags/evaluation/FlagDefinitions.js"
import { Inconclusive } from "../../../src/flags/evaluation/Inconclusive.js"
import * as LocalFlags from "../../../src/flags/evaluation/LocalFlags.js"

/** A moment that nobody reads unless a filter compares with now. */
export const noon = { unsafeCurrentTimeMillis: () => Date.UTC(2025, 0, 1, 12) }

export const subject = (fields: Partial<Subject> = {}): Subject => ({ ...empty(), distinctId: "user-1", ...fields })

export const compile = (body: unknown, options?: LocalFlags.LocalFlagsOptions): LocalFlags.LocalFlags =>
  LocalFlags.make(Either.getOrThrow(FlagDefinitions.decode(body)), options)

export const flag = (key: string, filters: unknown = {}, fields: object = {}) => ({
  key,
  active: true,
  filters,
  ...fields
})

export const body = (flags: ReadonlyArray<unknown>, fields: object = {}) => ({
  flags,
  group_type_mapping: { 0: "company", 1: "project" },
  cohorts: {},
  ...fields
})

/** A value, or the reason of none; `undefined`: there is no such flag. */
export const show = (outcome: LocalFlags.LocalOutcome | undefined): unknown =>
  outcome instanceof Inconclusive ? { inconclusive: outcome.reason, detail: outcome.detail } : outcome?.value

/** The value of the flag `f`, or why there is none. */
export const evaluate = (
  flags: ReadonlyArray<unknown>,
  who: Partial<Subject> = {},
  fields: object = {}
): unknown => show(compile(body(flags, fields)).evaluate("f", subject(who), noon))

/** What one flag `f` with these filters comes to. */
export const one = (filters: unknown, who: Partial<Subject> = {}, fields: object = {}): unknown =>
  evaluate([flag("f", filters)], who, fields)

export const is = (key: string, value: unknown, operator = "exact") => ({ key, value, operator, type: "person" })

export const inconclusive = (reason: string, detail: string) => ({ inconclusive: reason, detail })
