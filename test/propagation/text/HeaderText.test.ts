import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as HeaderText from "effect-posthog/propagation/text/HeaderText"
import { anything, check, texts } from "../support.js"

const long = fc.oneof(
  texts,
  fc.tuple(
    texts,
    fc.constantFrom("a", "é", "你", "😀", "\ud83d", " ", "\u0000", "'"),
    fc.integer({ min: 990, max: 1100 })
  )
    .map(([text, character, count]) => text + character.repeat(count) + text)
)

describe("HeaderText.clean", () => {
  it("TRHDR-04 strips control characters and the space around, and is missing where nothing remains", () => {
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
    const kept = String.fromCharCode(
      ...Array.from({ length: 0x7f - 0x21 }, (_, i) => i + 0x21),
      ...Array.from({ length: 0x100 - 0xa0 }, (_, i) => i + 0xa0)
    )
    assert.strictEqual(HeaderText.clean(every), kept)
    assert.strictEqual(HeaderText.clean(" \t user 1\r\n\u0000"), "user 1")
    assert.strictEqual(HeaderText.clean("a\u0007 \u0007"), "a")
    for (
      const missing of [
        "",
        "  ",
        "\r\n",
        "\u0000\u0085",
        undefined,
        null,
        42,
        true,
        {},
        [],
        [""],
        () => "a",
        new Date()
      ]
    ) {
      assert.isUndefined(HeaderText.clean(missing))
    }
  })

  it("TRHDR-04 takes the first valid text of an array", () => {
    assert.strictEqual(HeaderText.clean([undefined, 42, " ", "\u0000", "first", "second"]), "first")
    assert.isUndefined(HeaderText.clean([["nested"]]))
  })

  it("TRHDR-04 caps at 1000 units without cutting a character in half", () => {
    assert.strictEqual(HeaderText.clean("a".repeat(1001)), "a".repeat(1000))
    assert.strictEqual(HeaderText.clean(`${"a".repeat(999)}😀`), "a".repeat(999))
    assert.strictEqual(HeaderText.clean(`${"a".repeat(998)}😀b`), `${"a".repeat(998)}😀`)
    assert.strictEqual(HeaderText.clean(`${"a".repeat(999)} b`), "a".repeat(999))
    assert.strictEqual(HeaderText.clean("a".repeat(30), 10), "a".repeat(10))
    assert.isUndefined(HeaderText.clean("a", 0))
    assert.isUndefined(HeaderText.clean("a", -1))
    assert.isUndefined(HeaderText.clean("a", Number.NaN))
    assert.strictEqual(HeaderText.clean("a", Number.POSITIVE_INFINITY), "a")
  })

  it("is well-formed, and makes no character of halves that a stripped one kept apart", () => {
    assert.strictEqual(HeaderText.clean("a\ud83d"), "a\ufffd")
    assert.strictEqual(HeaderText.clean("\ud83d\u0000\ude00"), "\ufffd\ufffd")
  })

  it("takes bytes as UTF-8, however many there are", () => {
    assert.strictEqual(HeaderText.clean(Buffer.from(" Amélie\n")), "Amélie")
    assert.strictEqual(HeaderText.clean(new TextEncoder().encode("😀")), "😀")
    assert.strictEqual(HeaderText.clean([Buffer.from([0xff, 0x41])]), "\ufffdA")
    assert.isUndefined(HeaderText.clean(Buffer.alloc(0)))
    assert.strictEqual(HeaderText.clean(Buffer.alloc(1_000_000, "é")), "é".repeat(1000))
    assert.strictEqual(HeaderText.clean(Buffer.alloc(1_000_000, "a\n")), "a".repeat(1000))
  })

  it("is the same when it is done twice, and never larger or unclean", async () => {
    let cut = 0
    await check(fc.tuple(long, fc.constantFrom(1, 2, 10, 1000)), ([text, maxLength]) => {
      const once = HeaderText.clean(text, maxLength)
      assert.strictEqual(HeaderText.clean(once, maxLength), once)
      assert.isAtMost(once?.length ?? 0, maxLength)
      assert.isTrue(once?.isWellFormed() ?? true)
      // oxlint-disable-next-line no-control-regex
      assert.notMatch(once ?? "", /[\x00-\x1f\x7f-\x9f]|^\s|\s$|^$(?!)/)
      cut += once?.length === maxLength ? 1 : 0
    })
    assert.isAbove(cut, 50)
  })

  it("TRHDR-14 gives a clean text or none of anything, and no exception", async () => {
    await check(anything, (make) => {
      for (const text of [HeaderText.clean(make()), HeaderText.read(make())]) {
        assert.isTrue(text === undefined || (text !== "" && text.length <= 1000 && HeaderText.clean(text) === text))
      }
    })
  })

  it("looks at a bounded part of a text without end", () => {
    assert.isUndefined(HeaderText.clean(`${" ".repeat(16_000)}a`))
    assert.strictEqual(HeaderText.clean(`${" ".repeat(15_999)}a`), "a")
    assert.strictEqual(HeaderText.clean(Buffer.from(`${"\u3000".repeat(15_999)}a`)), "a")
    assert.isUndefined(HeaderText.clean(Buffer.from(`${"\u3000".repeat(15_999)}😀`)))
  })
})

