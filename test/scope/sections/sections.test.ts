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

interface Case {
  readonly name: keyof ScopeFields
  readonly module: { readonly section: Section<never>; readonly fromFields: (fields: never) => object | undefined }
  readonly fields: fc.Arbitrary<object>
  /** The documented rule, written down once more: what an inner value over an outer one comes to. */
  readonly rule: (outer: Fields, inner: Fields) => Fields
}

const each = (outer: Fields, inner: Fields): Fields => ({ ...outer, ...inner })

const cases: ReadonlyArray<Case> = [
  {
    name: "correlation",
    module: CorrelationSection,
    fields: fieldsOf<CorrelationSection.CorrelationFields>({ id, parentId: id }),
    // an inner id has its own parent or none
    rule: (outer, inner) => "id" in inner ? inner : each(outer, inner)
  },
  {
    name: "service",
    module: ServiceSection,
    fields: fieldsOf<ServiceSection.ServiceFields>({ name: id, version: id, environment: id }),
    // an inner name has its own version or none; the environment is taken over
    rule: ({ version, ...outer }, inner) => each("name" in inner ? outer : present({ ...outer, version }), inner)
  },
  {
    name: "request",
    module: RequestSection,
    fields: fieldsOf<RequestSection.RequestFields>({ userId: id, requestId: id, timestamp: moment }),
    rule: each
  },
  {
    name: "operation",
    module: OperationSection,
    fields: fieldsOf<OperationSection.OperationFields>({ name: id, startTime: moment }),
    rule: each
  },
  {
    name: "caller",
    module: CallerSection,
    fields: fieldsOf<CallerSection.CallerFields>({ serviceName: id, serviceVersion: id, operationName: id }),
    rule: (_, inner) => inner
  },
  {
    name: "trace",
    module: TraceSection,
    fields: fieldsOf<TraceSection.TraceFields>({ traceparent: id, tracestate: id, baggage: id }),
    // an inner traceparent has its own tracestate or none; baggage stands for itself
    rule: ({ tracestate, ...outer }, inner) =>
      each("traceparent" in inner ? outer : present({ ...outer, tracestate }), inner)
  }
]

for (const { fields, module, name, rule } of cases) {
  // never: a section of any type; what is merged came from its own fromFields
  const merge: (outer: object, inner: object) => object = module.section.merge as never
  const read: (fields: object) => object | undefined = module.fromFields as never
  const properties: (value: object) => object = module.section.properties as never
  const values = fields.map((fields) => read(fields))
  const some = values.filter((value) => value !== undefined)

  describe(`the section ${name}`, () => {
    const law = (what: string, holds: (a: object, b: object, c: object) => void) =>
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
          const expected = frames.map(read).reduce(
            (outer, inner) => outer === undefined || inner === undefined ? inner ?? outer : merge(outer, inner),
            undefined
          )
          assert.deepStrictEqual(present(PosthogScope.section(scope, module.section)), present(expected))
        }),
        { numRuns: 200 }
      ))

    it("of what is no id and no moment nothing stands in a scope", () => {
      for (const odd of [undefined, null, "", "  ", {}, [], Number.NaN, true, Symbol("s"), new Date(Number.NaN)]) {
        const names = Object.keys(fc.sample(fields, 1)[0]!)
        assert.isUndefined(read(Object.fromEntries(names.map((name) => [name, odd]))), String(odd))
      }
    })
  })
}
