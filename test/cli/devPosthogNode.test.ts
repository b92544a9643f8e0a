/** posthog-node 5.70.0, as it is, pointed at `effect-posthog dev`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { PostHog } from "posthog-node"
import { ask, eventually, start } from "./devSupport.js"
import { withFolder } from "./support.js"

const flags = {
  flags: [
    {
      id: 1,
      key: "beta",
      active: true,
      filters: {
        groups: [{
          properties: [{ key: "plan", value: ["pro"], operator: "exact", type: "person" }],
          rollout_percentage: 100
        }],
        payloads: { true: "{\"color\":\"red\"}" }
      }
    },
    {
      id: 2,
      key: "pricing",
      active: true,
      filters: {
        groups: [{ properties: [], rollout_percentage: 100 }],
        multivariate: { variants: [{ key: "low", rollout_percentage: 100 }, { key: "high", rollout_percentage: 0 }] }
      }
    }
  ],
  group_type_mapping: {},
  cohorts: {}
}

const client = (url: string, options: object = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => new PostHog("phc_demo", { host: url, flushAt: 1_000, flushInterval: 60_000, ...options })),
    (client) => Effect.promise(() => client.shutdown())
  )

const withDev = <A, E>(use: (url: string) => Effect.Effect<A, E, Scope.Scope>) =>
  withFolder((folder) => {
    const file = join(folder, "flags.json")
    writeFileSync(file, JSON.stringify(flags))
    return Effect.scoped(Effect.flatMap(start("--memory", "--flags", file), ({ url }) => use(url)))
  })

describe("posthog-node works unchanged with effect-posthog dev", () => {
  it.live("capture, identify and groups arrive without a complaint, and people know their properties", () =>
    withDev((url) =>
      Effect.gen(function*() {
        const posthog = yield* client(url)
        posthog.capture({
          distinctId: "ada",
          event: "order placed",
          properties: { total: 12 },
          groups: { company: "acme" }
        })
        posthog.identify({ distinctId: "ada", properties: { plan: "pro" } })
        posthog.groupIdentify({ groupType: "company", groupKey: "acme", properties: { size: 3 } })
        yield* Effect.promise(() => posthog.flush())
        const list = yield* eventually(ask(`${url}/_dev/api/events`), ({ json }) => json.total === 3)
        const names = list.json.events.map(({ event }: { readonly event: string }) => event)
        assert.deepStrictEqual(names.toSorted(), ["$groupidentify", "$identify", "order placed"])
        for (const { uuid } of list.json.events) {
          const { json } = yield* ask(`${url}/_dev/api/events/${uuid}`)
          assert.deepStrictEqual(json.problems, [])
        }
        const { json: people } = yield* ask(`${url}/_dev/api/people?search=ada`)
        assert.strictEqual(people.people[0].properties.plan, "pro")
        const { json: delivery } = yield* ask(`${url}/_dev/api/delivery`)
        assert.match(delivery.requests[0].library, /^posthog-node\/5\.70\.0/)
        assert.strictEqual(delivery.totals.invalid, 0)
      })
    ))

  it.live("flags are evaluated by the server, payloads too, for what its events say of the person", () =>
    withDev((url) =>
      Effect.gen(function*() {
        const posthog = yield* client(url)
        posthog.identify({ distinctId: "ada", properties: { plan: "pro" } })
        yield* Effect.promise(() => posthog.flush())
        yield* eventually(ask(`${url}/_dev/api/events`), ({ json }) => json.total === 1)
        const all = yield* Effect.promise(() => posthog.getAllFlags("ada"))
        assert.deepStrictEqual({ ...all }, { beta: true, pricing: "low" })
        assert.deepStrictEqual(
          yield* Effect.promise(() => posthog.getFeatureFlagPayload("beta", "ada")),
          { color: "red" }
        )
        assert.strictEqual(yield* Effect.promise(() => posthog.isFeatureEnabled("beta", "bob")), false)
      })
    ))

  it.live("flags are evaluated by the client from the definitions, and remote configuration is read, with a secret key", () =>
    withDev((url) =>
      Effect.gen(function*() {
        const posthog = yield* client(url, { personalApiKey: "phx_demo" })
        yield* Effect.promise(() => posthog.reloadFeatureFlags())
        assert.isTrue(posthog.isLocalEvaluationReady())
        const local = (id: string, plan: string) =>
          Effect.promise(() =>
            posthog.getFeatureFlag("beta", id, { personProperties: { plan }, onlyEvaluateLocally: true })
          )
        assert.strictEqual(yield* local("ada", "pro"), true)
        assert.strictEqual(yield* local("bob", "free"), false)
        const { json } = yield* ask(`${url}/_dev/api/delivery`)
        const paths = json.requests.map(({ path }: { readonly path: string }) => path)
        assert.isFalse(paths.some((path: string) => path === "/flags/"))
        assert.deepStrictEqual(
          yield* Effect.promise(() => posthog.getRemoteConfigPayload("beta")),
          { color: "red" }
        )
      })
    ))

  it.live("an exception arrives with its cause and its frames, the call that threw first", () =>
    withDev((url) =>
      Effect.gen(function*() {
        const posthog = yield* client(url)
        const thrower = () => new Error("outer", { cause: new TypeError("inner") })
        posthog.captureException(thrower(), "ada")
        yield* Effect.promise(() => posthog.shutdown())
        const { json: list } = yield* eventually(ask(`${url}/_dev/api/exceptions`), ({ json }) => json.total === 1)
        assert.strictEqual(list.exceptions[0].type, "Error")
        assert.strictEqual(list.exceptions[0].value, "outer")
        const { json } = yield* ask(`${url}/_dev/api/events/${list.exceptions[0].uuid}`)
        const [outer, inner] = json.exceptions
        assert.deepStrictEqual([outer.type, outer.parent, inner.type, inner.parent, inner.relation], [
          "Error",
          null,
          "TypeError",
          0,
          "cause"
        ])
        assert.strictEqual(outer.frames[0].function, "thrower")
        assert.match(outer.frames[0].file, /devPosthogNode\.test\.ts$/)
      })
    ))
})
