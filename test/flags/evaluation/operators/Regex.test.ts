import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { absent, check, type Result } from "./matching.js"

const table = (cases: ReadonlyArray<readonly [property: unknown, pattern: string, result: Result]>) => {
  for (const [property, pattern, result] of cases) {
    const label = `${JSON.stringify(property)} regex ${pattern}`
    assert.strictEqual(check(property, "regex", pattern), result, label)
    assert.strictEqual(
      check(property, "not_regex", pattern),
      typeof result === "boolean" ? !result : result,
      `not ${label}`
    )
  }
}

describe("regex and not_regex", () => {
  it("FLAGS-LOCAL-48: searches the text anywhere, and case counts", () => {
    table([
      ["someone@x.io", "@x\\.io", true],
      ["someone@x.io", "^@x", false],
      ["someone@x.io", "someone", true],
      ["Someone@x.io", "someone", false],
      ["SOMEONE", "(?i)someone", true],
      ["a1", "(?i:A)\\d", true],
      [5, "^[0-9]$", true],
      [true, "^true$", true],
      [null, "^null$", true],
      [{ b: 1, a: 2 }, "^\\{\"a\":2", true],
      ["foo\n", "foo$", false],
      ["foo\nbar", "(?m)foo$", true],
      ["foo\nbar", "foo.bar", false],
      ["foo\nbar", "(?s)foo.bar", true],
      ["a-b", "^\\w+-\\w+$", true],
      ["a\u000bb", "a\\sb", true],
      ["a b", "\\bb\\b", true],
      ["aab", "^(?P<x>a)(?<y>a)b$", true],
      ["x]y", "^x]y$", true],
      ["a.b", "a.b", true],
      ["axb", "^a[^[:digit:]\\s]b$", true]
    ])
    assert.strictEqual(check(absent, "regex", "a"), "missingProperty")
  })

  it("FLAGS-LOCAL-48: the empty pattern matches any present value", () => {
    table([["", "", true], [null, "", true], [0, "", true], ["x", "", true]])
    assert.strictEqual(check(absent, "regex", ""), "missingProperty")
  })

  it("FLAGS-LOCAL-48: digits, spaces and words are Unicode's, as in the service", () => {
    table([
      ["٣", "^\\d$", true],
      ["x٣", "^[a-z\\d]+$", true],
      ["٣", "^\\D$", false],
      ["été", "^\\w+$", true],
      ["été", "^[\\w]+$", true],
      ["été", "\\W", false],
      ["\u00a0", "^\\s$", true],
      ["\u00a0", "^\\S$", false],
      ["é", "^[\\S]$", true],
      ["K", "(?i)^\u212a$", true],
      ["É", "(?i)é", true],
      ["\u{1f600}", "^.$", true],
      ["\u{1f600}\u{1f600}", "^\u{1f600}{2}$", true],
      ["É", "^\\p{Lu}$", true],
      ["1", "^\\pN$", true],
      // only Unicode's tables can tell where its words end
      ["été", "\\bt", "unsupportedRegex"],
      ["été", "[\\W]", "unsupportedRegex"]
    ])
  })

  it("FLAGS-LOCAL-49: a pattern that is wrong in every engine matches in neither of the two", () => {
    for (
      const pattern of ["[", "(", ")", "*a", "a|*b", "+", "a\\", "[z-a]", "(?:a", "[]", "[^]", "(?P<n>a", "x(y", "[a\\"]
    ) {
      assert.strictEqual(check("a", "regex", pattern), false, pattern)
      assert.strictEqual(check("a", "not_regex", pattern), false, pattern)
      assert.strictEqual(check(absent, "not_regex", pattern), "missingProperty", pattern)
    }
  })

  it("FLAGS-LOCAL-49: what needs another engine is inconclusive, and no negation changes that", () => {
    const patterns = [
      [
        "(?=a)",
        "(?!a)",
        "(?<=a)",
        "(?<!a)",
        "(?>a)",
        "(a)\\1",
        "(?P<n>a)(?P=n)",
        "(?<n>a)\\k<n>",
        "(?(1)a|b)",
        "(a)(?1)"
      ],
      [
        "a++",
        "a*+",
        "a?+",
        "a{2}+",
        "\\Ka",
        "\\Ga",
        "a\\Z",
        "\\h",
        "\\R",
        "\\e",
        "\\<a",
        "a\\>",
        "\\b{start}a",
        "(?x)a"
      ],
      // Rust reads these, and RE2 does not, or in another way
      [
        "(?-u)a",
        "(?u)a",
        "(?R)a",
        "[a[bc]]",
        "[a-z&&[^b]]",
        "[a--b]",
        "[a~~b]",
        "\\u0041",
        "a**",
        "a{2}{3}",
        "a{,3}",
        "a{",
        "{2}a"
      ],
      [
        "(?#c)a",
        "(?i)\\p{Lu}",
        "\\p{Greek}",
        "\\p{Alphabetic}",
        "\\Qa\\E",
        "\\Ca",
        "(?:)*a",
        "^*a",
        "(?i)*a",
        "(?)a"
      ],
      ["[\\d-z]", "(?P<n>a)|(?P<n>b)", "\\é", "a}"]
    ].flat()
    for (const pattern of patterns) {
      assert.strictEqual(check("a", "regex", pattern), "unsupportedRegex", pattern)
      assert.strictEqual(check("a", "not_regex", pattern), "unsupportedRegex", pattern)
    }
  })

  it("FLAGS-LOCAL-49, FLAGS-LOCAL-50: patterns that are too large are inconclusive before they are compiled", () => {
    const patterns = [
      "a{1001}",
      "(?:(?:a{100}){100}){100}",
      "(?:.{1000}){1000}",
      "a|".repeat(3000),
      `${"(".repeat(200)}a${")".repeat(200)}`,
      ".{1000}".repeat(500)
    ]
    for (const pattern of patterns) {
      assert.strictEqual(check("a", "regex", pattern), "unsupportedRegex", pattern.slice(0, 40))
    }
    assert.strictEqual(check("a".repeat(1000), "regex", "^a{1000}$"), true)
  })

  it("FLAGS-LOCAL-50: patterns that are catastrophic elsewhere end quickly", () => {
    const started = performance.now()
    const subject = `${"a".repeat(50_000)}!`
    for (
      const pattern of ["^(a+)+$", "^(a|a)*$", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*x", "^(a?){20}a{20}$"]
    ) {
      assert.strictEqual(check(subject, "regex", pattern), false, pattern)
    }
    // some hundred times as much as it takes, and far less than backtracking would
    assert.isBelow(performance.now() - started, 5000)
  })

  it("FLAGS-LOCAL-50: a subject that is too long for its pattern is inconclusive", () => {
    const pattern = "(?:ab|cd){900}$"
    assert.strictEqual(check("x".repeat(1000), "regex", pattern), false)
    assert.strictEqual(check("x".repeat(100_000), "regex", pattern), "unsupportedRegex")
  })

  it("FLAGS-LOCAL-48: agrees with JavaScript's engine on what both read alike", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\d", "\\w", "\\W", "a\\b", "\\.", "-", "(?:)")
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `${a}${b}`),
        fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{1,2}", "{2}", "*?")).map(([a, q]) => `(${a}x)${q}`),
        tie("pattern").map((a) => `^${a}$`)
      )
    }))
    const subject = fc.string({ unit: fc.constantFrom("a", "b", "x", "1", ".", "-", " "), maxLength: 8 })
    fc.assert(
      fc.property(pattern, subject, (pattern, subject) => {
        assert.strictEqual(check(subject, "regex", pattern), new RegExp(pattern).test(subject))
      }),
      { numRuns: 2000 }
    )
  })

  it("FLAGS-LOCAL-36: no pattern and no subject makes it throw", () => {
    const piece = fc.constantFrom(..."()[]{}?*+|^$\\.,:<>=!&-~abdDpPwWsS19xukKn\u{1f600}é \n")
    fc.assert(
      fc.property(
        fc.string({ unit: piece, maxLength: 12 }),
        fc.string({ unit: piece, maxLength: 12 }),
        (pattern, subject) => {
          const yes = check(subject, "regex", pattern)
          const no = check(subject, "not_regex", pattern)
          // both: invalid; otherwise one is the negation of the other
          assert.isTrue((yes === false && no === false) || (typeof yes === "boolean" ? no === !yes : no === yes))
        }
      ),
      { numRuns: 5000 }
    )
  })
})
