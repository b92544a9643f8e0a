import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Either, FastCheck as fc, ParseResult, Schema } from "effect"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import * as ContextPath from "../../../src/flags/context/ContextPath.js"
import { reader } from "../../../src/flags/context/ContextProperty.js"
import {
  empty,
  EnvironmentContext,
  EvaluationContext,
  merge,
  UserContext
} from "../../../src/flags/context/EvaluationContext.js"
import { names } from "../../../src/flags/context/PosthogNames.js"
import { context } from "./arbitraries.js"

const failing = (input: unknown) =>
  Either.match(ContextJson.fromJsonEither(input), {
    onLeft: ({ message }) => message,
    onRight: () => "valid"
  })

const succeeding = (input: unknown) => Either.getOrThrow(ContextJson.fromJsonEither(input))

const camel = {
  user: { id: "u", anonymousId: "a", groups: ["beta"], createdAt: "2024-01-02T03:04:05+01:00", properties: { x: 1 } },
  device: { deviceType: "watch", isMobile: false, osVersion: "1", deviceId: "d" },
  request: { ip: "::1", country: "DE", userAgent: "curl", queryParams: { q: "1" } },
  session: { startedAt: "2024-01-02", pageViews: 2, durationSeconds: 3 },
  environment: { name: "production", isProduction: true, instanceId: "i" }
}

