/**
 * Declares one flag of a registry: what it can be, and what it is when PostHog cannot say.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { FlagPayloadInvalid } from "../evaluation/FlagError.js"
import * as FlagPayload from "./FlagPayload.js"

/**
 * A flag that is on or off.
 *
 * @since 0.1.0
 * @category models
 */
export interface BooleanFlag<out Payload = never, out PayloadError = never> {
  readonly _tag: "BooleanFlag"
  readonly default: boolean
  /** `undefined`: none is declared, and reading one does not compile. */
  readonly payload: FlagPayload.FlagPayload<Payload, PayloadError> | undefined
}

/**
 * A flag that is one of several variants.
 *
 * @since 0.1.0
 * @category models
 */
export interface VariantsFlag<out Variant extends string, out Payload = never, out PayloadError = never> {
  readonly _tag: "VariantsFlag"
  readonly variants: ReadonlyArray<Variant>
  readonly default: Variant
  /** `undefined`: none is declared, and reading one does not compile. */
  readonly payload: FlagPayload.FlagPayload<Payload, PayloadError> | undefined
}

/**
 * Any declaration.
 *
 * @since 0.1.0
 * @category models
 */
export type Flag = BooleanFlag<unknown, unknown> | VariantsFlag<string, unknown, unknown>

/**
 * A flag that is on or off. `default` is its value when it has none: PostHog does not know it, cannot be asked, or
 * cannot compute it. A variant, of a flag that PostHog has them for, is on.
 *
 * With `payload`, a schema, it can be read; without `defaultPayload` that fails with `FlagPayloadInvalid` where there is
 * no payload or another one.
 *
 * @example
 * import { Schema } from "effect"
 * import * as Flag from "effect-posthog/flags/registry/Flag"
 *
 * const checkout = Flag.boolean({ default: false })
 * const banner = Flag.boolean({
 *   default: false,
 *   payload: Schema.Struct({ text: Schema.String }),
 *   defaultPayload: { text: "" }
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const boolean: {
  <A, I>(
    options: {
      readonly default: boolean
      readonly payload: Schema.Schema<A, I>
      readonly defaultPayload: NoInfer<A>
    }
  ): BooleanFlag<A>
  <A, I>(
    options: { readonly default: boolean; readonly payload: Schema.Schema<A, I>; readonly defaultPayload?: never }
  ): BooleanFlag<A, FlagPayloadInvalid>
  (options: { readonly default: boolean; readonly payload?: never; readonly defaultPayload?: never }): BooleanFlag
} = (options: PayloadOptions & { readonly default: boolean }): BooleanFlag<never, never> => ({
  _tag: "BooleanFlag",
  default: options.default,
  payload: payloadOf(options)
})

/**
 * A flag that is one of `variants`. It is `default` when it has no value (PostHog does not know it, cannot be asked, or
 * cannot compute it), when it is off, and when its value is a variant that is not declared.
 *
 * With `payload`, a schema, it can be read; without `defaultPayload` that fails with `FlagPayloadInvalid` where there is
 * no payload or another one. The payloads of variants that differ are a `Schema.Union`.
 *
 * @example
 * import { Schema } from "effect"
 * import * as Flag from "effect-posthog/flags/registry/Flag"
 *
 * const pricing = Flag.variants(["control", "low", "high"], {
 *   default: "control",
 *   payload: Schema.Struct({ price: Schema.Number })
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const variants: {
  <const Variant extends string, A, I>(
    variants: readonly [Variant, ...Array<Variant>],
    options: {
      readonly default: NoInfer<Variant>
      readonly payload: Schema.Schema<A, I>
      readonly defaultPayload: NoInfer<A>
    }
  ): VariantsFlag<Variant, A>
  <const Variant extends string, A, I>(
    variants: readonly [Variant, ...Array<Variant>],
    options: {
      readonly default: NoInfer<Variant>
      readonly payload: Schema.Schema<A, I>
      readonly defaultPayload?: never
    }
  ): VariantsFlag<Variant, A, FlagPayloadInvalid>
  <const Variant extends string>(
    variants: readonly [Variant, ...Array<Variant>],
    options: { readonly default: NoInfer<Variant>; readonly payload?: never; readonly defaultPayload?: never }
  ): VariantsFlag<Variant>
} = <Variant extends string>(
  variants: readonly [Variant, ...Array<Variant>],
  options: PayloadOptions & { readonly default: Variant }
): VariantsFlag<Variant, never, never> => ({
  _tag: "VariantsFlag",
  variants: [...variants],
  default: options.default,
  payload: payloadOf(options)
})

/** What the overloads have in common once their types are checked. */
interface PayloadOptions {
  readonly payload?: Schema.Schema.AnyNoContext
  readonly defaultPayload?: unknown
}

/** The overloads say what the payload is; here, with none of them chosen, `never` stands for whatever they say. */
const payloadOf = ({ defaultPayload, payload }: PayloadOptions): FlagPayload.FlagPayload<never, never> | undefined =>
  payload === undefined
    ? undefined
    : (defaultPayload === undefined
      ? FlagPayload.strict(payload)
      : FlagPayload.total(payload, defaultPayload)) as FlagPayload.FlagPayload<never, never>
