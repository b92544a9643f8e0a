/**
 * `effect-posthog import`: brings events of the past into PostHog, from a file.
 *
 * @since 0.1.0
 */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as CliOptions from "@effect/cli/Options"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CliError } from "./CliError.js"
import * as Connection from "./Connection.js"
import { ExitCode } from "./ExitCode.js"
import * as BatchSender from "./import/BatchSender.js"
import * as Checkpoint from "./import/Checkpoint.js"
import * as CsvHeader from "./import/CsvHeader.js"
import * as Destination from "./import/Destination.js"
import * as Import from "./import/Import.js"
import * as LineEvent from "./import/LineEvent.js"
import * as Progress from "./import/Progress.js"
import type { Format } from "./import/RecordSplitter.js"
import * as RefusedFile from "./import/RefusedFile.js"
import type { RefusedLine } from "./import/RefusedLine.js"
import * as SourceFile from "./import/SourceFile.js"
import * as Tally from "./import/Tally.js"

const options = {
  ...Connection.options,
  format: CliOptions.choice("format", ["ndjson", "csv"]).pipe(
    CliOptions.withDescription(
      "What the file is. Default: what its name says (.ndjson, .jsonl, .json, .csv, also .gz)"
    ),
    CliOptions.optional
  ),
  resume: CliOptions.boolean("resume").pipe(
    CliOptions.withDescription("Go on where an earlier import of this file stopped")
  ),
  refused: CliOptions.text("refused").pipe(
    CliOptions.withDescription("Where lines go that are not imported, with reasons. Default: FILE.refused.ndjson"),
    CliOptions.optional
  ),
  checkpoint: CliOptions.text("checkpoint").pipe(
    CliOptions.withDescription("Where is written how far the import has come. Default: FILE.import.json"),
    CliOptions.optional
  ),
  batchSize: CliOptions.integer("batch-size").pipe(
    CliOptions.withDescription("Events in one request, at most"),
    CliOptions.withDefault(500)
  ),
  concurrency: CliOptions.integer("concurrency").pipe(
    CliOptions.withDescription("Requests at the same time; as many batches may be repeated after an interruption"),
    CliOptions.withDefault(1)
  ),
  dryRun: CliOptions.boolean("dry-run").pipe(
    CliOptions.withDescription("Read and check everything, send nothing")
  )
}

const file = Args.text({ name: "file" }).pipe(
  Args.withDescription("NDJSON or CSV, in UTF-8, also compressed with gzip")
)

export interface Options extends Connection.Given {
  readonly file: string
  readonly format: Option.Option<Format>
  readonly resume: boolean
  readonly refused: Option.Option<string>
  readonly checkpoint: Option.Option<string>
  readonly batchSize: number
  readonly concurrency: number
  readonly dryRun: boolean
}

export const run = (options: Options) =>
  Effect.gen(function*() {
    yield* between("--batch-size", options.batchSize, 1, 10_000)
    yield* between("--concurrency", options.concurrency, 1, 32)
    const source = yield* SourceFile.open(options.file, options.format)
    const header = yield* CsvHeader.read(source)
    const batch = { ...(yield* Destination.lineSettings), columns: header.columns }
    const end = yield* options.dryRun ? check(options, source, header, batch) : send(options, source, header, batch)
    yield* Console.log(end.summary)
    if (end.refused > 0) {
      return yield* new ExitCode({ code: 2 })
    }
  })

const between = (name: string, value: number, least: number, most: number) =>
  value >= least && value <= most
    ? Effect.void
    : new CliError({ reason: "invalidOption", message: `${name} takes a number from ${least} to ${most}.` })

interface LineSettings extends LineEvent.Settings {
  readonly columns: ReadonlyArray<string>
  readonly maxBatchBytes: number
}

/** How many refused lines a dry run shows. */
const shown = 5

