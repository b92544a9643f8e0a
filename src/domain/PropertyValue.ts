/**
 * What an application may put into an event's properties and a scope's tags.
 *
 * @since 0.1.0
 */

/**
 * A property's value: JSON, and the two everyday types that JSON lacks. A `Date` is sent as its ISO 8601 text in UTC, a
 * `bigint` as a number where that is exact and as its decimal text elsewhere. `undefined` means the key is absent.
 *
 * Values that reach us in spite of this type are repaired as `domain/JsonValue.toJsonValue` says.
 *
 * @since 0.1.0
 * @category models
 */
export type PropertyValue =
  | string
  | number
  | boolean
  | null
  | bigint
  | Date
  | ReadonlyArray<PropertyValue>
  | Properties

/**
 * A bag of properties.
 *
 * @since 0.1.0
 * @category models
 */
export interface Properties {
  readonly [key: string]: PropertyValue | undefined
}