const snake = {
  user: {
    id: "u",
    anonymous_id: "a",
    groups: ["beta"],
    created_at: "2024-01-02T02:04:05.000Z",
    properties: { x: 1 }
  },
  device: { device_type: "watch", is_mobile: false, os_version: "1", device_id: "d" },
  request: { ip: "::1", country: "DE", user_agent: "curl", query_params: { q: "1" } },
  session: { started_at: "2024-01-02T00:00:00.000Z", page_views: 2, duration_seconds: 3 },
  environment: { name: "production", is_production: true, instance_id: "i" },
  custom: {}
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

describe("an evaluation context as JSON", () => {
  it("takes both spellings and is written in one", () => {
    assert.deepStrictEqual(plain(ContextJson.toJson(succeeding(camel))), snake)
    assert.deepStrictEqual(plain(ContextJson.toJson(succeeding(snake))), snake)
    assert.deepStrictEqual(succeeding(camel), succeeding(snake))
  })

  it("is a schema like any other", () => {
    const decoded = Schema.decodeUnknownSync(Schema.Struct({ context: EvaluationContext }))({ context: camel })
    assert.instanceOf(decoded.context, EvaluationContext)
    assert.strictEqual(decoded.context.user?.anonymousId, "a")
    assert.deepStrictEqual(Schema.decodeUnknownSync(UserContext)({ anonymous_id: "a" }).anonymousId, "a")
  })

  it("a field in both spellings is an error, since one of them would be lost", () => {
    assert.strictEqual(
      failing({ user: { created_at: "2024-01-02", createdAt: "2024-01-03" } }),
      "user.created_at: Expected one of created_at and createdAt, not both"
    )
  })

  it("what is null is not there, as other languages write it", () => {
    assert.deepStrictEqual(
      succeeding({ user: null, device: { os: null, os_version: "1" }, environment: null }).device,
      {
        ...succeeding({ device: { osVersion: "1" } }).device!
      } as never
    )
    assert.deepStrictEqual(succeeding({ user: null, environment: null, custom: null }), empty)
  })

  it("passes over fields that it does not know", () => {
    assert.deepStrictEqual(
      succeeding({ shoe: 1, user: { id: "u", constructor: 2 } }),
      succeeding({ user: { id: "u" } })
    )
  })

  const wrong: ReadonlyArray<readonly [input: unknown, message: string]> = [
    [4, "Expected an object, actual 4"],
    [[], "Expected an object, actual []"],
    [{ user: "me" }, `user: Expected an object, actual "me"`],
    [{ user: { created_at: "soon" } }, "user.created_at: Expected a date and time in ISO 8601"],
    [{ user: { createdAt: "2024-02-30" } }, "user.created_at: Expected a date and time in ISO 8601"],
    [{ user: { createdAt: "0000-01-01T00:00:00+05:00" } }, "user.created_at: Expected a moment in the years 0 to 9999"],
    [{ user: { groups: ["a", 1] } }, "user.groups.1: Expected string, actual 1"],
    [{ user: { properties: [1] } }, "user.properties: Expected an object, actual [1]"],
    [{ request: { ip: "300.1.1.1" } }, "request.ip: Expected an IPv4 or IPv6 address"],
    [{ request: { ip: "fe80::1%eth0" } }, "request.ip: Expected an IPv4 or IPv6 address"],
    [{ request: { country: "usa" } }, "request.country: Expected two capital letters (ISO 3166-1 alpha-2)"],
    [{ request: { queryParams: { page: 1 } } }, "request.query_params.page: Expected text"],
    [{ device: { is_mobile: "yes" } }, `device.is_mobile: Expected boolean, actual "yes"`],
    [{ timestamp: 5 }, "timestamp: Expected string, actual 5"]
  ]
  for (const [input, message] of wrong) {
    it(`names the path of what is wrong: ${message}`, () => {
      assert.strictEqual(failing(input), message)
    })
  }

  it("names every path, in the class's own errors too", () => {
    assert.strictEqual(
      failing({ user: { id: 1, plan: 2 }, request: { country: "x" } }),
      "user.id: Expected string, actual 1; user.plan: Expected string, actual 2; " +
        "request.country: Expected two capital letters (ISO 3166-1 alpha-2)"
    )
    const error = Either.getOrThrow(Either.flip(Schema.decodeUnknownEither(EvaluationContext)({ user: { id: 1 } })))
    assert.deepStrictEqual(ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.path, ["user", "id"])
  })

  it("law: what is written is read back as it was", () => {
    fc.assert(
      fc.property(context, (self) => {
        const json = JSON.stringify(ContextJson.toJson(self))
        const back = succeeding(JSON.parse(json))
        assert.strictEqual(JSON.stringify(ContextJson.toJson(back)), json)
        for (const name of [...names, "custom", "user.properties", "request.query_params"]) {
          assert.deepStrictEqual(plain(reader(name)(back) ?? "missing"), plain(reader(name)(self) ?? "missing"))
        }
      }),
      { numRuns: 100 }
    )
  })

  it("never throws, whatever it is given", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const throwing = new Proxy({}, {
      get: () => {
        throw new Error("no")
      },
      getOwnPropertyDescriptor: () => {
        throw new Error("no")
      }
    })
    let deep: unknown = {}
    for (let i = 0; i < 20_000; i++) {
      deep = { a: deep }
    }
    for (const bad of [proxy, throwing, deep, { toString: () => proxy }, Symbol("x"), () => 1]) {
      for (
        const input of [bad, { user: bad }, { user: { id: bad } }, { custom: bad }, { custom: { x: bad } }, {
          request: { query_params: bad }
        }]
      ) {
        assert.isString(failing(input))
      }
    }
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom("user", "custom", "request", "timestamp"), (input, field) => {
        failing(input)
        failing({ [field]: input })
      }),
      { numRuns: 300 }
    )
  })
})

describe("an evaluation context", () => {
  it("stands in development unless something else is said", () => {
    assert.deepStrictEqual({ ...empty.environment }, { name: "development", isProduction: false })
  })

  it("has the seed's methods", () => {
    const context = succeeding(camel)
    assert.strictEqual(context.getProperty("user.createdAt"), "2024-01-02T02:04:05.000Z")
    assert.strictEqual(context.bucketKey("user_id"), "u")
    assert.deepStrictEqual(context.groups(), ["beta"])
    assert.deepStrictEqual(empty.groups(), [])
  })
})

