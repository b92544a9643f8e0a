import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Either, FastCheck as fc, TestClock } from "effect"
import * as ContextBuilder from "../../../src/flags/context/ContextBuilder.js"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import { hostileKeys } from "./arbitraries.js"

type Builder = ContextBuilder.ContextBuilder
type Setter = readonly [
  name: string,
  set: (builder: Builder) => Builder,
  expected: ReadonlyArray<readonly [string, unknown]>
]

/** Every setter, what it sets, and where that is read. */
const setters: ReadonlyArray<Setter> = [
  ["userId", (b) => b.userId("u"), [["user.id", "u"]]],
  ["anonymousId", (b) => b.anonymousId("a"), [["user.anonymous_id", "a"]]],
  ["email", (b) => b.email("e@x.io"), [["email", "e@x.io"]]],
  ["name", (b) => b.name("n"), [["user.name", "n"]]],
  ["plan", (b) => b.plan("pro"), [["plan", "pro"]]],
  ["createdAt", (b) => b.createdAt(new Date(0)), [["user.created_at", "1970-01-01T00:00:00.000Z"]]],
  ["group", (b) => b.group("beta"), [["groups", ["beta", "x", "y"]]]],
  ["groups", (b) => b.groups(["y", "x", "y"]), [["user.groups", ["beta", "x", "y"]]]],
  ["userProperty", (b) => b.userProperty("role", "admin"), [["role", "admin"]]],
  ["userProperties", (b) => b.userProperties({ one: 1n, when: new Date(0) }), [
    ["user.one", 1],
    ["user.when", "1970-01-01T00:00:00.000Z"]
  ]],
  ["deviceType", (b) => b.deviceType("tablet"), [["device.type", "tablet"], ["device.is_mobile", false]]],
  ["isMobile", (b) => b.isMobile(false), [["device.is_mobile", false]]],
  ["deviceId", (b) => b.deviceId("d"), [["device.device_id", "d"]]],
  ["os", (b) => b.os("iOS", "15"), [["device.os", "iOS"], ["device.os_version", "15"]]],
  ["browser", (b) => b.browser("Safari", "16"), [["device.browser", "Safari"], ["device.browser_version", "16"]]],
  ["screenResolution", (b) => b.screenResolution("1x2"), [["device.screen_resolution", "1x2"]]],
  ["manufacturer", (b) => b.manufacturer("Apple"), [["device.manufacturer", "Apple"]]],
  ["model", (b) => b.model("iPad"), [["device.model", "iPad"]]],
  ["ip", (b) => b.ip("::1"), [["request.ip", "::1"]]],
  ["country", (b) => b.country("DE"), [["request.country", "DE"]]],
  ["region", (b) => b.region("Hesse"), [["request.region", "Hesse"]]],
  ["city", (b) => b.city("Kassel"), [["request.city", "Kassel"]]],
  ["timezone", (b) => b.timezone("Europe/Berlin"), [["request.timezone", "Europe/Berlin"]]],
  ["locale", (b) => b.locale("de"), [["request.locale", "de"]]],
  ["userAgent", (b) => b.userAgent("curl"), [["request.user_agent", "curl"]]],
  ["referrer", (b) => b.referrer("https://x.io"), [["request.referrer", "https://x.io"]]],
  ["url", (b) => b.url("https://y.io"), [["request.url", "https://y.io"]]],
  ["path", (b) => b.path("/y"), [["request.path", "/y"]]],
  ["queryParam", (b) => b.queryParam("q", "1"), [["request.query_params.q", "1"]]],
  ["application", (b) => b.application("shop", "1.2"), [["app.name", "shop"], ["app.version", "1.2"]]],
  ["appBuild", (b) => b.appBuild("7"), [["app.build", "7"]]],
  ["sdk", (b) => b.sdk("s", "9"), [["app.sdk_name", "s"], ["app.sdk_version", "9"]]],
  ["sessionId", (b) => b.sessionId("s"), [["session.id", "s"]]],
  [
    "session",
    (b) => b.session({ startedAt: 0, isFirstSession: true, pageViews: 1, eventsCount: 2, durationSeconds: 3 }),
    [
      ["session.started_at", "1970-01-01T00:00:00.000Z"],
      ["session.is_first_session", true],
      ["session.page_views", 1],
      ["session.events_count", 2],
      ["session.duration_seconds", 3]
    ]
  ],
  ["environment", (b) => b.environment("production", true), [["env.name", "production"], ["env.is_production", true]]],
  ["environmentRegion", (b) => b.environmentRegion("eu"), [["env.region", "eu"]]],
  ["instanceId", (b) => b.instanceId("i"), [["env.instance_id", "i"]]],
  ["custom", (b) => b.custom("a", { b: [1] }), [["custom.a.b", [1]]]],
  ["timestamp", (b) => b.timestamp("2024-01-02"), [["timestamp", "2024-01-02T00:00:00.000Z"]]]
]

const plain = (value: unknown) => value === undefined ? undefined : JSON.parse(JSON.stringify(value))
const inOrder = (order: ReadonlyArray<Setter>) =>
  Either.getOrThrow(order.reduce((builder, [, set]) => set(builder), ContextBuilder.make()).buildEither)

