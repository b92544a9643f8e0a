import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as Baggage from "effect-posthog/propagation/w3c/Baggage"
import { anything, check, texts } from "../support.js"

const entry = (key: string, value: string, ...properties: ReadonlyArray<readonly [key: string, value?: string]>) => ({
  key,
  value,
  properties: properties.map(([key, value]) => ({ key, value }))
})

const parsed = (input: unknown) => Baggage.parse(input).entries

/** What percent-encoding is for: white space, quotes, and both kinds of separators. */
const special = "\t \"';=asdf!@#$%^&*()"
const encoded = encodeURIComponent(special)

/** Every case that the tests of W3C Baggage name (github.com/w3c/baggage, test/test_baggage.py). */
describe("W3C Baggage, case by case", () => {
  const space = " \t "
  const cases: { readonly [name: string]: readonly [header: string, ...ReadonlyArray<Baggage.BaggageEntry>] } = {
    "BaggageTest.ctor_default": [""],
    "BaggageTest.parse_simple": ["SomeKey=SomeValue", entry("SomeKey", "SomeValue")],
    "BaggageTest.parse_multiple": [
      "SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2;ValueProp=PropVal",
      entry("SomeKey", "SomeValue", ["SomeProp"]),
      entry("SomeKey2", "SomeValue2", ["ValueProp", "PropVal"])
    ],
    "BaggageTest.parse_multiple_ows": [
      [
        "SomeKey",
        "=",
        "SomeValue",
        ";",
        "SomeProp",
        ",",
        "SomeKey2",
        "=",
        "SomeValue2",
        ";",
        "ValueProp",
        "=",
        "PropVal"
      ]
        .join(space),
      entry("SomeKey", "SomeValue", ["SomeProp"]),
      entry("SomeKey2", "SomeValue2", ["ValueProp", "PropVal"])
    ],
    "BaggageTest.parse_multiple_kv_property": [
      "SomeKey=SomeValue;SomePropKey=SomePropValue,SomeKey2=SomeValue2;SomePropKey2=SomePropValue2",
      entry("SomeKey", "SomeValue", ["SomePropKey", "SomePropValue"]),
      entry("SomeKey2", "SomeValue2", ["SomePropKey2", "SomePropValue2"])
    ],
    "BaggageTest.parse_multiple_kv_property_ows": [
      [
        "SomeKey",
        "=",
        "SomeValue",
        ";",
        "SomePropKey=SomePropValue",
        ",",
        "SomeKey2",
        "=",
        "SomeValue2",
        ";",
        "P",
        "=",
        "V"
      ]
        .join(space),
      entry("SomeKey", "SomeValue", ["SomePropKey", "SomePropValue"]),
      entry("SomeKey2", "SomeValue2", ["P", "V"])
    ],
    "BaggageEntryTest.ctor_default": ["SomeKey=SomeValue", entry("SomeKey", "SomeValue")],
    "BaggageEntryTest.parse_simple": ["SomeKey=", entry("SomeKey", "")],
    "BaggageEntryTest.parse_multiple_equals": ["SomeKey=SomeValue=equals", entry("SomeKey", "SomeValue=equals")],
    "BaggageEntryTest.parse_percent_encoded": [`SomeKey=${encoded}`, entry("SomeKey", special)],
    "BaggageEntryTest.parse_property": ["SomeKey=SomeValue;SomeProp", entry("SomeKey", "SomeValue", ["SomeProp"])],
    "BaggageEntryTest.parse_multi_property": [
      "SomeKey=SomeValue;SomeProp;SecondProp=PropValue",
      entry("SomeKey", "SomeValue", ["SomeProp"], ["SecondProp", "PropValue"])
    ],
    "BaggageEntryTest.parse_multiple_properties_same_name": [
      "SomeKey=SomeValue;SomeProp;SomeProp=PropValue;SomeProp=AnotherPropValue",
      entry("SomeKey", "SomeValue", ["SomeProp"], ["SomeProp", "PropValue"], ["SomeProp", "AnotherPropValue"])
    ],
    "BaggageEntryTest.parse_kv_property": [
      "SomeKey=SomeValue;SomePropKey=SomePropValue",
      entry("SomeKey", "SomeValue", ["SomePropKey", "SomePropValue"])
    ],
    "BaggageEntryTest.parse_simple_ows": ["SomeKey \t = \t SomeValue \t ", entry("SomeKey", "SomeValue")],
    "BaggageEntryTest.parse_percent_encoded_ows": [`SomeKey \t = \t ${encoded} \t `, entry("SomeKey", special)],
    "BaggageEntryTest.parse_property_ows": [
      "SomeKey \t = \t SomeValue \t ; \t SomeProp",
      entry("SomeKey", "SomeValue", ["SomeProp"])
    ],
    "BaggageEntryTest.parse_multi_property_ows": [
      "SomeKey \t = \t SomeValue \t ; \t SomeProp \t ; \t SecondProp \t = \t PropValue",
      entry("SomeKey", "SomeValue", ["SomeProp"], ["SecondProp", "PropValue"])
    ],
    "BaggageEntryTest.parse_kv_property_ows": [
      "SomeKey \t = \t SomeValue \t ; \t SomePropKey \t = \t SomePropValue",
      entry("SomeKey", "SomeValue", ["SomePropKey", "SomePropValue"])
    ],
    "BaggageEntryTest.parse_percent_encoded_property": [
      `SomeKey=SomeValue;SomePropKey=${encoded}`,
      entry("SomeKey", "SomeValue", ["SomePropKey", special])
    ],
    "BaggageEntryTest.parse_property_without_value_no_percent_decoding": [
      "SomeKey=SomeValue;ValueProp%20%09%20%3D%20%09%20PropVal",
      entry("SomeKey", "SomeValue", ["ValueProp%20%09%20%3D%20%09%20PropVal"])
    ]
  }
  for (const [name, [header, ...entries]] of Object.entries(cases)) {
    it(name, () => {
      assert.deepStrictEqual(parsed(header), entries)
      assert.deepStrictEqual(parsed(Baggage.format({ entries })), entries)
    })
  }

  const numbered = (count: number, value: string) =>
    Array.from({ length: count }, (_, i) => entry(String(i).padStart(3, "0"), value))

  it("LimitsTest.serialize_at_least_64", () => {
    assert.strictEqual(Baggage.format({ entries: numbered(64, "value") })?.split(",").length, 64)
    // as many bytes as the recommendation asks for, in as many members
    const entries = numbered(63, "v".repeat(123)).concat(entry("063", "v".repeat(124)))
    assert.strictEqual(Baggage.format({ entries })?.length, 8192)
    assert.deepStrictEqual(parsed(Baggage.format({ entries })), entries)
  })

  it("LimitsTest.serialize_long_entry", () => {
    const long = entry("a", "0123456789".repeat(819))
    assert.strictEqual(Baggage.format({ entries: [long] })?.length, 8192)
    assert.isUndefined(Baggage.format({ entries: [entry("a", `${long.value}0`)] }))
    assert.strictEqual(Baggage.format({ entries: [entry("a", `${long.value}0`), entry("b", "2")] }), "b=2")
  })

  it("LimitsTest.serialize_many_entries", () => {
    // the grammar has 180 members at most, the recommendation asks for 64: of 512 the first 180 are sent
    const entries = numbered(512, "0123456789a")
    assert.strictEqual(Baggage.format({ entries })?.split(",").length, 180)
    assert.deepStrictEqual(parsed(Baggage.format({ entries })), entries.slice(0, 180))
    assert.deepStrictEqual(parsed(numbered(512, "1").map(({ key }) => `${key}=1`).join(",")), numbered(180, "1"))
  })
})

