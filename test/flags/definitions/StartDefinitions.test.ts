import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, TestClock } from "effect"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Fault from "../../../src/devserver/Fault.js"
import * as FlagDefinitionCache from "../../../src/flags/definitions/FlagDefinitionCache.js"
import { inWorld, keysOf, rest, set } from "./support.js"

/** A file in a folder of its own, and how to write it again. */
const file = (content: string | undefined) =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "flag-definitions-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    )
    const path = join(folder, "flags.json")
    const write = (content: string) => Effect.promise(() => writeFile(path, content))
    if (content !== undefined) {
      yield* write(content)
    }
    return { path, write }
  })

describe("definitions to start with", () => {
  it.scoped("an object is there at once: nobody waits for PostHog, whose answer replaces it", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        yield* server.enqueue(Fault.Delay({ duration: "5 seconds" }))
        const loader = yield* start({ initialDefinitions: set("initial") })
        assert.isTrue(loader.current().attempted)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["initial"])
        assert.isTrue(yield* loader.definitions.awaitReady("0 millis"))
        const refresh = yield* Effect.fork(loader.definitions.refresh)
        yield* rest
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(yield* Fiber.join(refresh), "updated")
        assert.deepStrictEqual(keysOf(loader), ["first"])
      })
    ))

  it.scoped("FLAGS-DEFS-02 they stay while PostHog cannot be reached", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        yield* server.always(Fault.Reset())
        const loader = yield* start({ initialDefinitions: set("initial") })
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        assert.deepStrictEqual(keysOf(loader), ["initial"])
        assert.isTrue(yield* loader.definitions.isStale)
      })
    ))

  it.scoped("offline: an object alone, and no request, no cache, ever", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const forbidden = FlagDefinitionCache.fromProvider({
          getFlagDefinitions: () => assert.fail("the cache was read"),
          shouldFetchFlagDefinitions: () => assert.fail("the cache was asked"),
          onFlagDefinitionsReceived: () => assert.fail("the cache was written")
        })
        const loader = yield* start({ initialDefinitions: set("initial"), offline: true }, forbidden)
        assert.deepStrictEqual(keysOf(loader), ["initial"])
        assert.strictEqual(yield* loader.definitions.refresh, "inactive")
        yield* TestClock.adjust("1 hour")
        yield* rest
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("offline: a file alone, read again at a refresh; one that is broken meanwhile changes nothing", () =>
    inWorld(({ asked, logs, start, warnings }) =>
      Effect.gen(function*() {
        const { path, write } = yield* file(JSON.stringify(set("of the file")))
        const loader = yield* start({ definitionsFile: path, offline: true })
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["of the file"])
        assert.strictEqual(yield* loader.definitions.refresh, "unchanged")
        yield* write(`{"flags":[`)
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        assert.strictEqual(yield* loader.definitions.refresh, "failed")
        assert.deepStrictEqual(keysOf(loader), ["of the file"])
        assert.isTrue(yield* loader.definitions.isStale)
        assert.deepStrictEqual(warnings(), [
          `the flag definitions in ${path} are malformed and not used: the body is no JSON`
        ])
        yield* write(JSON.stringify(set("mended")))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        assert.deepStrictEqual(keysOf(loader), ["mended"])
        assert.isFalse(yield* loader.definitions.isStale)
        assert.isTrue(logs.some(({ level }) => level === "INFO"))
        yield* TestClock.adjust("1 hour")
        yield* rest
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("a file without a key is used and refreshed just so", () =>
    inWorld(({ asked, start }) =>
      Effect.gen(function*() {
        const { path, write } = yield* file(JSON.stringify(set("one")))
        const loader = yield* start({ definitionsFile: path, secretKey: undefined })
        assert.isTrue(yield* loader.definitions.awaitReady("1 minute"))
        yield* write(JSON.stringify(set("two")))
        assert.strictEqual(yield* loader.definitions.refresh, "updated")
        assert.deepStrictEqual(yield* asked, [])
      })
    ))

  it.scoped("a file before PostHog: what it holds is used until the first answer", () =>
    inWorld(({ server, start }) =>
      Effect.gen(function*() {
        const { path } = yield* file(JSON.stringify(set("of the file")))
        yield* server.always(Fault.Status({ status: 503 }))
        const loader = yield* start({ definitionsFile: path, initialDefinitions: set("initial") })
        assert.isTrue(loader.current().attempted)
        assert.deepStrictEqual(keysOf(loader), ["of the file"])
        yield* server.heal
        yield* loader.definitions.refresh
        yield* loader.definitions.refresh
        assert.deepStrictEqual(keysOf(loader), ["first"])
      })
    ))

  it.scoped("a file that is not there is a warning, and then as if there were none", () =>
    inWorld(({ start, warnings }) =>
      Effect.gen(function*() {
        const { path } = yield* file(undefined)
        const alone = yield* start({ definitionsFile: path, offline: true })
        yield* alone.settled
        assert.isFalse(yield* alone.definitions.isReady)
        assert.strictEqual(warnings().length, 1)
        assert.match(warnings()[0] ?? "", /ENOENT/)
        const loader = yield* start({ definitionsFile: path })
        assert.isFalse(loader.current().attempted)
        yield* loader.settled
        assert.deepStrictEqual(keysOf(loader), ["first"])
      })
    ))

  for (
    const [what, initialDefinitions] of [
      ["a text", "flags"],
      ["a list", []],
      ["an object without flags", {}],
      [
        "a trap",
        new Proxy({}, {
          get: () => {
            throw new Error("a trap")
          },
          ownKeys: () => {
            throw new Error("a trap")
          }
        })
      ]
    ] as const
  ) {
    it.scoped(`malformed ones (${what}) are a warning, and then as if there were none`, () =>
      inWorld(({ start, warnings }) =>
        Effect.gen(function*() {
          const loader = yield* start({ initialDefinitions, offline: true })
          yield* loader.settled
          assert.isTrue(Option.isNone(yield* loader.definitions.current))
          assert.strictEqual(warnings().length, 1)
          assert.match(warnings()[0] ?? "", /initial flag definitions are malformed/)
        })
      ))
  }

  it.scoped("FLAGS-DEFS-25 the spelling of posthog-node is understood, and later changes to the object are not seen", () =>
    inWorld(({ start }) =>
      Effect.gen(function*() {
        const flags = set("initial").flags
        const loader = yield* start({
          initialDefinitions: { flags, groupTypeMapping: { "0": "team" }, minimalFlagCalledEvents: true },
          offline: true
        })
        flags[0]!.key = "changed"
        const definitions = loader.current().flags?.definitions
        assert.deepStrictEqual(definitions?.raw["group_type_mapping"], { "0": "team" })
        assert.isTrue(definitions?.minimalFlagCalledEvents)
        assert.deepStrictEqual(definitions?.raw["flags"], set("initial").flags)
      })
    ))
})
