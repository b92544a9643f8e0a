import { Deferred, Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { currentScope, type FeatureFlags, fresh, Posthog, tag, withScope } from "effect-posthog"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import * as PosthogPromise from "effect-posthog/hosts/PosthogPromise"
import type { ExceptionCapture } from "effect-posthog/scope/ExceptionCapture"
import * as fc from "effect/FastCheck"
import { execFile } from "node:child_process"
import { EventEmitter, on } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { withHost } from "./host.js"

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const everybody = [{ properties: [], rollout_percentage: 100 }]
const definitions = {
  flags: [
    { key: "new-checkout", active: true, filters: { groups: everybody } },
    { key: "off", active: false, filters: { groups: everybody } },
    {
      key: "pricing",
      active: true,
      filters: {
        groups: everybody,
        multivariate: { variants: [{ key: "low", rollout_percentage: 100 }] },
        payloads: { low: `{"price":7}` }
      }
    }
  ]
}

describe("capturing from plain code", () => {
  it("is done when the call returns, and says what became of the event", () =>
    withHost(async ({ events, posthog }) => {
      const outcome = posthog.capture("order paid", { distinctId: "user-1", properties: { total: 42 } })
      expect(outcome._tag).toBe("Captured")
      expect(posthog.stats()).toMatchObject({ captured: 1, pending: 1 })
      const [event] = await events()
      expect(event).toMatchObject({
        uuid: outcome._tag === "Captured" ? outcome.eventId : "",
        event: "order paid",
        distinct_id: "user-1",
        properties: { total: 42, $lib: "effect-posthog" }
      })
    }))

  it("has every call that posthog-node has for events, persons and groups", () =>
    withHost(async ({ events, posthog }) => {
      posthog.identify("user-1", { properties: { plan: "pro" } })
      posthog.alias("user-1", "anonymous-1")
      posthog.groupIdentify("company", "acme", { properties: { seats: 5 } })
      posthog.set({ plan: "free" }, { distinctId: "user-1" })
      posthog.setOnce({ first: true }, { distinctId: "user-1" })
      posthog.unset("plan", { distinctId: "user-1" })
      const immediate = await posthog.captureImmediate("lambda ran", { distinctId: "user-1" })
      expect(immediate._tag).toBe("Delivered")
      expect((await events()).map(({ event }) => event).toSorted()).toEqual(
        ["$create_alias", "$groupidentify", "$identify", "$set", "$set", "$set", "lambda ran"].toSorted()
      )
    }))

  it("refuses what cannot be captured, and throws nothing whatever it is given", () =>
    withHost(async ({ events, posthog }) => {
      const hostile = new Proxy({}, {
        get: () => {
          throw new Error("no")
        },
        ownKeys: () => {
          throw new Error("no")
        },
        getPrototypeOf: () => {
          throw new Error("no")
        }
      })
      // what types forbid, code without types does
      const anything = posthog as unknown as Record<string, (...args: ReadonlyArray<unknown>) => unknown>
      expect(posthog.capture("")).toEqual({ _tag: "Refused", reason: "invalidEvent" })
      expect(posthog.capture("x", { distinctId: "" })).toEqual({ _tag: "Refused", reason: "invalidDistinctId" })
      expect(posthog.set({ a: 1 })).toEqual({ _tag: "Refused", reason: "personless" })
      const synchronous = [
        "capture",
        "captureException",
        "identify",
        "alias",
        "groupIdentify",
        "set",
        "setOnce",
        "unset",
        "tag",
        "tags",
        "untag",
        "identifyScope",
        "setSession",
        "setGroup",
        "step"
      ]
      for (const name of synchronous) {
        for (const given of [undefined, null, 7, hostile, Symbol("s"), () => hostile]) {
          anything[name]!(given, given, given)
          posthog.withScope("fresh", { captureExceptions: false }, () => anything[name]!(given, given, given))
        }
      }
      await anything["captureImmediate"]!(hostile, hostile)
      for (const given of [undefined, null, 7, hostile]) {
        for (const name of ["withScope", "withRequest", "withService", "withCorrelation", "withScopeValue"]) {
          const f = () => "ran"
          const ran = name === "withScope" ? anything[name]!("fresh", given, f) : anything[name]!(given, f, given)
          expect(ran).toBe("ran")
        }
      }
      const invalid = (await events()).filter(({ distinct_id }) => distinct_id === "")
      expect(invalid).toEqual([])
    }))

  it("keeps no promise waiting and rejects none when PostHog is down", () =>
    withHost(async ({ posthog, server }) => {
      await Effect.runPromise(server.always(Fault.Status({ status: 503 })))
      expect((await posthog.captureImmediate("now", { distinctId: "a" }))._tag).toBe("Pending")
      expect(await posthog.flush()).toMatchObject({ delivered: 0, pending: 1 })
      expect(await posthog.shutdown()).toMatchObject({ delivered: 0, dropped: 1, pending: 0 })
    }, { maxRetries: 0, shutdownTimeout: 50 }))

  it("tells of dropped events, also where telling takes its time", async () => {
    const told: Array<string> = []
    await withHost(async ({ posthog }) => {
      posthog.capture("kept", { distinctId: "a" })
      expect(posthog.capture("dropped", { distinctId: "a" })).toEqual({ _tag: "Refused", reason: "bufferFull" })
      await turn()
      expect(told).toEqual(["dropped"])
    }, {
      maxBufferedEvents: 1,
      onDropped: ({ event }) =>
        Effect.promise(turn).pipe(Effect.zipRight(Effect.sync(() => {
          told.push(event)
        })))
    })
  })

  it("takes a plain key and one that is redacted; an empty one makes an inert client", async () => {
    const inert = PosthogPromise.make({ apiKey: " ", disabled: true })
    expect(inert.capture("x")).toEqual({ _tag: "Refused", reason: "disabled" })
    await inert.shutdown()
    const client = PosthogPromise.make({ apiKey: Redacted.make("phc_x"), optedOut: true })
    expect(client.isOptedOut()).toBe(true)
    expect(client.capture("x")).toEqual({ _tag: "Refused", reason: "optedOut" })
    client.optIn()
    expect(client.isOptedOut()).toBe(false)
    client.optOut()
    expect(client.isOptedOut()).toBe(true)
    await client.shutdown()
    expect(client.capture("x")).toEqual({ _tag: "Refused", reason: "closed" })
  })
})

describe("the scope of plain code", () => {
  it("is there after every kind of waiting: promises, timers, emitters, streams, iterators", () =>
    withHost(async ({ posthog }) => {
      const seen = () => posthog.currentScope().view.distinctId
      const emitter = new EventEmitter()
      await posthog.withScope("fresh", { distinctId: "user-1" }, async () => {
        const found: Array<string | undefined> = [seen()]
        await turn()
        found.push(seen())
        await new Promise<void>((resolve) =>
          setTimeout(() => {
            found.push(seen())
            resolve()
          }, 1)
        )
        await new Promise<void>((resolve) => {
          emitter.once("ready", () => {
            found.push(seen())
            resolve()
          })
          queueMicrotask(() => emitter.emit("ready"))
        })
        for await (const _ of Readable.from(["a", "b"])) {
          found.push(seen())
        }
        const ticks = new EventEmitter()
        setTimeout(() => ticks.emit("tick"), 1)
        for await (const _ of on(ticks, "tick")) {
          found.push(seen())
          break
        }
        expect(found).toEqual(Array.from(found, () => "user-1"))
        expect(found).toHaveLength(7)
      })
      expect(seen()).toBeUndefined()
    }))

  it("nests: inherited regions see what is around them, fresh ones do not, and nothing comes out of either", () =>
    withHost(async ({ posthog }) => {
      const tags = () => ({ ...posthog.currentScope().view.tags })
      await posthog.withScope("fresh", { tags: { a: 1, b: 1 } }, async () => {
        await posthog.withScope("inherited", { tags: { b: 2 } }, async () => {
          posthog.tag("c", 3)
          await turn()
          posthog.tags({ d: 4 })
          expect(tags()).toEqual({ a: 1, b: 2, c: 3, d: 4 })
          posthog.untag("a")
          expect(tags()).toEqual({ b: 2, c: 3, d: 4 })
          posthog.withScope("fresh", {}, () => expect(tags()).toEqual({}))
        })
        expect(tags()).toEqual({ a: 1, b: 1 })
      })
      expect(tags()).toEqual({})
    }))

  it("takes what is set later for what is captured later, in whatever continuation", () =>
    withHost(async ({ events, posthog }) => {
      await posthog.withScope("fresh", { distinctId: "a" }, async () => {
        const helper = async () => {
          await turn()
          posthog.identifyScope("b")
          posthog.setSession("s-1")
          posthog.setGroup("company", "acme")
        }
        posthog.capture("before")
        await helper()
        posthog.capture("after")
      })
      const [before, after] = await events()
      expect(before).toMatchObject({ event: "before", distinct_id: "a" })
      expect(after).toMatchObject({
        event: "after",
        distinct_id: "b",
        properties: { $session_id: "s-1", $groups: { company: "acme" } }
      })
    }))

  it("changes nothing outside of every region", () =>
    withHost(async ({ events, posthog }) => {
      posthog.tag("leak", true)
      posthog.identifyScope("nobody")
      expect(posthog.currentScope().depth).toBe(0)
      posthog.capture("alone")
      const [event] = await events()
      expect(event?.properties).not.toHaveProperty("leak")
      expect(event?.properties["$process_person_profile"]).toBe(false)
    }))

  it("never mixes regions that run at once, however they interleave", () =>
    withHost(async ({ events, posthog }) => {
      const plan = fc.array(fc.array(fc.constantFrom("micro", "macro", "timer", "tag"), { maxLength: 8 }), {
        minLength: 2,
        maxLength: 40
      })
      let captured = 0
      const waits: Record<string, () => Promise<void>> = {
        micro: () => Promise.resolve(),
        macro: turn,
        timer: () => new Promise((resolve) => setTimeout(resolve, 1))
      }
      let round = 0
      await fc.assert(
        fc.asyncProperty(plan, async (regions) => {
          round++
          await Promise.all(regions.map((steps, i) =>
            posthog.withScope("fresh", { distinctId: `${round}-${i}` }, async () => {
              let tags = 0
              for (const step of steps) {
                await waits[step]?.()
                if (step === "tag") {
                  posthog.tag(`t${tags++}`, `${round}-${i}`)
                }
                posthog.capture("step", { properties: { expected: `${round}-${i}`, tags } })
                captured++
              }
            })
          ))
        }),
        { numRuns: 25 }
      )
      const arrived = await events()
      expect(arrived).toHaveLength(captured)
      expect(captured).toBeGreaterThan(500)
      for (const { distinct_id, properties } of arrived) {
        expect(distinct_id).toBe(properties["expected"])
        const own = Object.keys(properties).filter((key) =>
          /^t\d+$/.test(key)
        )
        expect(own).toHaveLength(Number(properties["tags"]))
        expect(own.every((key) => properties[key] === distinct_id)).toBe(true)
      }
    }))

  it("can be kept and entered again; what is set there does not reach what was kept", () =>
    withHost(async ({ posthog }) => {
      const kept = posthog.withScope("fresh", { distinctId: "a", tags: { n: 1 } }, () => posthog.currentScope())
      posthog.withScope("fresh", { distinctId: "b" }, () => {
        posthog.withScopeValue(kept, () => {
          posthog.tag("n", 2)
          expect(posthog.currentScope().view).toMatchObject({ distinctId: "a", tags: { n: 2 } })
        })
        expect(posthog.currentScope().view.distinctId).toBe("b")
      })
      expect(kept.view.tags).toEqual({ n: 1 })
    }))

  it("has requests, services and correlations with the seed's merging", () =>
    withHost(async ({ posthog }) => {
      const shown = () => posthog.currentScope().view.sectionProperties
      await posthog.withCorrelation({ id: "outer", parentId: "grand" }, async () => {
        await posthog.withService({ name: "shop", version: "2" }, async () => {
          await posthog.withRequest({ userId: "7", requestId: "r-1", operationName: "checkout" }, async () => {
            await turn()
            expect(shown()).toMatchObject({
              correlation_id: "outer",
              parent_correlation_id: "grand",
              service_name: "shop",
              service_version: "2",
              user_id: "7",
              request_id: "r-1",
              operation_name: "checkout",
              request_timestamp: expect.stringMatching(/^20\d\d-.*Z$/)
            })
            posthog.withService({ name: "cart" }, () => {
              expect(shown()).toMatchObject({ service_name: "cart" })
              expect(shown()).not.toHaveProperty("service_version")
            })
            posthog.withCorrelation({}, () => {
              expect(shown()["correlation_id"]).toMatch(/^corr_[0-9a-f]{32}$/)
              expect(shown()["parent_correlation_id"]).toBe("outer")
            })
          })
        })
      })
    }))
})

describe("what fails in a region", () => {
  it("is captured once with the region's scope, and is the very same error outside", () =>
    withHost(async ({ events, posthog }) => {
      const error = new Error("no stock")
      const caught = await posthog.withScope(
        "fresh",
        { distinctId: "a", tags: { outer: true } },
        () =>
          posthog.withScope("inherited", {}, async () => {
            posthog.tag("inner", true)
            await turn()
            throw error
          })
      ).catch((reason: unknown) => reason)
      expect(caught).toBe(error)
      const exceptions = await events()
      expect(exceptions).toHaveLength(1)
      expect(exceptions[0]).toMatchObject({
        event: "$exception",
        distinct_id: "a",
        properties: {
          outer: true,
          inner: true,
          $exception_list: [{ type: "Error", value: "no stock", mechanism: { handled: false } }]
        }
      })
    }))

  it("is captured where it is thrown at once, and where it is no error", () =>
    withHost(async ({ events, posthog }) => {
      expect(() =>
        posthog.withScope("fresh", { distinctId: "a" }, () => {
          throw new TypeError("at once")
        })
      ).toThrow(TypeError)
      await expect(posthog.withScope("fresh", { distinctId: "b" }, () => Promise.reject("a text"))).rejects.toBe(
        "a text"
      )
      expect((await events()).map(({ distinct_id, properties }) => [distinct_id, properties["$exception_list"]]))
        .toMatchObject([["a", [{ type: "TypeError", value: "at once" }]], ["b", [{ value: "a text" }]]])
    }))

  it("is not captured where the region, or the client, says so", () =>
    withHost(async ({ events, posthog }) => {
      const fail = () => Promise.reject(new Error("x"))
      await expect(posthog.withScope("fresh", {}, fail)).rejects.toThrow("x")
      await expect(posthog.withScope("fresh", { captureExceptions: false }, fail)).rejects.toThrow("x")
      expect(await events()).toEqual([])
      await expect(posthog.withScope("fresh", { captureExceptions: true }, fail)).rejects.toThrow("x")
      expect(await events()).toHaveLength(1)
    }, { captureExceptions: false }))

  it("is one event with one that was captured by hand before, and carries the steps", () =>
    withHost(async ({ events, posthog }) => {
      await posthog.withScope("fresh", { distinctId: "a" }, async () => {
        posthog.step("cart was loaded", { items: 3 })
        const error = new Error("boom")
        posthog.captureException(error, { properties: { sku: "A" } })
        throw error
      }).catch(() => {})
      const [exception, ...more] = await events()
      expect(more).toEqual([])
      expect(exception?.properties).toMatchObject({
        sku: "A",
        $exception_steps: [{ $message: "cart was loaded", items: 3 }]
      })
    }))

  it("starts a lazy thenable inside the region", () =>
    withHost(async ({ posthog }) => {
      const lazy: PromiseLike<string | undefined> = {
        then: (resolve, reject) => Promise.resolve(posthog.currentScope().view.distinctId).then(resolve, reject)
      }
      expect(await posthog.withScope("fresh", { distinctId: "a" }, () => lazy)).toBe("a")
    }))

  it("gives a text that was captured the place of the call as its stack", () =>
    withHost(async ({ events, posthog }) => {
      posthog.captureException("just a text")
      const [exception] = await events()
      expect(JSON.stringify(exception?.properties["$exception_list"])).toContain("PosthogPromise.test.ts")
    }))
})

describe("plain code and fibers", () => {
  it("runs effects in the scope of the caller, and takes over what they set", () =>
    withHost(async ({ events, posthog }) => {
      await posthog.withScope("fresh", { distinctId: "a" }, async () => {
        const answer = await posthog.runPromise(
          Effect.gen(function*() {
            yield* Effect.sleep(1)
            yield* tag("from.effect", true)
            yield* Posthog.capture("inside")
            return (yield* currentScope).view.distinctId
          })
        )
        expect(answer).toBe("a")
        posthog.capture("after")
      })
      expect((await events()).map(({ distinct_id, properties }) => [distinct_id, properties["from.effect"]])).toEqual([
        ["a", true],
        ["a", true]
      ])
    }))

  it("rejects with the effect's own error", () =>
    withHost(async ({ posthog }) => {
      const error = new Error("typed")
      await expect(posthog.runPromise(Effect.fail(error))).rejects.toBe(error)
      await expect(posthog.runPromise(Effect.die(error))).rejects.toBe(error)
    }))

  it("gives code that a fiber calls the fiber's scope, whoever has resumed the fiber", () =>
    withHost(async ({ posthog }) => {
      const gate = Effect.runSync(Deferred.make<void>())
      const inside = Effect.gen(function*() {
        yield* Deferred.await(gate)
        const atOnce = yield* Effect.sync(() => posthog.currentScope().view.distinctId)
        const later = yield* PosthogPromise.plain(async () => {
          await turn()
          return posthog.currentScope().view.distinctId
        })
        return [atOnce, later]
      })
      const waiting = posthog.withScope("fresh", { distinctId: "a" }, () => posthog.runPromise(inside))
      // resumed out of the asynchronous context of another region
      await posthog.withScope("fresh", { distinctId: "b" }, async () => {
        await turn()
        Deferred.unsafeDone(gate, Effect.void)
        await turn()
      })
      expect(await waiting).toEqual(["a", "a"])
    }))

  it("sees a region that was opened in a fiber's step, also before it has waited for anything", () =>
    withHost(async ({ events, posthog }) => {
      await Effect.runPromise(
        Effect.promise(() =>
          posthog.withScope("inherited", { tags: { inner: 1 } }, async () => {
            posthog.tag("more", 2)
            posthog.capture("at once")
            await turn()
            posthog.capture("later")
          })
        ).pipe(withScope(fresh, { distinctId: "fiber", captureExceptions: false }))
      )
      expect(
        (await events()).map(({ distinct_id, properties }) => [distinct_id, properties["inner"], properties["more"]])
      )
        .toEqual([["fiber", 1, 2], ["fiber", 1, 2]])
    }))

  it("works on the runtime of an application, whatever scope that was made in", async () => {
    const runtime = ManagedRuntime.make(
      Posthog.layer({ apiKey: Redacted.make("phc_test"), host: "http://posthog.local", compression: "none" }).pipe(
        Layer.provideMerge(DevServer.layerInMemory())
      )
    )
    const posthog = await PosthogPromise.fromManagedRuntime(runtime)
    const made = await runtime.runPromise(
      Effect.map(Effect.runtime<Posthog.Posthog | ExceptionCapture | FeatureFlags>(), PosthogPromise.fromRuntime).pipe(
        withScope(fresh, { distinctId: "maker", captureExceptions: false })
      )
    )
    posthog.capture("one", { distinctId: "a" })
    expect(made.currentScope().depth).toBe(0)
    made.withScope("fresh", { distinctId: "b" }, () => made.capture("two"))
    made.capture("three")
    const url = await posthog.runPromise(Effect.map(DevServer.DevServer, ({ url }) => url))
    expect(url).toBe("http://posthog.local")
    await posthog.flush()
    const events = await runtime.runPromise(Effect.flatMap(DevServer.DevServer, ({ events }) => events))
    expect(
      events.map((
        { distinct_id, event }
      ) => [event, distinct_id === "maker" ? "maker" : distinct_id.length > 9 ? "-" : distinct_id])
    )
      .toEqual([["one", "a"], ["two", "b"], ["three", "-"]])
    await runtime.dispose()
    expect(posthog.capture("late")).toEqual({ _tag: "Refused", reason: "closed" })
  })
})

describe("flags for plain code", () => {
  const secretKey = "phs_secret"

  it("are asked in the words of Flags, for whom the region is about", () =>
    withHost(
      async ({ events, posthog }) => {
        await posthog.withScope("fresh", { distinctId: "user-1" }, async () => {
          expect(await posthog.isEnabled("new-checkout")).toBe(true)
          expect(await posthog.isEnabled("off", { default: true })).toBe(false)
          expect(await posthog.variant("pricing")).toBe("low")
          expect(await posthog.payload("pricing")).toEqual({ price: 7 })
          expect(await posthog.payload("pricing", Schema.Struct({ price: Schema.Number }))).toEqual({ price: 7 })
          expect(await posthog.payload("pricing", Schema.Struct({ name: Schema.String }), { default: null })).toBeNull()
        })
        const called = await events()
        expect(called.map(({ distinct_id, event, properties }) => [event, distinct_id, properties["$feature_flag"]]))
          .toEqual([
            ["$feature_flag_called", "user-1", "new-checkout"],
            ["$feature_flag_called", "user-1", "off"],
            ["$feature_flag_called", "user-1", "pricing"]
          ])
      },
      { secretKey },
      { definitions }
    ))

  it("have their default where they cannot be told, and a typed error without one", () =>
    withHost(
      async ({ posthog }) => {
        expect(await posthog.isEnabled("nowhere", { distinctId: "a", default: true })).toBe(true)
        expect(await posthog.variant("nowhere", { distinctId: "a", default: "none" })).toBe("none")
        expect(await posthog.payload("nowhere", { distinctId: "a", default: [1] })).toEqual([1])
        await expect(posthog.variant("nowhere", { distinctId: "a" })).rejects.toMatchObject({
          _tag: expect.stringMatching(/^Flag/)
        })
        await expect(posthog.payload("off", { distinctId: "a" })).rejects.toMatchObject({
          _tag: "FlagPayloadInvalid",
          reason: "missing"
        })
      },
      { secretKey },
      { definitions }
    ))

  it("come as a snapshot that is read without waiting, and goes onto events", () =>
    withHost(
      async ({ events, posthog }) => {
        await posthog.withScope("fresh", { distinctId: "user-1" }, async () => {
          const flags = await posthog.evaluate()
          expect(flags.keys.toSorted()).toEqual(["new-checkout", "off", "pricing"])
          expect(flags.distinctId).toBe("user-1")
          expect(flags.isEnabled("new-checkout")).toBe(true)
          expect(flags.isEnabled("nowhere", { default: true })).toBe(true)
          expect(flags.variant("pricing")).toBe("low")
          expect(flags.variant("nowhere")).toBeUndefined()
          expect(flags.payload("pricing")).toEqual({ price: 7 })
          expect(flags.payload("pricing", Schema.Struct({ price: Schema.String }))).toBeUndefined()
          expect(flags.error).toBeUndefined()
          expect(flags.only(["off"]).keys).toEqual(["off"])
          expect(flags.onlyAccessed().keys.toSorted()).toEqual(["new-checkout", "pricing"])
          posthog.capture("offer shown", { flags })
        })
        const shown = (await events()).find(({ event }) => event === "offer shown")
        expect(shown?.properties).toMatchObject({
          "$feature/pricing": "low",
          "$feature/off": false,
          $active_feature_flags: ["new-checkout", "pricing"]
        })
      },
      { secretKey },
      { definitions }
    ))

  it("start from a file although the client is ready at once", async () => {
    const folder = await mkdtemp(join(tmpdir(), "definitions-"))
    const definitionsFile = join(folder, "flags.json")
    await writeFile(definitionsFile, JSON.stringify(definitions))
    await withHost(async ({ posthog, server }) => {
      await Effect.runPromise(server.always(Fault.Status({ status: 503 })))
      expect(await posthog.variant("pricing", { distinctId: "a", onlyEvaluateLocally: true })).toBe("low")
    }, { secretKey, featureFlags: { definitionsFile }, maxRetries: 0, shutdownTimeout: 20 })
    await withHost(async ({ posthog }) => {
      expect(posthog.capture("works", { distinctId: "a" })._tag).toBe("Captured")
    }, { secretKey, featureFlags: { definitionsFile: join(folder, "none.json") } })
    await rm(folder, { recursive: true })
  })
})

describe("the process", () => {
  it("ends by itself after shutdown, and has delivered what it captured", async () => {
    const script = fileURLToPath(new URL("process.ts", import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script], { timeout: 20_000 })
    expect(JSON.parse(stdout)).toEqual({ delivered: 1, dropped: 0, pending: 0 })
  })
})
