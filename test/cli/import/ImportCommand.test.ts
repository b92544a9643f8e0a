import { Terminal } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Mailbox, Option, TestClock } from "effect"
import { ExitCode } from "effect-posthog/cli/ExitCode"
import * as ImportCommand from "effect-posthog/cli/ImportCommand"
import * as DevServer from "effect-posthog/devserver/DevServer"
import * as Fault from "effect-posthog/devserver/Fault"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { run, withFolder } from "../support.js"

const env = {
  POSTHOG_API_KEY: "phc_shop",
  POSTHOG_HOST: "http://posthog.local",
  POSTHOG_COMPRESSION: "none",
  POSTHOG_RETRY_DELAY: "0 seconds"
}

const server = DevServer.layerInMemory({ projectKeys: ["phc_shop"] })

const line = (n: number, more: object = {}) =>
  JSON.stringify({ event: `e${n}`, distinct_id: "ada", timestamp: "2023-04-01T09:00:00Z", ...more })

const lines = (count: number) => Array.from({ length: count }, (_, i) => line(i + 1)).join("\n")

/** Writes the file and imports it; what there is afterwards. */
const importing = (content: string | Uint8Array, name: string, ...args: ReadonlyArray<string>) =>
  withFolder((folder, fs) =>
    Effect.gen(function*() {
      const posthog = yield* DevServer.DevServer
      const file = `${folder}/${name}`
      yield* fs.writeFile(file, typeof content === "string" ? new TextEncoder().encode(content) : content)
      const again = (...more: ReadonlyArray<string>) => run(["import", file, ...more], env)
      const ran = yield* again(...args)
      const refused = Effect.orElseSucceed(fs.readFileString(`${file}.refused.ndjson`), () => "").pipe(
        Effect.map((text) => text.split("\n").filter((each) => each !== "").map((each): unknown => JSON.parse(each)))
      )
      return { ...ran, file, again, posthog, refused: yield* refused, names: yield* fs.readDirectory(folder) }
    })
  )

const codeOf = (exit: Exit.Exit<void, unknown>): number =>
  Exit.match(exit, {
    onSuccess: () => 0,
    onFailure: (cause) => cause._tag === "Fail" && cause.error instanceof ExitCode ? cause.error.code : 1
  })

