import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import {
  currentScope,
  fresh,
  inherited,
  type ScopeOptions,
  type ScopeView,
  setGroupPropertiesForFlags,
  setPersonPropertiesForFlags,
  withScope
} from "effect-posthog"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import { get } from "../../../src/flags/context/ContextProperty.js"
import { empty } from "../../../src/flags/context/EvaluationContext.js"
import { fromScope } from "../../../src/flags/context/ScopeContext.js"
import * as Subject from "../../../src/flags/context/Subject.js"

const json = (input: unknown) => Either.getOrThrow(ContextJson.fromJsonEither(input))
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

const view = (options: ScopeOptions, within: Effect.Effect<unknown> = Effect.void): ScopeView =>
  Effect.runSync(
    Effect.andThen(within, Effect.map(currentScope, (scope) => scope.view)).pipe(
      withScope(fresh, { ...options, captureExceptions: false })
    )
  )

const alice = { distinctId: "alice", sessionId: "s", deviceId: "d", tags: { tenant: "acme" }, groups: { company: "a" } }

describe("the context of a scope", () => {
  it("identity, session, device, tags and person properties", () => {
    const context = fromScope(view({ ...alice, personProperties: { plan: "pro", $os: "Plan 9" } }))
    assert.deepStrictEqual(plain(ContextJson.toJson(context)), {
      user: { id: "alice", groups: [], properties: { plan: "pro", $os: "Plan 9" } },
      session: { id: "s" },
      device: { device_id: "d" },
      custom: { tenant: "acme" },
      environment: { name: "development", is_production: false }
    })
    for (const [name, value] of [["plan", "pro"], ["$os", "Plan 9"], ["$device_id", "d"], ["custom.tenant", "acme"]]) {
      assert.strictEqual(get(context, name!), value)
    }
  })

  it("is what its JSON says, like any other", () => {
    const context = fromScope(view(alice))
    assert.deepStrictEqual(
      plain(ContextJson.toJson(json(plain(ContextJson.toJson(context))))),
      plain(ContextJson.toJson(context))
    )
  })

  it("a scope that holds nothing of it is the empty context", () => {
    assert.strictEqual(fromScope(view({})), empty)
    assert.strictEqual(fromScope(view({ groups: { company: "a" } })), empty)
  })

  it("$device_id of the person properties comes before the scope's device", () => {
    assert.strictEqual(fromScope(view({ ...alice, personProperties: { $device_id: "p" } })).device?.deviceId, "p")
  })
})

