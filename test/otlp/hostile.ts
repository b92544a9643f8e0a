/** Values that applications pass although no type allows them. */
import { FastCheck as fc } from "effect"

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const thrower = (): unknown =>
  new Proxy({ a: 1 }, {
    get: () => {
      throw new Error("get")
    }
  })

const keysThrow = (): unknown =>
  new Proxy({}, {
    ownKeys: () => {
      throw new Error("ownKeys")
    }
  })

// as functions: fast-check itself looks at what it makes
const odd: fc.Arbitrary<() => unknown> = fc.constantFrom<Array<() => unknown>>(
  revoked,
  thrower,
  keysThrow,
  () => Symbol("s"),
  () => () => 1,
  () => new Date(NaN),
  () => ({
    toJSON: () => {
      throw new Error("toJSON")
    }
  }),
  () => new Map<unknown, unknown>([[{}, 1], [Symbol("k"), 2], ["", 3]]),
  () => new Uint8Array(3),
  () => Object.create(null),
  () => JSON.parse("{\"__proto__\": {\"a\": 1}}"),
  () => Object.assign([], { length: 5 }),
  () => Object.assign(new Error("e"), { cause: new Error("c") })
)

const plain: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.bigInt()
).map((value) => () => value)

/** Makes the value. */
export const hostileValue: fc.Arbitrary<() => unknown> = fc.oneof(
  plain,
  odd,
  fc.dictionary(fc.string({ unit: "binary" }), fc.oneof(odd, plain)).map((makes) => () =>
    Object.fromEntries(Object.entries(makes).map(([key, make]) => [key, make()]))
  ),
  fc.array(odd).map((makes) => () => makes.map((make) => make()))
)
