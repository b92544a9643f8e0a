import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Either, Exit, FastCheck as fc, FiberId, Redacted, Runtime, Schema } from "effect"
import * as CauseTree from "effect-posthog/exception/input/CauseTree"
import type { ExceptionSnapshot } from "effect-posthog/exception/input/ExceptionSnapshot"
import * as Snapshot from "effect-posthog/exception/input/Snapshot"
import * as vm from "node:vm"
import {
  anyValue,
  claimingProxy,
  endless,
  OutOfStock,
  ownCause,
  revoked,
  throwingGetters,
  throwingProxy
} from "../../domain/values.js"

const take = (input: unknown, options: Partial<Snapshot.Options> = {}): ExceptionSnapshot =>
  Snapshot.take(CauseTree.leaves(input), { maxMessageLength: 8192, callSite: undefined, ...options })

const first = (input: unknown, options: Partial<Snapshot.Options> = {}) => take(input, options).entries[0]!

const titles = (input: unknown) =>
  take(input).entries.map(({ edge, parent, type, value }) => [`${type}: ${value}`, parent, edge])

const withoutStack = <A extends Error>(error: A): A => {
  delete error.stack
  return error
}

describe("the type and the value of an entry", () => {
  class Custom extends Error {
    override readonly name: string = "CustomName"
  }
  class Nameless extends Error {
    override readonly name: string = ""
  }
  class Plain {
    readonly a = 1
  }
  const cases: ReadonlyArray<readonly [name: string, input: unknown, type: string, value: string]> = [
    ["a tagged error: its tag; without a message there is none", new OutOfStock({ sku: "A-1" }), "OutOfStock", ""],
    ["an error: its name and message", new TypeError("no"), "TypeError", "no"],
    ["an error of a class with a name", new Custom("no"), "CustomName", "no"],
    ["an error without a name: its class", new Nameless("no"), "Nameless", "no"],
    ["an error whose message is no text", Object.assign(new Error("x"), { message: { a: 1n } }), "Error", "{\"a\":1}"],
    [
      "an object with a tag: the tag, and its JSON text",
      { _tag: "Gone", id: 7 },
      "Gone",
      "{\"_tag\":\"Gone\",\"id\":7}"
    ],
    ["an object with name and message: those", { name: "Gone", message: "away" }, "Gone", "away"],
    ["an object with a name only is an object", { name: "Gone" }, "Object", "{\"name\":\"Gone\"}"],
    ["an object with a message", { message: "away", a: 1 }, "Object", "away"],
    ["an object of a class: the class", new Plain(), "Plain", "{\"a\":1}"],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), "Object", "{\"a\":1}"],
    ["an array", [1, "a"], "Array", "[1,\"a\"]"],
    ["a function: its name, not its source", function broken() {}, "Function", "[Function: broken]"],
    ["half a surrogate pair is made well-formed", new Error("\ud800"), "Error", "\ufffd"],
    ["a message that is a text with a type in it stays a text", "TypeError: x", "Error", "TypeError: x"]
  ]
  it.each(cases)("%s", (_, input, type, value) => {
    const entry = first(input)
    assert.strictEqual(entry.type, type)
    assert.strictEqual(entry.value, value)
  })

  it("EXC-03: what is no error becomes an exception with a message", () => {
    for (
      const [input, value] of [
        [null, "null"],
        [undefined, "undefined"],
        [42, "42"],
        ["boom", "boom"],
        ["", ""],
        [{ a: 1 }, "{\"a\":1}"],
        [Symbol("s"), "Symbol(s)"],
        [7n, "7"],
        [false, "false"]
      ] as const
    ) {
      const entry = first(input)
      assert.strictEqual(entry.value, value)
      assert.isAbove(entry.type.length, 0)
      assert.isTrue(entry.synthetic)
    }
  })

  it("EXC-03: a message is cut where it is too long, and says so", () => {
    for (const input of ["x".repeat(1_000_000), new Error("x".repeat(1_000_000)), { message: "x".repeat(1_000_000) }]) {
      const { value } = first(input, { maxMessageLength: 100 })
      assert.isAtMost(value.length, 100)
      assert.match(value, /^x+… \[\d{3},\d{3} characters cut\]$/)
    }
  })

  it("an object of any size is not written out whole", () => {
    let reads = 0
    const list = Array.from(
      { length: 100_000 },
      () => Object.defineProperty({}, "x", { enumerable: true, get: () => ++reads })
    )
    assert.isAtMost(first({ list }).value.length, 8192)
    assert.isAtMost(reads, 2000)
  })

  it("a type is not longer than 256 characters, and never blank", () => {
    assert.strictEqual(first(Object.assign(new Error("m"), { name: "N".repeat(1e6) })).type.length, 256)
    assert.strictEqual(first(Object.assign(new RangeError("m"), { name: "  " })).type, "RangeError")
    assert.strictEqual(first(Object.assign(new Error("m"), { _tag: "", name: "", constructor: 1 })).type, "Error")
  })

  it("what cannot be read says that", () => {
    for (const input of [throwingProxy(), revoked(), throwingGetters()]) {
      const entry = first(input)
      assert.strictEqual(entry.value, "an error that cannot be read")
      assert.include(["Error", "Object"], entry.type)
    }
    assert.strictEqual(first(revoked()).type, "Error")
    assert.strictEqual(first(revoked()).synthetic, undefined)
    assert.isAbove(first(claimingProxy()).type.length, 0)
    const half = Object.defineProperty(new TypeError("x"), "message", {
      get: () => {
        throw new Error("no")
      }
    })
    assert.strictEqual(`${first(half).type}: ${first(half).value}`, "TypeError: an error that cannot be read")
    const errors = Object.defineProperty([1], 0, {
      get: () => {
        throw new Error("no")
      }
    })
    assert.strictEqual(take({ message: "m", errors }).entries[1]!.value, "an error that cannot be read")
  })

  it("each property is read once", () => {
    const reads = new Map<PropertyKey, number>()
    const target = {
      _tag: "T",
      name: "n",
      message: undefined,
      stack: 1,
      cause: undefined,
      errors: [],
      own: 1,
      other: 2
    }
    const counting = new Proxy(target, {
      get: (object, key) => {
        reads.set(key, (reads.get(key) ?? 0) + 1)
        return object[key as keyof typeof object]
      }
    })
    take(counting)
    for (const [key, count] of reads) {
      assert.strictEqual(count, typeof key === "string" ? 1 : count, String(key))
    }
    assert.includeMembers(Array.from(reads.keys()), Object.keys(target))
  })
})

