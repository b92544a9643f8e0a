import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { absent, check, floats, type Result } from "./matching.js"

const all = [
  "semver_eq",
  "semver_neq",
  "semver_gt",
  "semver_gte",
  "semver_lt",
  "semver_lte",
  "semver_tilde",
  "semver_caret"
]

/** -1, 0, 1, or why there is none; the six operators have to agree. */
const order = (a: unknown, b: unknown): Result | number => {
  const [eq, neq, gt, gte, lt, lte] = all.slice(0, 6).map((operator) => check(a, operator, b))
  if (eq === "invalidFilterValue" || eq === "missingProperty") {
    return eq
  }
  if ([eq, neq, gt, gte, lt, lte].every((result) => result === false)) {
    return false
  }
  assert.deepStrictEqual([neq, gte, lte], [!eq, gt || eq, lt || eq])
  assert.strictEqual([eq, gt, lt].filter((result) => result === true).length, 1)
  return eq === true ? 0 : gt === true ? 1 : -1
}

const ranges = (
  operator: string,
  cases: ReadonlyArray<readonly [unknown, ReadonlyArray<unknown>, ReadonlyArray<unknown>]>
) => {
  for (const [condition, inside, outside] of cases) {
    for (const version of inside) {
      assert.strictEqual(check(version, operator, condition), true, `${version} ${operator} ${condition}`)
    }
    for (const version of outside) {
      assert.strictEqual(check(version, operator, condition), false, `${version} ${operator} ${condition}`)
    }
  }
}