/** Reads everything and sends nothing; writes nothing either, unless a file for refused lines was named. */
const check = (
  options: Options,
  source: SourceFile.SourceFile,
  header: CsvHeader.CsvHeader,
  settings: LineSettings
) =>
  Effect.gen(function*() {
    const examples: Array<RefusedLine> = []
    const path = Option.getOrUndefined(options.refused)
    if (path !== undefined) {
      yield* RefusedFile.begin(path)
    }
    const { counts, ignored } = yield* pass(options, source, settings, {
      from: header.next,
      began: { sent: 0, refused: 0, position: 0 },
      send: () => Effect.succeed([]),
      commit: ({ refused }) => {
        examples.push(...refused.slice(0, shown - examples.length))
        return path === undefined ? Effect.void : Effect.asVoid(RefusedFile.append(path, refused))
      }
    })
    const total = counts.sent + counts.refused
    return {
      refused: counts.refused,
      summary: [
        `${source.path}: ${Tally.number(total)} read, ${Tally.number(counts.sent)} can be imported, ${
          Tally.number(counts.refused)
        } refused. Nothing was sent.`,
        ...examples.map(({ reason, record }) => `  line ${record.line}: ${reason}`),
        ...(counts.refused > examples.length ? [`  and ${Tally.number(counts.refused - examples.length)} more`] : []),
        ...ignoredLine(ignored)
      ].join("\n")
    }
  })

const send = (
  options: Options,
  source: SourceFile.SourceFile,
  header: CsvHeader.CsvHeader,
  settings: LineSettings
) =>
  Effect.gen(function*() {
    const destination = yield* Destination.resolve(options)
    const refusedPath = Option.getOrElse(options.refused, () => `${source.path}.refused.ndjson`)
    const path = Option.getOrElse(options.checkpoint, () => `${source.path}.import.json`)
    const first: Checkpoint.Checkpoint = {
      effectPosthogImport: 1,
      fingerprint: source.fingerprint,
      destination: Destination.fingerprint(destination),
      format: source.format,
      ...header.next,
      position: 0,
      sent: 0,
      refused: 0,
      refusedBytes: 0,
      finished: false
    }
    let checkpoint = yield* beginning(options, path, first)
    const began = checkpoint
    if (!checkpoint.finished) {
      yield* checkpoint === first
        ? RefusedFile.begin(refusedPath)
        : RefusedFile.resume(refusedPath, checkpoint.refusedBytes)
      // before anything is sent: where it cannot be written, nothing should be
      yield* Checkpoint.write(path, checkpoint)
    }
    const view = { trouble: undefined as string | undefined }
    const sendBatch = yield* BatchSender.make({
      destination,
      concurrency: options.concurrency,
      hasSent: checkpoint.sent > 0,
      onAnswer: (trouble) => {
        view.trouble = trouble
      }
    })
    const start = yield* Clock.currentTimeMillis
    const { ignored } = checkpoint.finished ? { ignored: [] } : yield* pass(options, source, settings, {
      from: { offset: checkpoint.offset, line: checkpoint.line },
      began,
      trouble: () => view.trouble,
      send: sendBatch,
      commit: ({ next, position, refused, sent }) =>
        Effect.gen(function*() {
          const bytes = yield* RefusedFile.append(refusedPath, refused)
          checkpoint = {
            ...checkpoint,
            ...next,
            position,
            sent: checkpoint.sent + sent,
            refused: checkpoint.refused + refused.length,
            refusedBytes: checkpoint.refusedBytes + bytes
          }
          yield* Checkpoint.write(path, checkpoint)
        })
    }).pipe(
      // also where it is interrupted
      Effect.onError(() =>
        Console.error(
          `Stopped before line ${checkpoint.line}, ${Tally.number(checkpoint.sent)} sent: --resume goes on from there.`
        )
      )
    )
    checkpoint = { ...checkpoint, finished: true }
    yield* Checkpoint.write(path, checkpoint)
    const elapsed = (yield* Clock.currentTimeMillis) - start
    return {
      refused: checkpoint.refused,
      summary: [
        `${source.path}: ${Tally.number(checkpoint.sent + checkpoint.refused)} read, ${
          Tally.number(checkpoint.sent)
        } sent, ${Tally.number(checkpoint.refused)} refused, in ${Tally.duration(elapsed)}, ${
          Tally.number(Tally.rate({ began, elapsed, sent: checkpoint.sent }))
        } events/s.`,
        ...(began.sent + began.refused > 0
          ? [`Of these ${Tally.number(began.sent)} sent and ${Tally.number(began.refused)} refused earlier.`]
          : []),
        ...(checkpoint.refused > 0 ? [`The refused lines and why: ${refusedPath}`] : []),
        ...ignoredLine(ignored)
      ].join("\n")
    }
  })