describe("the stack of an entry", () => {
  it("EXC-10: is the error's own, or that of an object that has one, and is never replaced", () => {
    const error = new Error("e")
    const callSite = new Error("site")
    assert.strictEqual(first(error, { callSite }).stack, error.stack)
    assert.strictEqual(first({ stack: "Error: x\n    at a.js:1:1" }, { callSite }).stack, "Error: x\n    at a.js:1:1")
    assert.strictEqual(first({ stacktrace: "x\n    at b.js:1:1" }, { callSite }).stack, "x\n    at b.js:1:1")
  })

  it("EXC-10: is the call site's where there is none, for the outermost only", () => {
    const callSite = new Error("site")
    const { entries } = take(withoutStack(new Error("outer", { cause: withoutStack(new Error("inner")) })), {
      callSite
    })
    assert.strictEqual(entries[0]!.stack, callSite.stack)
    assert.strictEqual(entries[0]!.synthetic, true)
    assert.strictEqual(entries[1]!.stack, undefined)
    assert.strictEqual(entries[1]!.synthetic, false)
    assert.strictEqual(first("boom", { callSite }).stack, callSite.stack)
  })

  it("that holds nothing but the message is none", () => {
    const callSite = new Error("site")
    const error = new Error("boom")
    error.stack = "Error: boom"
    assert.strictEqual(first(error).stack, undefined)
    assert.strictEqual(first(error, { callSite }).stack, callSite.stack)
  })

  it("is bounded", () => {
    const error = new Error("x".repeat(1_000_000))
    const stack = first(error).stack!
    assert.isAtMost(stack.length, 65_536)
    assert.include(stack, "Snapshot.test.ts")
  })
})