describe("Baggage.parse", () => {
  it("combines several headers, texts or bytes, in their order", () => {
    assert.deepStrictEqual(
      parsed(["a=1", Buffer.from("b=%C3%A9"), 42, "", "a=2"]),
      [entry("a", "1"), entry("b", "é"), entry("a", "2")]
    )
  })

  it("makes U+FFFD of octets that are no UTF-8, and leaves other percent signs alone", () => {
    const values: { readonly [value: string]: string } = {
      "%C3": "\ufffd",
      "%C3%A9%C3": "é\ufffd",
      "%ff%FE": "\ufffd\ufffd",
      "%C3x%A9": "\ufffdx\ufffd",
      "%ED%A0%80": "\ufffd\ufffd\ufffd",
      "%F0%9F%98%80": "😀",
      "%EF%BB%BFa": "\ufeffa",
      "100%": "100%",
      "%zz%4": "%zz%4",
      "a+b": "a+b",
      "%25C3": "%C3"
    }
    for (const [value, expected] of Object.entries(values)) {
      assert.deepStrictEqual(parsed(`a=${value}`), [entry("a", expected)], value)
    }
  })

  it("drops a malformed member alone, as a whole", () => {
    for (
      const bad of ["", " ", "b", "=b", "b c=1", "b=1 2", "b=\"1\"", "b=\\", "b=é", "é=1", "b=1;c d", "b=1;=d", "b=1\n"]
    ) {
      assert.deepStrictEqual(parsed(`a=1,${bad},c=3`), [entry("a", "1"), entry("c", "3")], bad)
    }
    assert.deepStrictEqual(parsed("a=1;,b=2;;c"), [entry("a", "1"), entry("b", "2", ["c"])])
  })

  it("looks at 65,536 characters, and never at half a member", () => {
    const text = `a=1,b=${"x".repeat(65_530)}`
    assert.strictEqual(text.length, 65_536)
    assert.deepStrictEqual(parsed(text).map(({ key }) => key), ["a", "b"])
    assert.deepStrictEqual(parsed([text.slice(0, -1), "c=3"]).map(({ key }) => key), ["a", "b"])
    assert.deepStrictEqual(parsed([text, "c=3"]).map(({ key }) => key), ["a", "b"])
    assert.deepStrictEqual(parsed(["a=1", `b=${"x".repeat(65_530)}`, "c=3"]).map(({ key }) => key), ["a", "b"])
    assert.deepStrictEqual(parsed(["a=1", `b=${"x".repeat(65_531)}`, "c=3"]).map(({ key }) => key), ["a"])
    assert.deepStrictEqual(parsed([`${text}x`, "c=3"]).map(({ key }) => key), ["c"])
    assert.deepStrictEqual(parsed([Buffer.from(`${text}x`), "c=3"]).map(({ key }) => key), ["c"])
  })

  it("TRHDR-14 gives what there is of anything, and no exception", async () => {
    await check(anything, (make) => {
      const baggage = Baggage.parse(make())
      assert.isAtMost(baggage.entries.length, 180)
      assert.match(Baggage.format(baggage) ?? "", /^[\x21-\x7e]*$/)
    })
    await check(fc.array(texts), (values) => {
      const baggage = Baggage.parse(values)
      assert.deepStrictEqual(Baggage.parse(Baggage.format(baggage)), baggage)
    })
  })
})