/** From the start, or from where an earlier run came to. */
const beginning = (options: Options, path: string, first: Checkpoint.Checkpoint) =>
  Effect.gen(function*() {
    const found = yield* Checkpoint.read(path)
    if (Option.isNone(found)) {
      return first
    }
    const { destination, fingerprint, finished, format, line } = found.value
    if (!options.resume) {
      return yield* new CliError({
        reason: "foreignFile",
        message: finished
          ? `${path} says that this file was imported: remove it to import again.`
          : `${path} says that an import stopped before line ${line}: pass --resume to go on, or remove it.`
      })
    }
    if (fingerprint !== first.fingerprint || format !== first.format) {
      return yield* new CliError({
        reason: "foreignFile",
        message: `${path} is of another file, or ${options.file} has changed since: it cannot be resumed.`
      })
    }
    if (destination !== first.destination) {
      return yield* new CliError({
        reason: "foreignFile",
        message: `${path} is of an import into another project, or to another host: it cannot be resumed.`
      })
    }
    return found.value
  })

interface Pass<R> extends Pick<Import.Settings<R>, "commit" | "from" | "send"> {
  readonly began: Tally.Tally
  readonly trouble?: () => string | undefined
}

/** Goes through the file and shows how far it is. */
const pass = <R>(options: Options, source: SourceFile.SourceFile, settings: LineSettings, how: Pass<R>) =>
  Effect.gen(function*() {
    let counts = how.began
    const ignored = new Set(settings.columns.filter((name) => !LineEvent.known.has(name)))
    const start = yield* Clock.currentTimeMillis
    yield* Progress.show(
      Effect.map(Clock.currentTimeMillis, (now) => ({
        ...counts,
        began: how.began,
        size: source.size,
        elapsed: now - start,
        done: options.dryRun ? "checked" as const : "sent" as const,
        trouble: how.trouble?.()
      }))
    )
    yield* Import.run<R>({
      source,
      from: how.from,
      batch: {
        ...settings,
        format: source.format,
        maxEvents: options.batchSize,
        maxBytes: settings.maxBatchBytes,
        onIgnored: (name) => {
          if (ignored.size < maxIgnored) {
            ignored.add(name)
          }
        }
      },
      concurrency: options.concurrency,
      send: how.send,
      commit: (done) =>
        Effect.zipRight(
          how.commit(done),
          Effect.sync(() => {
            counts = {
              sent: counts.sent + done.sent,
              refused: counts.refused + done.refused.length,
              position: done.position
            }
          })
        )
    })
    return { counts, ignored: Array.from(ignored) }
  }).pipe(Effect.scoped)

/** Lines may have a new name each. */
const maxIgnored = 20

const ignoredLine = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.length === 0
    ? []
    : [
      `Not imported, beside ${Array.from(LineEvent.known).join(", ")}: ${
        names.map((name) => JSON.stringify(name.slice(0, 100))).join(", ")
      }${names.length < maxIgnored ? "" : ", …"}`
    ]

export const command = Command.make("import", { ...options, file }, run).pipe(
  Command.withDescription(
    "Imports events of the past from NDJSON or CSV, of any size. Ends with 0 where all were sent, 2 where lines were refused"
  )
)
