/** `effect-posthog dev` as a command: what it keeps, whom it lets in, and the flags of its file. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { join } from "node:path"
import { type Answered, ask, eventually, send, start } from "./devSupport.js"
import { withFolder } from "./support.js"

const uuid = (n: number): string => `0198c0de-0000-7000-8000-${n.toString(16).padStart(12, "0")}`

const event = (n: number, over: Record<string, unknown> = {}) => ({
  event: `event ${n % 50}`,
  distinct_id: `user-${n % 1_000}`,
  uuid: uuid(n),
  timestamp: "2025-01-02T03:04:05.678Z",
  properties: {
    correlation_id: `request-${Math.floor(n / 10)}`,
    $session_id: `session-${n % 5_000}`,
    service_name: "shop",
    total: n,
    note: "so that an event has about the size that events have"
  },
  ...over
})

const capture = (url: string, events: ReadonlyArray<unknown>) =>
  send("POST", `${url}/batch/`, { api_key: "phc_demo", batch: events })

const listed = (answer: Answered): ReadonlyArray<string> =>
  answer.json.events.map(({ event }: { readonly event: string }) => event)

/** `fetch` sets the Host header itself. */
const askAs = (host: string, url: string, path: string) =>
  Effect.async<number>((resume) => {
    const { hostname, port } = new URL(url)
    request({ hostname, port, path, headers: { host } }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode ?? 0))
    }).end()
  })

describe("what it keeps", () => {
  it.live("survives a restart; an event that comes again afterwards is counted and not stored twice", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const data = join(folder, "data")
        const first = yield* start("--data", data)
        yield* capture(first.url, [event(1), event(2)])
        yield* first.stop
        const second = yield* start("--data", data)
        assert.deepStrictEqual(listed(yield* ask(`${second.url}/_dev/api/events`)), ["event 2", "event 1"])
        yield* capture(second.url, [event(2)])
        const { json } = yield* ask(`${second.url}/_dev/api/events`)
        assert.strictEqual(json.total, 2)
        assert.strictEqual(json.events[0].deliveries, 2)
        const { json: delivery } = yield* ask(`${second.url}/_dev/api/delivery`)
        assert.deepStrictEqual(delivery.totals, { requests: 1, events: 0, duplicates: 1, invalid: 0 })
      }).pipe(Effect.scoped)
    ))

  it.live("belongs to one process at a time, and a database of a newer version is left alone", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const data = join(folder, "data")
        // that process is this one: another, which runs, stands for it
        const other = yield* Effect.acquireRelease(start("--data", data), ({ stop }) => stop)
        writeFileSync(join(data, "owner.pid"), String(process.ppid))
        const refused = yield* Effect.exit(start("--data", data))
        assert.isTrue(Exit.isFailure(refused))
        assert.include(String(refused), `process ${process.ppid} works with it`)
        yield* other.stop
        const driver = yield* Effect.promise(() => import("node-sqlite3-wasm"))
        const database = new driver.default.Database(join(data, "events.db"))
        database.exec("PRAGMA locking_mode = EXCLUSIVE")
        database.exec("PRAGMA user_version = 99")
        database.close()
        assert.include(String(yield* Effect.exit(start("--data", data))), "written by a newer effect-posthog")
      }).pipe(Effect.scoped)
    ))

  it.live("has a bound: the oldest go, and DELETE forgets everything", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory", "--max-events", "10")
      yield* capture(url, Array.from({ length: 25 }, (_, n) => event(n)))
      const { json } = yield* ask(`${url}/_dev/api/events?limit=3`)
      assert.strictEqual(json.total, 10)
      assert.deepStrictEqual(json.events.map(({ number }: { readonly number: number }) => number), [25, 24, 23])
      const { json: older } = yield* ask(`${url}/_dev/api/events?before=${json.next}`)
      assert.deepStrictEqual(older.events.map(({ number }: { readonly number: number }) => number), [
        22,
        21,
        20,
        19,
        18,
        17,
        16
      ])
      assert.isNull(older.next)
      assert.strictEqual((yield* ask(`${url}/_dev/api/events/${uuid(3)}`)).status, 404)
      assert.strictEqual((yield* ask(`${url}/_dev/api/people?search=user-3`)).json.people.length, 0)
      assert.strictEqual((yield* ask(`${url}/_dev/api/events`, { method: "DELETE" })).status, 204)
      assert.strictEqual((yield* ask(`${url}/_dev/api/events`)).json.total, 0)
    }).pipe(Effect.scoped))

  it.live(
    "is searched by name, person, session, correlation and parts of them among 100,000 events",
    () =>
      withFolder((folder) =>
        Effect.gen(function*() {
          const { url } = yield* start("--data", join(folder, "data"))
          const began = performance.now()
          for (let from = 0; from < 100_000; from += 1_000) {
            const { status } = yield* capture(url, Array.from({ length: 1_000 }, (_, i) => event(from + i)))
            assert.strictEqual(status, 200)
          }
          const inserted = performance.now() - began
          const timed = (query: string) =>
            Effect.gen(function*() {
              const times: Array<number> = []
              let answer: Answered | undefined
              for (let round = 0; round < 7; round++) {
                const start = performance.now()
                answer = yield* ask(`${url}/_dev/api/events?${query}`)
                times.push(performance.now() - start)
              }
              return { total: answer?.json.total, millis: times.toSorted((a, b) => a - b)[3] ?? 0 }
            })
          const queries = {
            "": 100_000,
            "name=event%203": 2_000,
            "person=user-77": 100,
            "session=session-4321": 20,
            "correlation=request-77": 10,
            "search=USER-77": 1_100,
            "search=nobody": 0
          }
          const lines = [`100,000 events through HTTP and SQLite in ${(inserted / 1_000).toFixed(1)} s`]
          for (const [query, total] of Object.entries(queries)) {
            const found = yield* timed(query)
            assert.strictEqual(found.total, total, query)
            // a multiple of what it takes, for machines that do something else besides
            assert.isBelow(found.millis, 1_000, query)
            lines.push(`  ${query === "" ? "the newest" : decodeURIComponent(query)}: ${found.millis.toFixed(1)} ms`)
          }
          console.log(lines.join("\n"))
        }).pipe(Effect.scoped)
      ),
    180_000
  )
})

