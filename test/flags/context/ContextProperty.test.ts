import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import * as ContextBuilder from "../../../src/flags/context/ContextBuilder.js"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import { get, reader } from "../../../src/flags/context/ContextProperty.js"
import {
  ApplicationContext,
  DeviceContext,
  empty,
  EnvironmentContext,
  EvaluationContext,
  RequestContext,
  SessionContext,
  UserContext
} from "../../../src/flags/context/EvaluationContext.js"
import { context, hostileKeys, key } from "./arbitraries.js"

const built = (builder: ContextBuilder.ContextBuilder) => Either.getOrThrow(builder.buildEither)
const json = (input: unknown) => Either.getOrThrow(ContextJson.fromJsonEither(input))

const full = {
  user: {
    id: "u",
    anonymous_id: "a",
    email: "e@x.io",
    name: "n",
    groups: ["g"],
    plan: "p",
    created_at: "2024-01-02T03:04:05.000Z",
    properties: { role: "admin" }
  },
  device: {
    device_type: "tablet",
    os: "iOS",
    os_version: "15",
    browser: "Safari",
    browser_version: "16",
    screen_resolution: "10x20",
    manufacturer: "Apple",
    model: "iPad",
    is_mobile: true,
    device_id: "d"
  },
  request: {
    ip: "1.2.3.4",
    country: "DE",
    region: "Hesse",
    city: "Kassel",
    timezone: "Europe/Berlin",
    locale: "de-DE",
    user_agent: "curl",
    referrer: "https://x.io/a",
    url: "https://y.io/b",
    path: "/b",
    query_params: { q: "1" }
  },
  application: { name: "shop", version: "1.2.3", build: "7", sdk_name: "sdk", sdk_version: "9" },
  session: {
    id: "s",
    started_at: "2024-01-02T03:04:06.000Z",
    is_first_session: false,
    page_views: 0,
    events_count: 2,
    duration_seconds: 3
  },
  environment: { name: "production", is_production: true, region: "eu", instance_id: "i" },
  custom: { a: 1 },
  timestamp: "2024-01-02T03:04:07.000Z"
}

const sections = {
  user: UserContext,
  device: DeviceContext,
  request: RequestContext,
  application: ApplicationContext,
  session: SessionContext,
  environment: EnvironmentContext
}

const aliases = { user: [], device: [], request: [], application: ["app"], session: [], environment: ["env"] }
const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())

