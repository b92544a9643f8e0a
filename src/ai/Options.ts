/**
 * What an observed model is told.
 *
 * @since 0.1.0
 */
import type { Properties } from "../domain/PropertyValue.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `$ai_model`. Default: what the answer says; an answer that failed says nothing. */
  readonly model?: string | undefined
  /** `$ai_provider`. Default: the name that came with an `@effect/ai` `Model`, else what the answer says. */
  readonly provider?: string | undefined
  /** Leaves out all input and output, as the client's `aiPrivacyMode` does: either is enough. Default false. */
  readonly privacyMode?: boolean | undefined
  /** Further properties of every event. */
  readonly properties?: Properties | undefined
}
