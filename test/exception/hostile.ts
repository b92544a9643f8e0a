/**
 * Anything that somebody might throw, down to what is made to break whoever looks at it. A recipe is plain data: it can be
 * shown, made smaller and made again, and each time it yields fresh objects.
 */
import {
  Cause,
  Chunk,
  Data,
  Effect,
  Exit,
  FastCheck as fc,
  FiberId,
  HashMap,
  Option,
  Redacted,
  Runtime,
  Schema
} from "effect"
import * as ExceptionBoundary from "effect-posthog/domain/ExceptionBoundary"
import { runInNewContext } from "node:vm"

export interface Text {
  readonly text: string
  readonly times: number
}

export interface Recipe {
  readonly kind: string
  readonly text: Text
  readonly parts: ReadonlyArray<Recipe>
}

const raise = (): never => {
  throw new Error("hostile")
}

/** Every property that anybody asks an error for. */
const asked = [
  "name",
  "message",
  "stack",
  "stacktrace",
  "cause",
  "errors",
  "_tag",
  "_op",
  "left",
  "right",
  "error",
  "defect",
  "constructor",
  "toString",
  "toJSON",
  "valueOf",
  "length",
  "then",
  "~effect/ErrorReporter/ignore",
  "~effect/ErrorReporter/severity",
  "~effect/ErrorReporter/attributes",
  Symbol.toPrimitive,
  Symbol.toStringTag,
  Symbol.iterator,
  Symbol.for("effect/SpanAnnotation"),
  Symbol.for("effect/OriginalAnnotation")
]

const getters = (
  target: object,
  read: (key: string | symbol) => unknown,
  keys: ReadonlyArray<string | symbol> = asked
) => {
  // a stack is written when it is first touched, by somebody who asks for the name
  Reflect.get(target, "stack")
  for (const key of keys) {
    Object.defineProperty(target, key, { get: () => read(key), enumerable: true, configurable: true })
  }
  return target
}

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** Says something else each time. */
const alternating = (values: ReadonlyArray<() => unknown>) => {
  let turn = 0
  return () => values[turn++ % values.length]!()
}

const throwingTraps: ProxyHandler<object> = Object.fromEntries(
  Object.getOwnPropertyNames(Reflect).filter((name) => typeof Reflect[name as "get"] === "function").map(
    (name) => [name, raise]
  )
)

/** Answers that a proxy must not give: the engine itself throws. */
const lyingTraps: ProxyHandler<object> = {
  ownKeys: () => ["message", "message"],
  getOwnPropertyDescriptor: () => ({ value: 1, configurable: false }),
  getPrototypeOf: () => 1 as unknown as object,
  has: () => false
}

const withStack = (stack: unknown, message = "a stack of its own"): Error => {
  const error = new Error(message)
  Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true })
  return error
}

class Tagged extends Data.TaggedError("Tagged")<{ readonly parts: unknown; readonly text: string }> {}

class Ignored extends Error {
  readonly "~effect/ErrorReporter/ignore" = true
}

class Annotated extends Error {
  readonly "~effect/ErrorReporter/severity": unknown
  readonly "~effect/ErrorReporter/attributes": unknown
  constructor(severity: unknown, attributes: unknown) {
    super("annotated")
    this["~effect/ErrorReporter/severity"] = severity
    this["~effect/ErrorReporter/attributes"] = attributes
  }
}

const endlessCause = (): object =>
  getters(new Error("endless"), (key) => key === "cause" ? endlessCause() : "deeper", [
    "cause",
    "message"
  ])

const endlessJson = (): object => ({ toJSON: endlessJson })

const chained = (depth: number, make: (inner: unknown) => unknown): unknown => {
  let result: unknown = new Error("the innermost")
  for (let i = 0; i < depth; i++) {
    result = make(result)
  }
  return result
}

const looped = <A extends object>(self: A, key: string): A => {
  Object.defineProperty(self, key, { value: self, enumerable: true, configurable: true, writable: true })
  return self
}

const deep = 10_000