describe("import", () => {
  it.effect("sends every line as it happened, marked as historical, and adds nothing of this process", () =>
    Effect.gen(function*() {
      const { exit, out, posthog } = yield* importing(
        [
          line(1, { properties: { $lib: "web", total: 1.5, text: "ü 😀", deep: { a: [1, null] } }, team_id: 4 }),
          "",
          line(2, { distinct_id: undefined, distinctId: 17, timestamp: "2023-04-02 10:15:30.123456+02:00" }),
          line(3, { uuid: "01874000-0000-7000-8000-00000000000A", properties: { $ip: "203.0.113.7" } }),
          line(4, { $set: { plan: "free" }, properties: null })
        ].join("\n"),
        "events.ndjson"
      )
      assert.strictEqual(codeOf(exit), 0)
      assert.include(out, "4 read, 4 sent, 0 refused")
      assert.include(out, "Not imported, beside")
      assert.include(out, "\"team_id\"")
      const [request, ...more] = yield* posthog.requests
      assert.deepStrictEqual([more, request?.path, request?.problems], [[], "/batch/", []])
      assert.deepInclude(request?.body, { historical_migration: true })
      const events = yield* posthog.events
      assert.deepStrictEqual(
        events.map(({ distinct_id, event, properties, timestamp }) => ({ distinct_id, event, properties, timestamp })),
        [
          {
            distinct_id: "ada",
            event: "e1",
            timestamp: "2023-04-01T09:00:00.000Z",
            properties: { $lib: "web", total: 1.5, text: "ü 😀", deep: { a: [1, null] }, $geoip_disable: true }
          },
          {
            distinct_id: "17",
            event: "e2",
            timestamp: "2023-04-02T08:15:30.123456Z",
            properties: { $geoip_disable: true }
          },
          {
            distinct_id: "ada",
            event: "e3",
            timestamp: "2023-04-01T09:00:00.000Z",
            properties: { $ip: "203.0.113.7" }
          },
          {
            distinct_id: "ada",
            event: "e4",
            timestamp: "2023-04-01T09:00:00.000Z",
            properties: { $set: { plan: "free" }, $geoip_disable: true }
          }
        ]
      )
      assert.strictEqual(events[2]?.uuid, "01874000-0000-7000-8000-00000000000A")
      assert.match(events[0]?.uuid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    }).pipe(Effect.provide(server)))

  it.effect("gives equal lines different uuids, and each the same uuid again", () =>
    Effect.gen(function*() {
      const content = `${line(1)}\n${line(1)}\n`
      const first = yield* importing(content, "events.ndjson")
      const uuids = (yield* first.posthog.events).map(({ uuid }) => uuid)
      assert.strictEqual(new Set(uuids).size, 2)
      // elsewhere, with other line ends, compressed
      yield* importing(gzipSync(content.replaceAll("\n", "\r\n")), "other.jsonl.gz")
      assert.deepInclude(yield* first.posthog.stats, { events: 2, duplicates: 2, conflicts: 0 })
    }).pipe(Effect.provide(server)))

  it.effect("refuses lines with their numbers and reasons, writes them down, sends the others and ends with 2", () =>
    Effect.gen(function*() {
      const long = line(4, { properties: { long: "x".repeat(20 * 1024 * 1024) } })
      const broken: ReadonlyArray<readonly [string, string]> = [
        ["{\"event\":", "not valid JSON"],
        ["[1]", "not a JSON object"],
        [long, `${long.length} bytes, where 8388608 are the most`],
        [line(5, { event: " " }), "event is no text, or a blank one"],
        [line(5, { event: undefined }), "event is missing"],
        [line(5, { distinct_id: "" }), "distinct_id is no text or number, or a blank one"],
        [line(5, { distinct_id: undefined }), "distinct_id is missing"],
        [line(5, { timestamp: undefined }), "timestamp is missing"],
        [line(5, { timestamp: "2023-02-30T00:00:00Z" }), "timestamp is no ISO 8601 text"],
        [line(5, { timestamp: 1680339600 }), "timestamp is no ISO 8601 text"],
        [line(5, { uuid: "7" }), "uuid is no UUID"],
        [line(5, { properties: [] }), "properties is no JSON object"],
        [line(5, { $set: "x" }), "$set is no JSON object"]
      ]
      const big = line(5, { properties: { big: "x".repeat(1024 * 1024) } })
      const content = [line(1), ...broken.map(([text]) => text), big, line(2)].join("\n")
      const { err, exit, out, posthog, refused } = yield* importing(content, "events.json", "--batch-size", "1")
      assert.strictEqual(codeOf(exit), 2)
      assert.strictEqual(err, "")
      assert.include(out, "16 read, 2 sent, 14 refused")
      assert.include(out, "events.json.refused.ndjson")
      assert.deepStrictEqual((yield* posthog.events).map(({ event }) => event), ["e1", "e2"])
      assert.deepStrictEqual(
        refused.slice(0, -1),
        broken.map(([text, reason], i) =>
          text === long
            ? { line: i + 2, reason, text: long.slice(0, 4096), bytes: long.length }
            : { line: i + 2, reason, text }
        )
      )
      assert.deepInclude(refused.at(-1), { line: 15, text: big })
      assert.include(JSON.stringify(refused.at(-1)), "921600 are the most")
    }).pipe(Effect.provide(server)))

  it.effect("takes CSV with quotes, line ends in fields, CRLF, a byte order mark and empty lines", () =>
    Effect.gen(function*() {
      const content = [
        "\ufeffuuid,\"event\",distinct_id,timestamp,properties,team",
        "",
        ",\"a, \"\"b\"\"\",ada,2023-04-01T09:00:00Z,\"{\"\"note\"\":\"\"x,y\"\"}\",7",
        ",\"two\r\nlines\",ada,2023-04-01,,",
        ",c,ada,2023-04-01",
        ",d,ada,2023-04-01,{oops},",
        ",e,ad\"a,2023-04-01,,",
        "01874000-0000-7000-8000-00000000000a,f,ada,2023-04-01,{},"
      ].join("\r\n")
      const { exit, out, posthog, refused } = yield* importing(content, "EVENTS.CSV")
      assert.strictEqual(codeOf(exit), 2)
      assert.include(out, "6 read, 3 sent, 3 refused")
      assert.include(out, "\"team\"")
      assert.deepStrictEqual(
        (yield* posthog.events).map(({ event, properties }) => [event, properties]),
        [
          ["a, \"b\"", { note: "x,y", $geoip_disable: true }],
          ["two\r\nlines", { $geoip_disable: true }],
          ["f", { $geoip_disable: true }]
        ]
      )
      assert.deepStrictEqual(refused, [
        { line: 6, reason: "4 fields where the header has 6", text: ",c,ada,2023-04-01" },
        { line: 7, reason: "properties: not valid JSON", text: ",d,ada,2023-04-01,{oops}," },
        {
          line: 8,
          reason: "a quote stands in a field that does not begin with one",
          text: ",e,ad\"a,2023-04-01,,"
        }
      ])
    }).pipe(Effect.provide(server)))

  it.effect("sends nothing in a dry run, needs no key, writes no file, and says what would be refused", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const file = `${folder}/events.ndjson`
        yield* fs.writeFileString(file, `${lines(3)}\nx\n`)
        const dry = yield* run(["import", file, "--dry-run"], {})
        assert.strictEqual(codeOf(dry.exit), 2)
        assert.include(dry.out, "4 read, 3 can be imported, 1 refused. Nothing was sent.\n  line 4: not valid JSON")
        assert.deepStrictEqual(yield* fs.readDirectory(folder), ["events.ndjson"])
        yield* run(["import", file, "--dry-run", "--refused", `${folder}/bad`], {})
        assert.strictEqual(
          yield* fs.readFileString(`${folder}/bad`),
          "{\"line\":4,\"reason\":\"not valid JSON\",\"text\":\"x\"}\n"
        )
        const posthog = yield* DevServer.DevServer
        assert.strictEqual((yield* posthog.stats).requests, 0)
      })
    ).pipe(Effect.provide(server)))

  it.effect("takes the samples of examples/import", () =>
    Effect.gen(function*() {
      const sample = (name: string) =>
        run(["import", fileURLToPath(new URL(`../../../examples/import/${name}`, import.meta.url)), "--dry-run"], {})
      assert.include((yield* sample("events.csv")).out, "2 read, 2 can be imported, 0 refused")
      assert.include(
        (yield* sample("events.ndjson")).out,
        "3 can be imported, 1 refused. Nothing was sent.\n  line 4: "
      )
    }).pipe(Effect.provide(server)))

  it.effect("takes an empty file, and one of blank lines", () =>
    Effect.gen(function*() {
      for (const content of ["", "\n \r\n\n", "\ufeff"]) {
        for (const name of ["a.ndjson", "a.csv"]) {
          const { exit, out } = yield* importing(content, name)
          assert.strictEqual(codeOf(exit), 0, out)
          assert.include(out, "0 read, 0 sent, 0 refused")
        }
      }
    }).pipe(Effect.provide(server)))
})

