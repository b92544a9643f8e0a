import { Headers as PlatformHeaders } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Carrier from "effect-posthog/propagation/text/Carrier"
import { anything, check } from "../support.js"

const names = [
  "traceparent",
  "TraceParent",
  "tracestate",
  "baggage",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "0",
  ""
]

describe("Carrier", () => {
  const bytes = Buffer.from("00-…")
  const carriers: { readonly [name: string]: unknown } = {
    "Headers of the platform": PlatformHeaders.fromInput({ "X-Request-Id": "42" }),
    "Headers of the web": new Headers({ "X-Request-Id": "42" }),
    "an object": { "X-Request-Id": "42" },
    "an object in lower case": { "x-request-id": "42" },
    "an object without prototype": Object.assign(Object.create(null), { "x-REQUEST-id": "42" }),
    "a Map": new Map([["X-Request-Id", "42"]]),
    "pairs": [["Host", "a"], ["X-Request-Id", "42"]],
    "keys and values": [{ key: "Host", value: "a" }, { key: "X-Request-Id", value: "42" }],
    "an iterable of pairs": new URLSearchParams({ "X-Request-Id": "42" })
  }
  for (const [kind, carrier] of Object.entries(carriers)) {
    it(`TRHDR-02 reads ${kind} in any casing`, () => {
      const reader = Carrier.read(carrier)
      for (const name of ["x-request-id", "X-Request-Id", "X-REQUEST-ID", "x-request-id"]) {
        assert.strictEqual(reader.get(name), "42")
        assert.strictEqual(Carrier.get(carrier, name), "42")
      }
      for (const name of [...names, "x-request", "get", "x-request-id "]) {
        assert.isUndefined(reader.get(name), name)
      }
    })
  }

  it("gives bytes and several values as they are, and nothing else", () => {
    const values = {
      bytes,
      several: ["a", bytes, 42, undefined, "b"],
      one: ["a"],
      many: Array.from({ length: 100 }, () => "a"),
      disguised: new Proxy(bytes, {}),
      none: [],
      nested: [["a"]],
      number: 42,
      nothing: undefined,
      object: { a: "b" }
    }
    const forms = [values, new Map(Object.entries(values)), Object.entries(values)]
    for (const reader of forms.map((form) => Carrier.read(form))) {
      assert.strictEqual(reader.get("bytes"), bytes)
      assert.deepStrictEqual(reader.get("several"), ["a", bytes, "b"])
      assert.strictEqual(reader.get("one"), "a")
      assert.strictEqual(reader.get("many")?.length, 64)
      for (const name of ["none", "disguised", "nested", "number", "nothing", "object"]) {
        assert.isUndefined(reader.get(name))
      }
    }
  })

  it("gives all values of a name that comes more than once", () => {
    const pairs = [["tracestate", "a=1"], ["Other", "x"], ["TraceState", ["b=2", "c=3"]], ["TRACESTATE", bytes]]
    for (const carrier of [pairs, new Map(pairs.map(([name, value]) => [name, value])), new Set(pairs)]) {
      assert.deepStrictEqual(Carrier.get(carrier, "tracestate"), ["a=1", "b=2", "c=3", bytes])
    }
    const web = new Headers([["tracestate", "a=1"], ["TraceState", "b=2"]])
    assert.strictEqual(Carrier.get(web, "tracestate"), "a=1, b=2")
  })

  it("prefers an object's name in lower case, then the first, whatever is asked first", () => {
    const carrier = { "X-A": "1", "x-a": "2", "X-B": "3", "x-B": "4", "x-c": undefined, "X-C": "5" }
    const reader = Carrier.read(carrier)
    const found = () => ["x-a", "x-b", "x-c"].map((name) => reader.get(name))
    assert.deepStrictEqual(found(), ["2", "3", "5"])
    assert.deepStrictEqual(found(), ["2", "3", "5"])
  })

  it("sees own properties alone", () => {
    class Message {
      baggage = "own"
      get traceparent() {
        return "inherited"
      }
    }
    const reader = Carrier.read(new Message())
    assert.strictEqual(reader.get("baggage"), "own")
    assert.isUndefined(reader.get("traceparent"))
    const parsed = Carrier.read(JSON.parse("{\"__proto__\": {\"baggage\": \"a=1\"}, \"Constructor\": \"c\"}"))
    assert.isUndefined(parsed.get("baggage"))
    assert.isUndefined(parsed.get("__proto__"))
    assert.strictEqual(parsed.get("constructor"), "c")
  })

  it("compares names as ASCII: no other letter is one in lower case", () => {
    const kelvin = "bac\u212a"
    assert.strictEqual(kelvin.toLowerCase(), "back")
    for (const carrier of [{ [kelvin]: "1" }, [[kelvin, "1"]]]) {
      assert.isUndefined(Carrier.get(carrier, "back"))
    }
  })

  it("looks at 256 entries, or as many as it is told", () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, i) => [`X-${i}`, "v"] as const)
    const forms = (count: number) => [pairs(count), new Map(pairs(count)), Object.fromEntries(pairs(count))]
    for (const carrier of forms(300)) {
      const reader = Carrier.read(carrier)
      assert.strictEqual(reader.get("x-255"), "v")
      assert.isUndefined(reader.get("x-256"))
      assert.isUndefined(Carrier.read(carrier, 2).get("x-2"))
      assert.strictEqual(Carrier.read(carrier, 300).get("x-299"), "v")
      assert.isUndefined(Carrier.read(carrier, 0).get("x-0"))
      assert.strictEqual(Carrier.read(carrier, Number.NaN).get("x-255"), "v")
    }
    assert.strictEqual(Carrier.read(new Headers(pairs(300).map(([name, value]) => [name, value])), 2).get("x-299"), "v")
    assert.strictEqual(Carrier.get([["x".repeat(256), "v"]], "x".repeat(256)), "v")
    assert.isUndefined(Carrier.get([["x".repeat(257), "v"]], "x".repeat(257)))
    let taken = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (;;) {
            taken++
            yield ["baggage", "a=1"]
          }
        } finally {
          taken += 1000
        }
      }
    }
    // no name has more than 64 values, and the iterator is told that it is over
    assert.strictEqual(Carrier.get(endless, "baggage")?.length, 64)
    assert.strictEqual(taken, 1257)
  })

  it("lists nothing of the platform's Headers, and reads nothing but what is asked for", () => {
    const asked: Array<PropertyKey> = []
    let lists = 0
    const spied = new Proxy(PlatformHeaders.fromInput({ traceparent: "00", host: "a" }), {
      get: (target, key, receiver) => {
        asked.push(key)
        return Reflect.get(target, key, receiver)
      },
      ownKeys: (target) => {
        lists++
        return Reflect.ownKeys(target)
      }
    })
    const reader = Carrier.read(spied)
    assert.strictEqual(reader.get("TraceParent"), "00")
    assert.isUndefined(reader.get("tracestate"))
    assert.strictEqual(lists, 0)
    assert.deepStrictEqual(asked.filter((key) => typeof key === "string"), ["traceparent"])
  })

  it("reads what can be read beside what cannot", () => {
    const fails = () => {
      throw new Error("not for you")
    }
    const object = Object.defineProperty({ A: "1" }, "b", { enumerable: true, get: fails })
    assert.strictEqual(Carrier.get(object, "a"), "1")
    assert.isUndefined(Carrier.get(object, "b"))
    const pair = new Proxy(["a", "0"], { get: fails })
    assert.strictEqual(Carrier.get([pair, null, 42, ["A", "1"]], "a"), "1")
    function* ends() {
      yield ["A", "1"]
      fails()
    }
    assert.strictEqual(Carrier.get(ends(), "a"), "1")
  })

  it("TRHDR-14 gives texts and bytes or nothing of anything, the same each time, and no exception", async () => {
    let found = 0
    await check(fc.tuple(anything, fc.integer({ min: -1, max: 300 })), ([make, maxEntries]) => {
      const reader = Carrier.read(make(), maxEntries)
      for (const name of names) {
        const value = reader.get(name)
        const values: ReadonlyArray<unknown> = Array.isArray(value) ? value : value === undefined ? [] : [value]
        assert.isTrue(values.every((each) => typeof each === "string" || each instanceof Uint8Array))
        assert.isAtMost(values.length, 64)
        assert.deepStrictEqual(reader.get(name), value)
        found += values.length
      }
    })
    assert.isAbove(found, 100)
  })
})
