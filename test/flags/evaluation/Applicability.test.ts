/** Flags that are meant for elsewhere. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, flag, noon, show, subject } from "./support.js"

describe("where a flag applies", () => {
  it("flags of other evaluation contexts are none here, and off for those that depend on them", () => {
    const on = { groups: [{}] }
    const dependent = (expected: boolean) => ({
      groups: [{
        properties: [{
          type: "flag",
          key: "mobile",
          operator: "flag_evaluates_to",
          value: expected,
          dependency_chain: ["mobile"]
        }]
      }]
    })
    const definitions = body([
      flag("everywhere", on),
      flag("nowhere in particular", on, { evaluation_contexts: [] }),
      flag("web", on, { evaluation_contexts: ["web", "docs"] }),
      flag("mobile", on, { evaluation_contexts: ["mobile"] }),
      flag("old web", on, { evaluation_tags: ["web"] }),
      flag("old mobile", on, { evaluation_contexts: null, evaluation_tags: ["mobile"] }),
      flag("when off", dependent(false)),
      flag("when on", dependent(true))
    ])
    const all = compile(definitions)
    assert.strictEqual(all.keys.length, 8)
    assert.strictEqual(show(all.evaluate("when on", subject(), noon)), true)
    const web = compile(definitions, { evaluationContexts: ["web"] })
    assert.deepStrictEqual(web.keys, [
      "everywhere",
      "nowhere in particular",
      "web",
      "old web",
      "when off",
      "when on"
    ])
    assert.isUndefined(web.evaluate("mobile", subject(), noon))
    assert.strictEqual(show(web.evaluate("when off", subject(), noon)), true)
    assert.strictEqual(show(web.evaluate("when on", subject(), noon)), false)
    assert.strictEqual(compile(definitions, { evaluationContexts: [] }).keys.length, 8)
  })

  it("the runtime of a flag is told, and evaluates all the same", () => {
    const on = { groups: [{}] }
    const flags = compile(body([
      flag("c", on, { evaluation_runtime: "client" }),
      flag("s", on, { evaluation_runtime: "server" }),
      flag("a", on),
      flag("x", on, { evaluation_runtime: "moon" })
    ]))
    assert.deepStrictEqual(["c", "s", "a", "x", "none"].map(flags.runtime), [
      "client",
      "server",
      "all",
      "all",
      undefined
    ])
    assert.strictEqual(show(flags.evaluate("c", subject(), noon)), true)
  })
})