/** What needs nothing else; each is made afresh. */
const leaves: { readonly [kind: string]: (text: string) => unknown } = {
  text: (text) => text,
  undefined: () => undefined,
  null: () => null,
  nan: () => Number.NaN,
  negativeZero: () => -0,
  infinity: () => Number.POSITIVE_INFINITY,
  number: () => 1e21,
  bigint: () => 12n,
  hugeBigint: () => 7n ** 20_000n,
  symbol: (text) => Symbol(text),
  bareSymbol: () => Symbol(),
  boolean: () => false,
  function: () => function named() {},
  arrow: () => () => raise(),
  classItself: () => class extends Error {},
  throwingFunction: () => getters(() => 1, raise),
  date: () => new Date(0),
  invalidDate: () => new Date(Number.NaN),
  lyingDate: () => Object.setPrototypeOf({}, Date.prototype),
  regex: () => /(a+)+$/,
  bytes: () => new Uint8Array(70_000),
  nameless: () => Object.defineProperty(new Float64Array(3), "constructor", { get: raise }),
  buffer: () => new ArrayBuffer(8),
  dataView: () => new DataView(new ArrayBuffer(8)),
  boxed: (text) => new String(text),
  promise: () => Promise.resolve(1),
  weakMap: () => new WeakMap(),
  error: (text) => new Error(text),
  typeError: (text) => new TypeError(text),
  domException: (text) => new DOMException(text, "AbortError"),
  foreignError: () => runInNewContext("new RangeError('from another realm')"),
  errorPrototype: () => (class extends Error {}).prototype,
  frozen: (text) => Object.freeze(new Error(text)),
  withoutPrototype: (text) => Object.setPrototypeOf(new Error(text), null),
  bareObject: (text) => Object.assign(Object.create(null), { message: text }),
  inheriting: () => Object.create(new Error("inherited")),
  nameIsNumber: () => Object.assign(new Error("n"), { name: 7 }),
  nameIsText: (text) => Object.assign(new Error("n"), { name: text }),
  messageIsSymbol: () => Object.assign(new Error(), { message: Symbol("m") }),
  messageIsNothing: () => Object.assign(new Error(), { message: undefined }),
  messageIsObject: () => Object.assign(new Error(), { message: { toString: raise, toJSON: raise } }),
  stackIsNumber: () => withStack(12),
  stackIsObject: () => withStack({ split: raise, length: 3, toString: raise }),
  stackIsArray: () => withStack(["at a (b:1:2)"]),
  stackIsEmpty: () => withStack(""),
  stackThrows: () => Object.defineProperty(new Error("s"), "stack", { get: raise }),
  stackIsText: (text) => withStack(text),
  stackOfText: (text) => withStack(`Error: a\n    at ${text} (/srv/${text}.js:1:2)\n    at b (/srv/b.js:3:4)`),
  stackOfParens: () => withStack(`Error: p\n    at ${"(".repeat(50_000)}${")".repeat(50_000)}`),
  stackOfSpaces: () => withStack(`Error: p\n    at ${" ".repeat(60_000)}:1:2`),
  stackOfEvals: () =>
    withStack(`Error\n    at ${"eval (eval at ".repeat(2000)}a (/srv/a.js:1:2)${", <anonymous>:1:1)".repeat(2000)}`),
  stackOfManyLines: () => withStack(`Error: many\n${"    at f (/srv/f.js:1:2)\n".repeat(30_000)}`),
  stackOfNumbers: () =>
    withStack(`Error\n    at f (/srv/f.js:${"9".repeat(400)}:${"9".repeat(400)})\n    at g (/srv/g.js:-1:0)`),
  stackOfOtherFiles: () =>
    withStack(
      "Error\n    at f (/etc/passwd:1:1)\n    at g (file:///dev/zero:1:1)\n    at h (\\\\host\\share\\a.js:1:1)\n    at i (file://%00/%E0%A4%A:1:1)"
    ),
  stackOfOurselves: () => new Error("real"),
  stackLies: () => withStack("Error: x\n    at f (/srv/f.js:1:2)", "x\n    at fake (/srv/fake.js:1:1)"),
  throwingGetters: () => getters({}, raise),
  throwingError: () => getters(new Error("t"), raise),
  alternating: () =>
    getters(
      {},
      alternating([() => "text", () => 1, () => ({}), raise, () => new Error("other"), () => undefined, () => []])
    ),
  alternatingError: () =>
    getters(new Error("a"), alternating([() => "text", () => 5, raise, () => null, () => new Error("new")])),
  revokedObject: () => revoked({}),
  revokedArray: () => revoked([]),
  revokedFunction: () => revoked(() => 1),
  revokedError: () => revoked(new Error("r")),
  throwingProxy: () => new Proxy({}, throwingTraps),
  throwingErrorProxy: () => new Proxy(new Error("p"), throwingTraps),
  throwingFunctionProxy: () => new Proxy(() => 1, throwingTraps),
  lyingProxy: () => new Proxy(new Error("p"), lyingTraps),
  yesProxy: () => new Proxy({}, { has: () => true, get: (_, key) => key === Symbol.toPrimitive ? undefined : "yes" }),
  selfProxy: () => {
    const proxy: object = new Proxy({}, { has: () => true, get: () => proxy })
    return proxy
  },
  bottomless: () => {
    const make = (): object => new Proxy(() => 1, { has: () => true, get: make, apply: make })
    return make()
  },
  unprintable: () => ({ toString: raise, valueOf: raise, toJSON: raise, [Symbol.toPrimitive]: raise }),
  endlessJson,
  endlessCause,
  endlessMembers: () =>
    Object.assign(new Error("members"), {
      errors: new Proxy([], { get: (_, key) => key === "length" ? 2 ** 32 - 1 : new Error(String(key)) })
    }),
  cyclicCause: () => looped(new Error("itself"), "cause"),
  cyclicMembers: () => {
    const error = new AggregateError([], "itself")
    error.errors.push(error, [error], { error })
    return error
  },
  ring: () => {
    const first = new Error("first")
    first.cause = new Error("second", { cause: new Error("third", { cause: first }) })
    return first
  },
  prototypeKeys: (text) =>
    JSON.parse(
      `{"__proto__":{"handled":false,"polluted":true},"constructor":{"prototype":{}},"message":${JSON.stringify(text)}}`
    ),
  secrets: () =>
    Object.assign(new Error("password=hunter2 https://user:pass@example.com/?token=abc"), { password: "hunter2" }),
  ignored: (text) => new Ignored(text),
  parseError: () => {
    try {
      return Schema.decodeUnknownSync(Schema.Struct({ a: Schema.Number }))({ a: "hunter2" })
    } catch (error) {
      return error
    }
  },
  interrupt: () => Cause.interrupt(FiberId.none),
  interrupts: () =>
    Cause.parallel(Cause.interrupt(FiberId.none), Cause.sequential(Cause.empty, Cause.interrupt(FiberId.none))),
  empty: () => Cause.empty,
  success: () => Exit.succeed(1),
  interruptedExit: () => Exit.interrupt(FiberId.none),
  effect: () => Effect.fail("not run"),
  option: () => Option.some(1),
  hashMap: () => HashMap.make(["a", 1]),
  chunk: () => Chunk.make(1, 2),
  strangeCause: () => ({ [Cause.CauseTypeId]: {}, _tag: "Strange" }),
  emptyHandedCause: () => ({ [Cause.CauseTypeId]: {}, _tag: "Parallel" }),
  throwingCause: () => getters({ [Cause.CauseTypeId]: {} }, raise),
  cyclicCauseNode: () => {
    const node = { [Cause.CauseTypeId]: {}, _tag: "Parallel", left: undefined as unknown, right: Cause.fail("right") }
    node.left = node
    return node
  },
  strangeExit: () => ({
    ...Exit.fail(1),
    cause: {
      get _tag() {
        return raise()
      }
    }
  }),
  exitWithoutCause: () =>
    Object.assign(Object.create(Object.getPrototypeOf(Exit.fail(1))), { _op: "Failure", _tag: "Failure" }),
  strangeFiberFailure: () =>
    Object.assign(new Error("f"), {
      [Runtime.FiberFailureId]: Runtime.FiberFailureId,
      [Runtime.FiberFailureCauseId]: 5
    })
}

