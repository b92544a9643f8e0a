/** Our side of the exceptions benchmark: a client whose delivery notes the moment in which it is offered an event. */
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Logger, LogLevel, ManagedRuntime, Metric, Redacted } from "effect"
import { ExceptionCapture } from "effect-posthog"
import type { Delivery } from "../../dist/delivery/Delivery.js"
import * as Ledger from "../../dist/delivery/Ledger.js"
import type { FinishedEvent } from "../../dist/event/FinishedEvent.js"
import * as Uuid from "../../dist/event/Uuid.js"
import * as ExceptionMetrics from "../../dist/exception/ExceptionMetrics.js"
import * as PosthogClient from "../../dist/PosthogClient.js"
import { host } from "./captureWork.js"
import {
  check,
  contextLines,
  distinctId,
  errors,
  type Kind,
  manyCalls,
  names,
  type Part,
  properties,
  works
} from "./exceptionsWork.js"
import { serve, type Work } from "./harness.js"

const make = async (kind: Kind, part: Part) => {
  const error = await errors(kind)
  let last: FinishedEvent | undefined
  let arrived = () => {}
  let end = 0
  const nothing = Effect.succeed({ delivered: 0, dropped: 0, pending: 0 })
  const delivery: Delivery = {
    offer: (event) => {
      end = performance.now()
      last = event
      arrived()
      return []
    },
    drop: () => Effect.void,
    dropUnoffered: () => Effect.void,
    sendNow: () => Effect.succeed("delivered"),
    flush: nothing,
    shutdown: () => nothing,
    sendAtExit: () => Effect.void,
    suspends: false,
    offerWhenRoom: () => Effect.succeed("bufferFull"),
    refused: () => {},
    stats: Effect.succeed(Ledger.nothing)
  }
  const { runPromise } = ManagedRuntime.make(
    Layer.scoped(
      ExceptionCapture.ExceptionCapture,
      Effect.flatMap(Uuid.make, (uuids) =>
        PosthogClient.makeWith(
          { apiKey: Redacted.make("phc_bench"), host, exceptions: { sourceContext: { lines: contextLines } } },
          delivery,
          uuids
        ))
    ).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(Logger.minimumLogLevel(LogLevel.None))
    )
  )
  const event = Effect.async<FinishedEvent>((resume) => {
    const done = () => resume(Effect.succeed(last!))
    if (last === undefined) {
      arrived = done
    } else {
      done()
    }
  })
  let n = 0

  /** So many exceptions, one after the other: the microseconds of one. */
  const capture = (count: number): Promise<number> =>
    runPromise(Effect.gen(function*() {
      let spent = 0
      for (let i = 0; i < count; i++) {
        const exception = error(n)
        last = undefined
        arrived = () => {}
        const from = performance.now()
        const outcome = yield* ExceptionCapture.capture(exception, { distinctId, properties: properties(n) })
        const returned = performance.now()
        const { event: name, own, shared, uuid } = yield* event
        spent += (part === "waits" ? returned : end) - from
        if (name !== "$exception" || outcome._tag !== "Captured" || outcome.eventId !== uuid || own.length < 1000) {
          throw new Error(`another exception came than number ${n}`)
        }
        if (n === 0) {
          check(exception, kind, JSON.parse(shared === "" ? own : `${own.slice(0, -1)},${shared}}`))
        }
        n++
      }
      return spent * 1000 / count
    }))
  return capture
}

const own: Readonly<Record<string, () => Promise<Work>>> = {
  ...works(make),
  [names.caches]: async () => {
    const capture = await make("many", "whole")
    return async () => {
      await capture(manyCalls)
      return Effect.runPromise(Effect.map(Metric.value(ExceptionMetrics.cachedBytes), ({ value }) => value))
    }
  }
}

const work = process.argv[2] ?? ""
serve({ [work]: await own[work]!() })
