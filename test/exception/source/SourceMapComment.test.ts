import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as SourceMapComment from "effect-posthog/exception/source/SourceMapComment"

const found = (text: string, path = "/app/dist/main.js") => {
  const place = SourceMapComment.find(text, path)
  return place?._tag === "File" ? place.path : place?.json
}

describe("the comment that names a source map", () => {
  it("is the last of a file, in any of its spellings", () => {
    for (
      const comment of [
        "//# sourceMappingURL=main.js.map",
        "//@ sourceMappingURL=main.js.map",
        "/*# sourceMappingURL=main.js.map */",
        "/*@ sourceMappingURL=main.js.map*/",
        "run();//# sourceMappingURL=main.js.map\n\n",
        "//# sourceMappingURL=old.js.map\nrun()\n//#\tsourceMappingURL=main.js.map\r\n//# debugId=1-2-3\n/* end */\n"
      ]
    ) {
      assert.strictEqual(found(`const a = 1\n${comment}`), "/app/dist/main.js.map", comment)
    }
  })

  it("is none where code follows, or where it stands in a text", () => {
    for (
      const text of [
        "",
        "run()",
        "sourceMappingURL=main.js.map",
        "// sourceMappingURL=main.js.map",
        "//# sourceMappingURL=",
        "//# sourceMappingURL=main.js.map\nrun()",
        "const comment = \"//# sourceMappingURL=main.js.map\"",
        "/*# sourceMappingURL=main.js.map",
        "/*# sourceMappingURL=main.js.map */ run()",
        "//# sourceMappingURL=main.js.map\n/* a */ run() /* b */",
        `//# sourceMappingURL=main.js.map\n${"\n".repeat(10_000)}`
      ]
    ) {
      assert.isUndefined(found(text), text)
    }
  })

  it("names files beside or elsewhere, and nothing that is on a network", () => {
    const named = (url: string) => found(`//# sourceMappingURL=${url}`)
    assert.strictEqual(named("../maps/main.js.map"), "/app/maps/main.js.map")
    assert.strictEqual(named("/maps/main.js.map"), "/maps/main.js.map")
    assert.strictEqual(named("with%20space.map?v=1#x"), "/app/dist/with space.map")
    assert.strictEqual(named("file:///maps/a%20b.map"), "/maps/a b.map")
    for (
      const url of [
        "http://example.com/main.js.map",
        "https://example.com/main.js.map",
        "//example.com/main.js.map",
        "\\\\example.com\\main.js.map",
        "file://example.com/main.js.map",
        "webpack://main.js.map",
        "%ZZ.map",
        "a".repeat(5000)
      ]
    ) {
      assert.isUndefined(named(url), url)
    }
  })

  it("may bring the map itself", () => {
    const named = (url: string) => found(`run()\n//# sourceMappingURL=${url}\n`)
    const json = "{\"names\":[\"ä's\"]}"
    const base64 = Buffer.from(json).toString("base64")
    assert.strictEqual(named(`data:application/json;base64,${base64}`), json)
    assert.strictEqual(named(`data:application/json;charset=utf-8;base64,${base64}`), json)
    assert.strictEqual(named(`data:application/json,${encodeURIComponent(json)}`), json)
    assert.strictEqual(named(`data:application/json;charset=utf-8,${encodeURIComponent(json)}`), json)
    assert.isUndefined(named(`data:text/html;base64,${base64}`))
    assert.isUndefined(named("data:application/json,%ZZ"))
    assert.isUndefined(named("data:application/json;base64"))
  })

  it("never makes the search throw, and takes no time on a long text", () => {
    const piece = FastCheck.constantFrom(
      "//# sourceMappingURL=",
      "/*# ",
      "*/",
      "data:application/json,",
      ";base64",
      "%",
      "\n",
      "a.map",
      "file://",
      "\0",
      " "
    )
    FastCheck.assert(
      FastCheck.property(FastCheck.array(piece, { maxLength: 12 }), (pieces) => {
        SourceMapComment.find(pieces.join(""), "/app/main.js")
      }),
      { numRuns: 3000 }
    )
    for (const part of ["a", " ", "\n", "//# sourceMappingURL=", "//# ", "/*", "%41"]) {
      const start = performance.now()
      SourceMapComment.find(part.repeat(1_000_000 / part.length), "/app/main.js")
      SourceMapComment.find(`//# sourceMappingURL=${part.repeat(1_000_000 / part.length)}`, "/app/main.js")
      assert.isBelow(performance.now() - start, 500, part)
    }
  })
})
