/**
 * The laws of the scope: each holds for arbitrary scopes, or for arbitrary programs against the reference model.
 *
 * `PROGRAMS` says how many programs are tried, `SEED` replays a run; both are printed. `RUNS` is for the other laws.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Fiber, Logger, LogLevel, TestClock } from "effect"
import {
  currentScope,
  currentTags,
  fresh,
  inherited,
  layerScope,
  openScope,
  tag,
  withScope,
  withScopeValue
} from "effect-posthog"
import type { JsonObject, JsonValue } from "effect-posthog/domain/JsonValue"
import * as Branch from "effect-posthog/scope/Branch"
import * as CurrentScope from "effect-posthog/scope/CurrentScope"
import { type Frame, FrameId } from "effect-posthog/scope/Frame"
import * as PosthogScope from "effect-posthog/scope/PosthogScope"
import * as ScopeData from "effect-posthog/scope/ScopeData"
import type { ScopeFields } from "effect-posthog/scope/ScopeOptions"
import * as ScopePatch from "effect-posthog/scope/ScopePatch"
import * as Section from "effect-posthog/scope/Section"
import * as Slots from "effect-posthog/scope/Slots"
import * as Programs from "./programs.js"
import { runVirtual } from "./virtual.js"

const number = (name: string, otherwise: number) => {
  const value = Number(process.env[name])
  return Number.isSafeInteger(value) && value > 0 ? value : otherwise
}

const programs = number("PROGRAMS", 10_000)
const seed = number("SEED", Date.now() % 1_000_000_000)
const runs = number("RUNS", 500)
const quiet = { captureExceptions: false } as const

type Values<Arbs extends ReadonlyArray<fc.Arbitrary<unknown>>> = {
  readonly [K in keyof Arbs]: Arbs[K] extends fc.Arbitrary<infer A> ? A : never
}

/** A law as one test over many values: the effect is run at once, so that a thousand of them take no second. */
const law = <const Arbs extends ReadonlyArray<fc.Arbitrary<unknown>>>(
  name: string,
  arbitraries: Arbs,
  holds: (values: Values<Arbs>) => Effect.Effect<void, unknown>
) =>
  it(name, () => {
    fc.assert(
      fc.property(fc.tuple(...arbitraries), (values) => {
        // a tuple of arbitraries yields the tuple of their values
        Effect.runSync(Logger.withMinimumLogLevel(holds(values as Values<Arbs>), LogLevel.None))
      }),
      { numRuns: runs, seed, endOnFailure: process.env["SHRINK"] === "0" }
    )
  })

// ---------------------------------------------------------------------------------------------------------------------
// arbitrary scopes
// ---------------------------------------------------------------------------------------------------------------------

const key = fc.constantFrom("a", "b", "c", "__proto__")

const json: fc.Arbitrary<JsonValue> = fc.oneof(fc.integer(), fc.string(), fc.constant(null))

/** Branches of a fiber, its children and a grandchild; and one of nobody. */
const branches = (root = Branch.root()) => {
  const child = root.fork()
  return [root, child, child.fork(), root.fork(), undefined]
}

const sections = ["request", "operation"].map((name) =>
  Section.make<{ readonly x?: number; readonly y?: number }>({
    name,
    merge: (outer, inner) => ({ ...outer, ...inner }),
    properties: (value) => ({ ...value })
  })
)

type WriteOf = readonly [kind: Slots.Kind, key: string, value: unknown]

const hidden = { weight: 1, arbitrary: fc.constant(undefined) }

const writeOf: fc.Arbitrary<WriteOf> = fc.oneof(
  fc.tuple(
    fc.constantFrom<Slots.Kind>("tags", "personProperties"),
    key,
    fc.oneof(hidden, { weight: 3, arbitrary: json })
  ),
  fc.tuple(
    fc.constant<Slots.Kind>("identity"),
    fc.constantFrom("distinctId", "sessionId", "deviceId"),
    fc.string({ minLength: 1 })
  ),
  fc.tuple(fc.constant<Slots.Kind>("groups"), key, fc.oneof(hidden, { weight: 3, arbitrary: fc.string() })),
  fc.tuple(key, key, fc.oneof(hidden, { weight: 3, arbitrary: json })).map(([type, property, value]) =>
    [
      "groupProperties",
      Slots.groupPropertyKey(type, property),
      value === undefined ? undefined : { type, property, value }
    ] as const
  ),
  fc.tuple(
    fc.constantFrom(...sections),
    fc.oneof(hidden, {
      weight: 4,
      arbitrary: fc.record({ x: fc.nat(9), y: fc.nat(9) }, { requiredKeys: [] })
    }),
    fc.boolean()
  ).map(([section, value, opaque]) =>
    ["sections", section.name, value === undefined ? undefined : { section, value, opaque }] as const
  )
)

