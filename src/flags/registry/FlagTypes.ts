/**
 * What the declarations of a registry say to the compiler.
 *
 * @since 0.1.0
 */
import type { BooleanFlag, Flag, VariantsFlag } from "./Flag.js"

/**
 * Flags by key.
 *
 * @since 0.1.0
 * @category models
 */
export interface FlagDeclarations {
  readonly [key: string]: Flag
}

/**
 * The keys of all flags.
 *
 * @since 0.1.0
 * @category type-level
 */
export type FlagKey<Flags> = keyof Flags & string

/**
 * The keys of the flags that are on or off.
 *
 * @since 0.1.0
 * @category type-level
 */
export type BooleanKey<Flags> = keyof {
  readonly [Key in FlagKey<Flags> as Flags[Key] extends BooleanFlag<unknown, unknown> ? Key : never]: Key
}

/**
 * The keys of the flags that are one of several variants.
 *
 * @since 0.1.0
 * @category type-level
 */
export type VariantsKey<Flags> = keyof {
  readonly [Key in FlagKey<Flags> as Flags[Key] extends VariantsFlag<string, unknown, unknown> ? Key : never]: Key
}

/**
 * The keys of the flags that declare a payload.
 *
 * @since 0.1.0
 * @category type-level
 */
export type PayloadKey<Flags> = keyof {
  readonly [Key in FlagKey<Flags> as [PayloadOf<Flags[Key]>] extends [never] ? never : Key]: Key
}

/**
 * The variants of a flag.
 *
 * @since 0.1.0
 * @category type-level
 */
export type VariantOf<Declared> = Declared extends VariantsFlag<infer Variant, unknown, unknown> ? Variant : never

/**
 * What a flag's payload decodes to.
 *
 * @since 0.1.0
 * @category type-level
 */
export type PayloadOf<Declared> = Declared extends BooleanFlag<infer Payload, unknown> ? Payload
  : Declared extends VariantsFlag<string, infer Payload, unknown> ? Payload
  : never

/**
 * How reading a flag's payload can fail.
 *
 * @since 0.1.0
 * @category type-level
 */
export type PayloadErrorOf<Declared> = Declared extends BooleanFlag<unknown, infer PayloadError> ? PayloadError
  : Declared extends VariantsFlag<string, unknown, infer PayloadError> ? PayloadError
  : never