/** What takes long to make or to look at: rare. */
const heavy: { readonly [kind: string]: () => unknown } = {
  manyKeys: () => Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`key${i}`, i])),
  megabyteMessage: () => new Error("m".repeat(1_000_000)),
  megabyteText: () => "\u{1F600}\"\\\u0000".repeat(200_000),
  megabyteName: () => Object.assign(new Error("n"), { name: "N".repeat(1_000_000) }),
  megabyteStack: () => withStack("x".repeat(1_000_000)),
  megabyteFields: () => Object.assign(new Tagged({ parts: undefined, text: "t".repeat(1_000_000) })),
  halfPairs: () => new Error("\ud800".repeat(500_000)),
  deepChain: () => chained(deep, (cause) => new Error("link", { cause })),
  deepObjects: () => chained(deep, (inner) => ({ inner })),
  deepArrays: () => chained(deep, (inner) => [inner]),
  deepMembers: () => chained(deep, (inner) => new AggregateError([inner], "link")),
  deepSequential: () =>
    chained(
      deep,
      (inner) =>
        Cause.sequential(
          inner instanceof Error ? Cause.fail(inner) : inner as Cause.Cause<unknown>,
          Cause.fail("after")
        )
    ),
  deepParallel: () =>
    chained(
      deep,
      (inner) =>
        Cause.parallel(Cause.die("before"), inner instanceof Error ? Cause.fail(inner) : inner as Cause.Cause<unknown>)
    ),
  deepFails: () => chained(deep, (inner) => Cause.fail(inner)),
  deepInterrupts: () =>
    chained(
      deep,
      (inner) =>
        Cause.parallel(
          Cause.interrupt(FiberId.none),
          inner instanceof Error ? Cause.die(inner) : inner as Cause.Cause<unknown>
        )
    ),
  endlessNodes: () => {
    const make = (): object => ({
      [Cause.CauseTypeId]: {},
      _tag: "Sequential",
      right: Cause.empty,
      get left() {
        return make()
      }
    })
    return make()
  },
  manyMembers: () => new AggregateError(Array.from({ length: 5000 }, (_, i) => new Error(`member ${i}`))),
  sameMember: () => {
    const one = new Error("one")
    return new AggregateError(Array.from({ length: 100_000 }, () => one))
  },
  sparseMembers: () => Object.assign(new Error("sparse"), { errors: Object.assign([], { length: 2 ** 32 - 1 }) }),
  longArray: () => Array.from({ length: 100_000 }, () => "item"),
  wideMap: () => new Map(Array.from({ length: 50_000 }, (_, i) => [{ i }, i])),
  wideSet: () => new Set(Array.from({ length: 50_000 }, (_, i) => i))
}