describe("the builder of contexts", () => {
  it.effect("the seed's test_context_builder", () =>
    Effect.gen(function*() {
      const context = yield* ContextBuilder.make()
        .userId("user-123")
        .email("user@example.com")
        .plan("premium")
        .group("beta-testers")
        .deviceType("desktop")
        .browser("Chrome", "120.0")
        .country("US")
        .environment("production", true)
        .build
      assert.strictEqual(context.user?.id, "user-123")
      assert.isTrue(context.environment.isProduction)
      assert.strictEqual(context.request?.country, "US")
      assert.deepStrictEqual(context.groups(), ["beta-testers"])
    }))

  it("every setter is in the table of this test", () => {
    const { constructor: _, ...methods } = Object.getOwnPropertyDescriptors(ContextBuilder.ContextBuilder.prototype)
    assert.deepStrictEqual(
      setters.map(([name]) => name).toSorted(),
      Object.keys(methods).filter((name) => !["build", "buildEither", "checked", "with", "put"].includes(name))
        .toSorted()
    )
  })

  it("every setter sets what it says", () => {
    const context = inOrder(setters)
    for (const [name, , expected] of setters) {
      for (const [path, value] of expected) {
        assert.deepStrictEqual(plain(context.getProperty(path)), value, name)
      }
    }
  })

  it("law: the order of different setters does not matter", () => {
    const expected = inOrder(setters)
    fc.assert(
      fc.property(fc.shuffledSubarray([...setters], { minLength: setters.length }), (order) => {
        assert.deepStrictEqual(inOrder(order), expected)
      }),
      { numRuns: 50 }
    )
    fc.assert(
      fc.property(fc.shuffledSubarray([...setters]), (order) => {
        assert.deepStrictEqual(inOrder(order), inOrder(order.toReversed()))
      }),
      { numRuns: 100 }
    )
  })

  it("country before ip, email before user id: nothing is forgotten as in the seed", () => {
    const context = Either.getOrThrow(ContextBuilder.make().country("US").email("e@x.io").buildEither)
    assert.strictEqual(context.getProperty("request.country"), "US")
    assert.strictEqual(context.getProperty("email"), "e@x.io")
  })

  it("is immutable: one start, many contexts", () => {
    const start = ContextBuilder.make().userId("u")
    const one = start.plan("free").custom("a", 1).group("g")
    const other = start.plan("pro")
    const read = (builder: Builder, path: string) => Either.getOrThrow(builder.buildEither).getProperty(path)
    assert.strictEqual(read(one, "plan"), "free")
    assert.strictEqual(read(other, "plan"), "pro")
    assert.isUndefined(read(start, "plan"))
    assert.isUndefined(read(other, "custom.a"))
    assert.isUndefined(read(other, "groups"))
  })

  it("what the caller does to a value later is not the builder's", () => {
    const value = { list: [1] }
    const builder = ContextBuilder.make().custom("a", value)
    value.list.push(2)
    assert.deepStrictEqual(plain(Either.getOrThrow(builder.buildEither).getProperty("custom.a.list")), [1])
  })

  it("the device's type says whether it is mobile, unless that is said explicitly, in either order", () => {
    const mobile = (builder: Builder) => Either.getOrThrow(builder.buildEither).device?.isMobile
    const make = ContextBuilder.make
    assert.isTrue(mobile(make().deviceType("mobile")))
    assert.isTrue(mobile(make().deviceType("tablet")))
    assert.isFalse(mobile(make().deviceType("desktop")))
    assert.isTrue(mobile(make().isMobile(true).deviceType("desktop")))
    assert.isTrue(mobile(make().deviceType("desktop").isMobile(true)))
    assert.isUndefined(mobile(make().os("iOS")))
  })

  it.effect("build stamps the time of the clock, unless a time was set", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(86_400_000)
      const stamped = yield* ContextBuilder.make().build
      assert.strictEqual(stamped.timestamp?.epochMillis, 86_400_000)
      const set = yield* ContextBuilder.make().timestamp(DateTime.unsafeMake(5)).build
      assert.strictEqual(set.timestamp?.epochMillis, 5)
      assert.isUndefined(Either.getOrThrow(ContextBuilder.make().buildEither).timestamp)
    }))

  it.effect("build says what is wrong, and where", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        ContextBuilder.make().ip("localhost").country("usa").createdAt("yesterday").session({ pageViews: 1.5 }).build
      )
      assert.strictEqual(error._tag, "InvalidContext")
      assert.deepStrictEqual(error.issues.map(({ path }) => path).toSorted(), [
        "request.country",
        "request.ip",
        "session.page_views",
        "user.created_at"
      ])
      assert.include(error.message, "request.ip: Expected an IPv4 or IPv6 address")
    }))

  it("hostile keys are kept as keys", () => {
    const builder = hostileKeys.reduce(
      (builder, key) => builder.custom(key, "x").userProperty(key, "y").queryParam(key, "z"),
      ContextBuilder.make()
    )
    const json = ContextJson.toJson(Either.getOrThrow(builder.buildEither))
    const bags = JSON.parse(
      JSON.stringify([json["custom"], (json["user"] as any).properties, (json["request"] as any).query_params])
    )
    for (const bag of bags) {
      assert.deepStrictEqual(Object.keys(bag).toSorted(), hostileKeys.toSorted())
    }
  })

  it("unreadable and very deep values do not make it throw", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    let deep: any = {}
    for (let i = 0; i < 20_000; i++) {
      deep = { a: deep }
    }
    for (const bad of [proxy, deep, Symbol("x"), () => 1] as Array<any>) {
      for (
        const builder of [
          ContextBuilder.make().custom("a", bad).userProperties(bad).userProperty("a", bad),
          ContextBuilder.make().userId(bad),
          ContextBuilder.make().createdAt(bad),
          ContextBuilder.make().timestamp(bad),
          ContextBuilder.make().group(bad).group("b").group(bad)
        ]
      ) {
        Either.match(builder.buildEither, { onLeft: ({ message }) => message, onRight: () => "" })
      }
    }
  })
})
