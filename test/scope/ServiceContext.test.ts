/** Seed 001, `FlextContext.Service`. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import {
  currentService,
  fresh,
  inherited,
  ProcessService,
  setServiceName,
  setServiceVersion,
  withScope,
  withService
} from "effect-posthog"
import type { ServiceFields } from "effect-posthog/scope/sections/ServiceSection"

const quiet = { captureExceptions: false } as const

const present = (service: ServiceFields) =>
  Object.fromEntries(Object.entries(service).filter(([, value]) => value !== undefined))

const serviceIs = (expected: ServiceFields | undefined) =>
  Effect.map(
    currentService,
    (service) => assert.deepStrictEqual(Option.map(service, present), Option.fromNullable(expected))
  )

describe("withService", () => {
  it.effect("names the service and its version for a region, and nothing after it", () =>
    Effect.gen(function*() {
      yield* withService(serviceIs({ name: "orders", version: "1.0.0" }), "orders", "1.0.0")
      yield* serviceIs({ name: "orders" }).pipe(withService("orders"))
      yield* serviceIs(undefined)
    }))

  it.effect("an inner service without a version does not borrow the outer one's", () =>
    serviceIs({ name: "b" }).pipe(withService("b"), withService("a", "1.0.0")))

  it.effect("an empty version counts as none, an empty name names nothing", () =>
    Effect.gen(function*() {
      yield* serviceIs({ name: "b" }).pipe(withService("b", ""), withService("a", "1"))
      yield* serviceIs({ name: "a", version: "2" }).pipe(withService("", "2"), withService("a", "1"))
      yield* serviceIs({ name: "a", version: "1" }).pipe(withService(" "), withService("a", "1"))
    }))
})

describe("setters", () => {
  it.effect("set name and version of the current scope, which is gone when the scope is", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        yield* setServiceName("orders")
        yield* setServiceVersion("1")
        yield* serviceIs({ name: "orders", version: "1" })
      }).pipe(withScope(inherited, quiet))
      yield* serviceIs(undefined)
    }).pipe(withScope(fresh, quiet)))

  it.effect("another name drops the version, which was another service's; the same name keeps it", () =>
    Effect.gen(function*() {
      yield* setServiceName("a")
      yield* serviceIs({ name: "a", version: "1" })
      yield* setServiceName("b")
      yield* serviceIs({ name: "b" })
      yield* setServiceVersion("2")
      yield* serviceIs({ name: "b", version: "2" })
    }).pipe(withService("a", "1")))

  it.effect("a version alone is that of the service around it", () =>
    Effect.zipRight(setServiceVersion("2"), serviceIs({ name: "a", version: "2" })).pipe(
      withScope(inherited, quiet),
      withService("a", "1")
    ))

  it.effect("empty texts and calls outside every scope change nothing", () =>
    Effect.gen(function*() {
      yield* setServiceName("a")
      yield* setServiceVersion("1")
      yield* serviceIs(undefined)
      yield* Effect.zipRight(setServiceName(" "), setServiceVersion("")).pipe(
        Effect.zipRight(serviceIs({ name: "a", version: "1" })),
        withService("a", "1")
      )
    }))
})

describe("the service of the process", () => {
  const process = { name: "shop", version: "9", environment: "production" }

  it.effect("is seen outside of scopes, in inherited and in fresh ones", () =>
    Effect.gen(function*() {
      yield* serviceIs(process)
      yield* withScope(serviceIs(process), inherited, quiet)
      yield* withScope(serviceIs(process), fresh, quiet)
    }).pipe(Effect.provideService(ProcessService, process)))

  it.effect("a scope's service wins, does not borrow the process's version, and keeps its environment", () =>
    serviceIs({ name: "worker", environment: "production" }).pipe(
      withService("worker"),
      Effect.provideService(ProcessService, process)
    ))
})
