/** What every kind of buffer has to do: one suite for all of them. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Bounds, Claim, Fate, ItemBuffer } from "../../../src/delivery/buffer/ItemBuffer.js"
import { type FinishedEvent, size } from "../../../src/event/FinishedEvent.js"
import { item, itemSize, wide } from "./items.js"

export type Buffer = ItemBuffer<FinishedEvent>

export interface Kind {
  readonly name: string
  /** An empty buffer, apart from all that were opened before. */
  readonly open: (bounds: Bounds<FinishedEvent>) => Effect.Effect<Buffer, never, Scope.Scope>
  /** What was claimed once is safe: it is not among what would be lost. */
  readonly keeps: boolean
  /** How many random programs are tried. */
  readonly programs: number
}

const uuids = (items: ReadonlyArray<FinishedEvent>) => items.map(({ uuid }) => uuid)

const all = Number.MAX_SAFE_INTEGER

const claimAll = (buffer: Buffer) => buffer.claim(10_000, all)

const offerAll = (buffer: Buffer, items: ReadonlyArray<FinishedEvent>) => items.flatMap((each) => buffer.offer(each))

/** A generator of numbers below a bound, the same for the same seed. */
const numbers = (seed: number) => {
  let state = seed | 0
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

interface Modelled {
  readonly item: FinishedEvent
  readonly number: number
  state: "waiting" | "claimed" | "left"
}

/** The plainest thing that does what a buffer does. */
class Model {
  readonly items: Array<Modelled> = []
  claims: Array<{ readonly claim: Claim<FinishedEvent>; readonly items: Array<Modelled> }> = []

  offer(each: FinishedEvent) {
    this.items.push({ item: each, number: this.items.length, state: "waiting" })
  }

  waiting() {
    return this.items.filter(({ state }) => state === "waiting")
  }

  here() {
    return this.items.filter(({ state }) => state !== "left")
  }

  next(maxItems: number, maxBytes: number) {
    const taken: Array<Modelled> = []
    let total = 0
    for (const each of this.waiting()) {
      total += size(each.item)
      if (taken.length === maxItems || (taken.length > 0 && total > maxBytes)) {
        break
      }
      taken.push(each)
    }
    return taken
  }

  settled() {
    return this.here()[0]?.number ?? this.items.length
  }
}

const fates: ReadonlyArray<Fate> = ["delivered", "delivered", "rejected", "tooLarge", "retriesExhausted"]

const tryProgram = (kind: Kind, seed: number) =>
  Effect.scoped(Effect.gen(function*() {
    const buffer = yield* kind.open(wide)
    const model = new Model()
    const random = numbers(seed)
    const steps: Array<string> = [`seed ${seed}`]

    const check = () => {
      const where = steps.join("\n")
      assert.strictEqual(buffer.length(), model.here().length, `length\n${where}`)
      assert.strictEqual(buffer.waiting(), model.waiting().length, `waiting\n${where}`)
      const bytes = model.waiting().reduce((sum, each) => sum + size(each.item), 0)
      assert.strictEqual(buffer.waitingBytes(), bytes, `waitingBytes\n${where}`)
      assert.strictEqual(buffer.offered(), model.items.length, `offered\n${where}`)
      assert.strictEqual(buffer.settled(), model.settled(), `settled\n${where}`)
      assert.deepStrictEqual(buffer.exchange(), { adopted: 0, handedOver: 0 }, `exchange\n${where}`)
      const here = uuids(model.here().map((each) => each.item))
      if (kind.keeps) {
        assert.deepStrictEqual(uuids(buffer.unsaved()), here.filter((uuid) => uuids(buffer.unsaved()).includes(uuid)))
      } else {
        assert.deepStrictEqual(uuids(buffer.unsaved()).toSorted(), here.toSorted(), `unsaved\n${where}`)
      }
    }

    for (let step = 0; step < 40; step++) {
      switch (random(5)) {
        case 0:
        case 1: {
          const count = 1 + random(5)
          steps.push(`offer ${count}`)
          for (let i = 0; i < count; i++) {
            const each = item(random(50))
            assert.deepStrictEqual(buffer.offer(each), [])
            model.offer(each)
          }
          break
        }
        case 2: {
          const maxItems = 1 + random(6)
          const maxBytes = random(4) === 0 ? random(4 * itemSize) : all
          steps.push(`claim ${maxItems} of ${maxBytes} bytes`)
          const expected = model.next(maxItems, maxBytes)
          const claim = yield* buffer.claim(maxItems, maxBytes)
          assert.deepStrictEqual(claim.items, expected.map((each) => each.item), steps.join("\n"))
          expected.forEach((each) => {
            each.state = "claimed"
          })
          if (expected.length > 0) {
            model.claims.push({ claim, items: expected })
          }
          break
        }
        case 3: {
          const chosen = model.claims[random(Math.max(1, model.claims.length))]
          if (chosen !== undefined) {
            const gone = chosen.items.filter(() => random(3) > 0)
            const fate = fates[random(fates.length)]!
            steps.push(`remove ${gone.length} of ${chosen.items.length}: ${fate}`)
            const identities = gone.map((each) => chosen.claim.items.find(({ uuid }) => uuid === each.item.uuid)!)
            yield* buffer.remove(chosen.claim, identities, fate)
            gone.forEach((each) => {
              each.state = "left"
              chosen.items.splice(chosen.items.indexOf(each), 1)
            })
          }
          break
        }
        case 4: {
          const index = random(Math.max(1, model.claims.length))
          const chosen = model.claims[index]
          if (chosen !== undefined) {
            steps.push(`release ${chosen.items.length}`)
            yield* buffer.release(chosen.claim)
            yield* buffer.release(chosen.claim)
            chosen.items.forEach((each) => {
              each.state = "waiting"
            })
            model.claims.splice(index, 1)
          }
          break
        }
      }
      check()
    }
    const left = yield* buffer.close
    assert.deepStrictEqual(
      uuids(left),
      kind.keeps ? [] : uuids(model.here().map((each) => each.item)),
      `close\n${steps.join("\n")}`
    )
    assert.strictEqual(buffer.length(), kind.keeps ? model.here().length : 0)
  }))

/** Calls `describe`: it is for the top of a test file. */
export const suite = (kind: Kind): void => {
  const open = kind.open

  describe(`a buffer in ${kind.name}`, () => {
    it.scoped("hands out what came first first, in batches of a number and of a size", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const items = Array.from({ length: 10 }, () => item())
        assert.deepStrictEqual(offerAll(buffer, items), [])
        const first = yield* buffer.claim(3, all)
        const second = yield* buffer.claim(100, 2 * itemSize)
        const third = yield* buffer.claim(100, all)
        assert.deepStrictEqual(first.items, items.slice(0, 3))
        assert.deepStrictEqual(second.items, items.slice(3, 5))
        assert.deepStrictEqual(third.items, items.slice(5))
        assert.deepStrictEqual((yield* claimAll(buffer)).items, [])
      }))

    it.scoped("hands out a single item that is larger than asked for, alone", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const items = [item(5000), item()]
        offerAll(buffer, items)
        assert.deepStrictEqual((yield* buffer.claim(10, 1000)).items, items.slice(0, 1))
        assert.deepStrictEqual((yield* buffer.claim(10, 1000)).items, items.slice(1))
      }))

    it.scoped("has nothing to hand out where nothing came", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const claim = yield* claimAll(buffer)
        assert.deepStrictEqual(claim.items, [])
        yield* buffer.remove(claim, [], "delivered")
        yield* buffer.release(claim)
        assert.deepStrictEqual([buffer.waiting(), buffer.length(), buffer.offered(), buffer.settled()], [0, 0, 0, 0])
      }))

    it.scoped("counts what has left from the first one on", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        offerAll(buffer, Array.from({ length: 4 }, () => item()))
        const one = yield* buffer.claim(2, all)
        const two = yield* buffer.claim(2, all)
        yield* buffer.remove(two, two.items, "delivered")
        assert.deepStrictEqual([buffer.settled(), buffer.length()], [0, 2])
        yield* buffer.remove(one, one.items.slice(0, 1), "rejected")
        assert.deepStrictEqual([buffer.settled(), buffer.length()], [1, 1])
        yield* buffer.remove(one, one.items.slice(1), "delivered")
        assert.deepStrictEqual([buffer.settled(), buffer.length(), buffer.offered()], [4, 0, 4])
      }))

    it.scoped("puts what is left of a claim back where it was", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const items = Array.from({ length: 6 }, () => item())
        offerAll(buffer, items)
        const one = yield* buffer.claim(3, all)
        const two = yield* buffer.claim(2, all)
        yield* buffer.remove(one, one.items.slice(1, 2), "delivered")
        yield* buffer.release(two)
        yield* buffer.release(one)
        assert.strictEqual(buffer.waiting(), 5)
        assert.deepStrictEqual(
          (yield* claimAll(buffer)).items,
          items.filter((_, i) => i !== 1)
        )
      }))

    it.scoped("gives every property back as it came, whatever it holds", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const odd = "\u0000 \ud800 \udc00 ' \" \\ \n \u2028 😀 $1 ? :a"
        const items = [
          item(0, { event: odd, distinctId: odd, own: JSON.stringify({ [odd]: odd }) }),
          item(0, { event: "'; DROP TABLE posthog_outbox; --", own: "{}" }),
          item(0, { own: JSON.stringify({ deep: [[[null, 1e300, -0.1, true]]], "": "" }) })
        ]
        offerAll(buffer, items)
        assert.deepStrictEqual((yield* claimAll(buffer)).items, items)
      }))

    it.scoped("refuses what is new where no more items fit, or takes it for the oldest", () =>
      Effect.gen(function*() {
        const items = Array.from({ length: 4 }, () => item())
        const newest = yield* open({ ...wide, maxItems: 3 })
        assert.deepStrictEqual(items.map((each) => newest.hasRoom(each) && newest.offer(each).length === 0), [
          true,
          true,
          true,
          false
        ])
        assert.deepStrictEqual(newest.offer(items[3]!), items.slice(3))
        assert.deepStrictEqual((yield* claimAll(newest)).items, items.slice(0, 3))
        const oldest = yield* open({ ...wide, maxItems: 3, evict: "oldest" })
        assert.deepStrictEqual(offerAll(oldest, items.slice(0, 3)), [])
        assert.isFalse(oldest.hasRoom(items[3]!))
        assert.deepStrictEqual(oldest.offer(items[3]!), items.slice(0, 1))
        assert.deepStrictEqual([oldest.length(), oldest.offered(), oldest.settled()], [3, 4, 1])
        assert.deepStrictEqual((yield* claimAll(oldest)).items, items.slice(1))
      }))

    it.scoped("is bounded in bytes as well: as many of the oldest go as are needed", () =>
      Effect.gen(function*() {
        const small = Array.from({ length: 4 }, () => item())
        const bounds = { ...wide, maxBytes: 4 * itemSize, evict: "oldest" } as const
        const buffer = yield* open(bounds)
        assert.deepStrictEqual(offerAll(buffer, small), [])
        const large = item(itemSize)
        assert.isFalse(buffer.hasRoom(large))
        assert.deepStrictEqual(buffer.offer(large), small.slice(0, 2))
        const tooLarge = item(4 * itemSize)
        assert.deepStrictEqual(buffer.offer(tooLarge), [tooLarge])
        assert.strictEqual(buffer.waitingBytes(), 4 * itemSize)
        assert.deepStrictEqual((yield* claimAll(buffer)).items, [...small.slice(2), large])
      }))

    it.scoped("holds what would be lost, in order", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const items = Array.from({ length: 3 }, () => item())
        offerAll(buffer, items)
        assert.deepStrictEqual(buffer.unsaved(), items)
        const claim = yield* buffer.claim(1, all)
        assert.deepStrictEqual(buffer.unsaved(), kind.keeps ? [] : items)
        yield* buffer.remove(claim, claim.items, "delivered")
        assert.deepStrictEqual(buffer.unsaved(), kind.keeps ? [] : items.slice(1))
      }))

    it.scoped("returns what cannot be kept when it closes, and does so once", () =>
      Effect.gen(function*() {
        const buffer = yield* open(wide)
        const items = Array.from({ length: 4 }, () => item())
        offerAll(buffer, items)
        const claim = yield* buffer.claim(2, all)
        yield* buffer.remove(claim, claim.items.slice(0, 1), "delivered")
        assert.deepStrictEqual(yield* buffer.close, kind.keeps ? [] : items.slice(1))
        assert.deepStrictEqual(yield* buffer.close, [])
        assert.strictEqual(buffer.length(), kind.keeps ? 3 : 0)
      }))

    it.scoped(`does what a plain model of it does, in ${kind.programs} random programs`, () =>
      Effect.gen(function*() {
        const seed = Number(process.env["SEED"] ?? 1)
        for (let i = 0; i < kind.programs; i++) {
          yield* tryProgram(kind, seed + i)
        }
        console.log(`${kind.name}: ${kind.programs} programs of 40 steps, seed ${seed}`)
      }), 60_000)
  })
}
