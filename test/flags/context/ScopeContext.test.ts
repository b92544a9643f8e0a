/** What a flag sees of the scope's service and request. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { currentScope, fresh, type ScopeOptions, type ScopeView, withScope } from "effect-posthog"
import type { JsonObject } from "effect-posthog/domain/JsonValue"
import * as ContextJson from "../../../src/flags/context/ContextJson.js"
import { get } from "../../../src/flags/context/ContextProperty.js"
import { empty } from "../../../src/flags/context/EvaluationContext.js"
import { toPersonProperties } from "../../../src/flags/context/PosthogNames.js"
import { fromScope } from "../../../src/flags/context/ScopeContext.js"
import * as Subject from "../../../src/flags/context/Subject.js"

const view = (options: ScopeOptions): ScopeView =>
  Effect.runSync(
    Effect.map(currentScope, (scope) => scope.view).pipe(withScope(fresh, { ...options, captureExceptions: false }))
  )

const json = (options: ScopeOptions): JsonObject =>
  JSON.parse(JSON.stringify(ContextJson.toJson(fromScope(view(options)))))

describe("the service of a scope", () => {
  it("is the application that asks, and says in which environment", () => {
    const context = fromScope(view({ service: { name: "orders", version: "2.1.0", environment: "staging" } }))
    for (
      const [path, value] of [
        ["app.name", "orders"],
        ["application.version", "2.1.0"],
        ["$app_name", "orders"],
        ["env.name", "staging"],
        ["env.is_production", false]
      ] as const
    ) {
      assert.strictEqual(get(context, path), value)
    }
    assert.strictEqual(toPersonProperties(context)["$app_version"], "2.1.0")
  })

  it("production and prod, in any case, are production; nothing else is", () => {
    for (const environment of ["production", "prod", "Production", "PROD"]) {
      assert.deepStrictEqual(json({ service: { environment } })["environment"], {
        name: environment,
        is_production: true
      })
    }
    for (const environment of ["preprod", "production-like", "staging"]) {
      assert.deepStrictEqual(json({ service: { environment } })["environment"], {
        name: environment,
        is_production: false
      })
    }
  })

  it("without an environment none is claimed, and without a name there is no application", () => {
    assert.deepStrictEqual(json({ service: { name: "orders" } })["environment"], {
      name: "development",
      is_production: false
    })
    assert.isUndefined(json({ service: { environment: "test" } })["application"])
  })

  it("is merged over that of the process: an inner service does not borrow its version", () => {
    const process = { name: "shop", version: "9", environment: "production" }
    const ofProcess = fromScope(view({}), process)
    assert.strictEqual(get(ofProcess, "app.version"), "9")
    assert.strictEqual(get(ofProcess, "env.is_production"), true)
    const inner = fromScope(view({ service: { name: "worker" } }), process)
    assert.strictEqual(get(inner, "app.name"), "worker")
    assert.isUndefined(get(inner, "app.version"))
    assert.strictEqual(get(inner, "env.name"), "production")
  })

  it("is seen by flags, also where another person is asked about", () => {
    const { resolve } = Subject.make({ name: "shop" })
    const scope = view({ distinctId: "alice", tags: { $ip: "203.0.113.9" } })
    assert.strictEqual(get(resolve(scope, {}).context, "app.name"), "shop")
    const bob = resolve(scope, { distinctId: "bob" }).context
    assert.strictEqual(get(bob, "app.name"), "shop")
    assert.strictEqual(get(bob, "request.ip"), "203.0.113.9")
  })
})

describe("the request of a scope", () => {
  const tags = {
    $current_url: "https://shop.example/cart?x=1",
    $request_path: "/cart",
    $ip: "203.0.113.9",
    $user_agent: "curl/8"
  }

  it("is what its tags say, and the tags stay under custom", () => {
    const { custom, request } = json({ tags })
    assert.deepStrictEqual(request, {
      url: "https://shop.example/cart?x=1",
      path: "/cart",
      ip: "203.0.113.9",
      user_agent: "curl/8",
      query_params: {}
    })
    assert.deepStrictEqual(custom, tags)
    const context = fromScope(view({ tags }))
    assert.strictEqual(get(context, "$pathname"), "/cart")
    assert.strictEqual(get(context, "$host"), "shop.example")
    assert.strictEqual(get(context, "$raw_user_agent"), "curl/8")
  })

  it("what is no text, or no address, is left out", () => {
    assert.isUndefined(
      json({ tags: { $current_url: 1, $request_path: "", $ip: "not an address", $user_agent: null } })[
        "request"
      ]
    )
    assert.deepStrictEqual(json({ tags: { $ip: "fe80::1%eth0", $request_path: "/" } })["request"], {
      path: "/",
      query_params: {}
    })
  })

  it("a scope that says nothing of either is the empty context still", () => {
    assert.strictEqual(fromScope(view({ request: { userId: "u" }, operation: { name: "op" } })), empty)
  })
})
