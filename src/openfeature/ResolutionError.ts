/**
 * Why a flag has no value of the kind that was asked for, in OpenFeature's words.
 *
 * @since 0.1.0
 */
import { ErrorCode } from "@openfeature/server-sdk"
import * as Data from "effect/Data"
import type { FlagError, FlagInconclusive, FlagsUnavailable } from "../flags/evaluation/FlagError.js"
import type { InconclusiveReason } from "../flags/evaluation/Inconclusive.js"

export class ResolutionError extends Data.TaggedError("ResolutionError")<{
  readonly code: ErrorCode
  readonly message: string
}> {}

export const make = (code: ErrorCode, message: string): ResolutionError => new ResolutionError({ code, message })

export const targetingKeyMissing = make(
  ErrorCode.TARGETING_KEY_MISSING,
  "neither the evaluation context nor the scope names anybody: set targetingKey"
)

export const notReady = make(ErrorCode.PROVIDER_NOT_READY, "the provider is not initialized, or is closed")

/** `isLoaded`: are definitions in use? Without them and without PostHog nothing can be evaluated at all. */
export const fromFlagError = (error: FlagError, isLoaded: boolean): ResolutionError => {
  switch (error._tag) {
    case "FlagNotFound":
      return make(ErrorCode.FLAG_NOT_FOUND, error.message)
    case "FlagInconclusive":
      return fromInconclusive(error)
    case "FlagsUnavailable":
      return make(codeOfUnavailable(error.reason, isLoaded), error.message)
    case "QuotaLimited":
      return make(ErrorCode.GENERAL, error.message)
  }
}

const fromInconclusive = (error: FlagInconclusive): ResolutionError =>
  error.reason === "missingDistinctId"
    ? targetingKeyMissing
    // the error carries the reason as text: it may be one of another release
    : make(codes[error.reason as InconclusiveReason] ?? ErrorCode.GENERAL, error.message)

/** The context lacks what the definition asks for, or the definition cannot be read; the rest is nobody's mistake. */
const codes: { readonly [reason in InconclusiveReason]?: ErrorCode } = {
  missingDeviceId: ErrorCode.INVALID_CONTEXT,
  missingGroup: ErrorCode.INVALID_CONTEXT,
  missingProperty: ErrorCode.INVALID_CONTEXT,
  unreadable: ErrorCode.INVALID_CONTEXT,
  malformedDefinition: ErrorCode.PARSE_ERROR,
  malformedCohort: ErrorCode.PARSE_ERROR,
  invalidFilterValue: ErrorCode.PARSE_ERROR
}

const codeOfUnavailable = (reason: FlagsUnavailable["reason"], isLoaded: boolean): ErrorCode => {
  switch (reason) {
    case "noDefinitions":
    case "disabled":
      return ErrorCode.PROVIDER_NOT_READY
    case "invalidResponse":
      return ErrorCode.PARSE_ERROR
    case "errorsWhileComputing":
      return ErrorCode.GENERAL
    case "connection":
    case "timeout":
    case "status":
      return isLoaded ? ErrorCode.GENERAL : ErrorCode.PROVIDER_NOT_READY
  }
}
