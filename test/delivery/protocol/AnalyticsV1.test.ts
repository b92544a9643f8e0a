import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as AnalyticsV1 from "../../../src/delivery/protocol/AnalyticsV1.js"
import * as Library from "../../../src/event/Library.js"
import { attempt, event, options, written } from "./written.js"

const protocol = AnalyticsV1.make(options)

const only = (own: string, shared = "") => written(protocol, [event({ own, shared })]).batch[0]!

describe("POST /i/v1/analytics/events", () => {
  it("HTTP-30: the key, the library and the attempt stand in headers", () => {
    assert.strictEqual(protocol.path, "/i/v1/analytics/events")
    assert.strictEqual(protocol.contentType, "application/json")
    assert.deepStrictEqual(protocol.headers({ ...attempt, number: 3 }), {
      Authorization: "Bearer phc_\"test\"",
      "PostHog-Sdk-Info": `${Library.name}/${Library.version}`,
      "PostHog-Attempt": "3",
      "PostHog-Request-Id": attempt.requestId,
      "PostHog-Request-Timestamp": attempt.now
    })
  })

  it("HTTP-31, CAP-26: the body says when the request was made and holds the events, no key and no sent_at", () => {
    const first = written(protocol, [event({ event: "a \"b\"", distinctId: "\u2028" })])
    assert.deepStrictEqual(first, {
      created_at: attempt.createdAt,
      batch: [{
        event: "a \"b\"",
        uuid: "0198c0de-0000-7000-8000-000000000001",
        distinct_id: "\u2028",
        timestamp: "2025-01-02T03:04:05.678Z",
        options: {},
        properties: { price: 9, $is_server: true }
      }]
    })
    assert.deepStrictEqual(written(protocol, [event({ event: "a \"b\"", distinctId: "\u2028" })], { number: 2 }), first)
  })

  it("HTTP-31: a historical import says so at the body's root", () => {
    const body = written(AnalyticsV1.make({ ...options, historicalMigration: true }), [event(), event()])
    assert.strictEqual(body["historical_migration"], true)
    assert.strictEqual(body.batch.length, 2)
    assert.notProperty(written(protocol, [event()]), "historical_migration")
  })

  it("HTTP-35, CAP-26: the library's name is in no event's properties, whether it has others or not", () => {
    assert.deepStrictEqual(only("{}", "\"$lib\":\"l\",\"$lib_version\":\"1\"")["properties"], {})
    assert.deepStrictEqual(only("{\"$lib\":\"l\",\"a\":1,\"$lib_version\":\"1\"}", "\"b\":2")["properties"], {
      a: 1,
      b: 2
    })
    assert.deepStrictEqual(only("{}")["properties"], {})
  })

  it("HTTP-34, CAP-26: what steers PostHog moves into options and to the event's root, a false as well", () => {
    const own = JSON.stringify({
      $cookieless_mode: true,
      before: 1,
      $ignore_sent_at: false,
      $product_tour_id: "tour, \"1\"",
      $window_id: "w"
    })
    assert.deepInclude(only(own, "\"$session_id\":\"s\",\"after\":2,\"$process_person_profile\":false"), {
      session_id: "s",
      window_id: "w",
      options: {
        cookieless_mode: true,
        disable_skew_correction: false,
        product_tour_id: "tour, \"1\"",
        process_person_profile: false
      },
      properties: { before: 1, after: 2 }
    })
  })

  it("HTTP-34: yes and no may be words and numbers; what is neither stays a property", () => {
    const read = (value: unknown) => {
      const { options, properties } = only(JSON.stringify({ $cookieless_mode: value }))
      return [options, properties]
    }
    for (const yes of [true, 1, -2.5, "true", "1", " TRUE ", "\ttrue"]) {
      assert.deepStrictEqual(read(yes), [{ cookieless_mode: true }, {}])
    }
    for (const no of [false, 0, -0, "false", "0", "False\n"]) {
      assert.deepStrictEqual(read(no), [{ cookieless_mode: false }, {}])
    }
    for (const other of [null, "", "yes", "tr\"ue", {}, [], { a: true }, [true]]) {
      assert.deepStrictEqual(read(other), [{}, { $cookieless_mode: other }])
    }
  })

  it("HTTP-34: an id that is no text, or an empty one, stays a property", () => {
    for (const name of ["$session_id", "$window_id", "$product_tour_id"]) {
      for (const value of ["", null, 1, true, {}, ["s"]]) {
        const event = only(JSON.stringify({ [name]: value }))
        assert.deepStrictEqual(event["properties"], { [name]: value })
        assert.deepStrictEqual(event["options"], {})
        assert.notProperty(event, name.slice(1))
      }
    }
  })

  it("HTTP-34: the same names deeper inside, in values, and written with escapes", () => {
    const deep = {
      a: { $session_id: "in", list: [{ $lib: "in" }, "$lib", "\"$session_id\":\"x\",\\"] },
      $set: { $window_id: "in" },
      "\"$lib\"": "\\",
      "x\\": "\"$lib\":1"
    }
    assert.deepStrictEqual(only(JSON.stringify(deep))["properties"], deep)
    assert.deepInclude(only("{\"$lib\":1,\"\\u0024session_id\":\"s\",\"b\":2}"), {
      session_id: "s",
      properties: { b: 2 }
    })
  })

  it("HTTP-34: an object that a backslash or a bracket in a string could mislead is read to its end", () => {
    const own = { a: "\\", b: "\\\\\"", c: ["]", "}"], d: { e: "{" }, $session_id: "\\\"", f: "," }
    const { $session_id, ...rest } = own
    assert.deepInclude(only(JSON.stringify(own), "\"g\":[]"), {
      session_id: $session_id,
      properties: { ...rest, g: [] }
    })
  })
})