const competing: fc.Arbitrary<WriteOf> = fc.tuple(
  fc.constant<Slots.Kind>("tags"),
  fc.constantFrom("a", "b"),
  fc.oneof(hidden, { weight: 3, arbitrary: fc.nat(3) })
)

const slots: fc.Arbitrary<Slots.Slots> = fc.array(fc.tuple(writeOf, fc.nat(4)), { maxLength: 8 }).map((writes) => {
  const pool = branches()
  return writes.reduce(
    // a write of a kind carries a value of that kind
    (slots, [[kind, key, value], branch]) => Slots.write(slots, kind, [[key, value as never]], pool[branch]),
    Slots.empty
  )
})

/** All that slots hold, to be compared: by value, or by the identity of the writes. */
const slotsContent = (self: Slots.Slots, of: (slot: Slots.Slot<unknown>) => unknown) =>
  Slots.kinds.map((kind) => new Map([...heldOf(self, kind)].map(([key, slot]) => [key, of(slot)])))

const heldOf = (self: Slots.Slots, kind: Slots.Kind): ReadonlyMap<string, Slots.Slot<unknown>> => self[kind]

const byValue = (slot: Slots.Slot<unknown>) => slot.value

const sameSlots = (actual: Slots.Slots, expected: Slots.Slots) =>
  assert.deepStrictEqual(slotsContent(actual, byValue), slotsContent(expected, byValue))

/** What a scope is made of, with every write as itself. */
const frames = (self: PosthogScope.PosthogScope) =>
  PosthogScope.frames(self).map(({ slots, ...frame }) => ({
    ...frame,
    slots: slotsContent(slots, (slot) => identityOf(slot))
  }))

const identities = new WeakMap<object, number>()
let lastIdentity = 0
const identityOf = (slot: object): number => {
  const known = identities.get(slot) ?? ++lastIdentity
  identities.set(slot, known)
  return known
}

const sameScope = (actual: PosthogScope.PosthogScope, expected: PosthogScope.PosthogScope) => {
  assert.deepStrictEqual(frames(actual), frames(expected))
  assert.deepStrictEqual(JSON.stringify(canonical(actual.view)), JSON.stringify(canonical(expected.view)))
}

const canonical = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(canonical)
    : typeof value === "object" && value !== null
    ? Object.entries(value)
      .toSorted(([a], [b]) => a < b ? -1 : 1)
      .map(([key, value]) => [key, canonical(value)])
    : value

/**
 * Scopes that one fiber may hold at different times: stacks of the same few frames in any order, whose slots share some
 * writes and were written on any branch.
 */
const scopes = (count: number): fc.Arbitrary<ReadonlyArray<PosthogScope.PosthogScope>> =>
  fc.tuple(
    fc.array(fc.tuple(fc.constantFrom(fresh, inherited), fc.boolean()), { minLength: 4, maxLength: 4 }),
    // many of them compete for the same key
    fc.array(fc.tuple(fc.oneof(writeOf, competing), fc.nat(4)), { maxLength: 10, size: "max" }),
    fc.array(
      fc.tuple(
        fc.shuffledSubarray([0, 1, 2, 3]),
        fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), { minLength: 4, maxLength: 4 })
      ),
      { minLength: count, maxLength: count }
    )
  ).map(([kinds, writes, stacks]) => {
    // all on the branch of one fiber, which is that of the outermost frame they share
    const bottom = PosthogScope.push(PosthogScope.empty, {
      id: new FrameId(),
      mode: fresh,
      captureExceptions: undefined,
      client: undefined,
      slots: Slots.empty,
      attached: false,
      isOperation: false,
      trail: undefined
    })
    const pool = branches(PosthogScope.branch(bottom))
    const ids = kinds.map(() => new FrameId())
    const pooled = writes.map(([[kind, key, value], branch]) => ({
      kind,
      key,
      slot: new Slots.Slot<unknown>(value, pool[branch])
    }))
    const all = stacks.map(([order, held]) =>
      order.reduce((scope, index) => {
        const [mode, attached] = kinds[index]!
        const slots = held[index]!.reduce((slots, write) => {
          const chosen = pooled[write]
          return chosen === undefined
            ? slots
            : { ...slots, [chosen.kind]: new Map(heldOf(slots, chosen.kind)).set(chosen.key, chosen.slot) }
        }, Slots.empty)
        const frame: Frame = {
          id: ids[index]!,
          mode,
          captureExceptions: undefined,
          client: undefined,
          slots,
          attached,
          isOperation: false,
          trail: undefined
        }
        return PosthogScope.push(scope, frame)
      }, bottom)
    )
    return Object.assign(all, { [fc.toStringMethod]: () => all.map((scope) => textOf(scope, ids)).join(" and ") })
  })

