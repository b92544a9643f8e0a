/** Our side: definitions as text, the way they arrive, compiled and evaluated. */
import { Either } from "effect"
import { empty } from "../../../src/flags/context/Subject.js"
import * as FlagDefinitions from "../../../src/flags/evaluation/FlagDefinitions.js"
import * as LocalFlags from "../../../src/flags/evaluation/LocalFlags.js"
import { type Case, type Verdict, verdictOf } from "./Case.js"

export const evaluate = (
  { definitions, who }: Case,
  keys: ReadonlyArray<string>,
  now: number
): Map<string, Verdict> => {
  const flags = LocalFlags.make(Either.getOrThrow(FlagDefinitions.parse(JSON.stringify(definitions))))
  const subject = { ...empty(), ...who }
  return new Map(keys.map((key) => {
    const outcome = flags.evaluate(key, subject, { unsafeCurrentTimeMillis: () => now })
    return [key, outcome?._tag === "FlagEvaluation" ? verdictOf(outcome.value) : "?"]
  }))
}
