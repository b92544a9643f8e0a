/**
 * What of an exception must not leave the process.
 *
 * @since 0.1.0
 */

/**
 * Where a text stands that a redaction looks at.
 *
 * @since 0.1.0
 * @category models
 */
export type RedactedPlace = "message" | "context" | "property"

/**
 * @since 0.1.0
 * @category models
 */
export interface RedactionOptions {
  /**
   * Names whose values are replaced: in properties at any depth, beside the name in messages and source lines
   * (`name=value`, `name: "value"`), in the query of URLs. A text matches every name that contains it, whatever the case
   * and without `-`, `_` and spaces; a regular expression is tested against the name as it stands. In addition to the
   * defaults (`password`, `secret`, `token`, `authorization`, `cookie`, `api_key`, …). A property that begins with `$` is
   * PostHog's own: a text must begin so too to match it.
   */
  readonly keys?: ReadonlyArray<string | RegExp> | undefined
  /** Leave out the default names, and secrets that are known by how they look (`ghp_…`, `eyJ….….…`)? Default false. */
  readonly withoutDefaults?: boolean | undefined
  /**
   * Texts that are replaced wherever they stand in messages, source lines and properties. They see texts of some kilobytes
   * and more: a pattern whose time grows faster than the text holds up the process.
   */
  readonly patterns?: ReadonlyArray<RegExp> | undefined
  /**
   * The last word on every text, called when everything else was replaced. If it throws or returns no text, nothing of that
   * text is sent.
   */
  readonly redact?: ((text: string, place: RedactedPlace) => string) | undefined
}