const special = [
  "$lib",
  "$lib_version",
  "$cookieless_mode",
  "$ignore_sent_at",
  "$process_person_profile",
  "$product_tour_id",
  "$session_id",
  "$window_id"
]

const trap = fc.oneof(
  fc.constantFrom(...special, "\"$lib\"", "\\", "\"", "\\\"", ",", "{", "}", "[", "]", ":", "__proto__", "true", "0"),
  fc.string()
)

const { properties: nested, value } = fc.letrec<{ value: unknown; properties: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    trap,
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("properties")
  ),
  properties: fc.dictionary(trap, tie("value"), { maxKeys: 6, noNullPrototype: false })
}))

/** Most names are among those that move, and most of their values move with them. */
const properties = fc.uniqueArray(
  fc.tuple(
    fc.oneof({ arbitrary: fc.constantFrom(...special), weight: 2 }, { arbitrary: trap, weight: 1 }),
    fc.oneof(fc.constantFrom<unknown>(true, false, "true", "0", 1, 0, "s", "\\\""), value, nested)
  ),
  { minLength: 3, maxLength: 10, selector: ([name]) => name }
).map((entries) => {
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, value] of entries) {
    object[name] = value
  }
  return object
})

/** The rule of HTTP-34, told by values instead of text. */
const ruled = (properties: Record<string, unknown>) => {
  const flags = { $cookieless_mode: "cookieless_mode", $ignore_sent_at: "disable_skew_correction" } as const
  const flag = (value: unknown) => {
    const word = typeof value === "string" ? value.trim().toLowerCase() : undefined
    return typeof value === "boolean"
      ? value
      : typeof value === "number"
      ? value !== 0
      : word === "true" || word === "1"
      ? true
      : word === "false" || word === "0"
      ? false
      : undefined
  }
  const text = (value: unknown) => typeof value === "string" && value !== "" ? value : undefined
  const options: Record<string, unknown> = {}
  const root: Record<string, unknown> = {}
  const rest: Record<string, unknown> = Object.create(null)
  const move = (to: Record<string, unknown>, name: string, value: unknown, key: string) => {
    if (value === undefined) {
      rest[key] = properties[key]
    } else {
      to[name] = value
    }
  }
  for (const [key, value] of Object.entries(properties)) {
    switch (key) {
      case "$lib":
      case "$lib_version":
        break
      case "$cookieless_mode":
      case "$ignore_sent_at":
        move(options, flags[key], flag(value), key)
        break
      case "$process_person_profile":
        move(options, "process_person_profile", flag(value), key)
        break
      case "$product_tour_id":
        move(options, "product_tour_id", text(value), key)
        break
      case "$session_id":
      case "$window_id":
        move(root, key.slice(1), text(value), key)
        break
      default:
        rest[key] = value
    }
  }
  return { root, options, properties: rest }
}

describe("law: the body says what the rule makes of the properties", () => {
  it("HTTP-31, HTTP-34, CAP-26: for whatever properties, in whichever part of an event they stand", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(properties, fc.double({ min: 0, max: 1, noNaN: true })), { minLength: 1, maxLength: 4 }),
        (given) => {
          const events = given.map(([properties, share]) => {
            const entries = Object.entries(properties)
            const split = Math.round(entries.length * share)
            const text = (from: number, to: number) => {
              const object: Record<string, unknown> = Object.create(null)
              for (const [key, value] of entries.slice(from, to)) {
                object[key] = value
              }
              return JSON.stringify(object)
            }
            return event({ own: text(0, split), shared: text(split, entries.length).slice(1, -1) })
          })
          // each twice: what is shared is cut once
          const { batch } = written(protocol, [...events, ...events])
          ;[...given, ...given].forEach(([properties], i) => {
            const { options, properties: read, ...root } = batch[i]!
            const expected = ruled(JSON.parse(JSON.stringify(properties)))
            const { distinctId: distinct_id, event: name, timestamp, uuid } = event()
            Object.assign(expected.root, { event: name, uuid, distinct_id, timestamp })
            assert.deepStrictEqual(
              JSON.stringify(sorted({ root, options, properties: read })),
              JSON.stringify(sorted(expected))
            )
          })
        }
      ),
      { numRuns: 1000 }
    )
  })
})

/** With its keys in order, `__proto__` among them. */
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === "object" && value !== null
    ? {
      members: Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => [key, sorted(value)])
    }
    : value
