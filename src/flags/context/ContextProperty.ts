/**
 * Properties of a context by the name that a filter uses: PostHog's name for it, or a path of the seed's.
 *
 * - `user.plan`, `device.os`, `request.query_params.ref`, `app.version`, `env.name`, `session.page_views`: a field of a
 *   section, in either spelling (`created_at`, `createdAt`); `app` is `application`, `env` is `environment`, and
 *   `device.type` is `device.device_type`.
 * - `custom.a.b`: what was put into `custom`, nested or under a key that holds the dots itself.
 * - `plan`, `role`, `address.city`: a field of the user, otherwise one of their further properties.
 * - `$os`, `$geoip_country_code`, …: the table of `PosthogNames`, otherwise a property of the user that is called so.
 *
 * A field that is not set is missing (`undefined`), an empty list or bag too; `null` in a bag is a value. Moments are
 * their ISO 8601 text.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../domain/JsonValue.js"
import * as ContextPath from "./ContextPath.js"
import type { ContextData } from "./ContextSections.js"
import * as PosthogTable from "./PosthogTable.js"

/** Reads one property from any context; the name is taken apart once. `undefined`: it is missing. */
export const reader = (name: string): ContextPath.Read => {
  const row = PosthogTable.byName.get(name)
  const path = ContextPath.reader(name)
  return row === undefined ? path : ContextPath.first(inRow(row), path)
}

/** One property of one context. */
export const get = (context: ContextData, name: string): JsonValue | undefined => reader(name)(context)

const inRow = ({ form, path }: PosthogTable.PosthogName): ContextPath.Read => {
  const read = ContextPath.field(path)
  if (form === undefined) {
    return read
  }
  // the form of the text that was read last: a pure function's memory
  let last: string | undefined
  let formed: JsonValue | undefined
  return (context) => {
    const value = read(context)
    if (typeof value !== "string") {
      return undefined
    }
    if (value !== last) {
      last = value
      formed = form(value)
    }
    return formed
  }
}
