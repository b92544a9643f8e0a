/**
 * What a flag is as a boolean, a text, a number, a structure.
 *
 * @since 0.1.0
 */
import { ErrorCode, type JsonValue } from "@openfeature/server-sdk"
import * as Either from "effect/Either"
import { type FlagEvaluation, isEnabled } from "../flags/evaluation/FlagEvaluation.js"
import { isNumeral } from "../flags/evaluation/operators/Numeral.js"
import * as ResolutionError from "./ResolutionError.js"

/**
 * Reads a flag as a value of one kind. `undefined`: the flag is off, and being off says nothing about a value of this
 * kind, so that the caller's default is the answer.
 */
export type ValueKind<A> = (flag: FlagEvaluation) => Either.Either<A | undefined, ResolutionError.ResolutionError>

/** A variant is on; a flag that is off is off whatever the default is (FLAGS-ISEN-01). */
export const boolean: ValueKind<boolean> = (flag) => Either.right(isEnabled(flag))

/** The variant's key. */
export const string: ValueKind<string> = (flag) =>
  !isEnabled(flag)
    ? off
    : typeof flag.value === "string"
    ? Either.right(flag.value)
    : mismatch(flag, "has no variants")

/** The variant's key where the whole of it is a number, otherwise a payload that is one. */
export const number: ValueKind<number> = (flag) => {
  if (!isEnabled(flag)) {
    return off
  }
  const { payload, value } = flag
  const number = typeof value === "string" && isNumeral(value) ? Number(value) : payload
  return typeof number === "number" && Number.isFinite(number)
    ? Either.right(number)
    : mismatch(flag, "is no number, and has no number as its payload")
}

/** The payload: an object or an array. */
export const structure: ValueKind<JsonValue> = (flag) => {
  if (!isEnabled(flag)) {
    return off
  }
  const { payload } = flag
  if (typeof payload === "object" && payload !== null) {
    // one object is handed out for all evaluations, and OpenFeature's values may be changed by who gets them
    return Either.right(structuredClone(payload) as JsonValue)
  }
  return typeof payload === "string" && /^\s*[[{]/.test(payload)
    ? Either.left(ResolutionError.make(ErrorCode.PARSE_ERROR, `the payload of flag "${flag.key}" is no JSON`))
    : mismatch(flag, payload === undefined ? "has no payload" : "has a payload that is no object and no array")
}

const off = Either.right(undefined)

const mismatch = ({ key }: FlagEvaluation, what: string) =>
  Either.left(ResolutionError.make(ErrorCode.TYPE_MISMATCH, `flag "${key}" ${what}`))
