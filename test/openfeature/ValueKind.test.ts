import { assert, describe, it } from "@effect/vitest"
import { ErrorCode, StandardResolutionReasons as Reason } from "@openfeature/server-sdk"
import { Effect, FastCheck } from "effect"
import type { JsonValue } from "effect-posthog/domain/JsonValue"
import type { FlagEvaluation } from "effect-posthog/flags/evaluation/FlagEvaluation"
import * as ValueKind from "effect-posthog/openfeature/ValueKind"
import { layerLocal } from "../support/flags.js"
import { alice, connect, kinds } from "./support.js"

const local = layerLocal({}, { definitions: kinds })

describe("values of five kinds", () => {
  it.effect("boolean: is the flag on; a variant is, and what is off is off whatever the default is", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const values = yield* Effect.promise(() =>
        Promise.all([
          client.getBooleanValue("new-checkout", false, alice),
          client.getBooleanValue("pricing", false, alice),
          client.getBooleanValue("off", true, alice),
          client.getBooleanValue("pro-only", true, { ...alice, plan: "free" })
        ])
      )
      assert.deepStrictEqual(values, [true, true, false, false])
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("string: the variant's key; a flag without variants is of another type; off is the caller's default", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const [pricing, plain, off] = yield* Effect.promise(() =>
        Promise.all([
          client.getStringDetails("pricing", "control", alice),
          client.getStringDetails("new-checkout", "control", alice),
          client.getStringDetails("off", "control", alice)
        ])
      )
      assert.include(pricing, { value: "low", variant: "low", reason: Reason.SPLIT })
      assert.include(plain, { value: "control", reason: Reason.ERROR, errorCode: ErrorCode.TYPE_MISMATCH })
      assert.include(off, { value: "control", reason: Reason.DISABLED })
      assert.isUndefined(off.errorCode)
      assert.isUndefined(off.variant)
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("integer and double: a variant that is a number as a whole, or a payload that is one", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const [integer, double, payload, text, off] = yield* Effect.promise(() =>
        Promise.all([
          client.getNumberDetails("page-size", 10, alice),
          client.getNumberDetails("ratio", 10, alice),
          client.getNumberDetails("limit", 10, alice),
          client.getNumberDetails("pricing", 10, alice),
          client.getNumberDetails("off", 10, alice)
        ])
      )
      assert.include(integer, { value: 25, variant: "25" })
      assert.include(double, { value: 0.125, variant: "0.125" })
      assert.include(payload, { value: 42, variant: "true" })
      assert.include(text, { value: 10, errorCode: ErrorCode.TYPE_MISMATCH })
      assert.include(off, { value: 10, reason: Reason.DISABLED })
    }).pipe(Effect.scoped, Effect.provide(local)))

  it.effect("object: a payload that is an object or an array, each time a new one", () =>
    Effect.gen(function*() {
      const client = yield* connect()
      const [object, again, list, word, none, broken, off] = yield* Effect.promise(async () => {
        const object = await client.getObjectDetails("new-checkout", {}, alice)
        const before = structuredClone(object)
        Object.assign(object.value as object, { steps: "changed by whoever got it" })
        return [
          before,
          await client.getObjectDetails("new-checkout", {}, alice),
          await client.getObjectDetails("list", [], alice),
          await client.getObjectDetails("word", {}, alice),
          await client.getObjectDetails("page-size", {}, alice),
          await client.getObjectDetails("broken", {}, alice),
          await client.getObjectDetails("off", { a: 1 }, alice)
        ] as const
      })
      assert.deepStrictEqual(object.value, { steps: 3 })
      assert.deepStrictEqual(again.value, { steps: 3 })
      assert.deepStrictEqual(list.value, [1, 2])
      assert.include(word, { errorCode: ErrorCode.TYPE_MISMATCH, reason: Reason.ERROR })
      assert.include(none, { errorCode: ErrorCode.TYPE_MISMATCH, reason: Reason.ERROR })
      assert.include(broken, { errorCode: ErrorCode.PARSE_ERROR, reason: Reason.ERROR })
      assert.deepStrictEqual(off.value, { a: 1 })
      assert.strictEqual(off.reason, Reason.DISABLED)
    }).pipe(Effect.scoped, Effect.provide(local)))
})

describe("one flag as a value", () => {
  const flag = (value: boolean | string, payload?: JsonValue): FlagEvaluation => ({
    _tag: "FlagEvaluation",
    key: "flag",
    value,
    payload,
    reason: { code: "condition_match", condition: 0, split: false, description: "" },
    source: "local",
    id: undefined,
    version: undefined,
    hasExperiment: undefined
  })

  const numberOf = (value: boolean | string, payload?: JsonValue) => {
    const read = ValueKind.number(flag(value, payload))
    return read._tag === "Right" ? read.right : read.left.code
  }

  it("number: no part of a text, no blank, no other writing, nothing infinite", () => {
    for (
      const text of [" ", " 1", "1 ", "0x10", "1n", "NaN", "Infinity", "1e999", "1,5", "1_000", "ten", "true"]
    ) {
      assert.strictEqual(numberOf(text), ErrorCode.TYPE_MISMATCH, text)
    }
    assert.deepStrictEqual(["0", "-1.5", "+2", ".5", "1e3"].map((text) => numberOf(text)), [0, -1.5, 2, 0.5, 1000])
  })

  it("number: the variant's before the payload's, and of payloads numbers only", () => {
    assert.strictEqual(numberOf("7", 8), 7)
    assert.strictEqual(numberOf("seven", 8), 8)
    assert.strictEqual(numberOf(true, 0), 0)
    for (const payload of ["8", true, null, [8], { value: 8 }]) {
      assert.strictEqual(numberOf(true, payload), ErrorCode.TYPE_MISMATCH)
    }
    assert.isUndefined(numberOf(false, 8))
    assert.isUndefined(numberOf("", 8))
  })

  it.prop("number: every number that JSON can write comes back", {
    number: FastCheck.double({ noNaN: true, noDefaultInfinity: true })
  }, ({ number }) => {
    const written = JSON.parse(JSON.stringify(number)) as number
    assert.strictEqual(numberOf(JSON.stringify(number)), written)
    assert.strictEqual(numberOf(true, written), written)
  })

  it.prop("object: every object and array comes back, as a copy", {
    payload: FastCheck.oneof(
      FastCheck.array(FastCheck.jsonValue()),
      FastCheck.dictionary(FastCheck.oneof(FastCheck.string(), FastCheck.constant("__proto__")), FastCheck.jsonValue())
    )
  }, ({ payload }) => {
    // as definitions are read
    const given = JSON.parse(JSON.stringify(payload)) as JsonValue
    const read = ValueKind.structure(flag("variant", given))
    assert.strictEqual(read._tag, "Right")
    const value = read._tag === "Right" ? read.right : undefined
    assert.strictEqual(JSON.stringify(value), JSON.stringify(given))
    assert.notStrictEqual(value as unknown, given)
  })
})
