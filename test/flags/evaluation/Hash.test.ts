/** Buckets against vectors of the specification, against Python's and against Node's SHA-1. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { createHash } from "node:crypto"
import { Hash } from "../../../src/flags/evaluation/compiled/Hash.js"
import literals from "./hash-literals.json" with { type: "json" }

const ofNode = (text: string): number =>
  Number(BigInt(`0x${createHash("sha1").update(text, "utf8").digest("hex").slice(0, 15)}`)) / Number(0xFFFFFFFFFFFFFFFn)

describe("Hash", () => {
  it("FLAGS-LOCAL-12 FLAGS-LOCAL-15: the vectors of the specification", () => {
    const hash = new Hash()
    assert.strictEqual(hash.unit("simple-flag", ".", "distinct_id", ""), 0.3457103347480679)
    assert.strictEqual(hash.unit("beta-ui", ".", "user-123", ""), 0.012322769931813707)
    assert.strictEqual(hash.unit("checkout", ".", "user-123", "variant"), 0.8334157448386892)
    assert.strictEqual(hash.unit("holdout", "-", "user-1", ""), 0.17805599206573022)
    assert.strictEqual(hash.unit("holdout", "-", "user-5", ""), 0.6563813925994418)
  })

  it("FLAGS-LOCAL-12 FLAGS-LOCAL-16: 1,000 literals of another implementation, to the last bit", () => {
    const hash = new Hash()
    assert.strictEqual(literals.literals.length, 1000)
    for (const [key = "", bucketing = "", salt = "", hex = ""] of literals.literals) {
      const expected = Number(BigInt(`0x${hex}`)) / Number(0xFFFFFFFFFFFFFFFn)
      assert.strictEqual(hash.unit(key, ".", bucketing, salt), expected, JSON.stringify([key, bucketing, salt]))
    }
  })

  it("FLAGS-LOCAL-12: every length from nothing to five blocks, ASCII and not", () => {
    const hash = new Hash()
    for (let length = 0; length <= 320; length++) {
      for (const character of ["a", "é", "日"]) {
        const text = character.repeat(length)
        assert.strictEqual(hash.unit("flag", ".", text, ""), ofNode(`flag.${text}`), `${length} of ${character}`)
      }
    }
  })

  it("FLAGS-LOCAL-12: agrees with Node for any text, half surrogate pairs included, whatever was hashed before", () => {
    const hash = new Hash()
    const text = FastCheck.oneof(FastCheck.string(), FastCheck.fullUnicodeString(), FastCheck.string16bits())
    FastCheck.assert(
      FastCheck.property(text, text, FastCheck.constantFrom("", "variant"), (key, bucketing, salt) => {
        assert.strictEqual(hash.unit(key, ".", bucketing, salt), ofNode(`${key}.${bucketing}${salt}`))
      }),
      { numRuns: 1000 }
    )
  })
})
