import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck, Option } from "effect"
import { FlagsUnavailable, QuotaLimited } from "../../../src/flags/evaluation/FlagError.js"
import type { FlagEvaluation } from "../../../src/flags/evaluation/FlagEvaluation.js"
import * as FlagsResponse from "../../../src/flags/remote/FlagsResponse.js"
import type { RemoteAnswer } from "../../../src/flags/remote/RemoteAnswer.js"
import { flag, valuesOf } from "./support.js"

const decode = (body: unknown) => FlagsResponse.decode(JSON.stringify(body))

const decoded = (body: unknown): RemoteAnswer => Either.getOrThrow(decode(body))

const refusal = (body: unknown): FlagsUnavailable | QuotaLimited => Option.getOrThrow(Either.getLeft(decode(body)))

/** The flag of an answer whose only entry is this one. */
const one = (entry: unknown): FlagEvaluation | undefined => decoded({ flags: { a: entry } }).flags.get("a")

const payloadOf = (payload: unknown) => one({ enabled: true, metadata: { payload } })?.payload

const numRuns = Number(process.env["FUZZ"] ?? 1000)

describe("the answer with details", () => {
  it("FLAGS-REMOTE-04, FLAGS-CACHE-01: everything that it says of a flag is kept, value and payload together", () => {
    const answer = decoded({
      flags: {
        pricing: {
          key: "pricing",
          enabled: true,
          variant: "low",
          reason: { code: "condition_match", condition_index: 2, description: "Matched condition set 3" },
          metadata: { id: 77, version: 3, description: "text", payload: `{"price":9}`, has_experiment: false }
        },
        retired: {
          key: "retired",
          enabled: false,
          variant: null,
          reason: { code: "no_condition_match", condition_index: null, description: "No matching condition set" },
          metadata: { id: 2, version: 1, description: null, payload: null }
        }
      },
      errorsWhileComputingFlags: false,
      requestId: "0198c0de-0000-7000-8000-000000000001",
      evaluatedAt: 1_700_000_000_123,
      minimalFlagCalledEvents: true
    })
    assert.deepStrictEqual(answer, {
      flags: new Map([
        [
          "pricing",
          flag("pricing", "low", {
            payload: { price: 9 },
            reason: { code: "condition_match", condition: 2, split: true, description: "Matched condition set 3" },
            id: 77,
            version: 3,
            hasExperiment: false
          })
        ],
        [
          "retired",
          flag("retired", false, {
            reason: {
              code: "no_condition_match",
              condition: undefined,
              split: false,
              description: "No matching condition set"
            },
            id: 2,
            version: 1
          })
        ]
      ]),
      requestId: "0198c0de-0000-7000-8000-000000000001",
      evaluatedAt: 1_700_000_000_123,
      errorsWhileComputing: false,
      minimalFlagCalledEvents: true
    })
  })

  it("a variant that is null, empty or absent is none; what is not enabled is false", () => {
    assert.strictEqual(one({ enabled: true, variant: null })?.value, true)
    assert.strictEqual(one({ enabled: true, variant: "" })?.value, true)
    assert.strictEqual(one({ enabled: true })?.value, true)
    assert.strictEqual(one({ enabled: true, variant: "x" })?.value, "x")
    assert.strictEqual(one({ enabled: false })?.value, false)
    assert.strictEqual(one({ enabled: false, variant: "x" })?.value, false)
  })

  it("split is said of what only a percentage decides", () => {
    const split = (code: string, over: object = {}) => one({ enabled: true, reason: { code }, ...over })?.reason.split
    assert.strictEqual(split("condition_match"), false)
    assert.strictEqual(split("condition_match", { variant: "x" }), true)
    assert.strictEqual(split("out_of_rollout_bound", { enabled: false }), true)
    assert.strictEqual(split("holdout_condition_value", { variant: "holdout-1" }), true)
  })

  it("FLAGS-GET-11: payload text is decoded; text that is no JSON stays as it is; what is no text is taken as it is", () => {
    assert.deepStrictEqual(payloadOf(`[1,{"a":null}]`), [1, { a: null }])
    assert.strictEqual(payloadOf(`"text"`), "text")
    assert.strictEqual(payloadOf("{broken"), "{broken")
    assert.deepStrictEqual(payloadOf({ a: 1 }), { a: 1 })
    assert.isUndefined(payloadOf(null))
    assert.isUndefined(one({ enabled: true, metadata: {} })?.payload)
    assert.isUndefined(one({ enabled: true })?.payload)
  })

  it("FLAGS-GET-12: falsy payloads are payloads", () => {
    assert.strictEqual(payloadOf("0"), 0)
    assert.strictEqual(payloadOf(0), 0)
    assert.strictEqual(payloadOf("false"), false)
    assert.strictEqual(payloadOf(false), false)
    assert.strictEqual(payloadOf(`""`), "")
    assert.strictEqual(payloadOf(""), "")
    assert.strictEqual(payloadOf("null"), null)
  })

  it("a broken entry is left out and nothing else is; the answer then counts as incomplete", () => {
    const good = { enabled: true, variant: "x" }
    for (const broken of [null, 1, "x", true, [], {}, { enabled: "yes" }, { enabled: true, variant: 5 }]) {
      const answer = decoded({ flags: { first: good, broken, last: good } })
      assert.deepStrictEqual(valuesOf(answer), { first: "x", last: "x" })
      assert.isTrue(answer.errorsWhileComputing)
    }
    assert.isFalse(decoded({ flags: { first: good } }).errorsWhileComputing)
  })

  it("a flag that PostHog says has failed is left out", () => {
    const answer = decoded({ flags: { a: { enabled: false, failed: true }, b: { enabled: true, failed: false } } })
    assert.deepStrictEqual(valuesOf(answer), { b: true })
    assert.isTrue(answer.errorsWhileComputing)
  })

  it("broken details cost the flag nothing but the details", () => {
    assert.deepStrictEqual(
      one({
        enabled: true,
        reason: { code: 5, condition_index: -1, description: [] },
        metadata: { id: "7", version: null, has_experiment: "false" }
      }),
      flag("a", true)
    )
    assert.deepStrictEqual(one({ enabled: true, reason: "why", metadata: [] }), flag("a", true))
    assert.isUndefined(one({ enabled: true, reason: { condition_index: 1.5 } })?.reason.condition)
  })

  it("FLAGS-REMOTE-07: what a later version adds disturbs nothing", () => {
    const answer = decoded({
      flags: {
        old: { enabled: true, value: { type: "number", value: 5 }, valueType: "number" },
        typed: { value: 5 }
      },
      version: 3,
      config: { deep: [{}] }
    })
    assert.deepStrictEqual(valuesOf(answer), { old: true })
  })

  it("evaluatedAt may be a number or a date", () => {
    const at = (evaluatedAt: unknown) => decoded({ flags: {}, evaluatedAt }).evaluatedAt
    assert.strictEqual(at(5), 5)
    assert.strictEqual(at("2025-01-02T03:04:05.678Z"), Date.UTC(2025, 0, 2, 3, 4, 5, 678))
    assert.isUndefined(at("yesterday"))
    assert.isUndefined(at(null))
    assert.isUndefined(at({}))
    assert.isUndefined(at(undefined))
  })

  it("FLAGS-TRACK-11, FLAGS-TRACK-12: the gate for minimal events is open only for exactly true", () => {
    const gate = (minimalFlagCalledEvents: unknown) => decoded({ flags: {}, minimalFlagCalledEvents })
    assert.isTrue(gate(true).minimalFlagCalledEvents)
    for (const other of [false, null, undefined, "true", 1, {}, [true]]) {
      assert.isFalse(gate(other).minimalFlagCalledEvents)
    }
  })

  it("errors while computing are believed unless clearly denied", () => {
    const errors = (errorsWhileComputingFlags: unknown) => decoded({ flags: {}, errorsWhileComputingFlags })
    for (const no of [false, null, undefined]) {
      assert.isFalse(errors(no).errorsWhileComputing)
    }
    for (const yes of [true, "true", 1, {}, []]) {
      assert.isTrue(errors(yes).errorsWhileComputing)
    }
  })
})

