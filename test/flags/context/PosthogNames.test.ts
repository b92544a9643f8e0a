import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import { get, reader } from "../../../src/flags/context/ContextProperty.js"
import { empty } from "../../../src/flags/context/EvaluationContext.js"
import { names, table, toPersonProperties } from "../../../src/flags/context/PosthogNames.js"
import { context } from "./arbitraries.js"

const json = (input: unknown) => Either.getOrThrow(ContextJson.fromJsonEither(input))

const visitor = json({
  user: {
    id: "u",
    anonymous_id: "a",
    email: "e@x.io",
    name: "n",
    plan: "pro",
    groups: ["beta"],
    created_at: "2024-01-02"
  },
  device: {
    device_id: "d",
    device_type: "mobile",
    os: "iOS",
    os_version: "15",
    browser: "Safari",
    browser_version: "16",
    manufacturer: "Apple",
    model: "iPhone",
    screen_resolution: "390x844"
  },
  request: {
    ip: "1.2.3.4",
    country: "DE",
    region: "Hesse",
    city: "Kassel",
    timezone: "Europe/Berlin",
    locale: "de-DE",
    user_agent: "curl",
    referrer: "https://www.x.io:8080/a",
    url: "https://y.io:8080/b?c",
    path: "/b"
  },
  application: { name: "shop", version: "1.2.3", build: "7" },
  session: { id: "s", duration_seconds: 3 }
})

const expected = {
  $user_id: "u",
  $anon_distinct_id: "a",
  email: "e@x.io",
  name: "n",
  plan: "pro",
  groups: ["beta"],
  created_at: "2024-01-02T00:00:00.000Z",
  $device_id: "d",
  $device_type: "Mobile",
  $os: "iOS",
  $os_name: "iOS",
  $os_version: "15",
  $browser: "Safari",
  $browser_version: "16",
  $device_manufacturer: "Apple",
  $device_model: "iPhone",
  $screen_width: 390,
  $screen_height: 844,
  $ip: "1.2.3.4",
  $geoip_country_code: "DE",
  $geoip_city_name: "Kassel",
  $geoip_subdivision_1_code: undefined,
  $geoip_subdivision_1_name: "Hesse",
  $geoip_time_zone: "Europe/Berlin",
  $timezone: "Europe/Berlin",
  $locale: "de-DE",
  $browser_language: "de-DE",
  $browser_language_prefix: "de",
  $raw_user_agent: "curl",
  $referrer: "https://www.x.io:8080/a",
  $referring_domain: "www.x.io",
  $current_url: "https://y.io:8080/b?c",
  $host: "y.io:8080",
  $pathname: "/b",
  $app_name: "shop",
  $app_version: "1.2.3",
  $app_build: "7",
  $session_id: "s",
  $session_duration: 3
}

const plain = (value: unknown) => value === undefined ? undefined : JSON.parse(JSON.stringify(value))

describe("PostHog's names for the properties of a context", () => {
  it("each name of the table is read", () => {
    assert.deepStrictEqual(table.map(({ name }) => name).toSorted(), Object.keys(expected).toSorted())
    for (const [name, value] of Object.entries(expected)) {
      assert.deepStrictEqual(plain(get(visitor, name)), value, name)
    }
  })

  it("a plan is found as plan and as user.plan, a system as $os and as device.os", () => {
    for (const name of ["plan", "user.plan"]) {
      assert.strictEqual(get(visitor, name), "pro")
    }
    for (const name of ["$os", "device.os"]) {
      assert.strictEqual(get(visitor, name), "iOS")
    }
  })

  it("kinds of devices have PostHog's words under PostHog's name, and the seed's under the path", () => {
    for (
      const [type, word] of [
        ["desktop", "Desktop"],
        ["mobile", "Mobile"],
        ["tablet", "Tablet"],
        ["tv", "TV"],
        ["watch", "Wearable"],
        ["bot", "Bot"],
        ["unknown", undefined]
      ]
    ) {
      const context = json({ device: { device_type: type } })
      assert.strictEqual(get(context, "$device_type"), word)
      assert.strictEqual(get(context, "device.type"), type)
    }
  })

  it("a region that looks like a code is one", () => {
    const context = json({ request: { region: "CA" } })
    assert.strictEqual(get(context, "$geoip_subdivision_1_code"), "CA")
    assert.isUndefined(get(context, "$geoip_subdivision_1_name"))
  })

  it("what cannot be read out of a text is missing", () => {
    const context = json({
      device: { screen_resolution: "wide" },
      request: { referrer: "$direct", url: "mailto:x" }
    })
    for (const name of ["$screen_width", "$screen_height", "$referring_domain", "$host"]) {
      assert.isUndefined(get(context, name), name)
    }
  })

  it("a reader that has seen one context reads the next one afresh", () => {
    for (const name of ["$device_type", "$screen_width", "$host", "user.created_at"]) {
      const read = reader(name)
      const first = read(visitor)
      assert.isDefined(first)
      assert.isUndefined(read(empty))
      assert.strictEqual(read(visitor), first)
      const other = json({
        user: { created_at: "2020-01-01" },
        device: { device_type: "desktop", screen_resolution: "1x2" },
        request: { url: "https://z.io" }
      })
      assert.isDefined(read(other))
      assert.notStrictEqual(read(other), first)
    }
  })
})

describe("the person properties of a context", () => {
  it("law: every name in them is read with the same value here, and every declared field that is set is in them", () => {
    fc.assert(
      fc.property(context, (self) => {
        const properties = toPersonProperties(self)
        for (const [name, value] of Object.entries(properties)) {
          assert.strictEqual(reader(name)(self), value, name)
        }
        const isDefault = self.environment.name === "development" && !self.environment.isProduction
        for (const name of names) {
          if (isDefault && ["environment", "env"].includes(name.split(".")[0]!) && !/region|instance/i.test(name)) {
            assert.notProperty(properties, name)
          } else {
            assert.strictEqual(properties[name], reader(name)(self), name)
          }
        }
        for (const key of Object.keys(self.custom)) {
          assert.deepStrictEqual(properties[`custom.${key}`], get(self, `custom.${key}`))
        }
        for (const key of Object.keys(self.user?.properties ?? {})) {
          assert.deepStrictEqual(properties[key], get(self, key))
          assert.deepStrictEqual(properties[`user.${key}`], get(self, `user.${key}`))
        }
      }),
      { numRuns: 150 }
    )
  })

  it("hold bare names, paths and PostHog's names, nested ones by path", () => {
    const properties = toPersonProperties(
      json({ user: { id: "u", properties: { role: "admin" } }, custom: { a: { b: 1 } }, device: { os: "iOS" } })
    )
    assert.deepStrictEqual(plain(properties), {
      id: "u",
      "user.id": "u",
      $user_id: "u",
      role: "admin",
      "user.role": "admin",
      "device.os": "iOS",
      $os: "iOS",
      $os_name: "iOS",
      "custom.a": { b: 1 },
      "custom.a.b": 1
    })
  })
})