describe("HeaderText.encode", () => {
  it("writes printable ASCII as it stands", () => {
    const printable = String.fromCharCode(...Array.from({ length: 0x7f - 0x20 }, (_, i) => i + 0x20)).trim()
    assert.strictEqual(HeaderText.encode(printable), printable)
    assert.strictEqual(HeaderText.encode("user 1"), "user 1")
    assert.strictEqual(HeaderText.encode(""), "")
  })

  it("writes everything else as an ext-value", () => {
    const written: { readonly [text: string]: string } = {
      "Amélie": "UTF-8''Am%C3%A9lie",
      "a\r\nX-Admin: 1": "UTF-8''a%0D%0AX-Admin%3A%201",
      " a": "UTF-8''%20a",
      "a ": "UTF-8''a%20",
      "UTF-8''a": "UTF-8''UTF-8%27%27a",
      "utf-8'en'%41": "UTF-8''utf-8%27en%27%2541",
      "é*'()!#$&+-.^_`|~": "UTF-8''%C3%A9%2A%27%28%29!%23%24%26%2B-.%5E_%60%7C~",
      "\ud83d": "UTF-8''%EF%BF%BD"
    }
    for (const [text, expected] of Object.entries(written)) {
      assert.strictEqual(HeaderText.encode(text), expected)
    }
  })

  it("is undone by decode for any text, and is one header's value", async () => {
    let extended = 0
    await check(long, (text) => {
      const encoded = HeaderText.encode(text)
      assert.match(encoded, /^[\x20-\x7e]*$/)
      assert.strictEqual(encoded.trim(), encoded)
      assert.isAtMost(encoded.length, 9007)
      const whole = text.length <= 1000 ? text.toWellFormed() : HeaderText.decode(encoded)
      assert.strictEqual(HeaderText.decode(encoded), whole)
      assert.isTrue(text.toWellFormed().startsWith(whole))
      assert.isAtLeast(whole.length, Math.min(text.length, 999))
      extended += encoded === text ? 0 : 1
      assert.doesNotThrow(() => new Headers({ "x-text": encoded }))
    })
    assert.isAbove(extended, 100)
  })

  it("brings every clean text to the other side as it was", async () => {
    await check(fc.tuple(long, fc.constantFrom(1, 2, 10, 1000)), ([text, maxLength]) => {
      const sent = HeaderText.clean(text, maxLength)
      const header = HeaderText.encode(sent, maxLength)
      assert.strictEqual(HeaderText.clean(HeaderText.decode(header, maxLength), maxLength), sent)
      assert.strictEqual(HeaderText.read(header, maxLength), sent)
      assert.strictEqual(HeaderText.read([Buffer.from(header)], maxLength), sent)
    })
    for (const character of ["你", "😀", "\u0800", "'"]) {
      const sent = HeaderText.clean(`é${character.repeat(1000)}`)
      assert.isAtLeast(sent?.length ?? 0, 999)
      assert.strictEqual(HeaderText.read(HeaderText.encode(sent)), sent)
    }
  })

  it("writes nothing for what is no text", async () => {
    await check(anything, (make) => {
      const value = make()
      // what a caller without types may pass
      const written = HeaderText.encode(value as string)
      assert.match(written, /^[\x20-\x7e]*$/)
      assert.isTrue(typeof value === "string" || written === "")
      assert.isString(HeaderText.decode(value as string))
    })
  })
})

describe("HeaderText.decode", () => {
  it("takes any case of the charset and a language", () => {
    assert.strictEqual(HeaderText.decode("utf-8''%c3%a9"), "é")
    assert.strictEqual(HeaderText.decode("Utf-8'de-CH'%C3%A9"), "é")
  })

  it("takes a malformed ext-value literally", () => {
    for (
      const text of [
        "UTF-8''%",
        "UTF-8''%4",
        "UTF-8''%zz",
        "UTF-8''%ff",
        "UTF-8''%ED%A0%80",
        "UTF-8''a b",
        "UTF-8''a'b",
        "UTF-8''é",
        "UTF-8'",
        "UTF-8'a b'c",
        "ISO-8859-1''%E9",
        "UTF-8''a\n",
        `UTF-8''${"%C3%A9".repeat(1001)}`,
        `UTF-8''${"a".repeat(1001)}`,
        `UTF-8''${"%00".repeat(100_000)}`,
        `UTF-8'${"a".repeat(100)}'b`
      ]
    ) {
      assert.strictEqual(HeaderText.decode(text), text)
    }
  })

  it("TRHDR-04 is cleaned by read: what was encoded has no way around it", () => {
    assert.strictEqual(HeaderText.read("UTF-8''%0D%0AX-Admin: 1"), "UTF-8''%0D%0AX-Admin: 1")
    assert.strictEqual(HeaderText.read("UTF-8''%0D%0AX-Admin%3A%201%C2%85"), "X-Admin: 1")
    assert.isUndefined(HeaderText.read("UTF-8''%00%20"))
    assert.strictEqual(HeaderText.read(["UTF-8''%00", " \r\n", "UTF-8''b"]), "b")
    // once, and no more
    assert.strictEqual(HeaderText.read("UTF-8''UTF-8%27%27%2541"), "UTF-8''%41")
  })
})