describe("the older answer", () => {
  it("FLAGS-REMOTE-03: values, and payloads by key", () => {
    const answer = decoded({
      featureFlags: { on: true, off: false, pricing: "low", empty: "" },
      featureFlagPayloads: { pricing: `{"price":9}`, off: "0", unknown: "1" },
      errorsWhileComputingFlags: false,
      requestId: "r"
    })
    assert.deepStrictEqual(
      answer.flags,
      new Map([
        ["on", flag("on", true)],
        ["off", flag("off", false, { payload: 0 })],
        ["pricing", flag("pricing", "low", { payload: { price: 9 } })],
        ["empty", flag("empty", false)]
      ])
    )
    assert.isFalse(answer.errorsWhileComputing)
    assert.strictEqual(answer.requestId, "r")
  })

  it("a value that is none is left out", () => {
    const answer = decoded({ featureFlags: { a: null, b: 1, c: {}, d: "x" }, featureFlagPayloads: "none" })
    assert.deepStrictEqual(valuesOf(answer), { d: "x" })
    assert.isTrue(answer.errorsWhileComputing)
  })

  it("where both forms are there, the one with details counts", () => {
    const answer = decoded({ flags: { a: { enabled: true } }, featureFlags: { a: false, b: true } })
    assert.deepStrictEqual(valuesOf(answer), { a: true })
  })
})