/** A scope in a counterexample: its frames by number, their writes, and whether they are equal. */
const textOf = (self: PosthogScope.PosthogScope, ids: ReadonlyArray<FrameId>): string =>
  `[${
    PosthogScope.frames(self).map((frame) =>
      `${ids.indexOf(frame.id)} ${frame.mode} {${
        Slots.kinds.flatMap((kind) =>
          [...heldOf(frame.slots, kind)].map(([key, slot]) =>
            `${kind} ${key}: ${JSON.stringify(slot.value)} by ${branchText(slot.branch)}`
          )
        ).join(", ")
      }}`
    ).join(" > ")
  }]`

const branchText = (branch: Branch.Branch | undefined): string =>
  branch === undefined
    ? "nobody"
    : branch.parent === undefined
    ? "the fiber"
    : `child ${branch.index} of ${branchText(branch.parent)}`

// ---------------------------------------------------------------------------------------------------------------------
// arbitrary fields
// ---------------------------------------------------------------------------------------------------------------------

// any sequence of UTF-16 units: control characters, half surrogate pairs, U+0000
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map(fromUnits) },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "\ud800", "a\udc00b", "\u0000", " ") }
)

function fromUnits(units: ReadonlyArray<number>): string {
  return String.fromCharCode(...units)
}

const dictionary = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<{ readonly [key: string]: A }> =>
  fc.array(fc.tuple(text, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries))

const deepJson: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 3 }),
    dictionary(tie("value"))
  )
})).value

const moment = fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 }), { nil: undefined })

const record = <Key extends string>(...keys: ReadonlyArray<Key>): fc.Arbitrary<{ readonly [K in Key]?: string }> =>
  // a record with these keys, or some of them
  fc.record(Object.fromEntries(keys.map((key) => [key, text])), { requiredKeys: [] }) as fc.Arbitrary<
    { readonly [K in Key]?: string }
  >

const fields: fc.Arbitrary<ScopeFields> = fc.record({
  tags: dictionary(deepJson),
  distinctId: fc.option(text, { nil: undefined }),
  sessionId: fc.option(text, { nil: undefined }),
  deviceId: fc.option(text, { nil: undefined }),
  groups: dictionary(fc.oneof(text, fc.integer())),
  personProperties: dictionary(deepJson),
  groupProperties: dictionary(dictionary(deepJson)),
  correlation: record("id", "parentId"),
  service: record("name", "version", "environment"),
  request: fc.tuple(record("userId", "requestId"), moment).map(([ids, timestamp]) => ({ ...ids, timestamp })),
  operation: fc.tuple(record("name"), moment).map(([name, startTime]) => ({ ...name, startTime })),
  caller: record("serviceName", "serviceVersion", "operationName"),
  trace: record("traceparent", "tracestate", "baggage"),
  metadata: dictionary(deepJson)
}, { requiredKeys: [] })

const viewOf = (fields: ScopeFields) =>
  Effect.map(withScope(currentScope, fresh, { ...fields, ...quiet }), ({ view }) => view)

// ---------------------------------------------------------------------------------------------------------------------
// the laws
// ---------------------------------------------------------------------------------------------------------------------