describe("import and PostHog's answers", () => {
  it.effect("tries again after 503 and 429, and halves a batch after 413", () =>
    Effect.gen(function*() {
      const posthog = yield* DevServer.DevServer
      yield* posthog.enqueue(Fault.Status({ status: 503 }), 2)
      yield* posthog.enqueue(Fault.Status({ status: 429 }))
      yield* posthog.enqueue(Fault.Reset())
      yield* posthog.failWhile(({ batchSize }) => batchSize > 3, Fault.Status({ status: 413 }))
      const { exit } = yield* importing(lines(10), "events.ndjson")
      assert.strictEqual(codeOf(exit), 0)
      assert.deepInclude(yield* posthog.stats, { events: 10, duplicates: 0 })
    }).pipe(Effect.provide(server)))

  it.effect("refuses the one line that PostHog will not have, or finds too large", () =>
    Effect.gen(function*() {
      const posthog = yield* DevServer.DevServer
      const uuid = "01874000-0000-7000-8000-00000000000a"
      for (
        const [status, reason] of [[400, "refused by PostHog (status 400)"], [
          413,
          "too large for PostHog (status 413)"
        ]] as const
      ) {
        yield* posthog.clear
        yield* posthog.failWhile(({ uuids }) => uuids.includes(uuid), Fault.Status({ status }))
        const { exit, refused } = yield* importing(`${lines(6)}\n${line(7, { uuid })}\n${line(8)}`, "events.ndjson")
        assert.strictEqual(codeOf(exit), 2)
        assert.deepStrictEqual(refused, [{ line: 7, reason, text: line(7, { uuid }) }])
        assert.deepInclude(yield* posthog.stats, { events: 7, duplicates: 0 })
      }
    }).pipe(Effect.provide(server)))

  it.effect("stops where the key is wrong or PostHog stays away, keeps its checkpoint, and goes on from there", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const posthog = yield* DevServer.DevServer
        const file = `${folder}/events.csv`
        const rows = Array.from({ length: 50 }, (_, i) => i === 3 ? "x" : `e${i},ada,2023-04-01`)
        yield* fs.writeFileString(file, `event,distinct_id,timestamp\n${rows.join("\n")}\n`)
        const start = (...more: ReadonlyArray<string>) =>
          run(["import", file, "--batch-size", "10", ...more], { ...env, POSTHOG_MAX_RETRIES: "2" })
        const stops = (fault: Fault.Fault, args: ReadonlyArray<string>, message: string) =>
          Effect.gen(function*() {
            yield* posthog.enqueue(Fault.Pass())
            yield* posthog.always(fault)
            const ran = yield* start(...args)
            yield* posthog.heal
            assert.strictEqual(codeOf(ran.exit), 1)
            assert.include(ran.err, message)
            assert.include(ran.err, "--resume goes on from there")
            assert.notInclude(ran.err, "phc_shop")
          })
        yield* stops(Fault.Status({ status: 401 }), [], "refuses the project's API key (status 401)")
        assert.include((yield* start()).err, "pass --resume to go on")
        yield* stops(Fault.Status({ status: 403 }), ["--resume"], "(status 403)")
        yield* stops(Fault.Status({ status: 503 }), ["--resume"], "status 503, after 3 attempts")
        yield* stops(Fault.Status({ status: 404 }), ["--resume"], "refuses the events: status 404")
        const last = yield* start("--resume")
        assert.strictEqual(codeOf(last.exit), 2)
        assert.include(last.out, "50 read, 49 sent, 1 refused")
        assert.include(last.out, "40 sent and 1 refused earlier")
        assert.deepInclude(yield* posthog.stats, { events: 49, duplicates: 0 })
        assert.include((yield* start()).err, "was imported")
        assert.include((yield* start("--resume")).out, "50 read, 49 sent, 1 refused")
        assert.strictEqual((yield* fs.readFileString(`${file}.refused.ndjson`)).split("\n").length, 2)
      })
    ).pipe(Effect.provide(server)))

  it.effect("stops where PostHog refuses all of the first hundred events", () =>
    Effect.gen(function*() {
      const posthog = yield* DevServer.DevServer
      yield* posthog.always(Fault.Status({ status: 400 }))
      const { err, exit } = yield* importing(lines(100), "events.ndjson")
      assert.strictEqual(codeOf(exit), 1)
      assert.include(err, "refuses every event of the first 100")
    }).pipe(Effect.provide(server)))

  it.effect("has as many batches under way as it was told, and writes them down in order", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const posthog = yield* DevServer.DevServer
        const file = `${folder}/events.ndjson`
        yield* fs.writeFileString(file, lines(100))
        // the first batch is never answered: the others behind it wait for it
        yield* posthog.enqueue(Fault.Stall())
        const fiber = yield* Effect.fork(
          run(["import", file, "--batch-size", "10", "--concurrency", "4"], env)
        )
        yield* posthog.awaitEvents(30)
        // all of the file has been read: a fifth request would be here by now
        yield* Effect.repeatN(Effect.yieldNow(), 2000)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual((yield* posthog.stats).requests, 4)
        assert.include(yield* fs.readFileString(`${file}.import.json`), "\"sent\": 0,")
        assert.strictEqual(codeOf((yield* run(["import", file, "--resume"], env)).exit), 0)
        assert.deepInclude(yield* posthog.stats, { events: 100, duplicates: 30, conflicts: 0 })
      })
    ).pipe(Effect.provide(server)))
})