describe("synthetic", () => {
  it("EXCMETA-17: a real exception is not, with a stack or without", () => {
    assert.isFalse(first(new Error("e")).synthetic)
    assert.isFalse(first(withoutStack(new Error("e"))).synthetic)
    assert.isFalse(first(vm.runInNewContext("new TypeError('of another realm')")).synthetic)
    assert.isFalse(first(new OutOfStock({ sku: "A" })).synthetic)
    assert.isFalse(first(new DOMException("d")).synthetic)
  })

  it("EXCMETA-17: a real exception with a stack that was made for it is", () => {
    assert.isTrue(first(withoutStack(new Error("e")), { callSite: new Error("site") }).synthetic)
  })

  it("EXCMETA-17: what is no exception is, each entry for itself", () => {
    assert.isTrue(first("boom").synthetic)
    assert.isTrue(first({ _tag: "T", stack: "x\n    at a.js:1:1" }).synthetic)
    const { entries } = take(new Error("outer", { cause: { message: "inner", cause: new Error("root") } }))
    assert.deepStrictEqual(entries.map(({ synthetic }) => synthetic), [false, true, false])
  })

  it("EXCMETA-17: what cannot be told is left open", () => {
    assert.strictEqual(first(revoked()).synthetic, undefined)
  })
})

