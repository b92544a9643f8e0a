/** The endpoints that serve flags, over a socket and in memory. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, TestClock } from "effect"
import { DevServer } from "../../src/devserver/DevServer.js"
import { Status } from "../../src/devserver/Fault.js"
import { isUuid } from "../../src/devserver/ReceivedEvent.js"
import { get, post, transports } from "./support.js"

const ask = { token: "phc_test", distinct_id: "user-1", groups: {}, person_properties: {}, group_properties: {} }

const bearer = { authorization: "Bearer phs_secret" }

for (const { layer, transport } of transports) {
  describe(`flags ${transport}`, () => {
    for (const path of ["/flags", "/flags/"]) {
      it.effect(`POST ${path}?v=2 answers values, reasons and payloads in the form of v=2`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          yield* server.setFlags({
            "new-checkout": true,
            retired: false,
            pricing: { variant: "low", payload: { price: 9 }, id: 77, version: 3, hasExperiment: true },
            banner: "blue",
            halted: { enabled: false, variant: "never shown" }
          })
          const { json, status } = yield* post(`${path}?v=2`, ask)
          assert.strictEqual(status, 200)
          const { evaluatedAt, requestId, ...rest } = json
          assert.isTrue(isUuid(requestId))
          assert.strictEqual(evaluatedAt, 0)
          const matched = { code: "condition_match", condition_index: 0, description: "Matched condition set 1" }
          const unmatched = {
            code: "no_condition_match",
            condition_index: null,
            description: "No matching condition set"
          }
          const metadata = (id: number) => ({ id, version: 1, description: null, payload: null })
          assert.deepStrictEqual(rest, {
            flags: {
              "new-checkout": {
                key: "new-checkout",
                enabled: true,
                variant: null,
                reason: matched,
                metadata: metadata(1)
              },
              retired: { key: "retired", enabled: false, variant: null, reason: unmatched, metadata: metadata(2) },
              pricing: {
                key: "pricing",
                enabled: true,
                variant: "low",
                reason: matched,
                metadata: { id: 77, version: 3, description: null, payload: `{"price":9}`, has_experiment: true }
              },
              banner: { key: "banner", enabled: true, variant: "blue", reason: matched, metadata: metadata(4) },
              halted: { key: "halted", enabled: false, variant: null, reason: unmatched, metadata: metadata(5) }
            },
            errorsWhileComputingFlags: false
          })
        }).pipe(Effect.provide(layer())))
    }

    it.effect("flag_keys_to_evaluate limits the answer; keys that do not exist are not answered", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.setFlags({ a: true, b: true, c: true })
        const some = yield* post("/flags/?v=2", { ...ask, flag_keys_to_evaluate: ["b", "x", "__proto__"] })
        assert.deepStrictEqual(Object.keys(some.json.flags), ["b"])
        const none = yield* post("/flags/?v=2", { ...ask, flag_keys_to_evaluate: [] })
        assert.deepStrictEqual(none.json.flags, {})
        const all = yield* post("/flags/?v=2", ask)
        assert.deepStrictEqual(Object.keys(all.json.flags), ["a", "b", "c"])
      }).pipe(Effect.provide(layer())))

    it.effect("two requests have two request ids", () =>
      Effect.gen(function*() {
        const one = yield* post("/flags/?v=2", ask)
        const two = yield* post("/flags/?v=2", ask)
        assert.notStrictEqual(one.json.requestId, two.json.requestId)
      }).pipe(Effect.provide(layer())))

    it.effect("flags may depend on what is asked", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.setFlags((request) => ({ vip: request.person_properties?.["plan"] === "enterprise" }))
        const plain = yield* post("/flags/?v=2", ask)
        const vip = yield* post("/flags/?v=2", { ...ask, person_properties: { plan: "enterprise" } })
        assert.strictEqual(plain.json.flags.vip.enabled, false)
        assert.strictEqual(vip.json.flags.vip.enabled, true)
      }).pipe(Effect.provide(layer())))

    it.effect("errors while computing, quotas and the gate for minimal events are answered as told", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.setFlags({ a: true }, { errorsWhileComputingFlags: true, minimalFlagCalledEvents: true })
        const broken = yield* post("/flags/?v=2", ask)
        assert.strictEqual(broken.json.errorsWhileComputingFlags, true)
        assert.strictEqual(broken.json.minimalFlagCalledEvents, true)
        assert.isUndefined(broken.json.quotaLimited)
        yield* server.setFlags({ a: true }, { quotaLimited: ["feature_flags"] })
        const limited = yield* post("/flags/?v=2", ask)
        assert.deepStrictEqual(limited.json.quotaLimited, ["feature_flags"])
        assert.deepStrictEqual(limited.json.flags, {})
        assert.strictEqual(limited.json.errorsWhileComputingFlags, false)
      }).pipe(Effect.provide(layer())))

    it.effect("the old form is answered without v=2, and always if the option says so", () =>
      Effect.gen(function*() {
        const { json } = yield* post("/flags/", ask)
        const { requestId, ...rest } = json
        assert.isTrue(isUuid(requestId))
        assert.deepStrictEqual(rest, {
          featureFlags: { on: true, off: false, pricing: "low" },
          featureFlagPayloads: { pricing: `{"price":9}` },
          errorsWhileComputingFlags: false
        })
      }).pipe(
        Effect.provide(layer({ flags: { on: true, off: false, pricing: { variant: "low", payload: { price: 9 } } } }))
      ))

    it.effect("flagsForm featureFlags answers the old form to v=2 as well", () =>
      Effect.gen(function*() {
        const { json } = yield* post("/flags/?v=2", ask)
        assert.deepStrictEqual(json.featureFlags, { on: true })
        assert.isUndefined(json.flags)
      }).pipe(Effect.provide(layer({ flags: { on: true }, flagsForm: "featureFlags" }))))

    it.effect("a malformed question is refused with words and remembered as invalid", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        const problems = (body: unknown) =>
          Effect.map(post("/flags/?v=2", body), ({ json, status }) => [status, json.problems])
        assert.deepStrictEqual(yield* problems({ distinct_id: "u" }), [400, ["token: is missing"]])
        assert.deepStrictEqual(yield* problems({ token: "phc_test" }), [400, ["distinct_id: is missing"]])
        assert.deepStrictEqual(yield* problems([]), [400, ["the body must be an object"]])
        assert.deepStrictEqual(
          yield* problems({
            ...ask,
            geoip_disable: "no",
            flag_keys_to_evaluate: "a",
            groups: [],
            person_properties: 1
          }),
          [400, [
            "person_properties: must be an object",
            "groups: must be an object",
            "geoip_disable: must be true or false",
            "flag_keys_to_evaluate: must be a list of flag keys"
          ]]
        )
        assert.strictEqual((yield* server.invalid).length, 4)
        assert.strictEqual((yield* post("/flags/?v=2", { api_key: "phc_test", distinct_id: "u" })).status, 200)
      }).pipe(Effect.provide(layer())))

    it.effect("a queued 2xx body is laid over the normal answer", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* server.enqueue(Status({ status: 200, body: { featureFlags: { "signup-aa-test": "variant-a" } } }))
        const { json } = yield* post("/flags/?v=2", ask)
        assert.deepStrictEqual(json.featureFlags, { "signup-aa-test": "variant-a" })
        assert.deepStrictEqual(json.flags, {})
        assert.strictEqual(json.errorsWhileComputingFlags, false)
      }).pipe(Effect.provide(layer())))

    for (const path of ["/flags/definitions", "/flags/definitions/"]) {
      it.effect(`GET ${path} serves what was set, with an ETag, and 304 to who has it`, () =>
        Effect.gen(function*() {
          const server = yield* DevServer
          const definitions = {
            flags: [{ key: "a", active: true }],
            group_type_mapping: { "0": "company" },
            cohorts: {}
          }
          yield* server.setDefinitions(definitions)
          const first = yield* get(`${path}?token=phc_test&send_cohorts`, bearer)
          assert.strictEqual(first.status, 200)
          assert.deepStrictEqual(first.json, definitions)
          assert.include(first.headers["content-type"], "application/json")
          const etag = first.headers["etag"] ?? ""
          assert.match(etag, /^"[0-9a-f]{40}"$/)

          for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
            const again = yield* get(path, { ...bearer, "if-none-match": known })
            assert.strictEqual(again.status, 304, known)
            assert.strictEqual(again.text, "")
            assert.strictEqual(again.headers["etag"], etag)
          }

          yield* server.setDefinitions({ ...definitions, flags: [] })
          const changed = yield* get(path, { ...bearer, "if-none-match": etag })
          assert.strictEqual(changed.status, 200)
          assert.deepStrictEqual(changed.json.flags, [])
          assert.notStrictEqual(changed.headers["etag"], etag)
          assert.deepStrictEqual((yield* server.requests).map(({ status }) => status), [200, 304, 304, 304, 304, 200])
        }).pipe(Effect.provide(layer())))
    }

    it.effect("definitions need a secret key that the server knows", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        assert.strictEqual((yield* get("/flags/definitions")).status, 401)
        assert.strictEqual((yield* get("/flags/definitions", { authorization: "phs_secret" })).status, 401)
        assert.strictEqual((yield* get("/flags/definitions", { authorization: "Bearer phs_other" })).status, 401)
        assert.strictEqual((yield* get("/flags/definitions", bearer)).status, 200)
        assert.notInclude(JSON.stringify(yield* server.requests), "phs_")
      }).pipe(Effect.provide(layer({ secretKeys: [Redacted.make("phs_secret")] }))))

    it.effect("without any set, the definitions are empty, not missing", () =>
      Effect.gen(function*() {
        const { json } = yield* get("/flags/definitions", bearer)
        assert.deepStrictEqual(json, { flags: [], group_type_mapping: {}, cohorts: {} })
      }).pipe(Effect.provide(layer())))

    it.effect("time is the Clock's", () =>
      Effect.gen(function*() {
        const server = yield* DevServer
        yield* TestClock.setTime(1_700_000_000_000)
        const { headers, json } = yield* post("/flags/?v=2", ask)
        assert.strictEqual(json.evaluatedAt, 1_700_000_000_000)
        assert.strictEqual(headers["date"], "Tue, 14 Nov 2023 22:13:20 GMT")
        assert.strictEqual((yield* server.requests)[0]?.receivedAt, 1_700_000_000_000)
      }).pipe(Effect.provide(layer())))
  })
}