describe("law 1: merging is a monoid", () => {
  law(
    "merging is associative, also with hidden keys and sections",
    [slots, slots, slots],
    ([a, b, c]) => Effect.sync(() => sameSlots(Slots.merge(Slots.merge(a, b), c), Slots.merge(a, Slots.merge(b, c))))
  )

  law("the empty scope is its identity", [slots], ([a]) =>
    Effect.sync(() => {
      sameSlots(Slots.merge(Slots.empty, a), a)
      sameSlots(Slots.merge(a, Slots.empty), a)
    }))

  law(
    "the inner wins, the keys are exactly the union",
    [slots, slots],
    ([outer, inner]) =>
      Effect.sync(() => {
        const merged = Slots.merge(outer, inner)
        for (const kind of Slots.kinds) {
          assert.deepStrictEqual(
            new Set(merged[kind].keys()),
            new Set([...outer[kind].keys(), ...inner[kind].keys()])
          )
          for (const [key, slot] of merged[kind]) {
            const expected = inner[kind].get(key) ?? outer[kind].get(key)!
            if (kind !== "sections") {
              assert.strictEqual<unknown>(slot, expected)
            } else if (expected.value === undefined) {
              assert.isUndefined(slot.value)
            }
          }
        }
      })
  )

  law(
    "a section takes what it has not from the outer frame",
    [fc.nat(9), fc.nat(9), fc.nat(9)],
    ([a, b, c]) =>
      Effect.sync(() => {
        const section = sections[0]!
        const at = (value: { readonly x?: number; readonly y?: number }) =>
          Slots.write(Slots.empty, "sections", [[section.name, { section, value, opaque: false }]])
        const merged = Slots.merge(at({ x: a, y: b }), at({ x: c }))
        assert.deepStrictEqual(merged.sections.get(section.name)?.value?.value, { x: c, y: b })
      })
  )
})

describe("law 2: a fresh frame sees only itself", () => {
  law("fresh hides all that surrounds it, and leaving it shows that again bit by bit", [
    fields,
    fields,
    fields
  ], ([outer, between, inner]) =>
    Effect.gen(function*() {
      const alone = yield* viewOf(inner)
      yield* Effect.gen(function*() {
        const before = yield* CurrentScope.get
        const { view } = yield* withScope(currentScope, fresh, { ...inner, ...quiet })
        assert.deepStrictEqual(canonical(view), canonical(alone))
        assert.strictEqual(yield* CurrentScope.get, before)
      }).pipe(withScope(inherited, { ...between, ...quiet }), withScope(fresh, { ...outer, ...quiet }))
    }))

  law("a kept value entered elsewhere shows what was visible where it was kept", [fields, fields, fields], (
    [outer, inner, elsewhere]
  ) =>
    Effect.gen(function*() {
      const kept = yield* currentScope.pipe(
        withScope(inherited, { ...inner, ...quiet }),
        withScope(fresh, { ...outer, ...quiet })
      )
      const entered = yield* currentScope.pipe(
        withScopeValue(kept, quiet),
        withScope(fresh, { ...elsewhere, ...quiet })
      )
      assert.deepStrictEqual(canonical(entered.view), canonical(kept.view))
    }))
})

describe("law 3: leaving a region restores the scope that was there", () => {
  const leaves = fc.constantFrom<Programs.Leaving>("success", "fail", "die", "interrupt")

  law("whatever happens inside, and however it is left", [
    Programs.arbitraryRegion,
    leaves,
    fc.nat(1000)
  ], ([region, how, schedule]) =>
    Effect.sync(() => {
      const { after, before, program } = Programs.leaving(region, how)
      const observed = Programs.actual(program, schedule)
      if (observed.at(before) === undefined || observed.at(before)?.join() !== observed.at(after)?.join()) {
        assert.deepStrictEqual(observed.at(after), observed.at(before), Programs.render(program))
      }
    }))

  law("regions of every kind in each other, left by a failure, leave the very same value", [
    fc.array(
      fc.tuple(fc.constantFrom("withScope", "layerScope", "openScope", "withScopeValue"), fc.boolean(), fields),
      { minLength: 1, maxLength: 5 }
    ),
    leaves
  ], ([regions, how]) =>
    Effect.gen(function*() {
      const before = yield* CurrentScope.get
      const inside = tag("inside", 1).pipe(Effect.zipRight(
        how === "fail"
          ? Effect.fail("no")
          : how === "die"
          ? Effect.die("oh")
          : how === "interrupt"
          ? Effect.interrupt
          : Effect.void
      ))
      const nested = regions.reduce<Effect.Effect<void, string>>((self, [region, isFresh, fields]) => {
        const mode = isFresh ? fresh : inherited
        const options = { ...fields, ...quiet }
        switch (region) {
          case "withScope":
            return withScope(self, mode, options)
          case "layerScope":
            return Effect.provide(self, layerScope(mode, options))
          case "openScope":
            return Effect.scoped(Effect.zipRight(openScope(mode, options), self))
          default:
            return Effect.flatMap(currentScope, (scope) => withScopeValue(self, scope, quiet))
        }
      }, inside)
      yield* Effect.exit(nested)
      assert.strictEqual(yield* CurrentScope.get, before)
    }).pipe(withScope(fresh, { tags: { outer: 1 }, ...quiet })))
})

