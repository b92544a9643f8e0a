/**
 * Every case that the test suite of W3C Trace Context names (github.com/w3c/trace-context, test/test.py), as a
 * participant of ours answers it: what it sends on after having received these headers.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Carrier from "effect-posthog/propagation/text/Carrier"
import * as TraceContext from "effect-posthog/propagation/w3c/TraceContext"
import * as TraceParent from "effect-posthog/propagation/w3c/TraceParent"

const trace = "12345678901234567890123456789012"
const parent = "1234567890123456"
const ownTrace = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

type Headers = ReadonlyArray<readonly [name: string, value: string]>

/** A participant: continues the trace that it received or starts its own, and calls others `calls` times. */
const participate = (headers: Headers, calls = 1): ReadonlyArray<TraceContext.Headers> => {
  const reader = Carrier.read(headers)
  const received = TraceContext.extract({
    traceparent: reader.get("traceparent"),
    tracestate: reader.get("tracestate")
  }) ?? { traceId: ownTrace, flags: TraceParent.random }
  return Array.from(
    { length: calls },
    (_, i) => TraceContext.inject({ ...received, spanId: `b${String(i).padStart(15, "0")}` })
  )
}

interface Row {
  readonly headers: Headers
  /** Is the received trace continued? */
  readonly continues: boolean
  /** The tracestate that is sent; none unless said so. */
  readonly state?: string
  readonly flags?: string
}

const continued = (...headers: Headers): Row => ({ headers, continues: true })
const restarted = (...headers: Headers): Row => ({ headers, continues: false })

const valid = (flags = "00") => ["traceparent", `00-${trace}-${parent}-${flags}`] as const

/** A valid traceparent of one value. */
const parentIs = (value: string): Row => continued(["traceparent", value])
const parentIsNot = (value: string): Row => restarted(["traceparent", value])

/** Beside a valid traceparent: what is sent of these tracestate headers. */
const state = (sent: string | undefined, ...texts: ReadonlyArray<string>): Row =>
  stateNamed("tracestate", sent, ...texts)

const stateNamed = (name: string, sent: string | undefined, ...texts: ReadonlyArray<string>): Row => ({
  headers: [valid(), ...texts.map((text) => [name, text] as const)],
  continues: true,
  flags: "00",
  ...(sent === undefined ? {} : { state: sent })
})

const range = (from: number, to: number): string =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i))

/** `bar01=01` to `bar<n>=<n>`. */
const bars = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i).padStart(2, "0")).map((n) => `bar${n}=${n}`).join(
    ","
  )

const everyKey = `${range(0x61, 0x7a)}0123456789_-*/`
const everyValue = range(0x20, 0x2b) + range(0x2d, 0x3c) + range(0x3e, 0x7e)

