/**
 * A process that ends, or nearly ends, in one of many ways: `node dying.cjs <way> <url> <exitTimeout>`. The hooks are there
 * if there is a URL to send to.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, ManagedRuntime } from "effect"
import * as ExitSender from "effect-posthog/delivery/ExitSender"
import { captured } from "effect-posthog/domain/CaptureOutcome"
import * as ProcessExceptions from "effect-posthog/exception/hooks/ProcessExceptions"
import { type CaptureExceptionOptions, ExceptionCapture, type Service } from "effect-posthog/scope/ExceptionCapture"
import type { Seen, Way } from "./protocol.js"

const [, , way = "", url = "", exitTimeout = "2000"] = process.argv

const describe = (error: unknown, { boundary }: CaptureExceptionOptions): Seen => ({
  text: error instanceof Error ? error.message : String(error),
  category: boundary?.category,
  source: boundary?.source,
  level: boundary?.level,
  handled: boundary?.handled
})

/** What the hooks need of a client: each error once, everything sent at the end. */
const makeService = (): Service => {
  const known = new WeakSet<object>()
  const seen: Array<Seen> = []
  return {
    captureExceptionsByDefault: true,
    captureException: (error, options = {}) =>
      Effect.sync(() => {
        const identity = typeof error === "object" && error !== null ? error : {}
        if (!known.has(identity)) {
          known.add(identity)
          seen.push(describe(error, options))
        }
        return captured("an id")
      }).pipe(
        Effect.tap(() =>
          options.boundary?.level === "fatal" ? Effect.logError("a line beside the last words") : Effect.void
        )
      ),
    flushAtExit: (timeout) => {
      if (seen.length > 0) {
        ExitSender.send({
          url,
          headers: { "content-type": "application/json" },
          body: new TextEncoder().encode(JSON.stringify(seen))
        }, timeout)
      }
    }
  }
}

const makeHooks = () =>
  url === "" ? Layer.empty : ProcessExceptions.layer({ exitTimeout: Number(exitTimeout) }).pipe(
    Layer.provide(Layer.sync(ExceptionCapture, makeService))
  )

const inner = async () => {
  await Promise.resolve()
  throw new Error("deep")
}
const outer = async () => {
  await inner()
}

const reject = (reason: unknown) => {
  void Promise.reject(reason)
}

const fail = (error: unknown) => {
  throw error
}

const note = (text: string) => () => console.log(text)

const ways: { readonly [way in Way]?: () => void } = {
  error: () => fail(new TypeError("boom")),
  string: () => fail("boom"),
  null: () => fail(null),
  undefined: () => fail(undefined),
  object: () => fail({ code: 1, inner: { deep: [1, 2] } }),
  properties: () =>
    fail(Object.assign(new Error("boom", { cause: new Error("why") }), { code: "E1", detail: { a: 1 } })),
  frozen: () => fail(Object.freeze(new Error("boom"))),
  preparedStack: () => {
    Error.prepareStackTrace = (error, frames) => `prepared ${String(error)} ${frames.length > 0}`
    fail(new Error("boom"))
  },
  asyncStack: () => void outer(),
  rejection: () => reject(new Error("rejected")),
  rejectionOfText: () => reject("text"),
  rejectionOfNothing: () => reject(undefined),
  exits3: () => {
    process.on("uncaughtException", (error) => {
      console.log("mine:", error.message)
      process.exit(3)
    })
    fail(new Error("boom"))
  },
  continues: () => {
    process.on("uncaughtException", note("survived"))
    setTimeout(note("still here"), 5)
    fail(new Error("boom"))
  },
  captureCallback: () => {
    process.setUncaughtExceptionCaptureCallback(note("taken"))
    fail(new Error("boom"))
  },
  exitsLater: () => {
    process.on("uncaughtException", () => setTimeout(() => process.exit(5)))
    fail(new Error("boom"))
  },
  listenerThrows: () => {
    process.on("uncaughtException", () => fail(new Error("second")))
    fail(new Error("first"))
  },
  exitListener: () => fail(new Error("boom")),
  rejectionListener: () => {
    process.on("unhandledRejection", note("dealt with"))
    reject("text")
  },
  rejectionListenerExits: () => {
    process.on("unhandledRejection", () => process.exit(4))
    reject(new Error("rejected"))
  },
  rejectionSurvived: () => {
    process.on("uncaughtException", note("survived"))
    reject("text")
  },
  rejectionPassedOn: () => {
    process.on("unhandledRejection", fail)
    reject(new Error("rejected"))
  },
  rejectionOfTextPassedOn: () => {
    process.on("unhandledRejection", fail)
    reject("text")
  },
  rejectionListenerOnce: () => {
    process.once("unhandledRejection", note("dealt with"))
    reject(new Error("first"))
    reject(new Error("second"))
  },
  rejectionListenerRemoved: () => {
    const listener = note("never")
    process.on("unhandledRejection", listener)
    setTimeout(() => {
      process.off("unhandledRejection", listener)
      reject(new Error("rejected"))
    })
  },
  allListenersRemoved: () => {
    process.on("unhandledRejection", note("never"))
    process.prependListener("unhandledRejection", note("never"))
    setTimeout(() => {
      process.removeAllListeners("unhandledRejection")
      reject(new Error("rejected"))
    })
  },
  nothing: () => console.log("the end")
}

const start = async () => {
  if (way === "exitListener") {
    process.on("exit", () => process.exit(9))
  }
  const runtime = ManagedRuntime.make(makeHooks())
  await runtime.runPromise(Effect.void)
  if (way === "two" || way === "allListenersRemoved") {
    await ManagedRuntime.make(makeHooks()).runPromise(Effect.void)
  }
  if (way === "closed") {
    await runtime.dispose()
  }
  setTimeout(ways[way as Way] ?? ways.error!)
}

const mainWays: { readonly [way in Way]?: Effect.Effect<never, string> } = {
  mainFails: Effect.fail("a failure"),
  mainSignal: Effect.zipRight(Effect.sync(() => setTimeout(() => process.kill(process.pid, "SIGINT"))), Effect.never),
  mainThrows: Effect.zipRight(Effect.sync(() => setTimeout(() => fail(new Error("boom")))), Effect.never)
}

const mainWay = mainWays[way as Way]

if (mainWay !== undefined) {
  NodeRuntime.runMain(
    Effect.addFinalizer(() => Effect.sync(note("closed"))).pipe(
      Effect.zipRight(mainWay),
      Effect.scoped,
      Effect.provide(makeHooks())
    ),
    { disableErrorReporting: true }
  )
} else {
  void start()
}
