/** Who is in a rollout, and which variant somebody gets. */
import { assert, describe, it } from "@effect/vitest"
import { body, compile, flag, inconclusive, noon, one, show, subject } from "./support.js"

const variants = (...shares: ReadonlyArray<readonly [string, number]>) => ({
  variants: shares.map(([key, rollout_percentage]) => ({ key, rollout_percentage }))
})

describe("rollouts and variants", () => {
  it("FLAGS-LOCAL-02: a multivariate flag is the key of its variant", () => {
    const filters = { groups: [{ rollout_percentage: 100 }], multivariate: variants(["control", 0], ["test", 100]) }
    assert.strictEqual(one(filters), "test")
  })

  it("FLAGS-LOCAL-06: the distinct id is hashed, or the device where the flag says so", () => {
    const filters = { groups: [{ rollout_percentage: 40 }] }
    // `simple-flag.distinct_id` falls at 0.3457, `simple-flag.someone` elsewhere
    const flags = compile(body([
      flag("simple-flag", filters),
      flag("by-device", filters, { bucketing_identifier: "device_id" })
    ]))
    assert.strictEqual(show(flags.evaluate("simple-flag", subject({ distinctId: "distinct_id" }), noon)), true)
    const byDevice = (deviceId: string, distinctId: string) =>
      flags.explain("by-device", subject({ deviceId, distinctId }), noon)?.conditions[0]
    assert.strictEqual(byDevice("d-1", "a")?.rollout.bucket, byDevice("d-1", "b")?.rollout.bucket)
    assert.notStrictEqual(byDevice("d-1", "a")?.rollout.bucket, byDevice("d-2", "a")?.rollout.bucket)
    assert.deepStrictEqual(byDevice("d-1", "a")?.bucketing, { by: "deviceId", groupType: undefined, identifier: "d-1" })
  })

  it("FLAGS-LOCAL-06: without anybody to hash the flag is inconclusive, where a hash is needed", () => {
    for (const distinctId of [undefined, ""]) {
      const missing = inconclusive("missingDistinctId", "")
      assert.deepStrictEqual(one({ groups: [{ rollout_percentage: 50 }] }, { distinctId }), missing)
      assert.deepStrictEqual(one({ groups: [{}], multivariate: variants(["a", 100]) }, { distinctId }), missing)
      assert.strictEqual(one({ groups: [{}] }, { distinctId }), true)
    }
  })

  it("FLAGS-LOCAL-09: a rollout is a float; absent is everybody, 0 nobody, 100 and more everybody", () => {
    // beta-ui.user-123 falls at 0.012322769931813707
    const at = (rollout_percentage: unknown) =>
      show(
        compile(body([flag("beta-ui", { groups: [{ rollout_percentage }] })]))
          .evaluate("beta-ui", subject({ distinctId: "user-123" }), noon)
      )
    assert.deepStrictEqual([1.2322, 1.2323].map(at), [false, true])
    assert.deepStrictEqual([0, 0.0, -5, 1].map(at), [false, false, false, false])
    assert.deepStrictEqual([undefined, null, 2, 100, 100.0, 150].map(at), [true, true, true, true, true, true])
  })

  it("FLAGS-LOCAL-13: who falls exactly on the threshold is in", () => {
    const bucket = 0.3457103347480679
    const at = (rollout_percentage: number) =>
      show(
        compile(body([flag("simple-flag", { groups: [{ rollout_percentage }] })]))
          .evaluate("simple-flag", subject({ distinctId: "distinct_id" }), noon)
      )
    const percentage = bucket * 100
    assert.strictEqual(percentage / 100, bucket)
    assert.deepStrictEqual([percentage, percentage - 1e-12].map(at), [true, false])
  })

  it("FLAGS-LOCAL-14: the first range that holds the variant's bucket; none of them is true", () => {
    // checkout.user-123 with the salt `variant` falls at 0.8334157448386892
    const at = (...shares: ReadonlyArray<readonly [string, number]>) =>
      show(
        compile(body([flag("checkout", { groups: [{}], multivariate: variants(...shares) })]))
          .evaluate("checkout", subject({ distinctId: "user-123" }), noon)
      )
    assert.strictEqual(at(["a", 50], ["b", 50]), "b")
    assert.strictEqual(at(["a", 83], ["b", 17]), "b")
    assert.strictEqual(at(["a", 84], ["b", 16]), "a")
    assert.strictEqual(at(["a", 20], ["b", 30]), true)
    assert.strictEqual(at(["a", 0], ["b", 0]), true)
    assert.strictEqual(at(["a", 90], ["b", 90]), "a")
    // the lower bound belongs to a range, the upper does not
    // `checkout.user-0` with that salt falls at 0.9407279967946404
    const bound = 94.07279967946404
    assert.strictEqual(bound / 100, 0.9407279967946404)
    const onTheBound = (...shares: ReadonlyArray<readonly [string, number]>) =>
      show(
        compile(body([flag("checkout", { groups: [{}], multivariate: variants(...shares) })]))
          .evaluate("checkout", subject({ distinctId: "user-0" }), noon)
      )
    assert.strictEqual(onTheBound(["a", bound], ["b", 5]), "b")
    assert.strictEqual(onTheBound(["a", bound + 1e-9], ["b", 5]), "a")
    assert.strictEqual(onTheBound(["a", bound]), true)
    assert.strictEqual(at(), true)
  })
})