describe("merging evaluation contexts", () => {
  const same = (one: EvaluationContext, other: EvaluationContext) =>
    assert.deepStrictEqual(plain(ContextJson.toJson(one)), plain(ContextJson.toJson(other)))

  it("law: it is associative", () => {
    fc.assert(
      fc.property(context, context, context, (a, b, c) => {
        same(merge(merge(a, b), c), merge(a, merge(b, c)))
      }),
      { numRuns: 150 }
    )
  })

  it("law: the empty context is its identity, on either side and however it was made", () => {
    fc.assert(
      fc.property(context, (self) => {
        for (const nothing of [empty, new EvaluationContext({})]) {
          same(merge(self, nothing), self)
          same(merge(nothing, self), self)
        }
      }),
      { numRuns: 150 }
    )
  })

  it("law: the inner wins under every name, and what neither has is not there", () => {
    // segments add up, and a default environment says nothing: these two follow below
    const declared = names.filter((name) => name.includes(".") && !/groups$|^env/.test(name))
    fc.assert(
      fc.property(context, context, (outer, inner) => {
        const merged = merge(outer, inner)
        for (const name of declared) {
          const read = ContextPath.field(name)
          const passed = read(inner)
          assert.deepStrictEqual(read(merged), passed === undefined ? read(outer) : passed, name)
        }
        assert.deepStrictEqual(merged.timestamp, inner.timestamp ?? outer.timestamp)
        assert.deepStrictEqual(
          Object.keys(merged.custom).toSorted(),
          Array.from(new Set([...Object.keys(outer.custom), ...Object.keys(inner.custom)])).toSorted()
        )
        for (const key of Object.keys(merged.custom)) {
          const from = Object.hasOwn(inner.custom, key) ? inner.custom : outer.custom
          assert.deepStrictEqual(plain(merged.custom[key]), plain(from[key]))
        }
        assert.deepStrictEqual(
          Object.keys(merged).filter((key) => merged[key as keyof EvaluationContext] !== undefined).toSorted(),
          Array.from(
            new Set(
              [outer, inner].flatMap((one) =>
                Object.keys(one).filter((key) => one[key as keyof EvaluationContext] !== undefined)
              )
            )
          ).toSorted()
        )
      }),
      { numRuns: 150 }
    )
  })

  it("segments add up, the outer ones first, none twice", () => {
    const of = (...groups: Array<string>) => succeeding({ user: { groups } })
    assert.deepStrictEqual(merge(of("staff", "beta"), of("beta", "alpha")).groups(), ["staff", "beta", "alpha"])
  })

  it("an environment that nobody named hides none; its other fields merge one by one", () => {
    const outer = succeeding({ environment: { name: "production", is_production: true, region: "eu" } })
    const inner = succeeding({ environment: { instance_id: "i" }, custom: { a: 1 } })
    assert.deepStrictEqual(
      merge(outer, inner).environment,
      new EnvironmentContext({ name: "production", isProduction: true, region: "eu", instanceId: "i" })
    )
    const staging = succeeding({ environment: { name: "staging" } })
    assert.deepStrictEqual({ ...merge(outer, staging).environment }, {
      name: "staging",
      isProduction: false,
      region: "eu"
    })
  })

  it("what was said of the outer device's mobility goes with its type", () => {
    const outer = succeeding({ device: { device_type: "mobile", is_mobile: true, os: "iOS" } })
    const inner = succeeding({ device: { device_type: "desktop" } })
    assert.strictEqual(merge(outer, inner).getProperty("device.is_mobile"), false)
    assert.strictEqual(merge(outer, succeeding({ device: { os: "x" } })).getProperty("device.is_mobile"), true)
  })

  it.effect("is dual", () =>
    Effect.sync(() => {
      const inner = new EvaluationContext({ timestamp: DateTime.unsafeMake(5) })
      assert.deepStrictEqual(merge(inner)(empty), merge(empty, inner))
    }))
})