const key = fc.stringOf(fc.constantFrom(..."!#$%&'*+-.^_`|~09azAZ"), { minLength: 1, maxLength: 12 })
const properties = fc.array(fc.record({ key, value: fc.option(texts, { nil: undefined }) }), { maxLength: 3 })
const entries = fc.array(fc.record({ key, value: texts, properties }), { maxLength: 12 })

const wellFormed = ({ key, properties, value }: Baggage.BaggageEntry): Baggage.BaggageEntry => ({
  key,
  value: value.toWellFormed(),
  properties: properties.map(({ key, value }) => ({ key, value: value?.toWellFormed() }))
})

describe("Baggage.format", () => {
  it("is read again as it was written, whatever the values are", async () => {
    await check(entries, (entries) => {
      const text = Baggage.format({ entries })
      assert.match(text ?? "", /^[\x21-\x7e]*$/)
      assert.deepStrictEqual(parsed(text), entries.map(wellFormed))
    })
  })

  it("encodes what has to be, and nothing else", () => {
    const all = String.fromCharCode(...Array.from({ length: 128 }, (_, i) => i))
    const text = Baggage.format({ entries: [entry("a", `${all}é`)] }) ?? ""
    const plain = text.slice(2).replace(/%[0-9A-F]{2}/g, "")
    assert.strictEqual(plain, Array.from(all).filter((c) => /[!#-+\--:<-[\]-~]/.test(c) && c !== "%").join(""))
    assert.deepStrictEqual(parsed(text), [entry("a", `${all}é`)])
  })

  it("sends first ones first within 180 members and 8,192 bytes, none of them in part", async () => {
    const sized = fc.array(
      fc.tuple(
        fc.constantFrom("a", "é", ","),
        fc.oneof(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 0, max: 9000 }))
      ),
      { maxLength: 220, size: "max" }
    ).map((sizes) => sizes.map(([character, size], i) => entry(`k${i}`, character.repeat(size), ["p", character])))
    let dropped = 0
    await check(sized, (entries) => {
      const expected: Array<string> = []
      let bytes = -1
      for (const { key, properties, value } of entries) {
        const text = `${key}=${encodeURIComponent(value)};p=${encodeURIComponent(properties[0]?.value ?? "")}`
        if (expected.length < 180 && bytes + 1 + text.length <= 8192) {
          expected.push(text)
          bytes += text.length + 1
        } else {
          dropped++
        }
      }
      assert.strictEqual(Baggage.format({ entries }) ?? "", expected.join(","))
    }, 0.05)
    assert.isAbove(dropped, 10)
  })

  it("leaves out an entry that no header can hold, and lets nothing be injected", async () => {
    const good = entry("a", "1")
    for (
      const bad of [
        entry("", "1"),
        entry("a b", "1"),
        entry("a\r\nX-Admin", "1"),
        entry("é", "1"),
        entry("b", "1", ["c;d"]),
        entry("b", "1", ["c=d", "1"])
      ]
    ) {
      assert.strictEqual(Baggage.format({ entries: [bad, good] }), "a=1", JSON.stringify(bad))
      assert.strictEqual(
        Baggage.set({ entries: [good] }, bad.key, bad.value, bad.properties).entries.length,
        1
      )
    }
    const injecting = Baggage.format({ entries: [entry("a", "1\r\nX-Admin: 1,b=2;c")] })
    assert.strictEqual(injecting, "a=1%0D%0AX-Admin:%201%2Cb=2%3Bc")
    await check(anything, (make) => {
      // what a caller without types may pass
      assert.match(Baggage.format({ entries: make() as Baggage.Baggage["entries"] }) ?? "", /^[\x21-\x7e]*$/)
      assert.isUndefined(Baggage.format({ entries: [make() as Baggage.BaggageEntry] }))
    })
  })
})

describe("Baggage's entries", () => {
  it("are set in their place or at the end, and removed, all of the key", () => {
    const baggage = Baggage.parse("a=1,b=2,a=3;p,c=4")
    assert.strictEqual(Baggage.get(baggage, "a"), "1")
    assert.isUndefined(Baggage.get(baggage, "A"))
    assert.strictEqual(Baggage.format(Baggage.set(baggage, "a", "5")), "a=5,b=2,c=4")
    assert.strictEqual(
      Baggage.format(Baggage.set("d", "é", [{ key: "p", value: undefined }, { key: "q", value: " " }])(baggage)),
      "a=1,b=2,a=3;p,c=4,d=%C3%A9;p;q=%20"
    )
    assert.strictEqual(Baggage.format(Baggage.remove(baggage, "a")), "b=2,c=4")
    assert.strictEqual(Baggage.format(Baggage.remove("a")(Baggage.remove(baggage, "b"))), "c=4")
    assert.isUndefined(Baggage.format(Baggage.empty))
  })

  it("obey the laws of a map for the first of each key", async () => {
    await check(fc.tuple(entries, key, texts), ([entries, key, value]) => {
      const baggage: Baggage.Baggage = { entries }
      const after = Baggage.set(baggage, key, value)
      assert.strictEqual(Baggage.get(after, key), value)
      assert.deepStrictEqual(Baggage.set(after, key, value), after)
      assert.deepStrictEqual(Baggage.remove(after, key), Baggage.remove(baggage, key))
      assert.strictEqual(after.entries.filter((each) => each.key === key).length, 1)
    })
  })
})
