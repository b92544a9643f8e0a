import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { fromSeverity } from "effect-posthog/domain/ExceptionLevel"

describe("a severity as PostHog's level", () => {
  it("EXCMETA-24: fatal, critical, alert and emergency are fatal", () => {
    assert.deepStrictEqual(["fatal", "critical", "alert", "emergency"].map(fromSeverity), Array(4).fill("fatal"))
  })

  it("EXCMETA-24: warning and warn are warning, notice and info are info, trace and debug are debug", () => {
    assert.deepStrictEqual(["warning", "warn", "notice", "info", "trace", "debug"].map(fromSeverity), [
      "warning",
      "warning",
      "info",
      "info",
      "debug",
      "debug"
    ])
  })

  it("EXCMETA-24: error and log stay what they are", () => {
    assert.deepStrictEqual(["error", "log"].map(fromSeverity), ["error", "log"])
  })

  it("EXCMETA-23: what PostHog knows stays what it is, whatever its case and the space around it", () => {
    for (const level of ["fatal", "error", "warning", "log", "info", "debug"]) {
      assert.strictEqual(fromSeverity(level), level)
      assert.strictEqual(fromSeverity(` ${level.toUpperCase()}\n`), level)
    }
  })

  it("EXCMETA-25: a severity that is unknown or absent is no level, and is not guessed", () => {
    for (
      const severity of ["loud", "", "errors", "All", "None", "constructor", "__proto__", undefined, null, 3, {}, []]
    ) {
      assert.strictEqual(fromSeverity(severity), undefined)
    }
  })

  it.prop(
    "of anything is a level or nothing, and never throws",
    [fc.anything({ withNullPrototype: true })],
    ([input]) => {
      assert.include([undefined, "fatal", "error", "warning", "log", "info", "debug"], fromSeverity(input))
    }
  )
})
