import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { currentScope, fresh, inherited, tag, untag, withScope } from "effect-posthog"
import * as ScopeData from "effect-posthog/scope/ScopeData"

const quiet = { captureExceptions: false } as const

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

const nothing = { tags: {}, groups: {}, personProperties: {}, groupProperties: {} }

const refused = (input: unknown) => {
  const decoded = ScopeData.decode(input)
  return Either.isLeft(decoded) ? [decoded.left.reason, decoded.left.path] : undefined
}

describe("export", () => {
  it.effect("it holds what is visible: inner over outer, without what was taken away", () =>
    Effect.gen(function*() {
      yield* untag("b")
      yield* tag("c", [1])
      const data = ScopeData.fromScope(yield* currentScope)
      assert.deepStrictEqual(plain(data), { ...nothing, tags: { a: 2, c: [1] }, distinctId: "inner", sessionId: "s" })
    }).pipe(
      withScope(inherited, { tags: { a: 2 }, distinctId: "inner", ...quiet }),
      withScope(fresh, { tags: { a: 1, b: 1 }, distinctId: "outer", sessionId: "s", ...quiet })
    ))

  it.effect("outside every scope it is empty; absent ids are absent", () =>
    Effect.map(currentScope, (scope) => {
      const data = ScopeData.fromScope(scope)
      assert.deepStrictEqual(plain(data), nothing)
      assert.isFalse("distinctId" in data)
    }))

  it.effect("the client stays here", () =>
    Effect.map(currentScope, (scope) => assert.isFalse("client" in ScopeData.fromScope(scope))).pipe(
      withScope(fresh, {
        client: { captureException: () => Effect.die("never"), captureExceptionsByDefault: false },
        captureExceptions: false
      })
    ))
})

describe("import", () => {
  it("absent fields are empty, unknown ones are left out", () => {
    const decoded = ScopeData.decode({ distinctId: "user", sessionId: null, client: {}, constructor: 1 })
    assert.deepStrictEqual(plain(Either.getOrThrow(decoded)), { ...nothing, distinctId: "user" })
  })

  it("numbers are taken as ids and group keys", () => {
    const decoded = ScopeData.decode({ distinctId: 1, groups: { company: 2 } })
    assert.deepStrictEqual(plain(Either.getOrThrow(decoded)), { ...nothing, distinctId: "1", groups: { company: "2" } })
  })

  it("what is no object is refused, and where it was found is said", () => {
    for (const input of [null, undefined, 1, "text", true, [], () => 1, Symbol("s"), 1n]) {
      assert.deepStrictEqual(refused(input), ["notAnObject", ""])
    }
    assert.deepStrictEqual(refused({ tags: [] }), ["notAnObject", "tags"])
    assert.deepStrictEqual(refused({ groups: 1 }), ["notAnObject", "groups"])
    assert.deepStrictEqual(refused({ personProperties: "text" }), ["notAnObject", "personProperties"])
    assert.deepStrictEqual(refused({ groupProperties: { company: 1 } }), ["notAnObject", "groupProperties.company"])
  })

  it("what names nobody is refused", () => {
    assert.deepStrictEqual(refused({ distinctId: "" }), ["notAnId", "distinctId"])
    assert.deepStrictEqual(refused({ sessionId: "  " }), ["notAnId", "sessionId"])
    assert.deepStrictEqual(refused({ deviceId: {} }), ["notAnId", "deviceId"])
    assert.deepStrictEqual(refused({ groups: { company: "" } }), ["notAnId", "groups.company"])
  })

  it("the error says it in words", () => {
    const message = (input: unknown) => Either.flip(ScopeData.decode(input)).pipe(Either.getOrThrow).message
    assert.strictEqual(message(1), "the scope is not an object")
    assert.strictEqual(message({ tags: 1 }), "tags is not an object")
    assert.strictEqual(message({ groups: { a: " " } }), "groups.a is not a text that names anything")
  })

  it("fields that are only inherited do not count, __proto__ is a key", () => {
    const inheriting: unknown = Object.create({ distinctId: "admin", tags: { role: "admin" } })
    assert.deepStrictEqual(plain(Either.getOrThrow(ScopeData.decode(inheriting))), nothing)
    const parsed: unknown = JSON.parse(`{"__proto__":{"distinctId":"admin"},"tags":{"__proto__":{"role":"admin"}}}`)
    const decoded = Either.getOrThrow(ScopeData.decode(parsed))
    assert.isUndefined(decoded.distinctId)
    assert.deepStrictEqual(Object.keys(decoded.tags), ["__proto__"])
    assert.isUndefined((decoded.tags as { readonly role?: string }).role)
  })

  it("hostile objects never throw: revoked proxies, throwing getters, circles", () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const circular: Record<string, unknown> = {}
    circular["tags"] = circular
    const broken = {
      get tags(): object {
        throw new Error("getter")
      }
    }
    for (const input of [proxy, { tags: proxy }, { groups: { company: proxy } }, circular, broken]) {
      assert.isTrue(Either.isEither(ScopeData.decode(input)))
    }
    const decoded = ScopeData.decode(circular)
    assert.deepStrictEqual(refused(broken), ["notAnObject", "tags"])
    assert.isTrue(Either.isEither(decoded))
  })

  it("a value that is thousands of levels deep is cut, not followed", () => {
    let deep: unknown = 1
    for (let i = 0; i < 10_000; i++) {
      deep = { deep }
    }
    const decoded = ScopeData.decode({ tags: { deep } })
    assert.isTrue(Either.isRight(decoded))
    assert.isBelow(JSON.stringify(Either.getOrThrow(decoded)).length, 2000)
  })

  it.effect("what was imported shows in a scope exactly as it was exported", () =>
    Effect.gen(function*() {
      const sent = `{"tags":{"a":1,"__proto__":2},"distinctId":"user","groups":{"company":"acme"},` +
        `"personProperties":{"plan":"pro"},"groupProperties":{"company":{"seats":3}}}`
      const data = Either.getOrThrow(ScopeData.decode(JSON.parse(sent)))
      const scope = yield* withScope(currentScope, fresh, { ...data, ...quiet })
      assert.strictEqual(JSON.stringify(ScopeData.fromScope(scope)), sent)
    }))
})