describe("who is let in", () => {
  it.live("on this machine: everybody who names this machine, and nobody by another name (DNS rebinding)", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const { port } = new URL(url)
      for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "app.localhost"]) {
        assert.strictEqual(yield* askAs(host, url, "/_dev/api/events"), 200, host)
      }
      for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "localhost.evil.example"]) {
        for (const path of ["/", "/_dev/api/events", "/flags/definitions?token=phc_demo"]) {
          assert.strictEqual(yield* askAs(host, url, path), 403, `${host} ${path}`)
        }
      }
    }).pipe(Effect.scoped))

  it.live("another page may change nothing, and read nothing of what the page reads", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const evil = { origin: "https://evil.example" }
      assert.strictEqual((yield* send("PUT", `${url}/_dev/api/fault`, { fault: "503" }, evil)).status, 403)
      assert.strictEqual((yield* ask(`${url}/_dev/api/events`, { method: "DELETE", headers: evil })).status, 403)
      assert.isNull(
        (yield* ask(`${url}/_dev/api/events`, { headers: evil })).headers.get("access-control-allow-origin")
      )
      assert.strictEqual((yield* send("PUT", `${url}/_dev/api/fault`, { fault: "none" }, { origin: url })).status, 200)
    }).pipe(Effect.scoped))

  it.live("on every address: who has the token, as a bearer or by the address that was printed; events need none", () =>
    Effect.gen(function*() {
      const { printed, url } = yield* start("--memory", "--host", "0.0.0.0")
      const token = /\?token=(\S+)/.exec(printed)?.[1] ?? ""
      assert.isAtLeast(token.length, 32)
      assert.strictEqual((yield* capture(url, [event(1)])).status, 200)
      for (const path of ["/", "/page.js", "/_dev/api/events", "/?token=wrong"]) {
        assert.strictEqual((yield* ask(url + path)).status, 401, path)
      }
      const bearer = (token: string) => ask(`${url}/_dev/api/events`, { headers: { authorization: `Bearer ${token}` } })
      assert.strictEqual((yield* bearer(token)).json.total, 1)
      assert.strictEqual((yield* bearer(`${token}x`)).status, 401)
      const opened = yield* ask(`${url}/?token=${token}`)
      const cookie = opened.headers.get("set-cookie") ?? ""
      assert.strictEqual(opened.status, 303)
      assert.strictEqual(opened.headers.get("location"), "/")
      assert.match(cookie, /; HttpOnly; SameSite=Strict$/)
      assert.notInclude(cookie, token)
      const withCookie = { headers: { cookie: cookie.split(";")[0] ?? "" } }
      assert.strictEqual((yield* ask(`${url}/_dev/api/events`, withCookie)).json.total, 1)
      assert.strictEqual((yield* ask(`${url}/`, withCookie)).status, 200)
    }).pipe(Effect.scoped))

  it.live("the page runs no script but its own, and nothing takes its data for something else", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const page = yield* ask(`${url}/`)
      assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'; script-src 'self';/)
      assert.notInclude(page.headers.get("content-security-policy") ?? "", "unsafe")
      yield* capture(url, [event(1, { event: "<script>alert(1)</script>" })])
      const list = yield* ask(`${url}/_dev/api/events`)
      assert.strictEqual(list.headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual(list.headers.get("content-type"), "application/json")
      assert.deepStrictEqual(listed(list), ["<script>alert(1)</script>"])
    }).pipe(Effect.scoped))
})

