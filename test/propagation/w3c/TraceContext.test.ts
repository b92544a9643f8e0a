import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import * as TraceContext from "effect-posthog/propagation/w3c/TraceContext"
import * as TraceParent from "effect-posthog/propagation/w3c/TraceParent"
import * as TraceState from "effect-posthog/propagation/w3c/TraceState"
import { anything, check } from "../support.js"

const hex = "0123456789abcdef"
const id = (length: number) =>
  fc.stringOf(fc.constantFrom(...hex), { minLength: length, maxLength: length }).filter((id) => /[1-9a-f]/.test(id))
const parents = fc.record({ traceId: id(32), spanId: id(16), flags: fc.integer({ min: 0, max: 255 }) })

/** The grammar as one pattern: an independent telling of the same rules. */
const isTraceParent = (text: string): boolean =>
  /^[ \t]*(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00|ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[^]*)?)[ \t]*$/
    .test(text)

const key = fc.tuple(
  fc.constantFrom(..."abcxyz019"),
  fc.stringOf(fc.constantFrom(..."az09_-*/@"), { maxLength: 255 })
).map((parts) => parts.join(""))
const value = fc.stringOf(
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)).filter((c) => c !== "," && c !== "="),
  { minLength: 1, maxLength: 256 }
).filter((value) => !value.endsWith(" "))
const members = (maxLength: number) =>
  fc.uniqueArray(fc.record({ key, value }), { maxLength, selector: ({ key }) => key })
const shortMembers = fc.uniqueArray(
  fc.record({ key: key.map((key) => key.slice(0, 7)), value: value.map((value) => `${value.slice(0, 7)}.`) }),
  { maxLength: 32, selector: ({ key }) => key }
)

describe("TraceParent", () => {
  it("is read again as it was written, with the two known flags alone", async () => {
    await check(parents, (fields) => {
      const made = TraceParent.make(fields)
      assert.isDefined(made)
      assert.deepStrictEqual({ ...made }, { ...fields, flags: fields.flags & 3 })
      const text = TraceParent.format(made)
      assert.match(text, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/)
      assert.deepStrictEqual(TraceParent.parse(text), made)
      assert.deepStrictEqual(TraceParent.parse([Buffer.from(text)]), made)
    })
  })

  it("accepts what the grammar has and nothing else, one change away from valid", async () => {
    const characters = fc.constantFrom(...`${hex}-ABCFGfx. \t\n,\u0000é😀`)
    const edited = fc.tuple(
      fc.constantFrom("00", "01", "cc", "fe", "ff"),
      parents,
      fc.constantFrom("", "-", "-more", "0", ".", " ", ", "),
      fc.nat({ max: 60 }),
      fc.nat({ max: 2 }),
      fc.oneof(fc.constant(""), fc.string({ maxLength: 2 }), characters)
    ).map(([version, { flags, spanId, traceId }, tail, at, cut, inserted]) => {
      const text = `${version}-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}${tail}`
      return text.slice(0, at) + inserted + text.slice(at + cut)
    })
    let accepted = 0
    await check(edited, (text) => {
      const parsed = TraceParent.parse(text)
      assert.strictEqual(parsed !== undefined, isTraceParent(text), JSON.stringify(text))
      accepted += parsed === undefined ? 0 : 1
    }, 5)
    assert.isAbove(accepted, 100)
  })

  it("refuses ids that are none, whatever their type", () => {
    const valid = { traceId: "1".repeat(32), spanId: "2".repeat(16), flags: 1 }
    assert.isDefined(TraceParent.make(valid))
    const wrong: ReadonlyArray<object> = [
      { traceId: "0".repeat(32) },
      { spanId: "0".repeat(16) },
      { traceId: "1".repeat(31) },
      { traceId: `${"1".repeat(32)}\n` },
      { traceId: `${"A".repeat(32)}` },
      { spanId: ["2".repeat(16)] },
      { traceId: { toString: () => "1".repeat(32) } },
      { flags: "1" }
    ]
    for (const change of wrong) {
      // what a caller without types may pass
      assert.isUndefined(TraceParent.make({ ...valid, ...change } as TraceParent.Fields), JSON.stringify(change))
      assert.deepStrictEqual(TraceContext.inject({ ...valid, ...change } as TraceParent.Fields), {})
    }
    for (const flags of [Number.NaN, Number.POSITIVE_INFINITY, 252]) {
      assert.strictEqual(TraceParent.make({ ...valid, flags })?.flags, 0)
    }
  })
})