describe("law 4: siblings never see each other, and merge on join", () => {
  const permutation = fc.integer({ min: 2, max: 6 }).chain((count) =>
    fc.tuple(
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
      fc.shuffledSubarray([...Array(count).keys()], { minLength: count })
    )
  )

  law("whatever the order in which they finish and are joined", [
    permutation,
    fc.constantFrom("all", "forEach", "fork"),
    fc.nat(1000)
  ], ([[delays, joins], how, schedule]) =>
    Effect.sync(() => {
      const child = (index: number) =>
        Effect.gen(function*() {
          yield* tag(`own ${index}`, index)
          yield* Effect.sleep(1 + delays[index]!)
          yield* tag("shared", index)
          assert.deepStrictEqual({ ...(yield* currentTags) }, { before: 0, [`own ${index}`]: index, shared: index })
        })
      const children = delays.map((_, index) => index)
      const program = Effect.gen(function*() {
        if (how === "all") {
          const effects = children.map(child)
          yield* Effect.all(effects, { concurrency: "unbounded", discard: true })
        } else if (how === "forEach") {
          yield* Effect.forEach(children, child, { concurrency: children.length })
        } else {
          const fibers = yield* Effect.forEach(children, (index) => Effect.fork(child(index)))
          for (const index of joins) {
            yield* Fiber.join(fibers[index]!)
          }
        }
        assert.deepStrictEqual({ ...(yield* currentTags) }, {
          before: 0,
          ...Object.fromEntries(children.map((index) => [`own ${index}`, index])),
          shared: children.length - 1
        })
      }).pipe(withScope(fresh, { tags: { before: 0 }, ...quiet }))
      const exit = runVirtual(program, schedule)
      assert.strictEqual(exit._tag, "Success", String(exit))
    }))
})

describe("law 5: the differ", () => {
  law(
    "patching with the difference of two scopes makes the one of the other",
    [scopes(2)],
    ([[a, b]]) => Effect.sync(() => sameScope(ScopePatch.patch(ScopePatch.diff(a!, b!), a!), b!))
  )

  law("a scope does not differ from itself", [scopes(1)], ([[a]]) =>
    Effect.sync(() => {
      assert.deepStrictEqual(ScopePatch.diff(a!, a!), ScopePatch.empty)
      const rebuilt = PosthogScope.frames(a!).reduce(PosthogScope.push, PosthogScope.empty)
      assert.deepStrictEqual(ScopePatch.diff(a!, rebuilt), ScopePatch.empty)
      assert.strictEqual(ScopePatch.patch(ScopePatch.empty, a!), a!)
    }))

  law("combining is associative and the same as patching twice", [scopes(5), fc.boolean()], (
    [[a, b, c, d, other], fork]
  ) =>
    Effect.sync(() => {
      const first = ScopePatch.diff(a!, b!)
      const second = fork ? ScopePatch.fork : ScopePatch.diff(b!, c!)
      const third = ScopePatch.diff(c!, d!)
      const left = ScopePatch.combine(ScopePatch.combine(first, second), third)
      const right = ScopePatch.combine(first, ScopePatch.combine(second, third))
      for (const scope of [a!, other!, PosthogScope.empty]) {
        const twice = ScopePatch.patch(second, ScopePatch.patch(first, scope))
        sameScope(ScopePatch.patch(ScopePatch.combine(first, second), scope), twice)
        sameScope(ScopePatch.patch(left, scope), ScopePatch.patch(right, scope))
        sameScope(ScopePatch.patch(ScopePatch.combine(ScopePatch.empty, first), scope), ScopePatch.patch(first, scope))
        sameScope(ScopePatch.patch(ScopePatch.combine(first, ScopePatch.empty), scope), ScopePatch.patch(first, scope))
      }
    }))

  law("a patch about frames that are not there changes nothing but what it opens", [scopes(3), scopes(1)], (
    [[a, b], [stranger]]
  ) =>
    Effect.sync(() => {
      const patch = ScopePatch.diff(a!, b!)
      const opened = new Set(PosthogScope.frames(b!).map((frame) => frame.id))
      const before = frames(stranger!)
      const after = frames(ScopePatch.patch(patch, stranger!)).filter((frame) => !opened.has(frame.id))
      assert.deepStrictEqual(after, before)
    }))
})