describe("an answer without flags", () => {
  it("FLAGS-REMOTE-04: quotaLimited with feature_flags is a QuotaLimited, with other resources nothing", () => {
    assert.deepStrictEqual(
      refusal({ flags: {}, quotaLimited: ["feature_flags"], requestId: "r" }),
      new QuotaLimited({ requestId: "r" })
    )
    assert.deepStrictEqual(
      refusal({ quotaLimited: ["recordings", "feature_flags"] }),
      new QuotaLimited({ requestId: undefined })
    )
    for (
      const quotaLimited of [[], ["recordings"], null, "feature_flags", { feature_flags: true }, [["feature_flags"]]]
    ) {
      assert.deepStrictEqual(valuesOf(decoded({ flags: { a: { enabled: true } }, quotaLimited })), { a: true })
    }
  })

  it("what is no such answer is an invalidResponse", () => {
    const invalid = new FlagsUnavailable({ reason: "invalidResponse" })
    for (
      const body of [null, 1, "x", true, [], {}, { flags: [] }, { flags: null }, { featureFlags: ["a"] }, { error: "" }]
    ) {
      assert.deepStrictEqual(refusal(body), invalid)
    }
    for (const text of ["", "<html>", "{", "undefined", "{\"flags\":{}"]) {
      assert.deepStrictEqual(FlagsResponse.decode(text), Either.left(invalid))
    }
  })
})