const definitions = (active: boolean) => ({
  flags: [{
    key: "beta",
    active,
    filters: { groups: [{ properties: [{ key: "plan", value: ["pro"], operator: "exact" }], rollout_percentage: 100 }] }
  }]
})

const isOn = (url: string) =>
  Effect.map(
    send("POST", `${url}/flags/?v=2`, { token: "phc_demo", distinct_id: "ada", person_properties: { plan: "pro" } }),
    ({ json }): boolean | undefined => json.flags.beta?.enabled
  )

describe("flags", () => {
  it.live("are read again when the file changes; a broken file keeps the last good ones and says so", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const file = join(folder, "flags.json")
        writeFileSync(file, JSON.stringify(definitions(true)))
        const { url } = yield* start("--memory", "--flags", file)
        assert.strictEqual(yield* isOn(url), true)
        writeFileSync(file, JSON.stringify(definitions(false)))
        yield* eventually(isOn(url), (on) => on === false)
        writeFileSync(file, "{ \"flags\": [")
        const list = ask(`${url}/_dev/api/flags`)
        const { json } = yield* eventually(list, ({ json }) => json.problem !== null)
        assert.include(json.problem, "the body is no JSON")
        assert.strictEqual(json.flags.length, 1)
        assert.strictEqual(yield* isOn(url), false)
        yield* send("PUT", `${url}/_dev/api/flags/beta`, { active: true })
        assert.strictEqual(yield* isOn(url), true)
        assert.strictEqual(readFileSync(file, "utf8"), "{ \"flags\": [")
        writeFileSync(file, JSON.stringify(definitions(false)))
        yield* eventually(list, ({ json }) => json.problem === null)
        assert.strictEqual(yield* isOn(url), false)
      }).pipe(Effect.scoped)
    ))

  it.live("change at once from the page, in the definitions too, and are written back to the file", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const file = join(folder, "flags.json")
        writeFileSync(file, JSON.stringify({ ...definitions(true), cohorts: { 1: {} }, team: "kept" }))
        const { url } = yield* start("--memory", "--flags", file)
        const put = (key: string, change: unknown) => send("PUT", `${url}/_dev/api/flags/${key}`, change)
        assert.strictEqual(
          (yield* put("beta", { rollout: { condition: 0, percent: 0 } })).json.conditions[0].rollout,
          0
        )
        assert.strictEqual(yield* isOn(url), false)
        const served = yield* ask(`${url}/flags/definitions?token=phc_demo`, {
          headers: { authorization: "Bearer phx_demo" }
        })
        assert.strictEqual(served.json.flags[0].filters.groups[0].rollout_percentage, 0)
        const written = JSON.parse(readFileSync(file, "utf8"))
        assert.strictEqual(written.flags[0].filters.groups[0].rollout_percentage, 0)
        assert.deepStrictEqual([written.team, written.cohorts], ["kept", { 1: {} }])
        assert.strictEqual((yield* put("gamma", { active: true })).status, 404)
        assert.strictEqual((yield* put("beta", { rollout: { condition: 7, percent: 1 } })).status, 404)
        const wrong = yield* put("beta", { rollout: { condition: 0, percent: 101 } })
        assert.deepStrictEqual([wrong.status, wrong.json.error], [
          400,
          "rollout.percent: must be a number from 0 to 100"
        ])
      }).pipe(Effect.scoped)
    ))

  it.live("are explained condition by condition, for what is asked and for what the events say of the person", () =>
    withFolder((folder) =>
      Effect.gen(function*() {
        const file = join(folder, "flags.json")
        writeFileSync(file, JSON.stringify(definitions(true)))
        const { url } = yield* start("--memory", "--flags", file)
        yield* capture(url, [
          event(1, { event: "$identify", distinct_id: "ada", properties: { $set: { plan: "pro" } } })
        ])
        const explain = (request: unknown) => send("POST", `${url}/_dev/api/flags/explain`, request)
        const [ada] = (yield* explain({ distinctId: "ada" })).json
        assert.strictEqual(ada.value, true)
        assert.strictEqual(ada.reason, "condition 1 matches")
        assert.deepStrictEqual([ada.conditions[0].description, ada.conditions[0].outcome], ["plan is pro", "matched"])
        const [free] = (yield* explain({ distinctId: "ada", personProperties: { plan: "free" } })).json
        assert.strictEqual(free.value, false)
        assert.strictEqual(free.conditions[0].outcome, "notMatched")
        assert.include(free.conditions[0].detail, "plan exact [\"pro\"]: no match (it is \"free\")")
        const [bob] = (yield* explain({ distinctId: "bob" })).json
        assert.isNull(bob.value)
        assert.strictEqual(bob.conditions[0].outcome, "inconclusive")
        assert.include(bob.reason, "missingProperty (plan); /flags answers false")
        assert.strictEqual((yield* explain({})).status, 400)
      }).pipe(Effect.scoped)
    ))
})