describe("the tree of entries", () => {
  it("EXC-06: starts with the outermost error, each cause behind its wrapper, the root cause last", () => {
    assert.deepStrictEqual(
      titles(new RangeError("outer", { cause: new Error("middle", { cause: new TypeError("root") }) })),
      [
        ["RangeError: outer", undefined, undefined],
        ["Error: middle", 0, "cause"],
        ["TypeError: root", 1, "cause"]
      ]
    )
  })

  it("EXC-07: is one entry where nothing is chained", () => {
    assert.strictEqual(take(new Error("e")).entries.length, 1)
    assert.strictEqual(take(Object.assign(new Error("e"), { cause: null, errors: "none" })).entries.length, 1)
  })

  it("EXCMETA-21: is flattened depth first: the cause, the members, then what the Cause has besides", () => {
    const aggregate = new AggregateError(
      [new Error("m1", { cause: new Error("m1 root") }), new Error("m2")],
      "all",
      { cause: new Error("why") }
    )
    assert.deepStrictEqual(titles(Cause.sequential(Cause.fail(aggregate), Cause.die(new Error("finalizer")))), [
      ["AggregateError: all", undefined, undefined],
      ["Error: why", 0, "cause"],
      ["Error: m1", 0, "member"],
      ["Error: m1 root", 2, "cause"],
      ["Error: m2", 0, "member"],
      ["Error: finalizer", 0, "suppressed"]
    ])
  })

  it("EXCMETA-20: parallel failures are members, those of finalizers are suppressed", () => {
    const cause = Cause.parallel(
      Cause.sequential(Cause.fail(new Error("a", { cause: "a root" })), Cause.die("a finalizer")),
      Cause.fail("b")
    )
    assert.deepStrictEqual(titles(cause), [
      ["Error: a", undefined, undefined],
      ["Error: a root", 0, "cause"],
      ["Error: a finalizer", 0, "suppressed"],
      ["Error: b", 0, "member"]
    ])
    assert.deepStrictEqual(take(cause).entries.map(({ kind }) => kind), ["fail", undefined, "die", "fail"])
  })

  it("a cause that is a Cause, an exit or what runPromise rejected with hangs with its leaves", () => {
    const inner = Cause.sequential(Cause.fail(new Error("a")), Cause.fail("b"))
    for (const cause of [inner, Exit.failCause(inner), Runtime.makeFiberFailure(inner)]) {
      assert.deepStrictEqual(titles(new Error("outer", { cause })), [
        ["Error: outer", undefined, undefined],
        ["Error: a", 0, "cause"],
        ["Error: b", 1, "suppressed"]
      ])
    }
    assert.strictEqual(take(new Error("outer", { cause: Cause.interrupt(FiberId.none) })).entries.length, 1)
  })

  it("Effect's UnknownException is followed by what it holds", () => {
    const entries = take(new Cause.UnknownException(new TypeError("inner"))).entries
    assert.deepStrictEqual(entries.map(({ type }) => type), ["UnknownException", "TypeError"])
    assert.strictEqual(entries[0]!.fields, undefined)
  })

  it("EXCMETA-22: cuts cycles: no object twice", () => {
    const a = new Error("a")
    const b = new Error("b", { cause: a })
    a.cause = b
    assert.deepStrictEqual(titles(a), [["Error: a", undefined, undefined], ["Error: b", 0, "cause"]])
    assert.strictEqual(take(ownCause()).entries.length, 1)
    const shared = new Error("shared")
    assert.strictEqual(take(new AggregateError(Array.from({ length: 2000 }, () => shared), "m")).entries.length, 2)
  })

  it("EXCMETA-21: an error that is met first as a cause takes along what hangs under it", () => {
    const shared = new Error("shared")
    const cause = Cause.parallel(
      Cause.fail(new Error("outer", { cause: shared })),
      Cause.sequential(Cause.die(shared), Cause.fail("finalizer"))
    )
    assert.deepStrictEqual(titles(cause), [
      ["Error: outer", undefined, undefined],
      ["Error: shared", 0, "cause"],
      ["Error: finalizer", 1, "suppressed"]
    ])
    assert.strictEqual(take(cause).entries[1]!.kind, "die")
    const again = Object.assign(new Error("outer"), {
      cause: shared,
      errors: [Cause.sequential(Cause.fail(shared), Cause.fail("late"))]
    })
    assert.deepStrictEqual(titles(again).at(-1), ["Error: late", 1, "suppressed"])
  })

  it("EXCMETA-22, LIMIT-02: holds the outermost and the 49 that follow depth first", () => {
    const chain = (depth: number, name: string): Error =>
      new Error(`${name}${depth}`, depth === 0 ? {} : { cause: chain(depth - 1, name) })
    const { entries } = take(new AggregateError([chain(29, "a"), chain(29, "b")], "all"))
    assert.strictEqual(entries.length, 50)
    assert.strictEqual(entries[30]!.value, "a0")
    assert.strictEqual(entries[31]!.value, "b29")
    assert.strictEqual(entries[31]!.parent, 0)
    assert.strictEqual(entries[49]!.value, "b11")
    assert.strictEqual(take(endless()).entries.length, 50)
  })

  it("of a chain 100,000 deep does not run out of stack", () => {
    let error = new Error("root")
    for (let i = 0; i < 100_000; i++) {
      error = Object.assign(Object.create(Error.prototype), { message: String(i), cause: error })
    }
    assert.strictEqual(take(error).entries.length, 50)
  })

  it("looks at 1,000 members of a list and no more", () => {
    let reads = 0
    const repeated = new Error("again")
    const errors = new Proxy([] as Array<Error>, {
      get: (_, key) => key === "length" ? 1e9 : (reads++, repeated)
    })
    assert.strictEqual(take({ message: "all", errors }).entries.length, 2)
    assert.strictEqual(reads, 1000)
  })

  it("EXCMETA-18, EXCMETA-19: is linked again where leaves were left out", () => {
    const leaves = CauseTree.leaves(Cause.parallel(Cause.fail("a"), Cause.sequential(Cause.fail("b"), Cause.fail("c"))))
    const { entries } = Snapshot.take(CauseTree.keep(leaves, ({ error }) => error !== "a"), {
      maxMessageLength: 100,
      callSite: undefined
    })
    assert.deepStrictEqual(entries.map(({ edge, parent, value }) => [value, parent, edge]), [
      ["b", undefined, undefined],
      ["c", 0, "suppressed"]
    ])
  })

  it.effect("holds the span of each error, also of one that was wrapped", () =>
    Effect.gen(function*() {
      const cause = yield* Effect.fail(new OutOfStock({ sku: "inner" })).pipe(
        Effect.withSpan("inner"),
        // the error is Effect's proxy here
        Effect.mapError((cause) => new OutOfStock({ sku: "A-1", cause })),
        Effect.sandbox,
        Effect.flip
      )
      const { entries } = take(cause)
      assert.deepStrictEqual(entries.map(({ fields }) => fields), [{ sku: "A-1" }, { sku: "inner" }])
      const span = entries[1]!.span
      assert.strictEqual(span?._tag === "Span" ? span.name : undefined, "inner")
    }))
})

