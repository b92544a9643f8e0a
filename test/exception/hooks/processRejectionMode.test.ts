import { assert, describe, it } from "@effect/vitest"
import * as ProcessRejectionMode from "effect-posthog/exception/hooks/ProcessRejectionMode"

describe("the mode of unhandled rejections", () => {
  it("is Node's default where nothing is said", () => {
    assert.strictEqual(ProcessRejectionMode.make("", []), "throw")
    assert.strictEqual(ProcessRejectionMode.make("--max-old-space-size=100", ["--import", "tsx"]), "throw")
  })

  it("is what the arguments say, in each of the spellings Node takes", () => {
    assert.strictEqual(ProcessRejectionMode.make("", ["--unhandled-rejections=warn"]), "warn")
    assert.strictEqual(ProcessRejectionMode.make("", ["--unhandled-rejections", "none", "--inspect"]), "none")
    assert.strictEqual(ProcessRejectionMode.make("", ["--unhandled_rejections=strict"]), "strict")
    assert.strictEqual(
      ProcessRejectionMode.make("", ["--unhandled-rejections=warn-with-error-code"]),
      "warn-with-error-code"
    )
  })

  it("is what the environment says, quotes and escapes included, unless the arguments say otherwise", () => {
    assert.strictEqual(ProcessRejectionMode.make("--unhandled-rejections=warn", []), "warn")
    assert.strictEqual(ProcessRejectionMode.make("--title \"a b\" --unhandled-rejections none", []), "none")
    assert.strictEqual(ProcessRejectionMode.make("--unhandled-rejections=\"wa\\rn\"", []), "warn")
    assert.strictEqual(
      ProcessRejectionMode.make("--unhandled-rejections=warn", ["--unhandled-rejections=strict"]),
      "strict"
    )
  })

  it("is the last one said, and never a word that Node does not know", () => {
    assert.strictEqual(
      ProcessRejectionMode.make("", ["--unhandled-rejections=warn", "--unhandled-rejections=none"]),
      "none"
    )
    assert.strictEqual(ProcessRejectionMode.make("\"--unhandled-rejections=warn", ["--unhandled-rejections"]), "warn")
    assert.strictEqual(ProcessRejectionMode.make("\"--title=--unhandled-rejections=warn\"", []), "throw")
    assert.strictEqual(ProcessRejectionMode.make("--unhandled-rejections=loud \\", []), "throw")
  })
})
