/**
 * What JSON can hold.
 *
 * @since 0.1.0
 */

/**
 * A value that JSON can hold: what an event's properties are made of when they leave the process.
 *
 * @since 0.1.0
 * @category models
 */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | ReadonlyArray<JsonValue>
  | JsonObject

/**
 * An object of JSON values.
 *
 * @since 0.1.0
 * @category models
 */
export interface JsonObject {
  readonly [key: string]: JsonValue
}