describe("the fields of a tagged error", () => {
  class Declined extends Schema.TaggedError<Declined>()("Declined", {
    amount: Schema.Number,
    key: Schema.Redacted(Schema.String)
  }) {}

  it("are its own, without those that are told elsewhere", () => {
    assert.deepStrictEqual(first(new OutOfStock({ sku: "A-1", cause: new Error("x") })).fields, { sku: "A-1" })
    assert.deepStrictEqual(first(new Declined({ amount: 3, key: Redacted.make("secret") })).fields, {
      amount: 3,
      key: "<redacted>"
    })
    assert.deepStrictEqual(first({ _tag: "Gone", id: 7 }).fields, { id: 7 })
  })

  it("are none for others", () => {
    assert.strictEqual(first(Object.assign(new Error("e"), { code: "ENOENT" })).fields, undefined)
    assert.strictEqual(first({ a: 1 }).fields, undefined)
    assert.strictEqual(first(new OutOfStock({ sku: "A" })).fields?.["_tag"], undefined)
  })

  it("are none of Schema's ParseError, whose issue is the whole input again", () => {
    const error = Either.flip(Schema.decodeUnknownEither(Schema.Struct({ age: Schema.Number }))({ age: "x" }))
    const entry = first(Either.getOrThrow(error))
    assert.strictEqual(entry.type, "ParseError")
    assert.include(entry.value, "age")
    assert.strictEqual(entry.fields, undefined)
  })

  it("are bounded in number, depth, length and size", () => {
    class Big extends Data.TaggedError("Big")<{ readonly [key: string]: unknown }> {}
    const many = first(new Big(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, i])))).fields!
    assert.strictEqual(Object.keys(many).length, 50)
    const deep = { a: { b: { c: { d: { e: 1 } } } } }
    assert.deepStrictEqual(first(new Big({ deep })).fields, { deep: { a: { b: { c: { d: "[Truncated]" } } } } })
    assert.strictEqual(String(first(new Big({ text: "x".repeat(9999) })).fields!["text"]).length, 1024)
    const heavy = first(new Big(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, "ü".repeat(900)]))))
    assert.isAtMost(new TextEncoder().encode(JSON.stringify(heavy.fields)).length, 8192)
  })
})

