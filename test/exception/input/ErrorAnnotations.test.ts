import { assert, describe, it } from "@effect/vitest"
import { Data, Redacted } from "effect"
import * as ErrorAnnotations from "effect-posthog/exception/input/ErrorAnnotations"
import { revoked, throwingProxy } from "../../domain/values.js"

class NotFound extends Data.TaggedError("NotFound")<{ readonly id: string }> {
  readonly "~effect/ErrorReporter/ignore" = true
  get "~effect/ErrorReporter/severity"(): string {
    return "Warn"
  }
  get "~effect/ErrorReporter/attributes"(): object {
    return { id: this.id, key: Redacted.make("secret"), big: "x".repeat(5000) }
  }
}

class Inherited extends NotFound {}

describe("the annotations of an error", () => {
  it("are read from the error and from its class", () => {
    for (const error of [new NotFound({ id: "7" }), new Inherited({ id: "7" })]) {
      assert.isTrue(ErrorAnnotations.isIgnored(error))
      assert.strictEqual(ErrorAnnotations.severity(error), "Warn")
      const attributes = ErrorAnnotations.attributes(error)
      assert.strictEqual(attributes?.["id"], "7")
      assert.strictEqual(attributes?.["key"], "<redacted>")
      assert.strictEqual(String(attributes?.["big"]).length, 1024)
    }
  })

  it("are none where there are none", () => {
    for (const error of [new Error("e"), null, undefined, "x", 42, () => 1]) {
      assert.isFalse(ErrorAnnotations.isIgnored(error))
      assert.strictEqual(ErrorAnnotations.severity(error), undefined)
      assert.strictEqual(ErrorAnnotations.attributes(error), undefined)
    }
  })

  it("only true ignores an error, only a text is a severity, only an object holds attributes", () => {
    const error = Object.assign(new Error("e"), {
      "~effect/ErrorReporter/ignore": 1,
      "~effect/ErrorReporter/severity": { toString: () => "Fatal" },
      "~effect/ErrorReporter/attributes": ["a"]
    })
    assert.isFalse(ErrorAnnotations.isIgnored(error))
    assert.strictEqual(ErrorAnnotations.severity(error), undefined)
    assert.strictEqual(ErrorAnnotations.attributes(error), undefined)
  })

  it("of what cannot be read are none", () => {
    for (const error of [throwingProxy(), revoked()]) {
      assert.isFalse(ErrorAnnotations.isIgnored(error))
      assert.isTrue(ErrorAnnotations.severity(error) === undefined)
      assert.isTrue(ErrorAnnotations.attributes(error) === undefined)
    }
  })
})