describe("law 7: a scope that was exported and imported holds the same data", () => {
  const wellFormed = (value: JsonValue): JsonValue =>
    typeof value === "string"
      ? value.toWellFormed()
      : Array.isArray(value)
      ? value.map(wellFormed)
      : typeof value === "object" && value !== null
      ? repaired(value as JsonObject, wellFormed)
      : Object.is(value, -0)
      ? 0
      : value
  const repaired = <A, B>(record: { readonly [key: string]: A }, f: (value: A) => B): { readonly [key: string]: B } =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key.toWellFormed(), f(value)]))
  const id = (value: string | undefined) =>
    value === undefined || value.trim() === "" ? undefined : value.toWellFormed()
  const named = (groups: { readonly [type: string]: string | number } = {}) =>
    Object.fromEntries(
      Object.entries(groups).flatMap(([type, key]) =>
        type.trim() === "" || id(String(key)) === undefined ? [] : [[type.toWellFormed(), id(String(key))]]
      )
    )
  const filled = (groups: ScopeFields["groupProperties"] = {}) => {
    const result: Record<string, object> = Object.create(null)
    for (const [type, properties] of Object.entries(groups)) {
      if (Object.keys(properties).length > 0) {
        // two types may be the same after the repair: their properties are united
        result[type.toWellFormed()] = { ...result[type.toWellFormed()], ...ownOf(repaired(properties, wellFormedAny)) }
      }
    }
    return result
  }
  const orNothing = (value: object) => Object.keys(value).length === 0 ? undefined : value
  const section = (fields: object = {}) =>
    orNothing(
      Object.fromEntries(
        Object.entries(fields).flatMap(([key, value]) => {
          const kept = typeof value === "number" ? value : id(value)
          return kept === undefined ? [] : [[key, kept]]
        })
      )
    )
  // a tracestate belongs to its traceparent
  const traceOf = ({ tracestate, ...trace }: NonNullable<ScopeFields["trace"]> = {}) =>
    id(trace.traceparent) === undefined ? trace : { ...trace, tracestate }
  const wellFormedAny = (value: unknown) => wellFormed(value as JsonValue)
  const ownOf = (record: object) => Object.fromEntries(Object.entries(record))

  law(
    "whatever bytes it holds: __proto__, half surrogate pairs, control characters",
    [fields],
    ([fields]) =>
      Effect.gen(function*() {
        const scope = yield* withScope(currentScope, fresh, { ...fields, ...quiet })
        const sent = JSON.stringify(ScopeData.fromScope(scope))
        const received = Either.getOrThrow(ScopeData.decode(JSON.parse(sent)))
        const imported = yield* withScope(currentScope, fresh, { ...received, ...quiet })
        assert.deepStrictEqual(canonical(imported.view), canonical(scope.view))
        assert.deepStrictEqual(canonical(received), canonical(ScopeData.fromScope(scope)))
        assert.deepStrictEqual(
          canonical(JSON.parse(sent)),
          canonical(JSON.parse(JSON.stringify({
            tags: repaired(fields.tags ?? {}, wellFormedAny),
            distinctId: id(fields.distinctId),
            sessionId: id(fields.sessionId),
            deviceId: id(fields.deviceId),
            groups: named(fields.groups),
            personProperties: repaired(fields.personProperties ?? {}, wellFormedAny),
            groupProperties: filled(fields.groupProperties),
            correlation: section(fields.correlation),
            service: section(fields.service),
            request: section(fields.request),
            operation: section(fields.operation),
            caller: section(fields.caller),
            trace: section(traceOf(fields.trace)),
            // four of these fit in, and are kept as they are
            metadata: orNothing(repaired(fields.metadata ?? {}, wellFormedAny))
          })))
        )
      })
  )

  const anything = fc.oneof(
    fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true
    }),
    // near misses: the right names with anything in them
    fc.dictionary(
      fc.constantFrom(
        "tags",
        "distinctId",
        "sessionId",
        "deviceId",
        "groups",
        "personProperties",
        "groupProperties",
        "correlation",
        "request",
        "trace",
        "metadata",
        "__proto__"
      ),
      fc.oneof(
        fc.anything({ withBigInt: true, withNullPrototype: true }),
        fc.dictionary(fc.constantFrom("id", "parentId", "timestamp", "tracestate"), fc.oneof(text, fc.double(), json))
      )
    )
  )

  law(
    "decoding anything answers, and what it answers can be entered",
    [anything],
    ([input]) =>
      Effect.gen(function*() {
        const decoded = ScopeData.decode(input)
        if (Either.isRight(decoded)) {
          const scope = yield* withScope(currentScope, fresh, { ...decoded.right, ...quiet })
          const again = ScopeData.decode(JSON.parse(JSON.stringify(ScopeData.fromScope(scope))))
          assert.deepStrictEqual(canonical(Either.getOrThrow(again)), canonical(ScopeData.fromScope(scope)))
        } else {
          assert.instanceOf(decoded.left, ScopeData.ScopeDataError)
          assert.isString(decoded.left.message)
        }
      })
  )
})

