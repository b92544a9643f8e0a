/** What both sides of the exceptions benchmark have in common: the exceptions, and what their events have to say. */
import { readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { cwd } from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import {
  fewFiles,
  fileName,
  files,
  folderOf,
  type Module,
  pick,
  random,
  type Route,
  sites
} from "./exceptionsSources.js"
import type { Work } from "./harness.js"

export const names = {
  waits: "exception, what the caller waits for vs posthog-node",
  whole: "exception whole, until its text is in the buffer vs posthog-node",
  enqueued: "exception whole vs posthog-node before it serializes",
  nearEnd: "exception whole, a frame of each stack near the end of its file vs posthog-node",
  manyFiles: `exception whole, over ${files} files vs posthog-node`,
  thrown: "exception whole, V8 has yet to write its stack vs posthog-node",
  held: "memory held after 2000 exceptions vs posthog-node",
  caches: "bytes in the caches",
  resident: "resident memory grown by over 2000 exceptions vs posthog-node"
} as const

/** Of the work, in one round. */
const calls = 40

/** Of the work, where memory is measured. */
export const manyCalls = 2000

export const distinctId = "user-0042"
export const properties = (n: number) => ({ n, path: "/checkout/payment", attempt: 1 })

/** Lines of source before and after: as many as posthog-node sends, which has no option for it. */
export const contextLines = 7

const chain = 4
const depth = 20
const distinct = 200

class PaymentError extends Error {
  override readonly name = "PaymentError"
}

class StockError extends Error {
  override readonly name = "StockError"
}

const classes: ReadonlyArray<new(message: string) => Error> = [PaymentError, TypeError, StockError, Error]

export type Kind = "few" | "many" | "nearEnd" | "thrown"

/** A fresh error with three causes, each with a stack of twenty frames; two hundred different ones in rotation. */
export const errors = async (kind: Kind): Promise<(n: number) => Error> => {
  const modules = await Promise.all(
    Array.from(
      { length: kind === "many" ? files : fewFiles },
      (_, n) => import(pathToFileURL(join(folderOf(cwd()), fileName(n))).href) as Promise<Module>
    )
  )
  const next = random(kind === "nearEnd" ? 2 : 1)
  const routes = Array.from({ length: distinct }, () =>
    classes.map((Failure): Route => {
      const end = kind === "nearEnd" ? Math.floor(next() * depth) : -1
      const steps = Array.from({ length: depth }, (_, i) => {
        const module = pick(next, modules)
        // which line goes on is said to the function by the step after it
        return { ...(i === end ? module.last : pick(next, module.functions)), site: Math.floor(next() * sites) }
      })
      return { at: 0, steps, Failure }
    }))
  if (kind === "thrown") {
    return (n) => linked(routes[n % distinct]!.map(run))
  }
  const told = routes.map((route) => route.map((one) => ({ ...texts(run(one)), Failure: one.Failure })))
  if (new Set(told.flat().map(({ stack }) => stack)).size !== distinct * chain) {
    throw new Error("the stacks are not all different")
  }
  return (n) =>
    linked(told[n % distinct]!.map(({ Failure, message, stack }) => {
      const error = new Failure(message)
      error.stack = stack
      return error
    }))
}

const linked = (errors: ReadonlyArray<Error>): Error =>
  errors.reduceRight((cause, error) => {
    error.cause = cause
    return error
  })

const texts = ({ message, stack = "" }: Error) => ({ message, stack })

/** Takes a route to its end: what is thrown there has the route as its stack. */
const run = (route: Route): Error => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = depth
  route.at = 1
  const first = route.steps[0]!
  try {
    first.run.call(first.on, { id: "A-1042", lines: [{ sku: "tea", price: 4, quantity: 2, weight: 1 }] }, route)
  } catch (error) {
    return error as Error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  throw new Error("a route ended without an error")
}

interface Frame {
  readonly filename: string
  readonly function?: string
  readonly lineno?: number
  readonly in_app?: boolean
  readonly context_line?: string
  readonly pre_context?: ReadonlyArray<string>
  readonly post_context?: ReadonlyArray<string>
}

interface Entry {
  readonly type: string
  readonly value: string
  readonly stacktrace?: { readonly frames: ReadonlyArray<Frame> }
}

/**
 * Does an event say all of an error that is to be measured? Four exceptions of twenty frames, the crash last, each with
 * the lines that its file really has there.
 */
export const check = (error: Error, kind: Kind, properties: Readonly<Record<string, unknown>>): void => {
  if (process.env["UNCHECKED"] === "1") {
    return
  }
  const fail = (what: string): never => {
    throw new Error(`the event is not what is to be measured: ${what} (UNCHECKED=1 measures it all the same)`)
  }
  const list = properties["$exception_list"] as ReadonlyArray<Entry> | undefined
  if (list?.length !== chain) {
    return fail(`it has ${list?.length ?? "no"} exceptions, not ${chain}`)
  }
  let told: unknown = error
  for (const [i, { stacktrace, type, value }] of list.entries()) {
    if (!(told instanceof Error) || told.name !== type || told.message !== value) {
      return fail(`exception ${i} is ${type}: ${value}`)
    }
    const frames = stacktrace?.frames ?? []
    const lines = (told.stack ?? "").split("\n").slice(1).toReversed()
    if (frames.length !== depth || lines.length !== depth) {
      return fail(`exception ${i} has ${frames.length} frames, not ${depth}`)
    }
    if (kind === "nearEnd" && frames.every(({ post_context }) => post_context?.length === contextLines)) {
      return fail(`exception ${i} has no frame near the end of its file`)
    }
    for (const [at, frame] of frames.entries()) {
      const problem = problemOf(frame, lines[at]!)
      if (problem !== undefined) {
        return fail(`frame ${at} of exception ${i}, ${lines[at]!.trim()}, ${problem}: ${JSON.stringify(frame)}`)
      }
    }
    told = told.cause
  }
}

const problemOf = (frame: Frame, line: string): string | undefined => {
  const [, name, url, lineno] = /^ +at (\S+) \((.+):(\d+):\d+\)$/.exec(line) ?? []
  const path = fileURLToPath(url ?? "file:///")
  if (frame.function === undefined || !name?.endsWith(frame.function) || frame.in_app !== true) {
    return "is another function"
  }
  if (resolve(frame.filename) !== path || frame.lineno !== Number(lineno)) {
    return "is another place"
  }
  const source = readFileSync(path, "utf8").replace(/\n$/, "").split("\n")
  const { lineno: at } = frame
  return frame.context_line !== source[at - 1]
    ? "has not its line of source"
    : frame.pre_context?.join("\n") !== source.slice(Math.max(0, at - 1 - contextLines), at - 1).join("\n")
    ? "has not the lines before it"
    : frame.post_context?.join("\n") !== source.slice(at, at + contextLines).join("\n")
    ? "has not the lines after it"
    : undefined
}

/** What the process takes, after everything that can go has gone. */
const memoryOf = (what: "held" | "resident"): number => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.()
  }
  const { external, heapUsed, rss } = process.memoryUsage()
  return what === "resident" ? rss : heapUsed + external
}