describe("faults and the stream", () => {
  it.live("a fault is what SDKs then see, and the page is told of it and of what arrives", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const response = yield* Effect.promise((signal) => fetch(`${url}/_dev/api/stream`, { signal }))
      const reader = response.body?.getReader()
      let text = ""
      const read = Effect.promise(async () => {
        const chunk = await reader?.read()
        text += new TextDecoder().decode(chunk?.value)
        return text
      })
      yield* capture(url, [event(1), event(2)])
      yield* eventually(read, (text) => text.includes("event: arrived") && text.includes("event: delivery"))
      const arrived = /event: arrived\ndata: (.*)\n\n/.exec(text)?.[1] ?? "[]"
      assert.deepStrictEqual(JSON.parse(arrived).map(({ uuid }: { readonly uuid: string }) => uuid), [uuid(1), uuid(2)])
      assert.strictEqual((yield* send("PUT", `${url}/_dev/api/fault`, { fault: "503" })).json.fault, "503")
      assert.strictEqual((yield* capture(url, [event(3)])).status, 503)
      yield* eventually(read, (text) => text.includes("\"fault\":\"503\""))
      yield* send("PUT", `${url}/_dev/api/fault`, { fault: "reset" })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(capture(url, [event(3)]))))
      yield* send("PUT", `${url}/_dev/api/fault`, { fault: "none" })
      assert.strictEqual((yield* capture(url, [event(3)])).status, 200)
      const { json } = yield* ask(`${url}/_dev/api/delivery`)
      assert.deepStrictEqual(json.requests.map(({ status }: { readonly status: number | null }) => status), [
        200,
        null,
        503,
        200
      ])
      yield* Effect.promise(async () => reader?.cancel())
    }).pipe(Effect.scoped))

  it.live("a time line holds events, logs and spans of one correlation, in the order of their time", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const attributes = [{ key: "correlation_id", value: { stringValue: "request-1" } }]
      const resource = { attributes: [{ key: "service.name", value: { stringValue: "billing" } }] }
      const at = (millis: number) => String(BigInt(Date.parse("2025-01-02T03:04:05.678Z") + millis) * 1_000_000n)
      yield* capture(url, [event(10), event(20)])
      const key = { authorization: "Bearer phc_demo" }
      const spans = yield* send("POST", `${url}/i/v1/traces`, {
        resourceSpans: [{
          resource,
          scopeSpans: [{
            spans: [{
              traceId: "0".repeat(31) + "1",
              spanId: "0".repeat(15) + "1",
              name: "charge",
              startTimeUnixNano: at(-5),
              endTimeUnixNano: at(20),
              attributes
            }]
          }]
        }]
      }, key)
      const logs = yield* send("POST", `${url}/i/v1/logs`, {
        resourceLogs: [{
          resource,
          scopeLogs: [{
            logRecords: [{ timeUnixNano: at(7), severityText: "INFO", body: { stringValue: "charged" }, attributes }]
          }]
        }]
      }, key)
      assert.deepStrictEqual([spans.status, logs.status], [200, 200])
      const { json } = yield* ask(`${url}/_dev/api/correlations/request-1`)
      assert.deepStrictEqual(
        json.entries.map(({ durationMillis, kind, service, title }: Record<string, unknown>) => [
          kind,
          service,
          title,
          durationMillis
        ]),
        [["span", "billing", "charge", 25], ["event", "shop", "event 10", null], [
          "log",
          "billing",
          "INFO charged",
          null
        ]]
      )
    }).pipe(Effect.scoped))
})

