/** `CARRIERS` says how many cases are tried of anything from outside (2,000), `SEED` replays a run. */
import { FastCheck as fc } from "effect"

const number = (name: string, otherwise: number): number => {
  const value = Number(process.env[name])
  return Number.isSafeInteger(value) && value > 0 ? value : otherwise
}

export const cases = number("CARRIERS", 2000)
export const seed = number("SEED", Date.now() % 1_000_000_000)

/** The runner gives up on a test that blocks for a minute: between portions it gets a turn. */
const portion = 2000

/** Tries a law on `CARRIERS` values, or on that many times `share`. A failure says the seed and the least value. */
export const check = async <A>(arbitrary: fc.Arbitrary<A>, holds: (value: A) => void, share = 1): Promise<void> => {
  const numRuns = Math.max(1, Math.round(cases * share))
  for (let done = 0; done < numRuns; done += portion) {
    fc.assert(fc.property(arbitrary, (value) => holds(value)), {
      seed: seed + done,
      numRuns: Math.min(portion, numRuns - done)
    })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const fails = (): never => {
  throw new Error("not for you")
}

/** Makes a value: some of those below may not even be looked at by what generates them. */
export type Make = () => unknown

/** Objects that fight back. */
const hostile: fc.Arbitrary<Make> = fc.constantFrom<Make>(
  () =>
    new Proxy({}, { get: fails, has: fails, ownKeys: fails, getPrototypeOf: fails, getOwnPropertyDescriptor: fails }),
  () => {
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    return proxy
  },
  () => new Proxy(new Uint8Array([65]), {}),
  () => new Proxy(new Headers({ baggage: "a=1" }), {}),
  () => new Proxy(["a"], { get: (target, key) => key === "length" ? 1e9 : Reflect.get(target, key) }),
  () => new Proxy({}, { ownKeys: () => Array.from({ length: 1000 }, (_, i) => `k${i}`) }),
  () => Object.defineProperty({}, "baggage", { enumerable: true, get: fails }),
  () => Object.defineProperty(["a"], 0, { get: fails }),
  () => ({
    get [Symbol.iterator]() {
      return fails()
    }
  }),
  () => ({
    *[Symbol.iterator]() {
      yield ["baggage", "a=1"]
      fails()
    }
  }),
  () => ({
    *[Symbol.iterator]() {
      for (;;) {
        yield ["baggage", "a=1"]
      }
    }
  }),
  () => ({ [Symbol.iterator]: () => ({ next: () => 1 }) }),
  () => Object.create({ baggage: "inherited=1" }),
  () => JSON.parse("{\"__proto__\": {\"baggage\": \"1\"}, \"constructor\": \"c\", \"toString\": 1}"),
  () => Array.from({ length: 10_000 }),
  () => Symbol("s"),
  () => fails,
  () => 12n,
  () => new Date(Number.NaN)
)

const bytes = fc.uint8Array({ maxLength: 40 }).chain((bytes) => fc.constantFrom(bytes, Buffer.from(bytes)))

/** Texts of every kind, those of headers among them. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.fullUnicodeString(),
  fc.string16bits(),
  fc.stringOf(fc.constantFrom(..."ab= ,;%\t\r\n\u0000\u007f\u0085\u00a0é你😀\ud83d\ude00\ufeff'\"\\*12cC3"), {
    maxLength: 30
  }),
  fc.constantFrom("UTF-8''", "utf-8'en'%41", "UTF-8''%", "UTF-8''%ff", "UTF-8''a b", "a=1;b, c=%C3", "UTF-8''%0D%0A")
)

const names = fc.constantFrom(
  "traceparent",
  "TraceState",
  "BAGGAGE",
  "x-request-id",
  "__proto__",
  "constructor",
  "toString",
  "baggage ",
  ""
)

const value: fc.Arbitrary<Make> = fc.oneof(
  fc.oneof(texts, bytes, fc.array(fc.oneof(texts, bytes), { maxLength: 3 })).map((value) => () => value),
  hostile
)

/** Any value at all, and mostly what could be a header or a carrier of headers. */
export const anything: fc.Arbitrary<Make> = fc.oneof(
  value,
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: true
  }).map((value) => () => value),
  fc.array(value, { maxLength: 6 }).map((values) => () => values.map((make) => make())),
  fc.array(fc.tuple(names, value), { maxLength: 6 }).chain((entries) => {
    const pairs = () => entries.map(([name, make]) => [name, make()] as const)
    return fc.constantFrom<Make>(
      pairs,
      () => new Map(pairs()),
      () => pairs().map(([key, value]) => ({ key, value })),
      () => Object.fromEntries(pairs()),
      () => Object.assign(Object.create(null), Object.fromEntries(pairs()))
    )
  })
)