describe("a snapshot", () => {
  it("says what the outermost error's class says of itself", () => {
    class Quiet extends Data.TaggedError("Quiet") {
      readonly "~effect/ErrorReporter/severity" = "Warn"
      readonly "~effect/ErrorReporter/attributes" = { team: "billing" }
    }
    const snapshot = take(new Quiet())
    assert.strictEqual(snapshot.severity, "Warn")
    assert.deepStrictEqual(snapshot.attributes, { team: "billing" })
    assert.strictEqual(take(new Error("outer", { cause: new Quiet() })).severity, undefined)
  })

  it("changes nothing about what it is of, frozen or not", () => {
    const inner = Object.freeze(new TypeError("inner"))
    const error = new AggregateError([inner], "outer", { cause: inner })
    const before = Reflect.ownKeys(error)
    assert.strictEqual(take(Object.freeze(error)).entries.length, 2)
    const writes: Array<string> = []
    const watched = new Proxy(error, {
      set: () => (writes.push("set"), true),
      defineProperty: () => (writes.push("define"), true),
      deleteProperty: () => (writes.push("delete"), true)
    })
    take(watched)
    assert.deepStrictEqual(writes, [])
    assert.deepStrictEqual(Reflect.ownKeys(error), before)
  })

  const common = [ownCause(), new Error("shared"), Object.freeze(new Error("frozen"))]

  // made by the test: fast-check looks at the values it makes itself
  const anyCause = fc.letrec<{ cause: () => Cause.Cause<unknown>; error: () => unknown }>((tie) => ({
    error: fc.oneof(
      { maxDepth: 4 },
      anyValue(),
      fc.constantFrom(...common).map((error) => () => error),
      fc.tuple(anyValue(), tie("error"), fc.array(tie("error"), { maxLength: 4 })).map(
        ([message, cause, errors]) => () => ({
          message: message(),
          cause: cause(),
          errors: errors.map((make) => make())
        })
      ),
      fc.tuple(tie("error"), fc.array(tie("error"), { maxLength: 3 })).map(([cause, errors]) => () =>
        new AggregateError(errors.map((make) => make()), "all", { cause: cause() })
      ),
      tie("cause")
    ),
    cause: fc.oneof(
      { maxDepth: 6 },
      tie("error").map((error) => () => Cause.fail(error())),
      tie("error").map((error) => () => Cause.die(error())),
      fc.constantFrom(() => Cause.empty, () => Cause.interrupt(FiberId.none)),
      fc.tuple(tie("cause"), tie("cause")).map(([l, r]) => () => Cause.sequential(l(), r())),
      fc.tuple(tie("cause"), tie("cause")).map(([l, r]) => () => Cause.parallel(l(), r()))
    )
  })).cause

  it.prop(
    "EXCMETA-01, EXCMETA-19, EXCMETA-22: of any cause of anything is well-linked, bounded and never throws",
    [anyCause, fc.integer({ min: 1, max: 300 }), fc.boolean()],
    ([makeCause, maxMessageLength, half]) => {
      const cause = makeCause()
      let index = 0
      const all = CauseTree.leaves(cause)
      const leaves = half ? CauseTree.keep(all, () => index++ % 2 === 1) : all
      for (const list of [all, leaves]) {
        list.forEach(({ edge, parent }, i) => {
          assert.isTrue(i === 0 ? parent === undefined && edge === undefined : parent! < i && edge !== undefined)
        })
        assert.isTrue(new Set(list.map(({ identity }) => identity)).size === list.length)
      }
      if (leaves.length === 0) {
        return
      }
      const { entries } = Snapshot.take(leaves, { maxMessageLength, callSite: half ? new Error("site") : undefined })
      assert.isAtLeast(entries.length, 1)
      assert.isAtMost(entries.length, 50)
      entries.forEach((entry, id) => {
        assert.isAtLeast(entry.type.length, 1)
        assert.isAtMost(entry.type.length, 256)
        assert.isAtMost(entry.value.length, maxMessageLength)
        assert.isTrue(entry.value.isWellFormed() && entry.type.isWellFormed() && (entry.stack ?? "").isWellFormed())
        assert.isTrue(
          id === 0
            ? entry.parent === undefined && entry.edge === undefined
            : entry.parent! >= 0 && entry.parent! < id && entry.edge !== undefined
        )
        assert.include([true, false, undefined], entry.synthetic)
      })
    },
    { fastCheck: { numRuns: 500 } }
  )

  it.prop(
    "EXCMETA-22: no object twice, whatever hangs under whatever",
    [
      fc.array(fc.tuple(fc.nat(9), fc.array(fc.nat(9), { maxLength: 3 })), { minLength: 10, maxLength: 10 }),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 12 })
    ],
    ([links, order]) => {
      const errors = links.map((_, i) => new Error(String(i)) as Error & { errors?: Array<unknown> })
      links.forEach(([cause, members], i) => {
        errors[i]!.cause = errors[cause]
        errors[i]!.errors = members.map((member) =>
          member % 2 === 0 ? errors[member] : Cause.sequential(Cause.fail(errors[member]), Cause.fail(errors[i]))
        )
      })
      const cause = order.map((i): Cause.Cause<unknown> => Cause.fail(errors[i])).reduce((l, r) => Cause.parallel(l, r))
      const values = take(cause).entries.map(({ value }) => value)
      assert.strictEqual(new Set(values).size, values.length)
      // everything that can be reached is there
      const reached = new Set(order)
      for (const i of reached) {
        reached.add(links[i]![0])
        links[i]![1].forEach((member) => reached.add(member))
      }
      assert.strictEqual(values.length, reached.size)
    }
  )
})