const key = (text: string, i: number): string =>
  ["__proto__", "constructor", "message", "$exception_list", "$lib", "password", text][i % 7]!

const define = (target: object, name: PropertyKey, value: unknown): object =>
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })

const causeOf = (part: unknown): Cause.Cause<unknown> => Cause.isCause(part) ? part : Cause.fail(part)

/** Safe where a part is a proxy that throws when it is asked what it is. */
const cause = (part: unknown): Cause.Cause<unknown> => {
  try {
    return causeOf(part)
  } catch {
    return Cause.die(part)
  }
}

/** What is made of other things. */
const composites: {
  readonly [kind: string]: (text: string, parts: ReadonlyArray<unknown>) => unknown
} = {
  withCause: (text, [part]) => new Error(text, { cause: part }),
  withFields: (text, parts) => {
    const error = new Error("fields")
    // formatted before its fields are set: with source maps on, Node asks what became of the message for its text when the
    // stack is first read, and the text that Effect has for a cyclic cause does not end
    void error.stack
    return parts.reduce<object>((error, part, i) => define(error, key(text, i + 1), part), error)
  },
  aggregate: (text, parts) => new AggregateError(parts, text),
  errorsAreOne: (text, [part]) => Object.assign(new Error(text), { errors: part }),
  object: (text, parts) => parts.reduce<object>((target, part, i) => define(target, key(text, i), part), {}),
  bare: (text, parts) =>
    parts.reduce<object>((target, part, i) => define(target, key(text, i), part), Object.create(null)),
  array: (_, parts) => [...parts],
  cyclicArray: (_, parts) => {
    // not side by side: one cycle in another is more than the `toJSON` of Effect's data structures gets through
    const array: Array<unknown> = [{ parts }]
    array.push(array)
    return array
  },
  cyclicObject: (text, parts) => looped({ parts, text }, "self"),
  map: (_, parts) => new Map(parts.map((part, i) => [i % 2 === 0 ? part : `key${i}`, part])),
  set: (_, parts) => new Set(parts),
  lookalike: (text, [cause, name]) => ({ name, message: text, stack: `${text}\n    at f (/srv/f.js:1:1)`, cause }),
  toJson: (_, [part]) => ({ toJSON: () => part }),
  tagged: (text, parts) => new Tagged({ parts, text }),
  tag: (_, [part]) => ({ _tag: part, message: "tagged" }),
  annotated: (_, [severity, attributes]) => new Annotated(severity, attributes),
  transparent: (_, [part]) => typeof part === "object" && part !== null ? new Proxy(part, {}) : part,
  fail: (_, [part]) => Cause.fail(part),
  die: (_, [part]) => Cause.die(part),
  sequential: (_, parts) => parts.map(cause).reduce((left, right) => Cause.sequential(left, right), Cause.empty),
  parallel: (_, parts) => parts.map(cause).reduceRight((right, left) => Cause.parallel(left, right), Cause.empty),
  exit: (_, [part]) => Exit.failCause(cause(part)),
  // made of a harmless cause: Effect itself reads what it makes one of, and would not come back from a cycle
  fiberFailure: (_, [part]) =>
    define(Runtime.makeFiberFailure(Cause.fail("harmless")) as object, Runtime.FiberFailureCauseId, cause(part)),
  redacted: (_, [part]) => Redacted.make(part),
  redactedInside: (text, [part]) => Object.assign(new Error(text), { secret: Redacted.make(part) }),
  some: (_, [part]) => Option.some(part),
  thrown: (text, [part]) =>
    getters(new Error(text), () => {
      // what the getter throws is as hostile as anything
      throw part
    })
}