describe("posthog-js", () => {
  it.live("is answered from the page of another origin: preflights, gzip without a header, base64 in a form, configuration", () =>
    Effect.gen(function*() {
      const { url } = yield* start("--memory")
      const headers = { origin: "http://localhost:3000" }
      const preflight = yield* ask(`${url}/e/`, {
        method: "OPTIONS",
        headers: { ...headers, "access-control-request-headers": "content-type" }
      })
      assert.strictEqual(preflight.status, 204)
      assert.strictEqual(preflight.headers.get("access-control-allow-headers"), "content-type")
      const view = (name: string) => ({
        event: name,
        offset: 1_000,
        properties: { token: "phc_demo", distinct_id: "anon" }
      })
      const { gzipSync } = yield* Effect.promise(() => import("node:zlib"))
      const zipped = yield* ask(`${url}/e/?compression=gzip-js&ver=1.200.0`, {
        method: "POST",
        headers: { ...headers, "content-type": "text/plain" },
        body: gzipSync(JSON.stringify([view("zipped")]))
      })
      assert.strictEqual(zipped.status, 200)
      assert.strictEqual(zipped.headers.get("access-control-allow-origin"), "*")
      const form = new URLSearchParams({ data: Buffer.from(JSON.stringify(view("form ✓"))).toString("base64") })
      assert.strictEqual(
        (yield* ask(`${url}/e/?compression=base64`, { method: "POST", headers, body: form })).status,
        200
      )
      const list = yield* ask(`${url}/_dev/api/events`)
      assert.deepStrictEqual(listed(list), ["form ✓", "zipped"])
      const [{ receivedAt, timestamp }] = list.json.events
      assert.strictEqual(Date.parse(receivedAt) - Date.parse(timestamp), 1_000)
      const config = yield* ask(`${url}/array/phc_demo/config`, { headers })
      assert.strictEqual(config.json.token, "phc_demo")
      const script = yield* ask(`${url}/array/${encodeURIComponent("</script>")}/config.js`, { headers })
      assert.include(script.text, "window._POSTHOG_REMOTE_CONFIG")
      assert.notInclude(script.text, "</script>")
      const flags = yield* ask(`${url}/flags/?v=2&config=true&compression=base64`, {
        method: "POST",
        headers,
        body: new URLSearchParams({
          data: Buffer.from(JSON.stringify({ token: "phc_demo", distinct_id: "anon" })).toString("base64")
        })
      })
      assert.deepStrictEqual([flags.json.flags, flags.json.sessionRecording], [{}, false])
      const decide = yield* send("POST", `${url}/decide/?v=3`, { api_key: "phc_demo", distinct_id: "anon" })
      assert.deepStrictEqual(decide.json.featureFlags, {})
      const definitions = yield* ask(`${url}/flags/definitions?token=phc_demo`, {
        headers: { ...headers, authorization: "Bearer phx_demo" }
      })
      assert.isNull(definitions.headers.get("access-control-allow-origin"))
    }).pipe(Effect.scoped))
})