describe("properties of a context", () => {
  it("the seed's test_property_resolution", () => {
    const context = built(ContextBuilder.make().userId("user-123").plan("premium").userProperty("role", "admin"))
    assert.strictEqual(context.getProperty("user.plan"), "premium")
    assert.strictEqual(context.getProperty("user.role"), "admin")
    assert.strictEqual(context.getProperty("plan"), "premium")
  })

  it("the example above has a value for every field of the type", () => {
    assert.deepStrictEqual(Object.keys(EvaluationContext.fields).toSorted(), Object.keys(full).toSorted())
    for (const [section, { fields }] of Object.entries(sections)) {
      assert.deepStrictEqual(
        Object.keys(fields).toSorted(),
        Object.keys(full[section as keyof typeof sections]).map(camelCase).toSorted()
      )
    }
  })

  it("every field of the type is found, in both spellings and under every alias of its section", () => {
    const context = json(full)
    for (const [section, { fields }] of Object.entries(sections)) {
      for (const namespace of [section, ...aliases[section as keyof typeof aliases]]) {
        const data: object = full[section as keyof typeof sections]
        for (const [field, expected] of Object.entries(data)) {
          for (const spelling of [field, camelCase(field)]) {
            assert.deepStrictEqual(
              plain(get(context, `${namespace}.${spelling}`)),
              expected,
              `${namespace}.${spelling}`
            )
          }
        }
        assert.strictEqual(Object.keys(data).length, Object.keys(fields).length)
      }
    }
    assert.strictEqual(get(context, "device.type"), "tablet")
    assert.strictEqual(get(context, "timestamp"), full.timestamp)
    assert.deepStrictEqual(plain(get(context, "custom")), { a: 1 })
  })

  it("every field of the user is found under its bare name", () => {
    for (const [field, expected] of Object.entries(full.user)) {
      assert.deepStrictEqual(plain(get(json(full), field)), expected)
      assert.deepStrictEqual(plain(get(json(full), camelCase(field))), expected)
    }
  })

  it("nested paths: of custom, of the user's properties, of query parameters", () => {
    const context = json({
      custom: { a: { b: { c: null } }, list: [1] },
      user: { properties: { address: { city: "Kassel" } } },
      request: { query_params: { "utm.source": "x" } }
    })
    assert.isNull(get(context, "custom.a.b.c"))
    assert.deepStrictEqual(plain(get(context, "custom.a.b")), { c: null })
    assert.isUndefined(get(context, "custom.a.x.c"))
    assert.isUndefined(get(context, "custom.list.length"))
    assert.isUndefined(get(context, "custom.list.0"))
    assert.strictEqual(get(context, "address.city"), "Kassel")
    assert.strictEqual(get(context, "user.address.city"), "Kassel")
    assert.strictEqual(get(context, "user.properties.address.city"), "Kassel")
    assert.strictEqual(get(context, "request.query_params.utm.source"), "x")
    assert.strictEqual(get(context, "request.queryParams.utm.source"), "x")
  })

  it("a key that holds the dots itself comes before nesting, and nesting where that leads nowhere", () => {
    const context = json({
      custom: { "a.b": 1, a: { b: 2, "c.d": 3 }, "x.y": 4, x: { y: { z: 5 } } },
      user: { id: "u", properties: { "app.version": "from the user", "device.os": "x" } },
      device: { os: "iOS" }
    })
    assert.strictEqual(get(context, "custom.a.b"), 1)
    assert.strictEqual(get(context, "custom.a.c.d"), 3)
    assert.strictEqual(get(context, "custom.x.y.z"), 5)
    assert.strictEqual(get(context, "app.version"), "from the user")
    assert.strictEqual(get(context, "device.os"), "iOS")
  })

  it("a declared field that is not set leaves the name to the user's properties", () => {
    const context = json({ user: { properties: { email: "p@x.io", plan: null, $os: "Plan 9", device: "toaster" } } })
    assert.strictEqual(get(context, "email"), "p@x.io")
    assert.strictEqual(get(context, "user.email"), "p@x.io")
    assert.isNull(get(context, "plan"))
    assert.strictEqual(get(context, "$os"), "Plan 9")
    assert.strictEqual(get(context, "device"), "toaster")
  })

  it("what is not set is missing; an empty list or bag says nothing", () => {
    const context = json({ user: { id: "u" }, request: { ip: "::1" } })
    for (
      const name of [
        "groups",
        "user.properties",
        "request.query_params",
        "custom",
        "email",
        "timestamp",
        "device.is_mobile"
      ]
    ) {
      assert.isUndefined(get(context, name), name)
    }
    assert.strictEqual(get(context, "env.name"), "development")
  })

  it("the type of a device says whether it is mobile, unless that is said", () => {
    for (const [type, mobile] of [["mobile", true], ["tablet", true], ["desktop", false], ["bot", false]] as const) {
      assert.strictEqual(get(json({ device: { device_type: type } }), "device.is_mobile"), mobile)
    }
    assert.strictEqual(get(json({ device: { device_type: "tv", is_mobile: true } }), "device.isMobile"), true)
  })

  it("no name reaches a prototype", () => {
    const context = json(full)
    const ordinary = new EvaluationContext({
      user: new UserContext({ properties: { a: {} } }),
      request: new RequestContext({ queryParams: { a: "" } }),
      custom: { a: {} }
    })
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty", "getProperty", "bucketKey", "then"]) {
      for (
        const path of [
          name,
          ...["user", "device", "request", "app", "session", "env", "custom", "nowhere", "user.properties", "custom.a"]
            .map((prefix) => `${prefix}.${name}`),
          `custom.${name}.${name}`,
          `${name}.name`
        ]
      ) {
        assert.isUndefined(get(context, path), path)
        assert.isUndefined(get(empty, path), path)
        assert.isUndefined(get(ordinary, path), path)
      }
    }
  })

  it("hostile keys are keys like any other", () => {
    for (const name of hostileKeys) {
      const bag = JSON.parse(`{${JSON.stringify(name)}: {"x": 1}}`)
      assert.deepStrictEqual(plain(get(json({ custom: bag }), `custom.${name}`)), { x: 1 }, name)
      assert.strictEqual(get(json({ custom: bag }), `custom.${name}.x`), 1, name)
    }
  })

  it("an arbitrary path of an arbitrary context reads the same each time and never throws", () => {
    const path = fc.array(fc.oneof(key, fc.constantFrom("user", "custom", "device", "os", "properties")), {
      maxLength: 6
    })
      .map((segments) => segments.join("."))
    fc.assert(
      fc.property(context, context, path, (one, other, path) => {
        const read = reader(path)
        const before = read(one)
        read(other)
        assert.strictEqual(read(one), before)
      }),
      { numRuns: 200 }
    )
  })

  it("very long paths and exponentially many ways through a bag end soon", () => {
    const deep = json({ custom: { a: 1 } })
    assert.isUndefined(get(deep, `custom.${"a.".repeat(100_000)}`))
    let dag: object = { z: 1 }
    for (let i = 0; i < 24; i++) {
      dag = { "a": dag, "a.a": dag, "a.a.a": dag }
    }
    // shared, not copied: no JSON text makes this
    const shared = new EvaluationContext({ custom: empty.custom })
    Object.assign(shared, { custom: dag })
    assert.isUndefined(get(shared, `custom.${"a.".repeat(25)}q`))
  })
})

const plain = (value: unknown) => value === undefined ? undefined : JSON.parse(JSON.stringify(value))