describe("versions", () => {
  it("FLAGS-LOCAL-61: one small v, then white space, then three components without leading zeros", () => {
    const equal: ReadonlyArray<readonly [unknown, string]> = [
      ["v1.02", "1.2.0"],
      ["v 1.02", "1.2.0"],
      [" 1.2.0\t", "1.2.0"],
      ["1", "1.0.0"],
      [1, "1.0.0"],
      [1.2, "1.2.0"],
      ["001.002.0003", "1.2.3"],
      ["1.2-beta", "1.2.0-beta"],
      ["1+b", "1.0.0+b"],
      ["v\u00851.2.3\u3000", "1.2.3"]
    ]
    for (const [version, same] of equal) {
      assert.strictEqual(order(version, same), 0, String(version))
      assert.strictEqual(order(same, version), 0, String(version))
    }
    for (const version of [" v1.02 ", "V1.2.3", "vv1.2.3", "\ufeff1.2.3", "v"]) {
      assert.strictEqual(order(version, "1.2.0"), false, version)
      assert.strictEqual(order("1.2.0", version), "invalidFilterValue", version)
    }
  })

  it("FLAGS-LOCAL-62: at most three components, each of 64 bits, and no part that is empty", () => {
    assert.strictEqual(order("18446744073709551615.0.0", "18446744073709551614.0.0"), 1)
    assert.strictEqual(order("18446744073709551615", "00000018446744073709551615.0.0"), 0)
    assert.strictEqual(order("9007199254740993.0.0", "9007199254740992.0.0"), 1)
    assert.strictEqual(order("9007199254740992.0.0", "9007199254740991.0.0"), 1)
    assert.strictEqual(order("9007199254740991.9007199254740993.1", "9007199254740991.9007199254740993.2"), -1)
    const invalid = [
      [
        "",
        "a",
        "1.2.3.4",
        "1.2.3.",
        "1..3",
        ".1",
        "1.",
        "1.2.x",
        "-1.2.3",
        "+1",
        "1.2.-3",
        "1,2",
        "1 .2",
        "1.2.3 -a"
      ],
      [
        "1.2.3-",
        "1.2.3+",
        "1.2.3-a..b",
        "1.2.3-a.",
        "1.2.3-01",
        "1.2.3-ä",
        "1.2.3+a_b",
        "1.2.3-+b",
        "1.2.3+a+b",
        "1.2.3-a\n."
      ],
      ["18446744073709551616", "1.99999999999999999999.0", "1e5", "٣.1.2", "1.2.3\n.", "null", "true", "[\"1.2.3\"]"]
    ].flat()
    for (const version of invalid) {
      assert.strictEqual(order(version, "1.2.3"), false, version)
      assert.strictEqual(order("1.2.3", version), "invalidFilterValue", version)
    }
    for (const version of [null, true, ["1.2.3"], {}]) {
      assert.strictEqual(order(version, "1.2.3"), false)
    }
  })

  it("FLAGS-LOCAL-63: the standard's order of prereleases, and a direct comparison sees build metadata", () => {
    const ascending = [
      [
        "0.0.0",
        "0.9.10",
        "1.0.0-0",
        "1.0.0-1",
        "1.0.0-10",
        "1.0.0-99999999999999999999",
        "1.0.0--",
        "1.0.0-A",
        "1.0.0-alpha"
      ],
      [
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0-rc.1+b"
      ],
      [
        "1.0.0",
        "1.0.0+0",
        "1.0.0+00",
        "1.0.0+1",
        "1.0.0+01",
        "1.0.0+2",
        "1.0.0+10",
        "1.0.0+10.a",
        "1.0.0+a",
        "1.0.0+a.1"
      ],
      ["1.0.0+b", "1.0.1-a", "1.0.1", "1.1.0", "2.0.0", "10.0.0"]
    ].flat()
    ascending.forEach((a, i) => {
      ascending.forEach((b, j) => {
        assert.strictEqual(order(a, b), Math.sign(i - j), `${a} ${b}`)
      })
    })
    ranges("semver_caret", [["1.2.3+x", ["1.2.3", "1.2.3+a"], ["1.2.2+z"]]])
    ranges("semver_tilde", [["1.2.3+x", ["1.2.3", "1.2.3+a"], ["1.2.2+z"]]])
  })

  it("FLAGS-LOCAL-63: the order is total and agrees with a model", () => {
    const identifier = fc.oneof(
      fc.nat({ max: 12 }).map(String),
      fc.constantFrom("a", "b", "A", "-", "a1", "18446744073709551616")
    )
    const version = fc.record({
      core: fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }), fc.nat({ max: 2 })),
      pre: fc.array(identifier, { maxLength: 3 }),
      build: fc.array(identifier, { maxLength: 2 })
    })
    type Version = { core: ReadonlyArray<number>; pre: ReadonlyArray<string>; build: ReadonlyArray<string> }
    const text = ({ build, core, pre }: Version): string =>
      `${core.join(".")}${pre.length > 0 ? `-${pre.join(".")}` : ""}${build.length > 0 ? `+${build.join(".")}` : ""}`
    // texts that sort as the versions do: numbers are padded and come before words, an end before everything
    const rank = (list: ReadonlyArray<string>): string =>
      list.map((item) => (/^\d+$/.test(item) ? `1${item.padStart(25, "0")}` : `2${item}`)).map((item) =>
        `${item}\u0001`
      ).join("") +
      "\u0000"
    const key = ({ build, core, pre }: Version): string =>
      `${core.join("")}${pre.length === 0 ? "3" : rank(pre)}/${rank(build)}`
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [x, y] = [key(a), key(b)]
        assert.strictEqual(order(text(a), text(b)), x < y ? -1 : x > y ? 1 : 0, `${text(a)} ${text(b)}`)
      }),
      { numRuns: 3000 }
    )
  })

  it("FLAGS-LOCAL-64: tilde and caret pad their condition first", () => {
    ranges("semver_tilde", [
      ["1", ["1.0.0", "1.0.9"], ["1.1.0", "0.9.9", "2.0.0"]],
      ["1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]],
      ["1.2.3", ["1.2.3", "1.2.10"], ["1.2.2", "1.3.0", "2.2.3"]],
      [1.2, ["1.2.5"], ["1.3.0"]]
    ])
    ranges("semver_caret", [
      ["0", ["0.0.0"], ["0.0.1", "0.1.0", "1.0.0"]],
      ["0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]],
      ["0.2", ["0.2.0", "0.2.9"], ["0.3.0", "0.1.9"]],
      ["0.2.3", ["0.2.3", "0.2.4"], ["0.2.2", "0.3.0", "1.2.3"]],
      ["1", ["1.0.0", "1.99.99"], ["2.0.0", "0.9.9"]],
      ["1.2.3", ["1.2.3", "1.2.4", "1.3.0"], ["1.2.2", "1.1.9", "2.0.0"]],
      ["18446744073709551615", ["18446744073709551615.1.0"], ["18446744073709551614.1.0"]]
    ])
  })

  it("FLAGS-LOCAL-65: wildcards stand at the end, nothing is padded, and without one it is a caret range", () => {
    ranges("semver_wildcard", [
      ["*", ["0.0.0", "1.2.3", "9.9.9+b"], ["1.2.3-a", "x"]],
      ["x", ["1.2.3"], []],
      ["X", ["1.2.3"], []],
      ["v1.*", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9", "1.2.3-a"]],
      ["1.x.X", ["1.0.0", "1.9.9"], ["2.0.0"]],
      ["1.*.*", ["1.0.0", "1.9.9"], ["2.0.0"]],
      [" 01.02.* ", ["1.2.0", "1.2.9"], ["1.3.0"]],
      ["1.2.x", ["1.2.0", "v1.2.9"], ["1.1.9", "1.3.0"]],
      ["0.*", ["0.0.1", "0.9.9"], ["1.0.0"]],
      ["1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]],
      ["1.2.3-b", ["1.2.3-b", "1.2.3-c", "1.2.3", "1.9.0"], ["1.2.3-a", "1.2.4-b"]],
      ["1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]],
      ["0.2", ["0.2.0", "0.2.9"], ["0.3.0", "0.1.0", "1.2.0"]],
      ["0.0", ["0.0.0", "0.0.9"], ["0.1.0"]],
      ["1", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.9"]],
      // not padded: ^0 is every 0.y.z
      ["0", ["0.0.0", "0.9.9"], ["1.0.0", "0.1.0-a"]],
      [1.2, ["1.2.5", "1.3.0"], ["2.0.0"]]
    ])
    const invalid = [
      [
        "1.*.3",
        "*.1",
        "*.*",
        "*.*.*",
        "**",
        "1.2.3.*",
        "1.2.*-a",
        "1.*+b",
        "1.2-a",
        "1+b",
        "",
        ".",
        "1..*",
        "*1",
        "1.*x"
      ],
      [
        ">=1.2.3",
        "^1.2.3",
        "~1",
        "=1",
        "1.2.3, 1.2.4",
        "vv1.*",
        " v1.*",
        "V1.*",
        "18446744073709551616.*",
        "1.2.3-",
        "1.2.3-01"
      ]
    ].flat()
    for (const condition of invalid) {
      assert.strictEqual(check("1.2.3", "semver_wildcard", condition), "invalidFilterValue", condition)
    }
  })

  it("FLAGS-LOCAL-66: a prerelease is in a range only if the range names one of the same version", () => {
    ranges("semver_caret", [
      ["1.2.3", [], ["1.2.4-a", "1.3.0-a", "1.2.3-a"]],
      ["1.2.3-b", ["1.2.3-b", "1.2.3-c", "1.2.3", "1.2.4"], ["1.2.3-a", "1.2.4-c", "1.3.0-b", "2.0.0-b"]],
      ["0.0.3-b", ["0.0.3-b", "0.0.3"], ["0.0.3-a", "0.0.4", "0.0.4-b"]]
    ])
    ranges("semver_tilde", [
      ["1.2.3", [], ["1.2.4-a"]],
      ["1.2.3-b", ["1.2.3-b.1", "1.2.3", "1.2.9"], ["1.2.3-a", "1.2.9-c", "1.3.0"]]
    ])
  })

  it("FLAGS-LOCAL-67: a property that is no version is no match, a condition that is none is inconclusive, for all", () => {
    for (const operator of [...all, "semver_wildcard"]) {
      assert.strictEqual(check("one", operator, "1.2.3"), false, operator)
      assert.strictEqual(check(null, operator, "1.2.3"), false, operator)
      for (const condition of ["one", "1.2.3.4", true, [], {}, null, absent]) {
        assert.strictEqual(check("1.2.3", operator, condition), "invalidFilterValue", operator)
        assert.strictEqual(check("one", operator, condition), "invalidFilterValue", operator)
      }
      assert.strictEqual(check(absent, operator, "1.2.3"), "missingProperty", operator)
    }
  })

  it("FLAGS-LOCAL-41: 1 and 1.0 are one version; only a wildcard range tells 0 from 0.0", () => {
    assert.strictEqual(check("1.0.0", "semver_eq", 1, floats), true)
    assert.strictEqual(check("1.5.0", "semver_caret", 1, floats), true)
    assert.strictEqual(check("0.0.1", "semver_wildcard", 1, floats), false)
    assert.isString(check("0.5.0", "semver_wildcard", 0, floats))
    assert.strictEqual(check("1.5.0", "semver_wildcard", 1, floats), true)
  })
})