/** Captures so many exceptions, one after the other: the microseconds of one. */
export type Capture = (count: number) => Promise<number>

/** `waits`: until the call returns; `whole`: until the event's text is in the buffer. */
export type Part = "waits" | "whole"

export const timed = (make: () => Promise<Capture>) => async (): Promise<Work> => {
  const capture = await make()
  return () => capture(calls)
}

/** What the process grows by, from before the first exception: the same however often it is asked for. */
const weighed = (make: () => Promise<Capture>, what: "held" | "resident") => async (): Promise<Work> => {
  const capture = await make()
  let growth: number | undefined
  return async () => {
    if (growth === undefined) {
      const before = memoryOf(what)
      await capture(manyCalls)
      growth = memoryOf(what) - before
    }
    return growth
  }
}

/** What both sides are measured in. */
export const works = (
  make: (kind: Kind, part: Part) => Promise<Capture>
): { readonly [name: string]: () => Promise<Work> } => ({
  [names.waits]: timed(() => make("few", "waits")),
  [names.whole]: timed(() => make("few", "whole")),
  [names.nearEnd]: timed(() => make("nearEnd", "whole")),
  [names.manyFiles]: timed(() => make("many", "whole")),
  [names.thrown]: timed(() => make("thrown", "whole")),
  [names.held]: weighed(() => make("few", "whole"), "held"),
  [names.resident]: weighed(() => make("few", "whole"), "resident")
})