const table: { readonly [name: string]: ReadonlyArray<Row> } = {
  both_traceparent_and_tracestate_missing: [restarted()],
  traceparent_included_tracestate_missing: [{ ...continued(valid("01")), flags: "01" }],
  traceparent_duplicated: [
    restarted(["traceparent", `00-${trace.slice(0, -1)}1-${parent}-01`], valid("01")),
    restarted(valid("01"), ["TraceParent", valid("01")[1]]),
    parentIsNot(`${valid("01")[1]}, ${valid("01")[1]}`)
  ],
  traceparent_header_name: [
    restarted(["trace-parent", valid()[1]]),
    restarted(["trace.parent", valid()[1]])
  ],
  traceparent_header_name_valid_casing: ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"].map((name) =>
    continued([name, valid("01")[1]])
  ),
  traceparent_version_0x00: [
    parentIsNot(`00-${trace}-${parent}-01.`),
    parentIsNot(`00-${trace}-${parent}-01-what-the-future-will-be-like`)
  ],
  traceparent_version_0xcc: [
    parentIs(`cc-${trace}-${parent}-01`),
    parentIs(`cc-${trace}-${parent}-01-what-the-future-will-be-like`),
    parentIsNot(`cc-${trace}-${parent}-01.what-the-future-will-be-like`),
    { ...parentIs(`cc-${trace}-${parent}-ff-`), flags: "03" }
  ],
  traceparent_version_0xff: [
    parentIsNot(`ff-${trace}-${parent}-01`),
    parentIsNot(`ff-${trace}-${parent}-01-what-the-future-will-be-like`)
  ],
  traceparent_version_illegal_characters: [
    parentIsNot(`.0-${trace}-${parent}-01`),
    parentIsNot(`0.-${trace}-${parent}-01`),
    parentIsNot(`CC-${trace}-${parent}-01`)
  ],
  traceparent_version_too_long: [
    parentIsNot(`000-${trace}-${parent}-01`),
    parentIsNot(`0000-${trace}-${parent}-01`)
  ],
  traceparent_version_too_short: [parentIsNot(`0-${trace}-${parent}-01`)],
  traceparent_trace_id_all_zero: [
    parentIsNot(`00-${"0".repeat(32)}-${parent}-01`),
    parentIsNot(`cc-${"0".repeat(32)}-${parent}-01`)
  ],
  traceparent_trace_id_illegal_characters: [
    parentIsNot(`00-.${trace.slice(1)}-${parent}-01`),
    parentIsNot(`00-${trace.slice(1)}.-${parent}-01`),
    parentIsNot(`00-A${trace.slice(1)}-${parent}-01`)
  ],
  traceparent_trace_id_too_long: [parentIsNot(`00-${trace}3-${parent}-01`)],
  traceparent_trace_id_too_short: [parentIsNot(`00-${trace.slice(1)}-${parent}-01`)],
  traceparent_parent_id_all_zero: [parentIsNot(`00-${trace}-${"0".repeat(16)}-01`)],
  traceparent_parent_id_illegal_characters: [
    parentIsNot(`00-${trace}-.${parent.slice(1)}-01`),
    parentIsNot(`00-${trace}-${parent.slice(1)}.-01`),
    parentIsNot(`00-${trace}-F${parent.slice(1)}-01`)
  ],
  traceparent_parent_id_too_long: [parentIsNot(`00-${trace}-${parent}7-01`)],
  traceparent_parent_id_too_short: [parentIsNot(`00-${trace}-${parent.slice(1)}-01`)],
  traceparent_trace_flags_illegal_characters: [
    parentIsNot(`00-${trace}-${parent}-.0`),
    parentIsNot(`00-${trace}-${parent}-0.`),
    parentIsNot(`00-${trace}-${parent}-0A`)
  ],
  traceparent_trace_flags_too_long: [parentIsNot(`00-${trace}-${parent}-001`)],
  traceparent_trace_flags_too_short: [parentIsNot(`00-${trace}-${parent}-1`)],
  traceparent_ows_handling: [
    ...[[" ", ""], ["\t", ""], ["", " "], ["", "\t"], ["\t ", " \t"]].map(([before, after]) =>
      parentIs(`${before}${valid("01")[1]}${after}`)
    ),
    parentIsNot(`\u00a0${valid("01")[1]}`),
    parentIsNot(`${valid("01")[1]}\n`)
  ],

  tracestate_included_traceparent_missing: [
    restarted(["tracestate", "foo=1"]),
    restarted(["tracestate", "foo=1,bar=2"]),
    restarted(["traceparent", "00-nothing"], ["tracestate", "foo=1,bar=2"])
  ],
  tracestate_included_traceparent_included: [state("foo=1,bar=2", "foo=1,bar=2")],
  tracestate_header_name: [
    stateNamed("trace-state", undefined, "foo=1"),
    stateNamed("trace.state", undefined, "foo=1")
  ],
  tracestate_header_name_valid_casing: ["TraceState", "TrAcEsTaTe", "TRACESTATE"].map((name) =>
    stateNamed(name, "foo=1", "foo=1")
  ),
  tracestate_empty_header: [
    state(undefined, ""),
    state("foo=1", "foo=1", ""),
    state("foo=1", "", "foo=1"),
    state("foo=1,bar=2", ",foo=1, \t ,,bar=2,")
  ],
  tracestate_multiple_headers_different_keys: [
    state("foo=1,bar=2,rojo=1,congo=2,baz=3", "foo=1,bar=2", "rojo=1,congo=2", "baz=3")
  ],
  tracestate_duplicated_keys: [
    state("foo=1", "foo=1,foo=1"),
    state("foo=1", "foo=1,foo=2"),
    state("foo=1", "foo=1", "foo=1"),
    state("foo=1", "foo=1", "foo=2")
  ],
  tracestate_all_allowed_characters: [
    state(`${everyKey}=${everyValue}`, `${everyKey}=${everyValue}`),
    state(`${everyKey}@a-z0-9_-*/=${everyValue}`, `${everyKey}@a-z0-9_-*/=${everyValue}`)
  ],
  tracestate_ows_handling: [
    state("foo=1,bar=2,baz=3", "foo=1 \t , \t bar=2, \t baz=3"),
    state("foo=1,bar=2,baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"),
    ...[" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"].map((text) => state("foo=1", text)),
    state("foo= 1", "foo= 1 ")
  ],
  tracestate_key_illegal_characters: [
    ...["foo =1", "FOO=1", "foo.bar=1"].map((text) => state(undefined, text)),
    ...["=1", "foo", "_foo=1", "f\u00f6o=1"].map((text) => state(undefined, text))
  ],
  tracestate_key_illegal_vendor_format: [
    state("foo@=1,bar=2", "foo@=1,bar=2"),
    state(undefined, "@foo=1,bar=2"),
    state("foo@@bar=1,bar=2", "foo@@bar=1,bar=2"),
    state("foo@bar@baz=1,bar=2", "foo@bar@baz=1,bar=2")
  ],
  tracestate_member_count_limit: [
    state(bars(1, 32), bars(1, 10), bars(11, 20), bars(21, 30), bars(31, 32)),
    state(undefined, bars(1, 10), bars(11, 20), bars(21, 30), bars(31, 33)),
    // empty members are no members, equal keys are
    state(bars(1, 32), `,,${bars(1, 32)},,`),
    state(undefined, `${bars(1, 32)},bar01=01`)
  ],
  tracestate_key_length_limit: [
    state(`foo=1,${"z".repeat(256)}=1`, "foo=1", `${"z".repeat(256)}=1`),
    state(undefined, "foo=1", `${"z".repeat(257)}=1`),
    ...[`${"t".repeat(241)}@${"v".repeat(14)}`, `${"t".repeat(242)}@v`, `t@${"v".repeat(15)}`].map((key) =>
      state(`foo=1,${key}=1`, "foo=1", `${key}=1`)
    )
  ],
  tracestate_value_illegal_characters: [
    ...["foo=bar=baz", "foo=,bar=3"].map((text) => state(undefined, text)),
    ...["foo=a\tb", "foo=\u00e9", "foo=a\u0000", `foo=${"x".repeat(257)}`].map((text) => state(undefined, text)),
    state(`foo=${"x".repeat(256)}`, `foo=${"x".repeat(256)}`)
  ],

  propagates_random_flag: [
    { ...continued(valid("02")), flags: "02" },
    { ...continued(valid("03")), flags: "03" },
    { ...continued(valid("fe")), flags: "02" },
    { ...continued(valid("fc")), flags: "00" }
  ]
}