describe("hostile answers", () => {
  it("keys like __proto__ and constructor are keys like any other", () => {
    const entries =
      `"__proto__": {"enabled": true}, "constructor": {"enabled": true, "variant": "x"}, "a": {"enabled": false}`
    const { flags } = Either.getOrThrow(FlagsResponse.decode(`{"flags": {${entries}}}`))
    assert.deepStrictEqual(Array.from(flags.keys()), ["__proto__", "constructor", "a"])
    assert.strictEqual(flags.get("constructor")?.value, "x")
    assert.isUndefined(flags.get("toString"))
    const old = Either.getOrThrow(FlagsResponse.decode(
      `{"featureFlags": {"__proto__": true, "constructor": true, "toString": "x"}, "featureFlagPayloads": {"__proto__": "1"}}`
    ))
    assert.strictEqual(old.flags.get("__proto__")?.payload, 1)
    assert.isUndefined(old.flags.get("constructor")?.payload)
    assert.isUndefined(old.flags.get("toString")?.payload)
    assert.strictEqual(({} as { enabled?: boolean }).enabled, undefined)
  })

  it("a prototype in the answer is no entry", () => {
    const { flags } = Either.getOrThrow(FlagsResponse.decode(
      `{"flags": {"a": {"__proto__": {"enabled": true, "variant": "x"}}, "b": {"enabled": true, "metadata": {"__proto__": {"payload": "1"}}}}}`
    ))
    assert.deepStrictEqual(Array.from(flags.values()), [flag("b", true)])
  })

  it("very deep nesting is no danger", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000)
    const { flags } = Either.getOrThrow(
      FlagsResponse.decode(`{"flags": {"a": ${deep}, "b": {"enabled": true, "reason": ${deep}, "variant": null}}}`)
    )
    assert.deepStrictEqual(Array.from(flags.values()), [flag("b", true)])
    assert.isTrue(Either.isLeft(FlagsResponse.decode(deep)))
  })

  const hostileKey = FastCheck.oneof(
    FastCheck.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty", "flags", ""),
    FastCheck.string()
  )
  const hostile = FastCheck.letrec((tie) => ({
    value: FastCheck.oneof(
      { depthSize: "small" },
      FastCheck.constantFrom(null, true, false, 0, -1, "", "x", "null", "{}", "feature_flags", 1e308),
      FastCheck.array(tie("value"), { maxLength: 4 }),
      FastCheck.array(
        FastCheck.tuple(
          FastCheck.oneof(
            hostileKey,
            FastCheck.constantFrom(
              "enabled",
              "variant",
              "reason",
              "metadata",
              "payload",
              "code",
              "condition_index",
              "featureFlags",
              "featureFlagPayloads",
              "quotaLimited",
              "requestId",
              "evaluatedAt"
            )
          ),
          tie("value")
        ),
        { maxLength: 6 }
      ).map((members) =>
        members.reduce<Record<string, unknown>>((all, [key, value]) => {
          Object.defineProperty(all, key, { value, enumerable: true, configurable: true, writable: true })
          return all
        }, {})
      )
    )
  })).value

  const isAnswer = (result: ReturnType<typeof FlagsResponse.decode>): boolean =>
    Either.isLeft(result)
      ? result.left._tag === "QuotaLimited" || result.left.reason === "invalidResponse"
      : Array.from(result.right.flags).every(([key, value]) =>
        value.key === key &&
        (typeof value.value === "boolean" || (typeof value.value === "string" && value.value !== ""))
      )

  it(`arbitrary text never throws and is an error or flags (${numRuns} runs)`, () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.oneof(FastCheck.string(), FastCheck.json(), hostile.map((value) => JSON.stringify(value))),
        (text) => isAnswer(FlagsResponse.decode(text))
      ),
      { numRuns }
    )
  })

  it(`arbitrary entries never throw and never cost a good one anything (${numRuns} runs)`, () => {
    const form = FastCheck.constantFrom("flags", "featureFlags")
    FastCheck.assert(
      FastCheck.property(
        form,
        FastCheck.array(FastCheck.tuple(hostileKey, hostile), { maxLength: 5 }),
        FastCheck.array(FastCheck.tuple(hostileKey, FastCheck.constantFrom("x", true, false)), { maxLength: 5 }),
        hostile,
        (form, bad, good, rest) => {
          const members = new Map<string, string>()
          for (const [key, entry] of bad) {
            members.set(key, JSON.stringify(entry))
          }
          const expected = new Map<string, string | boolean>()
          for (const [key, value] of good) {
            expected.set(key, value)
            members.set(
              key,
              JSON.stringify(
                form === "featureFlags"
                  ? value
                  : { enabled: value !== false, variant: value === "x" ? "x" : null, metadata: rest, reason: rest }
              )
            )
          }
          const entries = Array.from(members, ([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")
          const result = FlagsResponse.decode(
            `{"${form}":{${entries}},"featureFlagPayloads":${JSON.stringify(rest)},"evaluatedAt":${
              JSON.stringify(rest)
            }}`
          )
          return isAnswer(result) && Either.isRight(result) &&
            Array.from(expected).every(([key, value]) => result.right.flags.get(key)?.value === value)
        }
      ),
      { numRuns }
    )
  })
})