describe("import refuses to begin", () => {
  it.effect("where the file, its checkpoint or its options do not fit", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const file = `${folder}/events.ndjson`
        const begin = (args: ReadonlyArray<string>, expected: string, more: Readonly<Record<string, string>> = {}) =>
          Effect.gen(function*() {
            const { err, exit } = yield* run(["import", ...args], { ...env, ...more })
            assert.strictEqual(codeOf(exit), 1)
            assert.include(err, expected)
          })
        yield* begin([file], "cannot be read")
        yield* begin([folder], "it is no file")
        yield* fs.writeFileString(file, `${lines(3)}\n`)
        yield* begin([file], "Set POSTHOG_API_KEY", { POSTHOG_API_KEY: " " })
        yield* begin([file], "no http or https address", { POSTHOG_HOST: "ftp://x" })
        yield* begin([file, "--batch-size", "0"], "--batch-size takes a number from 1 to 10000")
        yield* begin([file, "--concurrency", "99"], "--concurrency takes a number from 1 to 32")
        yield* begin([file, "--checkpoint", file], "is no checkpoint of an import")
        yield* begin([file, "--refused", file], "holds no refused lines")
        yield* begin([file, "--checkpoint", `${folder}/none/x`], "cannot be written")
        yield* begin([file, "--format", "csv"], "has no readable header in line 1")
        yield* fs.writeFileString(`${folder}/events`, "event;distinct_id;timestamp\n")
        yield* begin([`${folder}/events`], "pass --format")
        yield* begin([`${folder}/events`, "--format", "csv"], "has no column event, distinct_id, timestamp")
        yield* fs.writeFile(`${folder}/utf16.csv`, Buffer.from("\ufeffevent", "utf16le"))
        yield* begin([`${folder}/utf16.csv`], "UTF-16")
        yield* fs.writeFile(`${folder}/cut.ndjson.gz`, gzipSync(lines(10_000)).subarray(0, -20))
        yield* begin([`${folder}/cut.ndjson.gz`], "unexpected end of file")

        yield* run(["import", file], env)
        yield* begin([file, "--resume"], "into another project", { POSTHOG_API_KEY: "phc_other" })
        yield* fs.writeFileString(file, `${lines(4)}\n`)
        yield* begin([file, "--resume"], "has changed since")
        const posthog = yield* DevServer.DevServer
        assert.deepStrictEqual((yield* posthog.requests).map(({ body }) => body !== undefined).length > 0, true)
      })
    ).pipe(Effect.provide(server)))
})