const pattern = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

describe("W3C Trace Context, case by case", () => {
  for (const [name, rows] of Object.entries(table)) {
    it(name, () => {
      for (const { continues, flags, headers, state } of rows) {
        const [sent = {}] = participate(headers)
        const [, sentTrace, sentSpan, sentFlags] = pattern.exec(sent.traceparent ?? "") ?? []
        const received = JSON.stringify(headers)
        assert.strictEqual(sentTrace, continues ? trace : ownTrace, received)
        assert.strictEqual(sentSpan, "b000000000000000", received)
        assert.strictEqual(sent.tracestate, state, received)
        assert.strictEqual(sentFlags, flags ?? sentFlags, received)
      }
    })
  }

  const spans = (sent: ReadonlyArray<TraceContext.Headers>, traceId: string) =>
    new Set(sent.map(({ traceparent = "" }) => {
      const [, sentTrace, sentSpan] = pattern.exec(traceparent) ?? []
      assert.strictEqual(sentTrace, traceId)
      return sentSpan
    }))

  it("multiple_requests_with_valid_traceparent", () => {
    assert.strictEqual(spans(participate([valid("01")], 3), trace).size, 3)
  })

  it("multiple_requests_without_traceparent", () => {
    assert.strictEqual(spans(participate([], 3), ownTrace).size, 3)
  })

  it("multiple_requests_with_illegal_traceparent", () => {
    const illegal = participate([["traceparent", `00-${"0".repeat(32)}-${parent}-01`]], 3)
    assert.strictEqual(spans(illegal, ownTrace).size, 3)
  })
})