const words: ReadonlyArray<string> = [
  "",
  " ",
  "$exception",
  "__proto__",
  "toString",
  "constructor",
  "error",
  "WARN",
  "node.process_uncaught_exception",
  "TypeError: x",
  "a\n    at f (/srv/f.js:1:2)\n    at node:internal/x:1:1",
  "00000000-0000-7000-8000-000000000000",
  "password=hunter2",
  "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc",
  "https://user:secret@example.com/?api_key=1",
  "\ud800",
  "\u2028\u0000\u0007"
]

const text: fc.Arbitrary<Text> = fc.record({
  text: fc.oneof(fc.constantFrom(...words), fc.string(), fc.fullUnicodeString(), fc.string16bits()),
  times: fc.oneof({ weight: 30, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.constant(1000) })
})

const ofKinds = (kinds: object, parts: fc.Arbitrary<ReadonlyArray<Recipe>>): fc.Arbitrary<Recipe> =>
  fc.record({ kind: fc.constantFrom(...Object.keys(kinds)), text, parts })

const none = fc.constant<ReadonlyArray<Recipe>>([])

/** Anything. */
export const anything: fc.Arbitrary<Recipe> = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    { weight: 60, arbitrary: ofKinds(leaves, none) },
    { weight: 60, arbitrary: ofKinds(composites, fc.array(tie("recipe"), { minLength: 1, maxLength: 4 })) },
    { weight: 1, arbitrary: ofKinds(heavy, none) }
  )
})).recipe

const interrupt: fc.Arbitrary<Recipe> = ofKinds(
  { interrupt: 1, interrupts: 1, interruptedExit: 1 },
  none
)

/** Causes, exits and fiber failures in which nothing happened but interruptions: at least one. */
export const interruptions: fc.Arbitrary<Recipe> = fc.letrec<{ recipe: Recipe }>((tie) => ({
  recipe: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    interrupt,
    ofKinds(
      { both: 1, oneAfterTheOther: 1, ended: 1, rejected: 1 },
      fc.array(tie("recipe"), { minLength: 1, maxLength: 3 })
    )
  )
})).recipe

