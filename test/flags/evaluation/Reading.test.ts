/** What filters read of a person, and what happens where that cannot be read. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, flag, inconclusive, is, noon, one, show, subject } from "./support.js"

describe("reading", () => {
  it("FLAGS-LOCAL-10: prefixes and suffixes, a missing property being inconclusive", () => {
    const ask = (operator: string, value: unknown, plan?: string | boolean) =>
      one({ groups: [{ properties: [is("plan", value, operator)] }] }, {
        personProperties: plan === undefined ? {} : { plan }
      })
    assert.strictEqual(ask("starts_with", "PRO", "pro-plus"), true)
    assert.strictEqual(ask("not_starts_with", "PRO", "pro-plus"), false)
    assert.strictEqual(ask("ends_with", "rue", true), true)
    assert.strictEqual(ask("not_ends_with", "É", "café"), true)
    for (const operator of ["starts_with", "not_starts_with", "ends_with", "not_ends_with"]) {
      assert.deepStrictEqual(ask(operator, "x"), inconclusive("missingProperty", "plan"))
    }
  })

  it("what was passed wins over the context; a property of a prototype is none", () => {
    const filters = { groups: [{ properties: [is("plan", "pro")] }] }
    assert.strictEqual(one(filters, { personProperties: { plan: "pro" } }), true)
    const inherited = Object.create({ plan: "pro" })
    assert.deepStrictEqual(one(filters, { personProperties: inherited }), inconclusive("missingProperty", "plan"))
    for (const key of ["constructor", "__proto__", "toString"]) {
      assert.deepStrictEqual(
        one({ groups: [{ properties: [is(key, "x", "is_set")] }] }, { personProperties: {} }),
        inconclusive("missingProperty", key)
      )
    }
    const id = { groups: [{ properties: [is("distinct_id", "user-1")] }] }
    assert.strictEqual(one(id), true)
    assert.strictEqual(one(id, { personProperties: { distinct_id: "other" } }), false)
  })

  it("what throws when it is read is inconclusive, and a getter may evaluate flags itself", () => {
    const plan = { groups: [{ properties: [is("plan", "pro")] }, { properties: [is("plan", "x", "is_set")] }] }
    const thrower = {
      get plan(): string {
        throw new Error("no")
      }
    }
    assert.deepStrictEqual(one(plan, { personProperties: thrower }), inconclusive("unreadable", "plan"))
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const groups = { aggregation_group_type_index: 0, groups: [{}] }
    assert.deepStrictEqual(one(groups, { groups: revoked.proxy }), inconclusive("unreadable", "f"))

    const flags = compile(body([flag("f", plan), flag("g", { groups: [{ properties: [is("plan", "free")] }] })]))
    const within = {
      get plan(): string {
        return show(flags.evaluate("g", subject({ personProperties: { plan: "free" } }), noon)) === true
          ? "pro"
          : "free"
      }
    }
    assert.strictEqual(show(flags.evaluate("f", subject({ personProperties: within }), noon)), true)
    assert.deepStrictEqual(
      [...flags.evaluateAll(subject({ personProperties: within }), noon).values()].map(show),
      [true, false]
    )
  })
})
