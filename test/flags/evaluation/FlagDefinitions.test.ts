/** From a body to definitions: lenient with flags, strict about there being any. */
import { assert, describe, it } from "@effect/vitest"
import { Either } from "effect"
import * as FlagDefinitions from "../../../src/flags/evaluation/FlagDefinitions.js"
import * as LocalFlags from "../../../src/flags/evaluation/LocalFlags.js"
import { body, compile, flag, inconclusive, is, noon, show, subject } from "./support.js"

const problemOf = (decoded: ReturnType<typeof FlagDefinitions.decode>) =>
  Either.isLeft(decoded) ? decoded.left.problem : assert.fail("it was decoded")

const keysOf = (input: unknown) => Either.getOrThrow(FlagDefinitions.decode(input)).flags.map(({ key }) => key)

describe("FlagDefinitions", () => {
  it("FLAGS-DEFS-22: a body without a list of flags is an error", () => {
    for (const input of [undefined, null, 1, "flags", [], {}, { flags: null }, { flags: {} }, { flags: "x" }]) {
      const decoded = FlagDefinitions.decode(input)
      assert.isTrue(Either.isLeft(decoded) && decoded.left._tag === "InvalidDefinitions", JSON.stringify(input))
    }
    assert.strictEqual(problemOf(FlagDefinitions.parse("{")), "the body is no JSON")
    assert.strictEqual(problemOf(FlagDefinitions.decode(Object.create({ flags: [] }))), "there is no list of flags")
    assert.deepStrictEqual(keysOf({ flags: [] }), [])
  })

  it("FLAGS-DEFS-22: flags, group types, cohorts and the gate, in both spellings", () => {
    for (
      const input of [
        { flags: [], group_type_mapping: { 0: "company" }, cohorts: { 1: {} }, minimal_flag_called_events: true },
        { flags: [], groupTypeMapping: { 0: "company" }, cohorts: { 1: {} }, minimalFlagCalledEvents: true }
      ]
    ) {
      const definitions = Either.getOrThrow(FlagDefinitions.decode(input))
      assert.deepStrictEqual([...definitions.groupTypes], [["0", "company"]])
      assert.deepStrictEqual([...definitions.cohorts], [["1", {}]])
      assert.isTrue(definitions.minimalFlagCalledEvents)
      assert.deepStrictEqual(definitions.problems, [])
    }
    const bare = Either.getOrThrow(FlagDefinitions.decode({ flags: [], cohorts: null, group_type_mapping: null }))
    assert.deepStrictEqual([bare.cohorts.size, bare.groupTypes.size, bare.minimalFlagCalledEvents], [0, 0, false])
  })

  it("what cannot be used is counted, and nothing else suffers", () => {
    const definitions = Either.getOrThrow(FlagDefinitions.decode({
      flags: [null, 7, {}, { key: "" }, { key: 5 }, { key: "broken", active: true, filters: { groups: [{}, 7] } }, {
        key: "good",
        active: true
      }],
      group_type_mapping: { 0: "company", 1: 7 },
      cohorts: []
    }))
    assert.deepStrictEqual(definitions.flags.map(({ key }) => key), ["broken", "good"])
    assert.deepStrictEqual(definitions.problems, [
      "flags.0 has no key",
      "flags.1 has no key",
      "flags.2 has no key",
      "flags.3 has no key",
      "flags.4 has no key",
      "flag \"broken\" is malformed at filters.groups.1",
      "group_type_mapping.1 is no name",
      "cohorts is no object"
    ])
  })

  it("FLAGS-LOCAL-08: a flag of another form is inconclusive and says where; an inactive one is off all the same", () => {
    const broken: ReadonlyArray<readonly [unknown, string]> = [
      [[], "filters"],
      ["x", "filters"],
      [{ groups: {} }, "filters.groups"],
      [{ groups: [{ properties: {} }] }, "filters.groups.0.properties"],
      [{ groups: [{ rollout_percentage: "50" }] }, "filters.groups.0.rollout_percentage"],
      [{ groups: [{ rollout_percentage: true }] }, "filters.groups.0.rollout_percentage"],
      [{ groups: [{ variant: 1 }] }, "filters.groups.0.variant"],
      [
        { groups: [{}], multivariate: { variants: [{ key: "a" }] } },
        "filters.multivariate.variants.0.rollout_percentage"
      ],
      [{ groups: [{}], aggregation_group_type_index: "0" }, "filters.aggregation_group_type_index"],
      [{ groups: [{}], holdout: { id: 1, exclusion_percentage: "5" } }, "filters.holdout.exclusion_percentage"]
    ]
    for (const [filters, path] of broken) {
      const flags = compile(
        body([flag("f", filters), flag("off", filters, { active: false }), flag("good", { groups: [{}] })])
      )
      const shown = [...flags.evaluateAll(subject(), noon).values()].map(show)
      assert.deepStrictEqual(shown, [inconclusive("malformedDefinition", path), false, true])
    }
    const flags = compile(body([flag("f", { groups: [{}] }, { active: "yes" })]))
    assert.deepStrictEqual(show(flags.evaluate("f", subject(), noon)), inconclusive("malformedDefinition", "active"))
  })

  it("FLAGS-DEFS-27: the body stays as it is, holdouts and unknown fields included", () => {
    const input = body([flag("f", { holdout: { id: 7, exclusion_percentage: 20, note: [1] }, later: { a: 1 } })], {
      more: 1
    })
    const copy = structuredClone(input)
    const definitions = Either.getOrThrow(FlagDefinitions.decode(input))
    LocalFlags.make(definitions).evaluate("f", subject(), noon)
    assert.strictEqual<unknown>(definitions.raw, input)
    assert.deepStrictEqual(input, copy)
    const parsed = Either.getOrThrow(FlagDefinitions.parse(JSON.stringify(input)))
    assert.deepStrictEqual<unknown>(parsed.raw, copy)
  })

  it("FLAGS-DEFS-26: only property_matching_version 2 is explicit matching", () => {
    const banana = subject({ personProperties: { fruit: "banana" } })
    const f = flag("f", { groups: [{ properties: [is("fruit", false)] }] })
    for (const version of [undefined, null, 1, 3, "2", 2.5, true]) {
      const flags = compile(body([f], { property_matching_version: version }))
      assert.isFalse(flags.definitions.explicitMatching)
      assert.strictEqual(show(flags.evaluate("f", banana, noon)), true)
    }
    for (const fields of [{ property_matching_version: 2 }, { propertyMatchingVersion: 2 }]) {
      assert.strictEqual(show(compile(body([f], fields)).evaluate("f", banana, noon)), false)
    }
  })

  it("FLAGS-LOCAL-41: a text with 34.0 in it makes whole numbers ambiguous, a parsed body does not", () => {
    const text = JSON.stringify(body([flag("f", { groups: [{ properties: [is("age", 34)] }] })]))
    const person = subject({ personProperties: { age: 34 } })
    const plain = LocalFlags.make(Either.getOrThrow(FlagDefinitions.parse(text)))
    assert.strictEqual(show(plain.evaluate("f", person, noon)), true)
    const spelled = LocalFlags.make(Either.getOrThrow(FlagDefinitions.parse(text.replace("34", "34.0"))))
    assert.isTrue(spelled.definitions.ambiguousIntegers)
    assert.deepStrictEqual(show(spelled.evaluate("f", person, noon)), inconclusive("ambiguousNumber", "age"))
  })

  it("names of Object.prototype are names like any other", () => {
    const names = ["constructor", "__proto__", "toString", "hasOwnProperty"]
    const text = (list: ReadonlyArray<string>) =>
      `{"flags":[${list.map((key) => `{"key":"${key}","active":true,"filters":{"groups":[{}]}}`).join(",")}]}`
    for (const name of names) {
      const none = LocalFlags.make(Either.getOrThrow(FlagDefinitions.parse(text([]))))
      assert.isUndefined(none.evaluate(name, subject(), noon))
      assert.isUndefined(none.payload(name, true))
      assert.isUndefined(none.explain(name, subject(), noon))
    }
    const flags = LocalFlags.make(Either.getOrThrow(FlagDefinitions.parse(text(names))))
    assert.deepStrictEqual(
      [...flags.evaluateAll(subject(), noon)].map(([key, outcome]) => [key, show(outcome)]),
      names.map((name) => [name, true])
    )
  })

  it("of two flags with one key the last counts", () => {
    const flags = compile(body([flag("f", { groups: [] }), flag("g"), flag("f", { groups: [{}] })]))
    assert.deepStrictEqual(flags.keys, ["f", "g"])
    assert.strictEqual(show(flags.evaluate("f", subject(), noon)), true)
  })
})
