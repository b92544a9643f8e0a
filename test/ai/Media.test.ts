/** What counts as media in a text, and what stands for it. */
import { assert, describe, it } from "@effect/vitest"
import { Encoding, FastCheck as fc } from "effect"
import * as Media from "../../src/ai/Media.js"

const base64 = Encoding.encodeBase64(Uint8Array.from({ length: 900 }, (_, i) => (i * 31) % 251))

describe("media in a text", () => {
  it("is each data: URL, with its type and its size", () => {
    assert.strictEqual(
      Media.withoutMedia(
        `<img src="data:image/png;base64,${base64}"> (DATA:text/plain;charset=utf-8,a%20b) data:;base64,AAAA`
      ),
      "<img src=\"[image/png, 900 bytes]\"> ([text/plain, 4 bytes] [application/octet-stream, 3 bytes]"
    )
  })

  it("is a data: URL in lines, and base64 in lines", () => {
    const lines = base64.replace(/.{64}/g, "$&\r\n")
    assert.strictEqual(Media.withoutMedia(`data:image/png;base64,${lines} end`), "[image/png, 900 bytes] end")
    assert.strictEqual(Media.withoutMedia(`see\n${lines}\nend`), "see\n[application/octet-stream, 900 bytes]\nend")
  })

  it("is an unbroken run of 1,024 characters of base64, and nothing shorter", () => {
    assert.strictEqual(Media.withoutMedia(`a ${base64} b`), "a [application/octet-stream, 900 bytes] b")
    assert.strictEqual(Media.withoutMedia(base64.slice(0, 1023)), base64.slice(0, 1023))
  })

  it("is not what merely speaks of data", () => {
    for (
      const text of ["data: 1, 2", "the data:, that is", "data:image/png", "https://a.example/b?c=data", "metadata:a,b"]
    ) {
      assert.strictEqual(Media.withoutMedia(text), text)
    }
  })

  it("is base64 under a name that says so, with the type that stands beside it", () => {
    const short = base64.slice(0, 64)
    assert.strictEqual(Media.withoutMediaAt("data", short, undefined), "[application/octet-stream, 48 bytes]")
    assert.strictEqual(Media.withoutMediaAt("data", "AAAA", "audio/wav"), "[audio/wav, 3 bytes]")
    for (const [key, text] of [["data", short.slice(1)], ["data", `${short} ?`], ["id", short]] as const) {
      assert.strictEqual(Media.withoutMediaAt(key, text, undefined), text)
    }
  })

  it.prop("is never the data of a file, unless that is an address", [fc.uint8Array({ maxLength: 100 })], ([bytes]) => {
    const expected = `[image/png, ${bytes.length} bytes]`
    const text = Encoding.encodeBase64(bytes)
    assert.strictEqual(Media.ofBytes(bytes, "image/png"), expected)
    assert.strictEqual(Media.ofText(text, "image/png"), expected)
    assert.strictEqual(Media.ofText(`data:image/png;base64,${text}`, "image/jpeg"), expected)
    assert.strictEqual(Media.ofText("gs://bucket/a.png", "image/png"), "gs://bucket/a.png")
  })

  it("is found in time that grows with the text, whatever it is", () => {
    const n = 400_000
    const hostile = [
      "data:",
      "data:a/",
      "data:a/b;",
      "a".repeat(1023) + " ",
      "a".repeat(70) + "\n",
      "data:a/b,\n",
      "=",
      "a/"
    ]
    for (const piece of hostile) {
      const text = piece.repeat(Math.ceil(n / piece.length))
      const began = performance.now()
      Media.withoutMedia(text)
      Media.withoutMediaAt("data", text, "a/b")
      assert.isBelow(performance.now() - began, 2_000, JSON.stringify(piece.slice(0, 10)))
    }
  })
})