describe("whom a flag is evaluated for", () => {
  const { fill, resolve } = Subject.make()

  it("what the scope says, if nothing is passed", () => {
    const subject = resolve(view(alice), {})
    assert.strictEqual(subject.distinctId, "alice")
    assert.strictEqual(subject.deviceId, "d")
    assert.deepStrictEqual({ ...subject.groups }, { company: "a" })
    assert.isUndefined(subject.personProperties)
    assert.strictEqual(resolve(view({}), {}).distinctId, undefined)
  })

  it("a context alone is enough: it supplies the distinct id and the device id", () => {
    const context = json({ user: { id: "bob" }, device: { device_id: "phone" } })
    const subject = resolve(view({}), { context })
    assert.strictEqual(subject.distinctId, "bob")
    assert.strictEqual(subject.deviceId, "phone")
    assert.strictEqual(resolve(view({}), { context: json({ user: { anonymous_id: "anon" } }) }).distinctId, "anon")
  })

  it("explicit, then the passed context, then the scope", () => {
    const context = json({ user: { id: "bob", plan: "free" }, device: { device_id: "phone" }, custom: { tenant: "x" } })
    const scope = view({ ...alice, personProperties: { plan: "pro" } })
    const passed = resolve(scope, { context })
    assert.strictEqual(passed.distinctId, "bob")
    assert.strictEqual(passed.deviceId, "phone")
    assert.strictEqual(get(passed.context, "plan"), "free")
    assert.strictEqual(get(passed.context, "custom.tenant"), "x")
    assert.strictEqual(get(passed.context, "session.id"), "s")
    const explicit = resolve(scope, {
      context,
      distinctId: "carol",
      deviceId: "tv",
      personProperties: { $device_id: "p" }
    })
    assert.strictEqual(explicit.distinctId, "carol")
    assert.strictEqual(explicit.deviceId, "tv")
    assert.strictEqual(resolve(scope, { context, personProperties: { $device_id: "p" } }).deviceId, "p")
  })

  it("an empty, blank or unusable id that was passed is nobody, not the scope's", () => {
    for (const distinctId of ["", " ", null, {}] as Array<any>) {
      assert.isUndefined(resolve(view(alice), { distinctId, deviceId: distinctId }).distinctId)
      assert.isUndefined(resolve(view(alice), { distinctId, deviceId: distinctId }).deviceId)
    }
    assert.strictEqual(resolve(view(alice), { distinctId: 7 as any }).distinctId, "7")
  })

  it("FLAGS-OVR-06: groups that the scope's group properties were set for, the scope's over them, the passed over both", () => {
    const scope = view(
      { groups: { company: "from groups" } },
      Effect.all([
        setGroupPropertiesForFlags("company", "from properties", { size: 1 }),
        setGroupPropertiesForFlags("team", "t", { size: 2, color: "red" })
      ])
    )
    assert.deepStrictEqual({ ...resolve(scope, {}).groups }, { company: "from groups", team: "t" })
    const passed = resolve(scope, {
      groups: { team: 7, [" "]: "x", project: "" },
      groupProperties: { team: { size: 3 }, other: { a: 1n } }
    })
    assert.deepStrictEqual({ ...passed.groups }, { company: "from groups", team: "7" })
    assert.deepStrictEqual(plain(passed.groupProperties), {
      team: { size: 3 },
      other: { a: 1 }
    })
    assert.deepStrictEqual(plain(resolve(scope, {}).groupProperties), {
      team: { $group_key: "t", size: 2, color: "red" }
    })
  })

  it("segments are no groups of PostHog's, nor the other way round", () => {
    const subject = resolve(view(alice), { context: json({ user: { groups: ["beta"] } }) })
    assert.deepStrictEqual({ ...subject.groups }, { company: "a" })
    assert.deepStrictEqual(plain(get(subject.context, "groups")), ["beta"])
  })

  it("passed properties are handed on as they are, and what one evaluation passed is not there in the next", () => {
    const scope = view(alice)
    const personProperties = { plan: "x" }
    assert.strictEqual(resolve(scope, { personProperties }).personProperties, personProperties)
    const subject = Subject.empty()
    fill(subject, scope, {
      personProperties,
      distinctId: "bob",
      deviceId: "x",
      groups: { company: "b" },
      groupProperties: { company: { a: 1 } },
      context: json({ user: { id: "c" } })
    })
    fill(subject, scope, {})
    assert.deepStrictEqual({ ...subject }, { ...resolve(scope, {}) })
  })

  it("one scope and one context are merged once; another scope or context is not taken for them", () => {
    const one = view(alice)
    const other = view({ distinctId: "dora" })
    const context = json({ custom: { a: 1 } })
    const rival = json({ user: { id: "eve" } })
    const first = resolve(one, { context }).context
    assert.strictEqual(resolve(one, {}).context, resolve(one, {}).context)
    assert.strictEqual(resolve(other, { context }).distinctId, "dora")
    assert.strictEqual(resolve(one, { context: rival }).distinctId, "eve")
    assert.strictEqual(resolve(one, {}).distinctId, "alice")
    assert.strictEqual(resolve(other, {}).distinctId, "dora")
    assert.strictEqual(resolve(one, { context }).context, first)
  })

  it.effect("follows the scope as it changes", () =>
    Effect.gen(function*() {
      const plan = Effect.map(currentScope, (scope) => get(resolve(scope.view, {}).context, "plan"))
      yield* setPersonPropertiesForFlags({ plan: "free" })
      assert.strictEqual(yield* plan, "free")
      yield* setPersonPropertiesForFlags({ plan: "pro" })
      assert.strictEqual(yield* plan, "pro")
      assert.strictEqual(
        yield* withScope(plan, inherited, { personProperties: { plan: "team" }, captureExceptions: false }),
        "team"
      )
      assert.isUndefined(yield* withScope(plan, fresh, { captureExceptions: false }))
    }).pipe(withScope(fresh, { captureExceptions: false })))

  it("what cannot be read does not make it throw", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const throwing = Object.defineProperty({}, "$device_id", {
      enumerable: true,
      get: () => {
        throw new Error("no")
      }
    })
    for (const bad of [proxy, throwing, null, 1, "x"] as Array<any>) {
      const subject = resolve(view(alice), {
        personProperties: bad === null ? undefined : bad,
        groups: bad,
        groupProperties: bad
      })
      assert.strictEqual(subject.deviceId, "d")
      assert.strictEqual(subject.groups["company"], "a")
    }
    const hostile = resolve(
      view(alice),
      JSON.parse(`{
      "groups": { "__proto__": "p", "constructor": "c" },
      "groupProperties": { "__proto__": { "a": 1 }, "constructor": { "b": 2 } }
    }`)
    )
    assert.deepStrictEqual(Object.keys(hostile.groups), ["company", "__proto__", "constructor"])
    assert.deepStrictEqual(Object.keys(hostile.groupProperties), ["__proto__", "constructor"])
    assert.isUndefined(resolve(view(alice), {}).groups["constructor"])
  })

  it("FLAGS-OVR-06: of another person, or another group, nothing of the scope's own is read", () => {
    const subjects = Subject.make()
    const scope = view({
      ...alice,
      personProperties: { plan: "pro" },
      groupProperties: { company: { $group_key: "a", size: 3 } }
    })
    const own = subjects.resolve(scope, { distinctId: "alice" })
    assert.strictEqual(get(own.context, "plan"), "pro")
    assert.strictEqual(own.deviceId, "d")
    assert.strictEqual(own.groupProperties["company"]!["size"], 3)
    const byContext = { context: json({ user: { id: "bob" } }) }
    for (const options of [{ distinctId: "bob" }, byContext]) {
      const other = subjects.resolve(scope, options)
      assert.strictEqual(other.distinctId, "bob")
      assert.strictEqual(get(other.context, "plan"), undefined)
      assert.notStrictEqual(get(other.context, "user.id"), "alice")
      assert.strictEqual(other.deviceId, undefined)
      assert.strictEqual(get(other.context, "custom.tenant"), "acme")
      assert.strictEqual(get(other.context, "session.id"), "s")
    }
    const elsewhere = subjects.resolve(scope, { groups: { company: "b" } })
    assert.deepStrictEqual(plain(elsewhere.groups), { company: "b" })
    assert.strictEqual(elsewhere.groupProperties["company"], undefined)
    const passed = subjects.resolve(scope, { groups: { company: "b" }, groupProperties: { company: { size: 9 } } })
    assert.deepStrictEqual(plain(passed.groupProperties), { company: { size: 9 } })
  })
})
