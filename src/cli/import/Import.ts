/**
 * An import: batches of the file are sent in order, and what is answered is written down in order. However it ends, what
 * the checkpoint does not know of are the batches that were under way.
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FinishedEvent } from "../../event/FinishedEvent.js"
import type { CliError } from "../CliError.js"
import * as Batch from "./Batch.js"
import type { RefusedEvent } from "./BatchSender.js"
import type { Place } from "./RecordSplitter.js"
import type { RefusedLine } from "./RefusedLine.js"
import * as SourceFile from "./SourceFile.js"

export interface Settings<R> {
  readonly source: SourceFile.SourceFile
  readonly from: Place
  readonly batch: Batch.Settings
  /** Batches under way at the same time: so many may come twice after an interruption. */
  readonly concurrency: number
  readonly send: (events: ReadonlyArray<FinishedEvent>) => Effect.Effect<ReadonlyArray<RefusedEvent>, CliError, R>
  /** Called for one batch after the other, in the order of the file. */
  readonly commit: (done: Done) => Effect.Effect<void, CliError, R>
}

export interface Done {
  readonly sent: number
  /** In the order of the file. */
  readonly refused: ReadonlyArray<RefusedLine>
  readonly next: Place
  /** Bytes read of the file as it lies on the disk. */
  readonly position: number
}

export const run = <R>(settings: Settings<R>): Effect.Effect<void, CliError, R | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { commit, concurrency, from, send, source } = settings
    const batcher = Batch.make(settings.batch, from)
    const underWay = yield* Effect.makeSemaphore(concurrency)
    let read = 0
    const position = (next: Place) => source.isGzip ? Math.min(read, source.size) : next.offset

    const batches = SourceFile.bytes(source, from.offset, (count) => {
      read += count
    }).pipe(
      Stream.mapConcat(batcher.push),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(batcher.end()))),
      // read while another is being sent; and no more than that
      Stream.buffer({ capacity: 1 })
    )

    yield* batches.pipe(
      // a batch that is answered before an earlier one is still under way
      Stream.mapEffect((batch) => Effect.as(underWay.take(1), batch)),
      Stream.mapEffect((batch) => Effect.map(sent(batch, send), (refused) => ({ batch, refused })), { concurrency }),
      Stream.runForEach(({ batch, refused }) =>
        commit({
          sent: batch.entries.length - refused.length,
          refused: [...batch.refused, ...refused].toSorted((a, b) => a.record.line - b.record.line),
          next: batch.next,
          position: position(batch.next)
        }).pipe(Effect.zipRight(underWay.release(1)), Effect.uninterruptible)
      )
    )
  })

const sent = <R>(batch: Batch.Batch, send: Settings<R>["send"]) => {
  if (batch.entries.length === 0) {
    return Effect.succeed<ReadonlyArray<RefusedLine>>([])
  }
  return Effect.map(send(batch.entries.map(({ event }) => event)), (refused): ReadonlyArray<RefusedLine> => {
    const records = new Map(batch.entries.map(({ event, record }) => [event, record]))
    return refused.flatMap(({ event, reason }) => {
      const record = records.get(event)
      return record === undefined ? [] : [{ record, reason }]
    })
  })
}
