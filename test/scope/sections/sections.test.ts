/** The sections' merging laws, for arbitrary values. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { currentScope, fresh, inherited, withScope } from "effect-posthog"
import * as PosthogScope from "effect-posthog/scope/PosthogScope"
import type { ScopeFields } from "effect-posthog/scope/ScopeOptions"
import type { Section } from "effect-posthog/scope/Section"
import * as CallerSection from "effect-posthog/scope/sections/CallerSection"
import * as CorrelationSection from "effect-posthog/scope/sections/CorrelationSection"
import * as OperationSection from "effect-posthog/scope/sections/OperationSection"
import * as RequestSection from "effect-posthog/scope/sections/RequestSection"
import * as ServiceSection from "effect-posthog/scope/sections/ServiceSection"
import * as TraceSection from "effect-posthog/scope/sections/TraceSection"

const id = fc.constantFrom("a", "b", "c", "", " ", undefined)
const moment = fc.constantFrom(undefined, 0, 1, 2.5, Number.NaN, 1e300)

const fieldsOf = <A>(fields: { readonly [K in keyof A]: fc.Arbitrary<A[K]> }): fc.Arbitrary<A> =>
  // a record of arbitraries yields the record of their values
  fc.record(fields) as fc.Arbitrary<A>

const present = (value: object | undefined) =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, each]) => each !== undefined))

type Fields = Record<string, string | number | undefined>

const each = (outer: Fields, inner: Fields): Fields => ({ ...outer, ...inner })

/** `rule` is the documented one, written down once more: what an inner value over an outer one comes to. */
const laws = <F extends object, A extends object>(
  name: keyof ScopeFields,
  { fromFields, section }: { readonly section: Section<A>; readonly fromFields: (fields: F) => A | undefined },
  fields: fc.Arbitrary<F>,
  rule: (outer: Fields, inner: Fields) => Fields
) => {
  const { merge, properties } = section
  const values = fields.map(fromFields)
  const some = values.filter((value): value is A => value !== undefined)

  describe(`the section ${name}`, () => {
    const law = (what: string, holds: (a: A, b: A, c: A) => void) =>
      it(what, () => fc.assert(fc.property(some, some, some, holds), { numRuns: 300 }))

    law(
      "merges associatively",
      (a, b, c) => assert.deepStrictEqual(present(merge(merge(a, b), c)), present(merge(a, merge(b, c))))
    )

    law(
      "merges as its fields' rules say",
      (outer, inner) =>
        assert.deepStrictEqual(present(merge(outer, inner)), present(rule(present(outer), present(inner))))
    )

    law("shows its fields as properties, none for what is not set", (value) => {
      const shown = properties(value)
      assert.strictEqual(
        Object.keys(shown).length,
        name === "trace" ? 0 : Object.keys(present(value)).length - hidden(value)
      )
      assert.notInclude(Object.values(shown), undefined)
    })

    const hidden = (value: object): number => name === "operation" && "startTime" in present(value) ? 1 : 0

    it("a frame without it is the identity, and frames come to what merging does", () =>
      fc.assert(
        fc.property(fc.array(fields, { maxLength: 4 }), (frames) => {
          const scope = Effect.runSync(
            frames.reduceRight<Effect.Effect<PosthogScope.PosthogScope>>(
              (self, fields) => withScope(self, inherited, { [name]: fields, captureExceptions: false }),
              currentScope
            ).pipe(withScope(fresh, { captureExceptions: false }))
          )
          const expected = frames.map(fromFields).reduce<A | undefined>(
            (outer, inner) => outer === undefined || inner === undefined ? inner ?? outer : merge(outer, inner),
            undefined
          )
          assert.deepStrictEqual(present(PosthogScope.section(scope, section)), present(expected))
        }),
        { numRuns: 200 }
      ))

    it("of what is no id and no moment nothing stands in a scope", () => {
      for (const odd of [undefined, null, "", "  ", {}, [], Number.NaN, true, Symbol("s"), new Date(Number.NaN)]) {
        const names = Object.keys(fc.sample(fields, 1)[0]!)
        // what arrives in spite of the types
        const input = Object.fromEntries(names.map((name) => [name, odd])) as F
        assert.isUndefined(fromFields(input), String(odd))
      }
    })
  })
}

laws(
  "correlation",
  CorrelationSection,
  fieldsOf<CorrelationSection.CorrelationFields>({ id, parentId: id }),
  // an inner id has its own parent or none
  (outer, inner) => "id" in inner ? inner : each(outer, inner)
)

laws(
  "service",
  ServiceSection,
  fieldsOf<ServiceSection.ServiceFields>({ name: id, version: id, environment: id }),
  // an inner name has its own version or none; the environment is taken over
  ({ version, ...outer }, inner) => each("name" in inner ? outer : present({ ...outer, version }), inner)
)

laws(
  "request",
  RequestSection,
  fieldsOf<RequestSection.RequestFields>({ userId: id, requestId: id, timestamp: moment }),
  each
)

laws("operation", OperationSection, fieldsOf<OperationSection.OperationFields>({ name: id, startTime: moment }), each)

laws(
  "caller",
  CallerSection,
  fieldsOf<CallerSection.CallerFields>({ serviceName: id, serviceVersion: id, operationName: id }),
  (_, inner) => inner
)

laws(
  "trace",
  TraceSection,
  fieldsOf<TraceSection.TraceFields>({ traceparent: id, tracestate: id, baggage: id }),
  // an inner traceparent has its own tracestate or none; baggage stands for itself
  ({ tracestate, ...outer }, inner) => each("traceparent" in inner ? outer : present({ ...outer, tracestate }), inner)
)
