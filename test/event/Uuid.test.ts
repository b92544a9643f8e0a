import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Random } from "effect"
import * as Uuid from "../../src/event/Uuid.js"

const v7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const milliseconds = (uuid: string) => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)

describe("Uuid", () => {
  it.effect("CAP-10: every id is a UUIDv7 that holds its millisecond", () =>
    Effect.gen(function*() {
      const uuids = yield* Uuid.make
      const uuid = uuids.next(1_735_689_600_000)
      assert.match(uuid, v7)
      assert.isTrue(Uuid.isUuid(uuid))
      assert.strictEqual(milliseconds(uuid), 1_735_689_600_000)
    }))

  it.effect.prop(
    "CAP-10: ids never repeat and sort by when they were made, even when the clock stands still or goes back",
    [fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 200 })],
    ([steps]) =>
      Effect.gen(function*() {
        const uuids = yield* Uuid.make
        let now = 1_735_689_600_000
        const made = steps.map((step) => uuids.next(now += step))
        assert.strictEqual(new Set(made).size, made.length)
        assert.deepStrictEqual(made.toSorted(), made)
      })
  )

  it.effect("more ids than a millisecond has room for take the next one early", () =>
    Effect.gen(function*() {
      const uuids = yield* Uuid.make
      const made = Array.from({ length: 20_000 }, () => uuids.next(1_735_689_600_000))
      assert.strictEqual(new Set(made).size, made.length)
      assert.deepStrictEqual(made.toSorted(), made)
      assert.isTrue(made.every((uuid) => v7.test(uuid)))
      assert.isBelow(milliseconds(made[made.length - 1]!) - 1_735_689_600_000, 20)
    }))

  it.effect("CROSS-01: the same Random seed gives the same ids, another one others", () =>
    Effect.gen(function*() {
      const first = yield* Uuid.make.pipe(Effect.withRandom(Random.make("seed")))
      const second = yield* Uuid.make.pipe(Effect.withRandom(Random.make("seed")))
      const other = yield* Uuid.make.pipe(Effect.withRandom(Random.make("other")))
      const ids = [first, second, other].map((uuids) => [uuids.next(0), uuids.next(0), uuids.next(1)])
      assert.deepStrictEqual(ids[0], ids[1])
      assert.notDeepEqual(ids[0], ids[2])
    }))

  it("what is no uuid is told apart", () => {
    assert.isFalse(Uuid.isUuid("0198c0de-0000-7000-8000-000000000ab"))
    assert.isFalse(Uuid.isUuid(7))
    assert.isTrue(Uuid.isUuid("0198C0DE-0000-7000-8000-000000000ABC"))
  })
})
