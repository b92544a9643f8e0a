/**
 * Values that nobody would throw, and everything else that somebody may.
 */
import { Data, FastCheck as fc } from "effect"

export class OutOfStock extends Data.TaggedError("OutOfStock")<{
  readonly sku: string
  readonly cause?: unknown
}> {}

const thrower = (): never => {
  throw new Error("hands off")
}

/** Every property throws. */
export const throwingGetters = (): object => {
  const result = {}
  for (
    const key of ["_tag", "name", "message", "stack", "stacktrace", "cause", "errors", "constructor", "toJSON"]
  ) {
    Object.defineProperty(result, key, { enumerable: true, get: thrower })
  }
  return result
}

/** Every operation throws. */
export const throwingProxy = (): object =>
  new Proxy({}, {
    get: thrower,
    has: thrower,
    ownKeys: thrower,
    getPrototypeOf: thrower,
    getOwnPropertyDescriptor: thrower,
    set: thrower,
    defineProperty: thrower
  })

/** Claims to have every property, and each is itself. */
export const claimingProxy = (): object => {
  const proxy: object = new Proxy({}, { get: () => proxy, has: () => true })
  return proxy
}

export const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Each cause is another one. */
export const endless = (): Error =>
  Object.defineProperty(new Error("endless"), "cause", { get: () => endless(), configurable: true })

/** An error that is its own cause and its own member. */
export const ownCause = (): Error => {
  const error: Error & { errors?: unknown } = new Error("own")
  error.cause = error
  error.errors = [error, error]
  return error
}

export const lying = (): object => ({
  _tag: "",
  name: 42,
  message: { deep: { er: 1n } },
  stack: "\ud800",
  cause: null,
  errors: { length: 3 }
})

/** Made by the test: fast-check looks at the values it makes itself. */
export const anyValue = (): fc.Arbitrary<() => unknown> =>
  fc.oneof(
    fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSet: true }).map(
      (value) => () => value
    ),
    fc.constantFrom<() => unknown>(
      throwingGetters,
      throwingProxy,
      claimingProxy,
      revoked,
      endless,
      ownCause,
      lying,
      () => Symbol("s"),
      () => () => 1,
      () => Object.freeze(new Error("frozen")),
      () => Object.create(null),
      () => "x".repeat(100_000),
      () => new AggregateError([new Error("a"), "b", null, ownCause()], "all"),
      () => new OutOfStock({ sku: "A-1", cause: new TypeError("t") }),
      () => 2n ** 4096n
    )
  )