const interruption = (recipe: Recipe): Cause.Cause<never> => {
  const parts = recipe.parts.map(interruption)
  switch (recipe.kind) {
    case "both":
      return parts.reduce((left, right) => Cause.parallel(left, right))
    case "oneAfterTheOther":
      return parts.reduce((left, right) => Cause.sequential(left, right), Cause.empty as Cause.Cause<never>)
    case "interrupts":
      return Cause.parallel(Cause.interrupt(FiberId.none), Cause.empty)
    default:
      return parts[0] ?? Cause.interrupt(FiberId.none)
  }
}

/** What an interruption arrives as. */
export const makeInterruption = (recipe: Recipe): unknown => {
  const cause = interruption(recipe)
  switch (recipe.kind) {
    case "ended":
    case "interruptedExit":
      return Exit.failCause(cause)
    case "rejected":
      return Runtime.makeFiberFailure(cause)
    default:
      return cause
  }
}

const expand = ({ text, times }: Text): string => text.repeat(times)

/** The thing itself, new each time. */
export const make = (recipe: Recipe): unknown => {
  const leaf = leaves[recipe.kind] ?? heavy[recipe.kind]
  return leaf === undefined
    ? composites[recipe.kind]!(expand(recipe.text), recipe.parts.map(make))
    : leaf(expand(recipe.text))
}

/** Is one of these anywhere in it? */
export const uses = (recipe: Recipe, kinds: ReadonlyArray<string>): boolean =>
  kinds.includes(recipe.kind) || recipe.parts.some((part) => uses(part, kinds))

/** What may be said of a capture; what is absent is not said. */
export interface OptionsRecipe {
  readonly said: { readonly [name: string]: Recipe | undefined }
  readonly boundary: keyof typeof boundaries | undefined
}

const boundaries = {
  manual: ExceptionBoundary.manual,
  scope: ExceptionBoundary.scope,
  logger: ExceptionBoundary.logger,
  fiber: ExceptionBoundary.fiber,
  uncaughtException: ExceptionBoundary.uncaughtException,
  unhandledRejection: ExceptionBoundary.unhandledRejection
}

/** Lists that never end: a quarter of a second each, in every property that holds one. */
const endless: ReadonlyArray<string> = ["endlessMembers", "sparseMembers"]

const seldom = (recipe: fc.Arbitrary<Recipe>): fc.Arbitrary<Recipe | undefined> =>
  fc.option(recipe.filter((recipe) => !uses(recipe, endless)), { nil: undefined, freq: 2 })

const plainText: fc.Arbitrary<Recipe> = ofKinds({ text: 1 }, none)

/** An object, of anything. */
const bag: fc.Arbitrary<Recipe> = ofKinds(
  { object: 1, bare: 1, cyclicObject: 1, prototypeKeys: 1, manyKeys: 1, map: 1 },
  fc.array(anything, { maxLength: 6 })
)

/** Options of which each may be said, as it should be or as it should not. */
export const options: fc.Arbitrary<OptionsRecipe> = fc.record({
  said: fc.record({
    // with an id of megabytes no event can be small enough
    distinctId: seldom(fc.oneof(plainText, anything).filter((recipe) => !uses(recipe, ["megabyteText"]))),
    properties: seldom(fc.oneof(bag, anything)),
    groups: seldom(fc.oneof(bag, anything)),
    timestamp: seldom(anything),
    uuid: seldom(fc.oneof(plainText, anything)),
    handled: seldom(anything),
    level: seldom(fc.oneof(plainText, anything)),
    fingerprint: seldom(fc.oneof(plainText, anything)),
    source: seldom(fc.oneof(plainText, anything)),
    mechanism: seldom(fc.oneof(bag, anything))
  }),
  boundary: fc.option(
    fc.constantFrom(...Object.keys(boundaries) as ReadonlyArray<keyof typeof boundaries>),
    { nil: undefined, freq: 2 }
  )
})

/** The options themselves, new each time. */
export const makeOptions = ({ boundary, said }: OptionsRecipe): { readonly [name: string]: unknown } => {
  const result: Record<string, unknown> = {}
  for (const [name, recipe] of Object.entries(said)) {
    if (recipe !== undefined) {
      result[name] = make(recipe)
    }
  }
  return boundary === undefined ? result : { ...result, boundary: boundaries[boundary] }
}
