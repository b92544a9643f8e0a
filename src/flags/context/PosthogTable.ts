/**
 * What PostHog calls the properties of a context: the one table of names.
 *
 * Values have PostHog's form, as its own libraries send them: `$device_type` is `Desktop`, `Mobile`, `Tablet`,
 * `Wearable`, `TV` or `Bot` where the path `device.type` is the seed's lower case; a region is a subdivision's code or
 * its name, whichever it looks like; a screen's two sides are numbers.
 *
 * | PostHog's name                                      | path                                  |
 * | --------------------------------------------------- | ------------------------------------- |
 * | `$user_id`, `$anon_distinct_id`                     | `user.id`, `user.anonymous_id`        |
 * | `email`, `name`, `plan`, `groups`, `created_at`     | `user.…` of that name                 |
 * | `$device_id`                                        | `device.device_id`                    |
 * | `$device_type`                                      | `device.device_type`                  |
 * | `$os` and `$os_name`, `$os_version`                 | `device.os`, `device.os_version`      |
 * | `$browser`, `$browser_version`                      | `device.browser`, `…browser_version`  |
 * | `$device_manufacturer`, `$device_model`             | `device.manufacturer`, `device.model` |
 * | `$screen_width`, `$screen_height`                   | `device.screen_resolution`            |
 * | `$ip`                                               | `request.ip`                          |
 * | `$geoip_country_code`, `$geoip_city_name`           | `request.country`, `request.city`     |
 * | `$geoip_subdivision_1_code`, `…_name`               | `request.region`                      |
 * | `$geoip_time_zone`, `$timezone`                     | `request.timezone`                    |
 * | `$locale`, `$browser_language`, `…_language_prefix` | `request.locale`                      |
 * | `$raw_user_agent`                                   | `request.user_agent`                  |
 * | `$referrer`, `$referring_domain`                    | `request.referrer`                    |
 * | `$current_url`, `$host`, `$pathname`                | `request.url`, its host; `…path`      |
 * | `$app_name`, `$app_version`, `$app_build`           | `application.name`, …                 |
 * | `$session_id`, `$session_duration`                  | `session.id`, `…duration_seconds`     |
 *
 * `$lib` and `$lib_version` are this library; the application's `sdk_name` and `sdk_version` have no name at PostHog.
 *
 * @since 0.1.0
 */
import type { JsonValue } from "../../domain/JsonValue.js"

/** PostHog's form of a text; `undefined` where the text says nothing of it. */
type Form = (text: string) => JsonValue | undefined

/**
 * One name: where its value stands, and what it looks like at PostHog if not the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface PosthogName {
  readonly name: string
  readonly path: string
  readonly form?: Form
}

const deviceTypes: ReadonlyMap<string, string> = new Map([
  ["desktop", "Desktop"],
  ["mobile", "Mobile"],
  ["tablet", "Tablet"],
  ["tv", "TV"],
  ["watch", "Wearable"],
  ["bot", "Bot"]
])

const side = (index: 0 | 1): Form => (resolution) => {
  const sides = /^\s*(\d{1,6})\s*[x×*]\s*(\d{1,6})\s*$/i.exec(resolution)
  return sides === null ? undefined : Number(sides[index + 1])
}

const host = (key: "host" | "hostname"): Form => (url) => URL.canParse(url) ? new URL(url)[key] || undefined : undefined

const isCode = (region: string): boolean => /^[A-Z0-9]{1,3}$/.test(region)

/**
 * Every name that PostHog has for a property of a context.
 *
 * @since 0.1.0
 * @category names
 */
export const table: ReadonlyArray<PosthogName> = [
  { name: "$user_id", path: "user.id" },
  { name: "$anon_distinct_id", path: "user.anonymous_id" },
  { name: "email", path: "user.email" },
  { name: "name", path: "user.name" },
  { name: "plan", path: "user.plan" },
  { name: "groups", path: "user.groups" },
  { name: "created_at", path: "user.created_at" },
  { name: "$device_id", path: "device.device_id" },
  { name: "$device_type", path: "device.device_type", form: (type) => deviceTypes.get(type) },
  { name: "$os", path: "device.os" },
  { name: "$os_name", path: "device.os" },
  { name: "$os_version", path: "device.os_version" },
  { name: "$browser", path: "device.browser" },
  { name: "$browser_version", path: "device.browser_version" },
  { name: "$device_manufacturer", path: "device.manufacturer" },
  { name: "$device_model", path: "device.model" },
  { name: "$screen_width", path: "device.screen_resolution", form: side(0) },
  { name: "$screen_height", path: "device.screen_resolution", form: side(1) },
  { name: "$ip", path: "request.ip" },
  { name: "$geoip_country_code", path: "request.country" },
  { name: "$geoip_city_name", path: "request.city" },
  { name: "$geoip_subdivision_1_code", path: "request.region", form: (region) => isCode(region) ? region : undefined },
  { name: "$geoip_subdivision_1_name", path: "request.region", form: (region) => isCode(region) ? undefined : region },
  { name: "$geoip_time_zone", path: "request.timezone" },
  { name: "$timezone", path: "request.timezone" },
  { name: "$locale", path: "request.locale" },
  { name: "$browser_language", path: "request.locale" },
  { name: "$browser_language_prefix", path: "request.locale", form: (locale) => locale.split(/[-_]/, 1)[0] },
  { name: "$raw_user_agent", path: "request.user_agent" },
  { name: "$referrer", path: "request.referrer" },
  { name: "$referring_domain", path: "request.referrer", form: host("hostname") },
  { name: "$current_url", path: "request.url" },
  { name: "$host", path: "request.url", form: host("host") },
  { name: "$pathname", path: "request.path" },
  { name: "$app_name", path: "application.name" },
  { name: "$app_version", path: "application.version" },
  { name: "$app_build", path: "application.build" },
  { name: "$session_id", path: "session.id" },
  { name: "$session_duration", path: "session.duration_seconds" }
]

/** The table by name. */
export const byName: ReadonlyMap<string, PosthogName> = new Map(table.map((row) => [row.name, row]))