describe("TraceState", () => {
  it("is read again as it was written, where it is within 512 characters", async () => {
    await check(shortMembers, (members) => {
      const text = TraceState.format({ members })
      if (members.length === 0) {
        assert.isUndefined(text)
      } else if (members.map(({ key, value }) => `${key}=${value}`).join(",").length <= 512) {
        assert.deepStrictEqual(TraceState.parse(text), { members })
        const middle = Math.floor(members.length / 2)
        const halves = [members.slice(0, middle), members.slice(middle)].map((members) =>
          TraceState.format({ members }) ?? " "
        )
        assert.deepStrictEqual(TraceState.parse(halves), { members })
      } else {
        assert.isAtMost(text?.length ?? 513, 512)
      }
    })
  })

  it("TRACE-12 sends whole members within 512 characters: large ones go first, then those at the end", async () => {
    const sized = fc.uniqueArray(
      fc.record({
        key,
        value: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 256 })).map((n) => "v".repeat(n))
      }),
      { maxLength: 40, selector: ({ key }) => key, size: "max" }
    )
    const length = (members: ReadonlyArray<TraceState.Member>) =>
      members.reduce((sum, { key, value }) => sum + key.length + value.length + 2, -1)
    let cut = 0
    await check(sized, (members) => {
      let expected = members.slice(0, 32)
      while (length(expected) > 512) {
        const large = expected.findLastIndex((member) => length([member]) > 128)
        expected = expected.toSpliced(large, 1)
        cut++
      }
      const text = TraceState.format({ members })
      assert.isAtMost(text?.length ?? 0, 512)
      assert.deepStrictEqual(TraceState.parse(text)?.members ?? [], expected)
    })
    assert.isAbove(cut, 100)
  })

  it("drops large members first, and then those at the end", () => {
    const small = (name: string) => ({ key: name, value: "v".repeat(98) })
    const large = (name: string) => ({ key: name, value: "v".repeat(130) })
    const kept = (...members: ReadonlyArray<TraceState.Member>) =>
      TraceState.parse(TraceState.format({ members }))?.members.map(({ key }) => key)
    assert.deepStrictEqual(kept(small("a"), large("b"), small("c"), small("d"), small("e")), ["a", "c", "d", "e"])
    assert.deepStrictEqual(kept(small("a"), large("b"), small("c"), large("d"), small("e")), ["a", "b", "c", "e"])
    assert.deepStrictEqual(kept(...[..."abcdefg"].map(small)), ["a", "b", "c", "d", "e"])
    assert.deepStrictEqual(kept({ key: "k".repeat(256), value: "v".repeat(256) }), [])
  })

  it("has 32 members at most, and is invalid where one header of several is no list", () => {
    const members = Array.from({ length: 40 }, (_, i) => ({ key: `k${i}`, value: "1" }))
    assert.deepStrictEqual(TraceState.parse(TraceState.format({ members }))?.members, members.slice(0, 32))
    assert.deepStrictEqual(TraceState.parse(["a=1", " "])?.members, [{ key: "a", value: "1" }])
    assert.isUndefined(TraceState.parse(["a=1", " ".repeat(65_537)]))
    assert.isUndefined(TraceState.parse(["a=1", Buffer.alloc(65_537, " ")]))
    assert.isUndefined(TraceState.parse(["a=1", " ".repeat(65_535)]))
  })

  it("moves what is set to the front, and drops the last of more than 32", async () => {
    await check(fc.tuple(members(32), key, value), ([members, key, value]) => {
      const before: TraceState.TraceState = { members }
      const after = TraceState.set(before, key, value)
      assert.deepStrictEqual(
        after.members,
        [{ key, value }, ...members.filter((member) => member.key !== key)].slice(0, 32)
      )
      assert.strictEqual(TraceState.get(after, key), value)
      assert.deepStrictEqual(TraceState.set(key, value)(before), after)
      assert.isUndefined(TraceState.get(TraceState.remove(after, key), key))
      assert.isAtLeast(TraceState.remove(key)(after).members.length, Math.min(members.length, 32) - 1)
    }, 0.2)
  })

  it("keeps what is no key or no value out, and off the wire", () => {
    const state = TraceState.set(TraceState.empty, "congo", "1")
    const wrong = [["", "1"], ["Congo", "1"], ["a", ""], ["a", "b "], ["a", "b,c=d"], ["a", "b\r\nX-Admin: 1"]] as const
    for (const [key, value] of wrong) {
      assert.strictEqual(TraceState.set(state, key, value), state)
      assert.strictEqual(TraceState.format({ members: [...state.members, { key, value }] }), "congo=1")
    }
    assert.isUndefined(TraceState.format({ members: [{ key: "a", value: "b,c=d" }] }))
  })
})

describe("TraceContext", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  it("TRACE-12 drops a bad tracestate alone", () => {
    for (
      const tracestate of ["no member", `a=1,${"b=2,".repeat(40)}`, "x".repeat(70_000), Buffer.alloc(70_000, "a=1,")]
    ) {
      const extracted = TraceContext.extract({ traceparent, tracestate })
      assert.strictEqual(extracted?.spanId, "b7ad6b7169203331")
      assert.deepStrictEqual(extracted?.traceState, TraceState.empty)
    }
  })

  it("TRACE-11 ignores anything that is no traceparent, without throwing", async () => {
    await check(fc.tuple(anything, anything), ([makeParent, makeState]) => {
      const [traceparent, tracestate] = [makeParent(), makeState()]
      const extracted = TraceContext.extract({ traceparent, tracestate })
      // nothing in there is a traceparent but by a chance of 1 to 16^50
      assert.isUndefined(extracted)
      const state = TraceState.parse(tracestate)
      assert.isTrue(state === undefined || state.members.length <= 32)
    })
    await check(anything, (make) => {
      const extracted = TraceContext.extract({ traceparent, tracestate: make() })
      assert.isDefined(extracted)
      const sent = TraceContext.inject(extracted)
      assert.strictEqual(sent.traceparent, traceparent)
      assert.match(sent.tracestate ?? "", /^[\x20-\x7e]{0,512}$/)
    })
  })

  it("sends nothing for a context that is none", async () => {
    await check(anything, (make) => {
      // what a caller without types may pass
      assert.deepStrictEqual(TraceContext.inject(make() as TraceContext.TraceContext), {})
    })
  })
})