describe("import shows how far it is", () => {
  it.effect("with a bar, the rate and the time left on a terminal, and leaves its line empty", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const posthog = yield* DevServer.DevServer
        const file = `${folder}/events.ndjson`
        yield* fs.writeFileString(file, lines(100))
        const drawn: Array<string> = []
        const terminal = Terminal.Terminal.of({
          columns: Effect.succeed(100),
          rows: Effect.succeed(30),
          isTTY: Effect.succeed(true),
          readInput: Mailbox.make<Terminal.UserInput>(),
          readLine: Effect.succeed(""),
          display: (text) =>
            Effect.sync(() => {
              drawn.push(text)
            })
        })
        // each answer takes a second; the third one fails at first
        yield* posthog.always(Fault.Delay({ duration: "1 second" }))
        const fiber = yield* Effect.fork(
          ImportCommand.run({
            file,
            format: Option.none(),
            resume: false,
            refused: Option.none(),
            checkpoint: Option.none(),
            host: Option.some(env.POSTHOG_HOST),
            apiKey: Option.some(env.POSTHOG_API_KEY),
            batchSize: 10,
            concurrency: 1,
            dryRun: false
          }).pipe(Effect.provideService(Terminal.Terminal, terminal), Effect.exit)
        )
        for (let batch = 1; batch <= 10; batch++) {
          yield* posthog.awaitRequests(batch)
          yield* TestClock.adjust("1 second")
        }
        assert.isTrue(Exit.isSuccess(yield* Fiber.join(fiber)))
        assert.isTrue(drawn.every((text) => text.startsWith("\r") && text.length <= 103), drawn.join("\n"))
        assert.strictEqual(drawn.at(-1), "\r\u001b[K")
        const middle = drawn.find((text) => text.includes("50 sent"))
        assert.match(middle ?? drawn.join("\n"), /^\r\[#{10,20}-{10,20}\] \d\d %, 50 sent, \d+ events\/s, \d+ s left/)
      })
    ).pipe(Effect.provide(Layer.merge(server, NodeContext.layer))))

  it.effect("with a line every ten seconds elsewhere", () =>
    withFolder((folder, fs) =>
      Effect.gen(function*() {
        const posthog = yield* DevServer.DevServer
        const file = `${folder}/events.ndjson`
        yield* fs.writeFileString(file, `${lines(99)}\nx`)
        yield* posthog.always(Fault.Delay({ duration: "6 seconds" }))
        const fiber = yield* Effect.fork(run(["import", file, "--batch-size", "25"], env))
        for (let batch = 1; batch <= 4; batch++) {
          yield* posthog.awaitRequests(batch)
          yield* TestClock.adjust("6 seconds")
        }
        const { exit, out } = yield* Fiber.join(fiber)
        assert.strictEqual(codeOf(exit), 2)
        const [first, second, ...more] = out.split("\n")
        assert.match(first ?? "", /^2\d %, 25 sent, 3 events\/s, \d+ s left$/)
        assert.match(second ?? "", /^7\d %, 75 sent, 4 events\/s, \d s left$/)
        assert.strictEqual(more[0], `${file}: 100 read, 99 sent, 1 refused, in 24 s, 4 events/s.`)
      })
    ).pipe(Effect.provide(server)))
})