describe("sections and metadata", () => {
  const fields = {
    correlation: { id: "c", parentId: "p" },
    service: { name: "orders", version: "1", environment: "test" },
    request: { userId: "u", requestId: "r", timestamp: 1000 },
    operation: { name: "op", startTime: 2000 },
    caller: { serviceName: "web", serviceVersion: "2", operationName: "GET /" },
    trace: { traceparent: "00-1-2-01", tracestate: "a=1", baggage: "b=2" },
    metadata: { rows: 3, huge: "x".repeat(5000) }
  }

  it.effect("sections and metadata are data like the rest, and come back as they were", () =>
    Effect.gen(function*() {
      const data = yield* Effect.map(currentScope, ScopeData.fromScope).pipe(
        withScope(fresh, { ...fields, captureExceptions: false })
      )
      assert.deepStrictEqual(plain(data), {
        ...nothing,
        ...fields,
        metadata: { rows: 3, huge: { data_type: "string", data_size: 5002 } }
      })
      const received = Either.getOrThrow(ScopeData.decode(JSON.parse(JSON.stringify(data))))
      const again = yield* Effect.map(currentScope, ScopeData.fromScope).pipe(
        withScope(fresh, { ...received, captureExceptions: false })
      )
      assert.deepStrictEqual(plain(again), plain(data))
    }))

  it("each is optional, and null is nothing", () => {
    const decoded = Either.getOrThrow(ScopeData.decode({ correlation: null, service: {}, metadata: null }))
    assert.deepStrictEqual(plain(decoded), nothing)
  })

  it("what is malformed is a typed error that says where", () => {
    const errorOf = (input: unknown) => {
      const { path, reason } = Either.getOrThrow(Either.flip(ScopeData.decode(input)))
      return [path, reason]
    }
    assert.deepStrictEqual(errorOf({ correlation: "c" }), ["correlation", "notAnObject"])
    assert.deepStrictEqual(errorOf({ correlation: { id: "" } }), ["correlation.id", "notAnId"])
    assert.deepStrictEqual(errorOf({ service: { name: {} } }), ["service.name", "notAnId"])
    assert.deepStrictEqual(errorOf({ request: { timestamp: "now" } }), ["request.timestamp", "notAMoment"])
    assert.deepStrictEqual(errorOf({ operation: { startTime: 1e300 } }), ["operation.startTime", "notAMoment"])
    assert.deepStrictEqual(errorOf({ trace: { baggage: [] } }), ["trace.baggage", "notAnId"])
    assert.deepStrictEqual(errorOf({ caller: 1 }), ["caller", "notAnObject"])
    assert.deepStrictEqual(errorOf({ metadata: [] }), ["metadata", "notAnObject"])
  })
})