describe("law 8: random programs agree with the model", () => {
  const chunk = 500
  const timeout = 60_000 + programs * 20

  it(`${programs} programs`, async () => {
    const found = new Map<string, number>()
    let tried = 0
    let concurrent = 0
    for (let start = 0; start < programs; start += chunk) {
      const chunkSeed = seed + start
      const numRuns = Math.min(chunk, programs - start)
      const result = fc.check(
        fc.property(Programs.arbitraryRun, ({ program, schedule }) => {
          const names = Programs.constructs(program)
          names.forEach((name) => found.set(name, (found.get(name) ?? 0) + 1))
          concurrent += Programs.isConcurrent(names) ? 1 : 0
          tried++
          return Programs.expected(program).differences(Programs.actual(program, schedule)).length === 0
        }),
        { numRuns, seed: chunkSeed, endOnFailure: process.env["SHRINK"] === "0" }
      )
      if (result.failed) {
        const [{ program, schedule }] = result.counterexample!
        assert.fail(
          `After ${tried} programs (SEED=${chunkSeed} PROGRAMS=${numRuns} replays), shrunk ${result.numShrinks} times:\n\n` +
            `${Programs.render(program)}\nschedule ${schedule}\n` +
            Programs.expected(program).differences(Programs.actual(program, schedule)).join("\n")
        )
      }
      // lets the runner hear of us
      await new Promise((resolve) => setImmediate(resolve))
    }
    const share = (count: number) => `${(100 * count / tried).toFixed(1)} %`
    console.log([
      `${tried} random programs agree with the model, SEED=${seed}`,
      `${share(concurrent)} contain a fork and a join, a race or timeout, a layer, or a shared cached effect`,
      [...found].toSorted(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${share(count)}`).join(", ")
    ].join("\n"))
    assert.isAtLeast(concurrent, tried / 2)
  }, timeout)

  it.effect("a sample of them also under Effect's own scheduler and its TestClock", () =>
    Effect.gen(function*() {
      const sample = fc.sample(Programs.arbitraryRun, { numRuns: number("SAMPLE", 100), seed })
      const logs = sample.map(() => new Programs.Observations())
      yield* Effect.forEach(sample, ({ program }, i) => Effect.forkDaemon(Programs.effectOf(program, logs[i]!)), {
        discard: true
      })
      yield* TestClock.adjust(2 ** 46)
      for (const [i, { program }] of sample.entries()) {
        const differences = Programs.expected(program).differences(logs[i]!)
        assert.strictEqual(differences.join("\n"), "", Programs.render(program))
      }
    }), timeout)

  it("the programs have one outcome: the model's, whichever of its fibers goes first", () => {
    fc.assert(
      fc.property(Programs.arbitraryRun, ({ program }) => {
        assert.deepStrictEqual(Programs.expected(program).differences(Programs.expected(program, "last")), [])
      }),
      { numRuns: Math.min(Math.ceil(programs / 10), 1000), seed }
    )
  }, timeout)
})
