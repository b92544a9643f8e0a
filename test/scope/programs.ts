/**
 * Random programs over scopes, and what they mean twice: as an Effect over the public API, and over the model.
 *
 * Every program ends the same way whatever the scheduler does, because no two things that could race happen at the same
 * time: all sleeps of a program are different powers of two, so that no two sums of them are equal, and whoever fails,
 * interrupts, wins or shares a cached effect sleeps first. `Observe` writes down all that is visible.
 */
import { Effect, Exit, FastCheck, Fiber as EffectFiber, Layer, Scope } from "effect"
import {
  addOperationMetadata,
  clearScope,
  Correlation,
  currentScope,
  currentSection,
  identifyScope,
  layerScope,
  openScope,
  type PosthogScope,
  resetGroupPropertiesForFlags,
  resetPersonPropertiesForFlags,
  setDevice,
  setGroup,
  setGroupPropertiesForFlags,
  setOperationName,
  setPersonPropertiesForFlags,
  setRequestId,
  setSection,
  setServiceName,
  setServiceVersion,
  setSession,
  setUserId,
  tag,
  timedOperation,
  untag,
  withRequest,
  withScope,
  withScopeValue,
  withService
} from "effect-posthog"
import * as PosthogScopes from "effect-posthog/scope/PosthogScope"
import * as Section from "effect-posthog/scope/Section"
import * as CorrelationSection from "effect-posthog/scope/sections/CorrelationSection"
import * as OperationSection from "effect-posthog/scope/sections/OperationSection"
import * as RequestSection from "effect-posthog/scope/sections/RequestSection"
import * as ServiceSection from "effect-posthog/scope/sections/ServiceSection"
import * as Model from "./model.js"
import { runVirtual } from "./virtual.js"

// ---------------------------------------------------------------------------------------------------------------------
// programs
// ---------------------------------------------------------------------------------------------------------------------

export interface Fields {
  readonly tags: ReadonlyArray<string>
  readonly ids: ReadonlyArray<IdKey>
  readonly groups: ReadonlyArray<string>
  readonly person: ReadonlyArray<string>
  readonly groupProperties: ReadonlyArray<readonly [type: string, property: string]>
  /** Sets the ids to blank texts, which counts as not setting them. */
  readonly blank: boolean
}

type IdKey = "distinctId" | "sessionId" | "deviceId"

export type Op =
  | { readonly op: "tag" | "untag" | "group" | "person"; readonly key: string }
  | { readonly op: "id"; readonly key: IdKey; readonly blank: boolean }
  | { readonly op: "groupProperties"; readonly key: string; readonly property: string }
  | { readonly op: "resetPerson" }
  | { readonly op: "resetGroups"; readonly key: string | undefined }
  | { readonly op: "section"; readonly x: boolean; readonly y: boolean }
  | { readonly op: "field"; readonly key: FieldKey }
  | { readonly op: "note"; readonly key: string }
  | { readonly op: "clear" }

/** A field of one of the scope's own sections. */
type FieldKey = "userId" | "requestId" | "operation" | "serviceName" | "serviceVersion" | "correlation" | "parent"

/** What a request says. */
export interface RequestWords {
  readonly userId: boolean
  readonly requestId: boolean
  readonly operation: boolean
  readonly notes: ReadonlyArray<string>
}

/** `ms` holds weights until `prepare` turns them into durations. */
interface Base {
  readonly id: number
  readonly ms: ReadonlyArray<number>
}

export type Program = Base & Shape

export type Shape =
  | { readonly _tag: "Seq"; readonly steps: ReadonlyArray<Program> }
  | { readonly _tag: "Write"; readonly op: Op; readonly same: boolean }
  | { readonly _tag: "Observe" }
  | { readonly _tag: "Sleep" }
  | { readonly _tag: "Fail"; readonly how: "fail" | "die" | "interrupt" }
  | { readonly _tag: "Attempt"; readonly body: Program }
  | { readonly _tag: "WithScope"; readonly mode: Model.Mode; readonly fields: Fields; readonly body: Program }
  | { readonly _tag: "Request"; readonly words: RequestWords; readonly body: Program }
  | { readonly _tag: "Timed"; readonly named: boolean; readonly body: Program }
  | { readonly _tag: "Service"; readonly version: boolean; readonly body: Program }
  | { readonly _tag: "Correlated"; readonly parent: boolean; readonly body: Program }
  | { readonly _tag: "Keep"; readonly body: Program }
  | { readonly _tag: "WithScopeValue"; readonly kept: number; readonly body: Program }
  | { readonly _tag: "Fork"; readonly daemon: boolean; readonly body: Program }
  | { readonly _tag: "Join" | "Await" | "Interrupt"; readonly handle: number }
  | {
    readonly _tag: "All"
    readonly concurrency: "unbounded" | "zip" | 2 | 3
    readonly children: ReadonlyArray<Program>
  }
  | { readonly _tag: "Race"; readonly first: boolean; readonly left: Program; readonly right: Program }
  | { readonly _tag: "Timeout"; readonly body: Program }
  | {
    readonly _tag: "Layers"
    readonly layers: ReadonlyArray<{ readonly mode: Model.Mode; readonly fields: Fields; readonly slow: boolean }>
    readonly body: Program
  }
  | { readonly _tag: "Scoped"; readonly mode: Model.Mode; readonly fields: Fields; readonly body: Program }
  | { readonly _tag: "Acquire"; readonly finalizer: Program }
  | {
    readonly _tag: "Manual"
    readonly mode: Model.Mode
    readonly fields: Fields
    readonly by: "self" | "fork" | "nested"
    readonly body: Program
    readonly after: Program
  }
  | {
    readonly _tag: "OpenedByChild"
    readonly mode: Model.Mode
    readonly fields: Fields
    readonly body: Program
    readonly after: Program
  }
  | { readonly _tag: "Ensuring"; readonly body: Program; readonly finalizer: Program }
  | { readonly _tag: "Uninterruptible"; readonly body: Program }
  | { readonly _tag: "Cached"; readonly shared: Program; readonly body: Program }
  | { readonly _tag: "UseCached"; readonly index: number }

export type Tag = Shape["_tag"]

const mapChildren = (program: Program, f: (child: Program) => Program): Program => {
  const result: Record<string, unknown> = { ...program }
  for (const key of ["body", "after", "left", "right", "finalizer", "shared"]) {
    if (key in result) {
      // exactly these fields hold one program
      result[key] = f(result[key] as Program)
    }
  }
  for (const key of ["steps", "children"]) {
    if (key in result) {
      result[key] = (result[key] as ReadonlyArray<Program>).map(f)
    }
  }
  return result as unknown as Program
}

const visit = (program: Program, f: (node: Program) => void): void => {
  f(program)
  mapChildren(program, (child) => {
    visit(child, f)
    return child
  })
}

/** The longest sleep is 2^45 ms: sums of sleeps stay exact. */
const maxSleeps = 45

const sleepsOf = (program: Program): number => {
  let sleeps = 0
  visit(program, (node) => {
    sleeps += node.ms.length
  })
  return sleeps
}

/** Numbers the nodes, and gives every sleep a duration that no sum of other sleeps is equal to, in random order. */
const prepare = (program: Program): Program => {
  const weights: Array<readonly [weight: number, place: number]> = []
  visit(program, (node) => {
    node.ms.forEach((weight) => weights.push([weight, weights.length]))
  })
  const durations: Array<number> = []
  weights
    .toSorted(([weight, place], [otherWeight, otherPlace]) => weight - otherWeight || place - otherPlace)
    .forEach(([, place], rank) => {
      durations[place] = 2 ** rank
    })
  let id = 0
  let sleep = 0
  const number = (node: Program): Program => {
    const numbered = { ...node, id: id++, ms: node.ms.map(() => durations[sleep++]!) }
    return mapChildren(numbered, number)
  }
  return number(program)
}

/** Which constructs a program contains. */
export const constructs = (program: Program): ReadonlySet<string> => {
  const found = new Set<string>()
  visit(program, (node) => {
    switch (node._tag) {
      case "Seq":
      case "Write":
      case "Observe":
        break
      case "WithScope":
        found.add(`withScope ${node.mode}`)
        break
      case "Fork":
        found.add(node.daemon ? "forkDaemon" : "fork")
        break
      case "All":
        found.add(
          `all ${node.concurrency === "unbounded" || node.concurrency === "zip" ? node.concurrency : "bounded"}`
        )
        break
      case "Race":
        found.add(node.first ? "raceFirst" : "race")
        break
      case "Layers":
        found.add(node.layers.length === 1 ? "layerScope" : "Layer.mergeAll")
        break
      case "Fail":
        found.add(`failure: ${node.how}`)
        break
      default:
        found.add(names[node._tag])
    }
  })
  return found
}

const names: Record<
  Exclude<Tag, "Seq" | "Write" | "Observe" | "WithScope" | "Fork" | "All" | "Race" | "Layers" | "Fail">,
  string
> = {
  Sleep: "sleep",
  Attempt: "exit",
  Request: "withRequest",
  Timed: "timedOperation",
  Service: "withService",
  Correlated: "Correlation.withNew",
  Keep: "currentScope kept",
  WithScopeValue: "withScopeValue",
  Join: "Fiber.join",
  Await: "Fiber.await",
  Interrupt: "Fiber.interrupt",
  Timeout: "timeout",
  Scoped: "Effect.scoped(openScope)",
  Acquire: "acquireRelease",
  Manual: "Scope closed by hand",
  OpenedByChild: "frame opened by a child",
  Ensuring: "ensuring",
  Uninterruptible: "uninterruptible",
  Cached: "Effect.cached",
  UseCached: "use of a cached effect"
}

/** Does it contain a fork and a join, a race or timeout, a layer, or a cached effect that is used? */
export const isConcurrent = (found: ReadonlySet<string>): boolean =>
  ((found.has("fork") || found.has("forkDaemon")) && found.has("Fiber.join")) ||
  (found.has("Effect.cached") && found.has("use of a cached effect")) ||
  ["all unbounded", "all bounded", "all zip", "race", "raceFirst", "timeout", "layerScope", "Layer.mergeAll"]
    .some((name) => found.has(name))

// ---------------------------------------------------------------------------------------------------------------------
// as text
// ---------------------------------------------------------------------------------------------------------------------

const fieldsText = (fields: Fields, id: number): string => JSON.stringify(toOptions(fields, id))

const opText = (op: Op): string => {
  const { op: name, ...rest } = op
  return `${name}(${Object.values(rest).map(String).join(", ")})`
}

/** A program as a person would write it down; `#n` are the places that observations name. */
export const render = (program: Program, indent = ""): string => {
  const inner = `${indent}  `
  const block = (head: string, ...parts: ReadonlyArray<readonly [label: string, part: Program]>) =>
    `${indent}${head} #${program.id}\n` +
    parts.map(([label, part]) => (label === "" ? "" : `${indent}${label}\n`) + render(part, inner)).join("")
  const line = (text: string) => `${indent}${text} #${program.id}\n`
  switch (program._tag) {
    case "Seq":
      return program.steps.map((step) => render(step, indent)).join("")
    case "Write":
      return line(`${opText(program.op)} = ${valueOf(program)}`)
    case "Observe":
      return line("observe")
    case "Sleep":
      return line(`sleep ${program.ms[0]}`)
    case "Fail":
      return line(`sleep ${program.ms[0]}; ${program.how}`)
    case "Attempt":
      return block("exit", ["", program.body])
    case "WithScope":
      return block(`withScope ${program.mode} ${fieldsText(program.fields, program.id)}`, ["", program.body])
    case "Request":
      return block(`withRequest ${JSON.stringify(program.words)}`, ["", program.body])
    case "Timed":
      return block(`timedOperation ${program.named ? `f${program.id}` : ""}`, ["", program.body])
    case "Service":
      return block(`withService f${program.id} ${program.version ? `f${program.id}` : ""}`, ["", program.body])
    case "Correlated":
      return block(`withNew f${program.id} ${program.parent ? `p${program.id}` : ""}`, ["", program.body])
    case "Keep":
      return block("keep the current scope", ["", program.body])
    case "WithScopeValue":
      return block(`withScopeValue(kept ${program.kept})`, ["", program.body])
    case "Fork":
      return block(`${program.daemon ? "forkDaemon" : "fork"}, then sleep ${program.ms[0]}`, ["", program.body])
    case "Join":
    case "Await":
      return line(`${program._tag} the last fiber but ${program.handle}`)
    case "Interrupt":
      return line(`sleep ${program.ms[0]}; Interrupt the last fiber but ${program.handle}`)
    case "All":
      return block(
        `all, concurrency ${program.concurrency}`,
        ...program.children.map((child, i) => [`- then sleep ${program.ms[i] ?? 0}`, child] as const)
      )
    case "Race":
      return block(
        program.first ? "raceFirst" : "race",
        [`- then sleep ${program.ms[0]}`, program.left],
        [`- then sleep ${program.ms[1]}`, program.right]
      )
    case "Timeout":
      return block(`timeout ${program.ms[0]}`, ["", program.body])
    case "Layers":
      return block(
        `provide ${
          program.layers.map(({ fields, mode, slow }, i) =>
            `${mode} ${fieldsText(fields, layerId(program, i))}${slow ? ` after ${program.ms[i]}` : ""}`
          ).join(" and ")
        }`,
        ["", program.body]
      )
    case "Scoped":
      return block(`scoped openScope ${program.mode} ${fieldsText(program.fields, program.id)}`, ["", program.body])
    case "Acquire":
      return block("release later:", ["", program.finalizer])
    case "Manual":
      return block(
        `openScope ${program.mode} ${fieldsText(program.fields, program.id)}`,
        ["", program.body],
        [`closed by ${program.by}, then`, program.after]
      )
    case "OpenedByChild":
      return block(
        `a child opens ${program.mode} ${fieldsText(program.fields, program.id)} and does`,
        ["", program.body],
        ["joined, then", program.after]
      )
    case "Ensuring":
      return block("do", ["", program.body], ["ensuring", program.finalizer])
    case "Uninterruptible":
      return block("uninterruptible", ["", program.body])
    case "Cached":
      return block("cached:", ["", program.shared], ["used in", program.body])
    case "UseCached":
      return line(`sleep ${program.ms[0]}; use cached ${program.index}; sleep ${program.ms[1]}`)
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// what is written and what is seen: shared words of both interpreters, no rules
// ---------------------------------------------------------------------------------------------------------------------

/** Two writes of the same value are two writes, so some programs write the same value everywhere. */
const valueOf = (program: Program): string => program._tag === "Write" && program.same ? "same" : `w${program.id}`

const layerId = (program: Program, index: number): number => program.id + (index + 1) / 10

const toOptions = (fields: Fields, id: number) => {
  const value = `f${id}`
  const record = (keys: ReadonlyArray<string>) =>
    Object.fromEntries(keys.map((key) => [key, value] as const).map(([key, value]) => [key, value]))
  const groupProperties: Record<string, Record<string, string>> = {}
  for (const [type, property] of fields.groupProperties) {
    ;(groupProperties[type] ??= {})[property] = value
  }
  return {
    ...(fields.tags.length === 0 ? {} : { tags: record(fields.tags) }),
    ...Object.fromEntries(fields.ids.map((key) => [key, fields.blank ? "  " : value])),
    ...(fields.groups.length === 0 ? {} : { groups: record(fields.groups) }),
    ...(fields.person.length === 0 ? {} : { personProperties: record(fields.person) }),
    ...(fields.groupProperties.length === 0 ? {} : { groupProperties })
  }
}

interface Fieldset {
  readonly x?: string
  readonly y?: string
}

const sectionOf = (op: Op, value: string): Fieldset =>
  op.op === "section" ? { ...(op.x ? { x: value } : {}), ...(op.y ? { y: value } : {}) } : {}

/** What is seen at a place, as text with sorted keys: equal exactly if the same is seen. */
const seen = (entries: Iterable<readonly [slot: string, value: unknown]>, depth: number): string =>
  [...entries].map(([slot, value]) => `${slot} ${JSON.stringify(value)}`).toSorted().concat(`depth ${depth}`).join("\n")

/** Where something was seen, and what; places in any order. */
export class Observations {
  private readonly seen = new Map<string, Array<string>>()

  add(place: string, what: string) {
    const before = this.seen.get(place)
    if (before === undefined) {
      this.seen.set(place, [what])
    } else {
      before.push(what)
    }
  }

  at(place: string): ReadonlyArray<string> | undefined {
    return this.seen.get(place)
  }

  differences(other: Observations): ReadonlyArray<string> {
    const result: Array<string> = []
    // Only what the model reaches: where an interruption meets a fiber and the one it awaits at the same moment, the one
    // that waits may get a step further than the model's before it hears of its own interruption.
    for (const [place, seen] of this.seen) {
      const expected = seen.join("\n")
      const actual = other.seen.get(place)?.join("\n") ?? "(not reached)"
      if (expected !== actual) {
        result.push(`at ${place}\n  expected\n${indented(expected)}\n  actual\n${indented(actual)}`)
      }
    }
    return result
  }
}

const indented = (text: string) => text.split("\n").map((line) => `    ${line}`).join("\n")

// ---------------------------------------------------------------------------------------------------------------------
// over the library
// ---------------------------------------------------------------------------------------------------------------------

const quiet = { captureExceptions: false } as const

export const TestSection = Section.make<Fieldset>({
  name: "test",
  merge: (outer, inner) => ({ ...outer, ...inner }),
  properties: (value) => ({ ...value })
})

const observeEffect: Effect.Effect<string> = Effect.zipWith(
  currentScope,
  currentSection(TestSection),
  (scope, section) => {
    const { depth, view } = scope
    const entries: Array<readonly [string, unknown]> = []
    const add = (kind: Model.Kind, values: { readonly [key: string]: unknown }, ...prefix: ReadonlyArray<string>) => {
      for (const key of Object.keys(values)) {
        if (values[key] !== undefined) {
          entries.push([Model.slot(kind, ...prefix, key), values[key]])
        }
      }
    }
    add("tag", view.tags)
    add("id", { distinctId: view.distinctId, sessionId: view.sessionId, deviceId: view.deviceId })
    add("group", view.groups)
    add("person", view.personProperties)
    for (const type of Object.keys(view.groupProperties)) {
      add("groupProperty", view.groupProperties[type]!, type)
    }
    if (section._tag === "Some") {
      entries.push([Model.slot("section", "test"), sorted(section.value)])
    }
    add("note", view.metadata)
    const own = {
      correlation: PosthogScopes.section(scope, CorrelationSection.section),
      service: PosthogScopes.section(scope, ServiceSection.section),
      request: PosthogScopes.section(scope, RequestSection.section),
      operation: PosthogScopes.section(scope, OperationSection.section)
    }
    for (const [name, value] of Object.entries(own)) {
      if (value !== undefined) {
        entries.push([Model.slot("section", name), sorted(value)])
      }
    }
    return seen(entries, depth)
  }
)

const sorted = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined).toSorted())

interface Live {
  readonly log: Observations
  readonly fibers: Array<EffectFiber.Fiber<void, unknown>>
  readonly kept: ReadonlyArray<PosthogScope>
  readonly cached: ReadonlyArray<Effect.Effect<void>>
  readonly scope: Scope.Scope | undefined
  /** Inside a cached effect every key is its own. */
  readonly prefix: string
}

const writeEffect = (op: Op, value: string, prefix: string): Effect.Effect<void> => {
  switch (op.op) {
    case "tag":
      return tag(prefix + op.key, value)
    case "untag":
      return untag(prefix + op.key)
    case "group":
      return setGroup(prefix + op.key, value)
    case "person":
      return setPersonPropertiesForFlags({ [prefix + op.key]: value })
    case "id": {
      const set = { distinctId: identifyScope, sessionId: setSession, deviceId: setDevice }[op.key]
      return prefix === "" ? set(op.blank ? " " : value) : Effect.void
    }
    case "groupProperties":
      return setGroupPropertiesForFlags(prefix + op.key, `${value}!`, { [op.property]: value })
    case "resetPerson":
      return prefix === "" ? resetPersonPropertiesForFlags : Effect.void
    case "resetGroups":
      return prefix === "" ? resetGroupPropertiesForFlags(op.key) : Effect.void
    case "section":
      return prefix === "" ? setSection(TestSection, sectionOf(op, value)) : Effect.void
    case "field":
      return prefix === "" ? setters[op.key](value) : Effect.void
    case "note":
      return addOperationMetadata(prefix + op.key, value)
    case "clear":
      return prefix === "" ? clearScope : Effect.void
  }
}

const setters: { readonly [Key in FieldKey]: (value: string) => Effect.Effect<void> } = {
  userId: setUserId,
  requestId: setRequestId,
  operation: setOperationName,
  serviceName: setServiceName,
  serviceVersion: setServiceVersion,
  correlation: Correlation.set,
  parent: Correlation.setParent
}

/** A timed operation as an observation: its name and what was noted about it. */
const timedText = (name: string | undefined, notes: object): string =>
  `operation ${name ?? "without a name"} ${JSON.stringify(sorted(notes))}`

const last = <A>(items: ReadonlyArray<A>, index: number): A | undefined =>
  items.length === 0 ? undefined : items[items.length - 1 - index % items.length]

const toEffect = (program: Program, live: Live): Effect.Effect<void, unknown> => {
  const observe = (place: string) => Effect.map(observeEffect, (what) => live.log.add(place, what))
  const go = (part: Program) => Effect.suspend(() => toEffect(part, live))
  const goForked = (part: Program) => Effect.suspend(() => toEffect(part, { ...live, fibers: [], scope: undefined }))
  const observed = (self: Effect.Effect<void, unknown>) => Effect.zipRight(self, observe(`${program.id}'`))
  const options = <const F extends Fields>(fields: F, id = program.id) => ({ ...toOptions(fields, id), ...quiet })
  switch (program._tag) {
    case "Seq":
      return program.steps.reduce<Effect.Effect<void, unknown>>(
        (all, step) => Effect.zipRight(all, go(step)),
        Effect.void
      )
    case "Write":
      return writeEffect(program.op, valueOf(program), live.prefix)
    case "Observe":
      return observe(`${program.id}`)
    case "Sleep":
      return Effect.sleep(program.ms[0]!)
    case "Fail":
      return Effect.zipRight(
        Effect.sleep(program.ms[0]!),
        program.how === "fail" ? Effect.fail("no") : program.how === "die" ? Effect.die("oh") : Effect.interrupt
      )
    case "Attempt":
      return observed(Effect.asVoid(Effect.exit(go(program.body))))
    case "WithScope":
      return observed(withScope(go(program.body), program.mode, options(program.fields)))
    case "Request": {
      const value = `f${program.id}`
      const { notes, operation, requestId, userId } = program.words
      return observed(withRequest(go(program.body), {
        ...(userId ? { userId: value } : {}),
        ...(requestId ? { requestId: value } : {}),
        ...(operation ? { operationName: value } : {}),
        metadata: Object.fromEntries(notes.map((key) => [key, value]))
      }))
    }
    case "Timed":
      return observed(timedOperation(go(program.body), program.named ? `f${program.id}` : undefined, {
        span: false,
        metric: false,
        onEnd: ({ metadata, name }) => Effect.sync(() => live.log.add(`${program.id}t`, timedText(name, metadata)))
      }))
    case "Service":
      return observed(withService(go(program.body), `f${program.id}`, program.version ? `f${program.id}` : undefined))
    case "Correlated":
      return observed(
        Correlation.withNew(go(program.body), `f${program.id}`, program.parent ? `p${program.id}` : undefined)
      )
    case "Keep":
      return Effect.flatMap(currentScope, (scope) => toEffect(program.body, { ...live, kept: [...live.kept, scope] }))
    case "WithScopeValue": {
      const kept = last(live.kept, program.kept)
      return kept === undefined ? Effect.void : observed(withScopeValue(go(program.body), kept, quiet))
    }
    case "Fork":
      return (program.daemon ? Effect.forkDaemon : Effect.fork)(goForked(program.body)).pipe(
        Effect.map((fiber) => {
          live.fibers.push(fiber)
        }),
        Effect.zipRight(Effect.sleep(program.ms[0]!))
      )
    case "Join":
      return Effect.suspend(() => {
        const fiber = last(live.fibers, program.handle)
        return fiber === undefined ? Effect.void : observed(EffectFiber.join(fiber))
      })
    case "Await":
      return Effect.suspend(() => {
        const fiber = last(live.fibers, program.handle)
        return fiber === undefined ? Effect.void : observed(Effect.asVoid(EffectFiber.await(fiber)))
      })
    case "Interrupt":
      return Effect.zipRight(
        Effect.sleep(program.ms[0]!),
        Effect.suspend(() => {
          const fiber = last(live.fibers, program.handle)
          return fiber === undefined ? Effect.void : observed(Effect.asVoid(EffectFiber.interrupt(fiber)))
        })
      )
    case "All": {
      const children = program.children.map((child, i) =>
        typeof program.concurrency === "number"
          // Effect does not wait for the other children if one fails while more are to be started: these never fail
          ? Effect.zipRight(Effect.exit(goForked(child)), Effect.sleep(program.ms[i]!))
          : goForked(child)
      )
      return observed(
        program.concurrency === "zip"
          ? Effect.asVoid(Effect.zip(children[0]!, children[1]!, { concurrent: true }))
          : Effect.all(children, { concurrency: program.concurrency, discard: true })
      )
    }
    case "Race": {
      const left = Effect.zipRight(goForked(program.left), Effect.sleep(program.ms[0]!))
      const right = Effect.zipRight(goForked(program.right), Effect.sleep(program.ms[1]!))
      return observed(program.first ? Effect.raceFirst(left, right) : Effect.race(left, right))
    }
    case "Timeout":
      return observed(Effect.timeout(goForked(program.body), program.ms[0]!))
    case "Layers": {
      const layers = program.layers.map(({ fields, mode, slow }, i) => {
        const layer = layerScope(mode, options(fields, layerId(program, i)))
        return slow ? Layer.unwrapEffect(Effect.as(Effect.sleep(program.ms[i]!), layer)) : layer
      })
      const [first, ...others] = layers
      return observed(
        Effect.provide(go(program.body), others.length === 0 ? first! : Layer.mergeAll(first!, ...others))
      )
    }
    case "Scoped":
      return observed(Effect.scoped(Effect.flatMap(Effect.scope, (scope) =>
        Effect.zipRight(
          openScope(program.mode, options(program.fields)),
          toEffect(program.body, { ...live, scope })
        ))))
    case "Acquire":
      return live.scope === undefined
        ? Effect.void
        : Scope.extend(
          Effect.acquireRelease(Effect.void, () => Effect.orDie(toEffect(program.finalizer, { ...live, fibers: [] }))),
          live.scope
        )
    case "Manual":
      return observed(Effect.flatMap(Scope.make(), (scope) => {
        const close = Scope.close(scope, Exit.void)
        return openScope(program.mode, options(program.fields)).pipe(
          Scope.extend(scope),
          Effect.zipRight(go(program.body)),
          Effect.zipRight(
            program.by === "self"
              ? close
              : program.by === "fork"
              ? Effect.flatMap(Effect.fork(close), EffectFiber.await)
              : withScope(Effect.zipRight(close, observe(`${program.id}n`)), "inherited", {
                tags: { nested: 1 },
                ...quiet
              })
          ),
          Effect.zipRight(go(program.after)),
          Effect.ensuring(close)
        )
      }))
    case "OpenedByChild":
      // the region does not close before its child has ended, which uses the frame until then
      return observed(Effect.flatMap(Scope.make(), (scope) =>
        Effect.fork(
          openScope(program.mode, options(program.fields)).pipe(
            Scope.extend(scope),
            Effect.zipRight(goForked(program.body))
          )
        ).pipe(
          Effect.flatMap((child) =>
            EffectFiber.join(child).pipe(
              Effect.zipRight(go(program.after)),
              Effect.ensuring(Effect.zipRight(EffectFiber.await(child), Scope.close(scope, Exit.void)))
            )
          )
        )))
    case "Ensuring":
      return observed(Effect.ensuring(go(program.body), Effect.orDie(go(program.finalizer))))
    case "Uninterruptible":
      return observed(Effect.uninterruptible(go(program.body)))
    case "Cached": {
      const shared = toEffect(program.shared, { ...live, fibers: [], scope: undefined, prefix: `c${program.id}.` })
      return Effect.flatMap(
        Effect.cached(Effect.orDie(shared)),
        (shared) => toEffect(program.body, { ...live, cached: [...live.cached, shared] })
      )
    }
    case "UseCached": {
      const shared = last(live.cached, program.index)
      return shared === undefined ? Effect.void : observed(Effect.uninterruptible(
        Effect.zipRight(Effect.zipRight(Effect.sleep(program.ms[0]!), shared), Effect.sleep(program.ms[1]!))
      ))
    }
  }
}

/** The program over the library. */
export const effectOf = (program: Program, log: Observations): Effect.Effect<void> =>
  toEffect(program, { log, fibers: [], kept: [], cached: [], scope: undefined, prefix: "" }).pipe(
    Effect.exit,
    Effect.zipRight(Effect.map(observeEffect, (what) => log.add("the end", what)))
  )

// ---------------------------------------------------------------------------------------------------------------------
// over the model
// ---------------------------------------------------------------------------------------------------------------------

interface Modelled {
  readonly world: Model.World
  readonly fiber: Model.Fiber
  readonly log: Observations
  readonly fibers: Array<Model.Fiber>
  readonly kept: ReadonlyArray<ReadonlyMap<string, unknown>>
  readonly cached: ReadonlyArray<(fiber: Model.Fiber) => Model.Run>
  /** What the nearest `Scope` of this fiber will run when it closes. */
  readonly finalizers: Array<(fiber: Model.Fiber) => Model.Run> | undefined
  readonly prefix: string
}

const modelFrame = (
  fiber: Model.Fiber,
  mode: Model.Mode,
  fields: Fields,
  id: number,
  bound: boolean
): Model.Frame => {
  const slots = new Map<string, Model.Write>()
  const set = (kind: Model.Kind, ...key: ReadonlyArray<string>) =>
    slots.set(Model.slot(kind, ...key), { value: `f${id}`, writer: fiber })
  fields.tags.forEach((key) => set("tag", key))
  if (!fields.blank) {
    fields.ids.forEach((key) => set("id", key))
  }
  fields.groups.forEach((type) => set("group", type))
  fields.person.forEach((key) => set("person", key))
  fields.groupProperties.forEach(([type, property]) => set("groupProperty", type, property))
  return { id: new Model.FrameId(mode), bound, slots }
}

const writeModel = (fiber: Model.Fiber, op: Op, value: string, prefix: string): void => {
  const frame = Model.live(fiber.frames).at(-1)
  if (frame === undefined) {
    return
  }
  const set = (value: unknown, kind: Model.Kind, ...key: ReadonlyArray<string>) =>
    frame.slots.set(Model.slot(kind, ...key), { value, writer: fiber })
  const hide = (slot: string) => frame.slots.set(slot, { writer: fiber })
  const hideAll = (start: string) => {
    for (const slot of Model.visible(fiber.frames).keys()) {
      if (slot.startsWith(start)) {
        hide(slot)
      }
    }
  }
  switch (op.op) {
    case "tag":
    case "group":
    case "person":
      set(value, op.op, prefix + op.key)
      return
    case "note":
      Model.noted(fiber.frames)?.slots.set(Model.slot("note", prefix + op.key), { value, writer: fiber })
      return
    case "untag":
      hide(Model.slot("tag", prefix + op.key))
      return
    case "groupProperties":
      set(value, "groupProperty", prefix + op.key, op.property)
      set(`${value}!`, "groupProperty", prefix + op.key, "$group_key")
      return
  }
  if (prefix !== "") {
    return
  }
  switch (op.op) {
    case "id":
      if (!op.blank) {
        set(value, "id", op.key)
      }
      return
    case "resetPerson":
      hideAll("[\"person\"")
      return
    case "resetGroups":
      hideAll(op.key === undefined ? "[\"groupProperty\"" : `["groupProperty",${JSON.stringify(op.key)},`)
      return
    case "section":
      setFields(frame, "test", () => sectionOf(op, value), fiber)
      return
    case "clear":
      hideAll("")
      return
    case "field": {
      const visible = (name: string) => ({ ...Model.visible(fiber.frames).get(Model.slot("section", name)) as Words })
      switch (op.key) {
        case "userId":
        case "requestId":
          setFields(frame, "request", (own) => ({ ...own, [op.key]: value }), fiber)
          return
        case "operation":
          setFields(frame, "operation", (own) => ({ ...own, name: value }), fiber)
          return
        case "serviceVersion":
          setFields(frame, "service", (own) => ({ ...own, version: value }), fiber)
          return
        case "parent":
          setFields(frame, "correlation", (own) => ({ ...own, parentId: value }), fiber)
          return
        // another name or id comes without what belonged to the one before
        case "serviceName": {
          const { name = value, version } = visible("service")
          setFields(
            frame,
            "service",
            ({ environment }) => words({ environment, name: value, version: name === value ? version : undefined }),
            fiber
          )
          return
        }
        case "correlation": {
          const { id = value, parentId } = visible("correlation")
          setFields(
            frame,
            "correlation",
            () => words({ id: value, parentId: id === value ? parentId : undefined }),
            fiber
          )
        }
      }
    }
  }
}

interface Words {
  readonly [field: string]: unknown
}

const words = (fields: Words): Words =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** Writes the fields of a section of one frame; they stand alone where the section was taken away there. */
const setFields = (frame: Model.Frame, name: string, f: (own: Words) => object, writer: Model.Fiber): void => {
  const slot = Model.slot("section", name)
  const standing = frame.slots.get(slot)
  const alone = standing !== undefined && (!("value" in standing) || standing.alone === true)
  // what stands under a section's slot are its fields
  frame.slots.set(slot, { value: f({ ...standing?.value as Words | undefined }), writer, alone })
}

function* model(program: Program, here: Modelled): Model.Run {
  const { fiber, log, world } = here
  const observe = (place: string) => {
    const entries = [...Model.visible(fiber.frames)].map(([slot, value]) =>
      [slot, typeof value === "object" && value !== null ? sorted(value) : value] as const
    )
    log.add(place, seen(entries, Model.live(fiber.frames).length))
  }
  const go = (part: Program, more: Partial<Modelled> = {}) => model(part, { ...here, ...more })
  const goForked = (part: Program) => (fiber: Model.Fiber) =>
    model(part, { ...here, fiber, fibers: [], finalizers: undefined })
  const frame = (mode: Model.Mode, fields: Fields, bound: boolean, id = program.id) =>
    modelFrame(fiber, mode, fields, id, bound)
  const thenSleep = (body: (fiber: Model.Fiber) => Model.Run, ms: number) =>
    function*(fiber: Model.Fiber): Model.Run {
      yield* body(fiber)
      yield* world.sleep(ms)
    }
  switch (program._tag) {
    case "Seq":
      for (const step of program.steps) {
        yield* go(step)
      }
      return
    case "Write":
      writeModel(fiber, program.op, valueOf(program), here.prefix)
      return
    case "Observe":
      observe(`${program.id}`)
      return
    case "Sleep":
      yield* world.sleep(program.ms[0]!)
      return
    case "Fail":
      yield* world.sleep(program.ms[0]!)
      throw new Model.Failure()
    case "Attempt":
      yield* world.attempt(fiber, go(program.body))
      break
    case "WithScope":
      yield* world.within(fiber, frame(program.mode, program.fields, false), go(program.body))
      break
    case "Request": {
      const { notes, operation, requestId, userId } = program.words
      const value = `f${program.id}`
      const around = Model.visible(fiber.frames).get(Model.slot("section", "request")) as Words | undefined
      const opened: Model.Frame = { ...frame("inherited", noFields, false), operation: true }
      setFields(opened, "request", () =>
        words({
          userId: userId ? value : undefined,
          requestId: requestId ? value : undefined,
          timestamp: around?.["timestamp"] === undefined ? world.now : undefined
        }), fiber)
      if (operation) {
        setFields(opened, "operation", () => ({ name: value, startTime: world.now }), fiber)
      }
      notes.forEach((key) => opened.slots.set(Model.slot("note", key), { value, writer: fiber }))
      yield* world.within(fiber, opened, go(program.body))
      break
    }
    case "Timed": {
      const opened: Model.Frame = { ...frame("inherited", noFields, false), operation: true }
      const named = program.named ? { name: `f${program.id}` } : {}
      setFields(opened, "operation", () => ({ ...named, startTime: world.now }), fiber)
      const body = world.ensuring(fiber, go(program.body), function*() {
        const ended = Model.live(fiber.frames)
        const at = ended.findIndex((frame) => frame.id === opened.id)
        const visible = Model.visible(ended.slice(0, at + 1)).get(Model.slot("section", "operation"))
        const notes = [...ended[at]!.slots].flatMap(([slot, write]) => {
          const [kind, key] = JSON.parse(slot) as [string, string]
          return kind === "note" && "value" in write ? [[key, write.value] as const] : []
        })
        log.add(
          `${program.id}t`,
          timedText(named.name ?? (visible as { readonly name?: string } | undefined)?.name, Object.fromEntries(notes))
        )
      })
      yield* world.within(fiber, opened, body)
      break
    }
    case "Service":
    case "Correlated": {
      const opened = frame("inherited", noFields, false)
      if (program._tag === "Service") {
        const version = program.version ? { version: `f${program.id}` } : {}
        setFields(opened, "service", () => ({ name: `f${program.id}`, ...version }), fiber)
      } else {
        const around = Model.visible(fiber.frames).get(Model.slot("section", "correlation")) as Words | undefined
        const parentId = program.parent ? `p${program.id}` : around?.["id"]
        setFields(opened, "correlation", () => words({ id: `f${program.id}`, parentId }), fiber)
      }
      yield* world.within(fiber, opened, go(program.body))
      break
    }
    case "Keep":
      yield* go(program.body, { kept: [...here.kept, Model.visible(fiber.frames)] })
      return
    case "WithScopeValue": {
      const kept = last(here.kept, program.kept)
      if (kept === undefined) {
        return
      }
      const slots = new Map([...kept].map(([slot, value]) => [slot, { value, writer: fiber }]))
      yield* world.within(fiber, { id: new Model.FrameId("fresh"), bound: false, slots }, go(program.body))
      break
    }
    case "Fork":
      here.fibers.push(world.fork(fiber, goForked(program.body), program.daemon ? "daemon" : "child"))
      yield* world.sleep(program.ms[0]!)
      return
    case "Join":
    case "Await": {
      const child = last(here.fibers, program.handle)
      if (child === undefined) {
        return
      }
      yield* program._tag === "Join" ? world.join(fiber, child) : world.done(child)
      break
    }
    case "Interrupt": {
      yield* world.sleep(program.ms[0]!)
      const child = last(here.fibers, program.handle)
      if (child === undefined) {
        return
      }
      yield* world.interrupt(child)
      break
    }
    case "All": {
      const bounded = typeof program.concurrency === "number"
      const children = program.children.slice(0, program.concurrency === "zip" ? 2 : undefined).map(goForked)
      yield* world.all(
        fiber,
        bounded
          ? children.map((child, i) => thenSleep((fiber) => world.attempt(fiber, child(fiber)), program.ms[i]!))
          : children,
        typeof program.concurrency === "number" ? program.concurrency : children.length
      )
      break
    }
    case "Race": {
      const left = thenSleep(goForked(program.left), program.ms[0]!)
      const right = thenSleep(goForked(program.right), program.ms[1]!)
      yield* program.first ? world.raceFirst(fiber, left, right) : world.race(fiber, left, right)
      break
    }
    case "Timeout":
      yield* world.timeout(fiber, program.ms[0]!, goForked(program.body))
      break
    case "Layers": {
      // all are built at the same time, and stand on each other in the order they are merged in
      const slow = program.ms.filter((_, i) => program.layers[i]?.slow)
      if (slow.length > 0) {
        yield* world.sleep(Math.max(...slow))
      }
      let body = () => go(program.body)
      for (const [i, { fields, mode }] of [...program.layers.entries()].toReversed()) {
        const inner = body
        body = () => world.within(fiber, frame(mode, fields, true, layerId(program, i)), inner())
      }
      yield* body()
      break
    }
    case "Scoped": {
      const finalizers: Array<(fiber: Model.Fiber) => Model.Run> = []
      yield* world.within(
        fiber,
        frame(program.mode, program.fields, true),
        world.ensuring(fiber, go(program.body, { finalizers }), function*() {
          for (const finalizer of finalizers.toReversed()) {
            yield* finalizer(fiber)
          }
        })
      )
      break
    }
    case "Acquire": {
      const registered = world.remember(fiber)
      here.finalizers?.push((fiber) =>
        world.finalize(fiber, registered, () => model(program.finalizer, { ...here, fiber, fibers: [] }))
      )
      return
    }
    case "Manual": {
      const opened = frame(program.mode, program.fields, true)
      const body = function*(): Model.Run {
        yield* go(program.body)
        if (program.by === "nested") {
          const fields = { ...noFields, tags: ["nested"] }
          const nested = frame("inherited", fields, false)
          nested.slots.set(Model.slot("tag", "nested"), { value: 1, writer: fiber })
          yield* world.within(
            fiber,
            nested,
            (function*(): Model.Run {
              opened.id.open = false
              observe(`${program.id}n`)
            })()
          )
        } else {
          opened.id.open = false
        }
        yield* go(program.after)
      }
      yield* world.within(fiber, opened, body())
      break
    }
    case "OpenedByChild": {
      let opened: Model.Frame | undefined
      const child = world.fork(fiber, (child) => {
        opened = modelFrame(child, program.mode, program.fields, program.id, true)
        child.frames.push(opened)
        return goForked(program.body)(child)
      })
      const body = function*(): Model.Run {
        yield* world.join(fiber, child)
        yield* go(program.after)
      }
      yield* world.ensuring(fiber, body(), function*() {
        yield* world.done(child)
        yield* world.leave(fiber, opened!.id)
      })
      break
    }
    case "Ensuring":
      yield* world.ensuring(fiber, go(program.body), () => go(program.finalizer))
      break
    case "Uninterruptible":
      yield* world.uninterruptible(fiber, () => go(program.body))
      break
    case "Cached": {
      const shared = world.cached((fiber) =>
        model(program.shared, { ...here, fiber, fibers: [], finalizers: undefined, prefix: `c${program.id}.` })
      )
      yield* go(program.body, { cached: [...here.cached, shared] })
      return
    }
    case "UseCached": {
      const shared = last(here.cached, program.index)
      if (shared === undefined) {
        return
      }
      yield* world.uninterruptible(fiber, function*() {
        yield* world.sleep(program.ms[0]!)
        yield* shared(fiber)
        yield* world.sleep(program.ms[1]!)
      })
      break
    }
  }
  observe(`${program.id}'`)
}

/** What the model says is seen. */
export const expected = (program: Program, order: "first" | "last" = "first"): Observations => {
  const log = new Observations()
  const world = new Model.World(order)
  world.run(function*(fiber) {
    yield* world.attempt(
      fiber,
      model(program, { world, fiber, log, fibers: [], kept: [], cached: [], finalizers: undefined, prefix: "" })
    )
    log.add("the end", seen(Model.visible(fiber.frames), Model.live(fiber.frames).length))
  })
  return log
}

/** What the library shows. */
export const actual = (program: Program, schedule: number): Observations => {
  const log = new Observations()
  const exit = runVirtual(effectOf(program, log), schedule)
  // a program may be told to stop by the fiber whose cached effect it shares; anything else must have been caught
  if (Exit.isFailure(exit) && !Exit.isInterrupted(exit)) {
    log.add("the end", exit.toString())
  }
  return log
}

// ---------------------------------------------------------------------------------------------------------------------
// random programs
// ---------------------------------------------------------------------------------------------------------------------

const noFields: Fields = { tags: [], ids: [], groups: [], person: [], groupProperties: [], blank: false }

const fc = FastCheck

// few keys, so that programs meet on them
const tagKey = fc.constantFrom("a", "b", "__proto__")
const idKey = fc.constantFrom<IdKey>("distinctId", "sessionId", "deviceId")
const groupType = fc.constantFrom("company", "team")
const personKey = fc.constantFrom("p", "q")
const noteKey = fc.constantFrom("n", "m", "__proto__")
const fieldKey = fc.constantFrom<FieldKey>(
  "userId",
  "requestId",
  "operation",
  "serviceName",
  "serviceVersion",
  // an id that comes without its parent is told from one that keeps it only where both were set
  "correlation",
  "correlation",
  "correlation",
  "parent"
)
const requestWords: FastCheck.Arbitrary<RequestWords> = fc.record({
  userId: fc.boolean(),
  requestId: fc.boolean(),
  operation: fc.boolean(),
  notes: fc.uniqueArray(noteKey, { maxLength: 2 })
})
const mode = fc.constantFrom<Model.Mode>("inherited", "fresh")
const weight = fc.nat(1000)

const fields: FastCheck.Arbitrary<Fields> = fc.record({
  tags: fc.uniqueArray(tagKey, { maxLength: 2 }),
  ids: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.uniqueArray(idKey) }),
  groups: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.uniqueArray(groupType) }),
  person: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.uniqueArray(personKey) }),
  groupProperties: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(groupType, personKey), { maxLength: 2 }) }
  ),
  blank: fc.boolean()
})

const sectionOp: FastCheck.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant("field"), key: fieldKey }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("note"), key: noteKey }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("clear") }) }
) as FastCheck.Arbitrary<Op>

const op: FastCheck.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant("tag"), key: tagKey }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("untag"), key: tagKey }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("id"), key: idKey, blank: fc.nat(4).map((n) => n === 0) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("group"), key: groupType }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("person"), key: personKey }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("resetPerson") }) },
  {
    weight: 2,
    arbitrary: fc.record({ op: fc.constant("groupProperties"), key: groupType, property: personKey })
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant("resetGroups"), key: fc.option(groupType, { nil: undefined }) })
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("section"), x: fc.boolean(), y: fc.boolean() }) },
  { weight: 7, arbitrary: sectionOp }
) as FastCheck.Arbitrary<Op>

const node = (shape: Shape, ...ms: ReadonlyArray<number>): Program => ({ id: 0, ms, ...shape })

const seq = (...steps: ReadonlyArray<Program>): Program => node({ _tag: "Seq", steps })

const leaf = (shape: FastCheck.Arbitrary<Shape>, sleeps = 0): FastCheck.Arbitrary<Program> =>
  sleeps === 0
    ? shape.map((shape) => node(shape))
    : fc.tuple(shape, fc.array(weight, { minLength: sleeps, maxLength: sleeps })).map(([shape, ms]) =>
      node(shape, ...ms)
    )

const write = leaf(
  fc.record({ _tag: fc.constant("Write"), op, same: fc.nat(5).map((n) => n === 0) }) as FastCheck.Arbitrary<Shape>
)
const sectionWrite = leaf(
  fc.record({ _tag: fc.constant("Write"), op: sectionOp, same: fc.constant(false) }) as FastCheck.Arbitrary<Shape>
)
const observe = leaf(fc.constant({ _tag: "Observe" }))
const sleep = leaf(fc.constant({ _tag: "Sleep" }), 1)
const fail = leaf(
  fc.constantFrom("fail", "die", "interrupt").map((how) => ({ _tag: "Fail", how }) as Shape),
  1
)
const handle = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) })
const join = leaf(handle.map((handle) => ({ _tag: "Join", handle })))
const awaits = leaf(handle.map((handle) => ({ _tag: "Await", handle })))
const interrupt = leaf(handle.map((handle) => ({ _tag: "Interrupt", handle })), 1)
const useCached = leaf(fc.nat(2).map((index) => ({ _tag: "UseCached", index })), 2)

type Choices = Array<{ readonly weight: number; readonly arbitrary: FastCheck.Arbitrary<Program> }>

const steps = (choices: Choices, maxLength: number): FastCheck.Arbitrary<Program> =>
  fc.array(fc.oneof({ withCrossShrink: true }, ...choices), { minLength: 1, maxLength, size: "max" }).map((steps) =>
    steps.length === 1 ? steps[0]! : seq(...steps)
  )

/** Steps that stay in their fiber and do not fail: what finalizers are made of. */
const plain = (depth: number, sleeps = true): FastCheck.Arbitrary<Program> =>
  steps(
    [
      { weight: 5, arbitrary: write },
      { weight: 2, arbitrary: observe },
      ...(sleeps ? [{ weight: 1, arbitrary: sleep }] : []),
      ...(depth === 0 ? [] : [{
        weight: 1,
        arbitrary: fc.tuple(mode, fields, plain(depth - 1, sleeps)).map(([mode, fields, body]) =>
          node({ _tag: "WithScope", mode, fields, body })
        )
      }])
    ],
    3
  )

/** What a `Scope` runs when it closes: at once, for Effect may lose an interruption that arrives meanwhile. */
const release = plain(1, false)

/** What a cached effect does: it never fails, and may have concurrent children. */
const shared: FastCheck.Arbitrary<Program> = fc.oneof(
  { weight: 2, arbitrary: plain(1) },
  {
    weight: 1,
    arbitrary: fc.array(plain(0), { minLength: 2, maxLength: 3 }).map((children) =>
      node({ _tag: "All", concurrency: "unbounded", children })
    )
  }
)

const leaves: Choices = [
  { weight: 10, arbitrary: write },
  { weight: 3, arbitrary: observe },
  { weight: 2, arbitrary: sleep },
  { weight: 1, arbitrary: fail },
  { weight: 3, arbitrary: join },
  { weight: 1, arbitrary: awaits },
  { weight: 1, arbitrary: interrupt },
  { weight: 2, arbitrary: useCached },
  { weight: 1, arbitrary: release.map((finalizer) => node({ _tag: "Acquire", finalizer })) }
]

const programs: Array<FastCheck.Arbitrary<Program>> = []

/** Sequences of steps, nested at most that deep. */
const program = (depth: number): FastCheck.Arbitrary<Program> => {
  if (programs[depth] === undefined) {
    programs[depth] = steps(depth === 0 ? leaves : [...leaves, ...regions(program(depth - 1))], depth === 0 ? 2 : 3)
  }
  return programs[depth]
}

/** Regions that belong to the scope's own sections. */
const sectionRegions = (body: FastCheck.Arbitrary<Program>): ReadonlyArray<FastCheck.Arbitrary<Program>> => [
  fc.tuple(requestWords, body).map(([words, body]) => node({ _tag: "Request", words, body })),
  fc.tuple(fc.boolean(), body).map(([named, body]) => node({ _tag: "Timed", named, body })),
  fc.tuple(fc.boolean(), body).map(([version, body]) => node({ _tag: "Service", version, body })),
  fc.tuple(fc.boolean(), body).map(([parent, body]) => node({ _tag: "Correlated", parent, body }))
]

const inner = (body: FastCheck.Arbitrary<Program>): FastCheck.Arbitrary<Program> =>
  fc.tuple(fc.array(sectionWrite, { minLength: 1, maxLength: 3 }), body).map(([writes, body]) =>
    seq(
      node({
        _tag: "WithScope",
        mode: "inherited",
        fields: noFields,
        body: seq(...writes, node({ _tag: "Observe" }), body)
      }),
      node({ _tag: "Observe" })
    )
  )

const regions = (body: FastCheck.Arbitrary<Program>): Choices => {
  const framed = fc.tuple(mode, fields, body)
  const many = fc.array(body, { minLength: 2, maxLength: 4 })
  const withSleeps = (children: ReadonlyArray<Program>, ms: ReadonlyArray<number>, shape: Shape) =>
    node(shape, ...ms.slice(0, children.length))
  const weights = fc.array(weight, { minLength: 4, maxLength: 4 })
  const choice = (weight: number, arbitrary: FastCheck.Arbitrary<Program>) => ({ weight, arbitrary })
  return [
    choice(4, framed.map(([mode, fields, body]) => node({ _tag: "WithScope", mode, fields, body }))),
    choice(1, body.map((body) => node({ _tag: "Attempt", body }))),
    ...sectionRegions(body).map((arbitrary) => choice(1, arbitrary)),
    // a scope inside such a region, where sections and notes are changed
    ...sectionRegions(inner(body)).map((arbitrary) => choice(1, arbitrary)),
    choice(
      1,
      fc.tuple(body, body, fc.nat(2), write).map(([before, body, kept, write]) =>
        node({
          _tag: "Keep",
          body: seq(before, node({ _tag: "WithScopeValue", kept, body: seq(write, body) }))
        })
      )
    ),
    choice(
      2,
      fc.tuple(body, weight, fc.boolean()).map(([body, ms, daemon]) => node({ _tag: "Fork", daemon, body }, ms))
    ),
    // forked, something else, and joined
    choice(
      2,
      fc.tuple(body, body, weight, fc.boolean(), handle).map(([child, between, ms, daemon, handle]) =>
        seq(node({ _tag: "Fork", daemon, body: child }, ms), between, node({ _tag: "Join", handle }))
      )
    ),
    // two siblings, joined in either order
    choice(
      1,
      fc.tuple(body, body, weight, weight, fc.boolean()).map(([a, b, ms, otherMs, swap]) =>
        seq(
          node({ _tag: "Fork", daemon: false, body: a }, ms),
          node({ _tag: "Fork", daemon: false, body: b }, otherMs),
          node({ _tag: "Join", handle: swap ? 0 : 1 }),
          node({ _tag: "Join", handle: swap ? 1 : 0 })
        )
      )
    ),
    choice(2, many.map((children) => node({ _tag: "All", concurrency: "unbounded", children }))),
    choice(
      1,
      fc.tuple(body, body).map(([a, b]) => node({ _tag: "All", concurrency: "zip", children: [a, b] }))
    ),
    choice(
      1,
      fc.tuple(many, weights, fc.constantFrom<2 | 3>(2, 3)).map(([children, ms, concurrency]) =>
        withSleeps(children, ms, { _tag: "All", concurrency, children })
      )
    ),
    choice(
      2,
      fc.tuple(body, body, weights, fc.nat(2)).map(([left, right, ms, first]) =>
        node({ _tag: "Race", first: first === 0, left, right }, ...ms.slice(0, 2))
      )
    ),
    choice(2, fc.tuple(body, weight).map(([body, ms]) => node({ _tag: "Timeout", body }, ms))),
    choice(
      2,
      fc.tuple(
        fc.array(fc.record({ mode, fields, slow: fc.constant(false) }), { minLength: 1, maxLength: 3, size: "max" }),
        body
      ).map(([layers, body]) => node({ _tag: "Layers", layers, body }))
    ),
    choice(1, framed.map(([mode, fields, body]) => node({ _tag: "Scoped", mode, fields, body }))),
    choice(
      1,
      fc.tuple(mode, fields, body, body, release).map(([mode, fields, before, after, finalizer]) =>
        node({ _tag: "Scoped", mode, fields, body: seq(before, node({ _tag: "Acquire", finalizer }), after) })
      )
    ),
    // registered inside a frame that is left before the `Scope` closes
    choice(
      1,
      fc.tuple(framed, mode, fields, release).map(([[mode, fields, body], innerMode, innerFields, finalizer]) =>
        node({
          _tag: "Scoped",
          mode,
          fields,
          body: seq(
            node({
              _tag: "WithScope",
              mode: innerMode,
              fields: innerFields,
              body: node({ _tag: "Acquire", finalizer: seq(node({ _tag: "Observe" }), finalizer) })
            }),
            body
          )
        })
      )
    ),
    // a daemon that outlives the region it was forked in, looks around later and is joined
    choice(
      2,
      fc.tuple(mode, fields, body, weight, weight, fc.boolean()).map(([mode, fields, body, ms, later, layer]) => {
        const inside = node(
          { _tag: "Fork", daemon: true, body: seq(node({ _tag: "Sleep" }, later), node({ _tag: "Observe" }), body) },
          ms
        )
        return seq(
          layer
            ? node({ _tag: "Layers", layers: [{ mode, fields, slow: false }], body: inside })
            : node({ _tag: "Scoped", mode, fields, body: inside }),
          node({ _tag: "Join", handle: 0 })
        )
      })
    ),
    choice(
      1,
      fc.tuple(mode, fields, fc.constantFrom("self" as const, "fork" as const, "nested" as const), body, body).map(
        ([mode, fields, by, body, after]) => node({ _tag: "Manual", mode, fields, by, body, after })
      )
    ),
    choice(
      1,
      fc.tuple(mode, fields, body, body).map(([mode, fields, body, after]) =>
        node({ _tag: "OpenedByChild", mode, fields, body, after })
      )
    ),
    choice(
      1,
      fc.tuple(body, plain(1)).map(([body, finalizer]) => node({ _tag: "Ensuring", body, finalizer }))
    ),
    choice(1, plain(1).map((body) => node({ _tag: "Uninterruptible", body }))),
    choice(
      1,
      fc.tuple(shared, body).map(([shared, body]) => node({ _tag: "Cached", shared, body }))
    ),
    // one cached effect, used by concurrent children
    choice(
      2,
      fc.tuple(shared, fc.array(fc.tuple(body, useCached, body), { minLength: 2, maxLength: 3 })).map(
        ([shared, children]) =>
          node({
            _tag: "Cached",
            shared,
            body: node({ _tag: "All", concurrency: "unbounded", children: children.map((parts) => seq(...parts)) })
          })
      )
    )
  ]
}

export interface Run {
  readonly program: Program
  /** Decides in which order runnable fibers run. */
  readonly schedule: number
}

const inScope = (body: FastCheck.Arbitrary<Program>): FastCheck.Arbitrary<Program> =>
  fc.oneof(
    { weight: 1, arbitrary: body },
    {
      weight: 4,
      arbitrary: fc.tuple(mode, fields, body).map(([mode, fields, body]) =>
        node({ _tag: "WithScope", mode, fields, body })
      )
    }
  )

/** Programs of a size at which ten thousand of them take seconds, some larger ones; most of them stand in a scope. */
export const arbitraryRun: FastCheck.Arbitrary<Run> = fc.tuple(
  fc.oneof({ weight: 19, arbitrary: inScope(program(2)) }, { weight: 1, arbitrary: inScope(program(3)) })
    .filter((program) => sleepsOf(program) <= maxSleeps),
  fc.nat(1_000_000)
).map(([program, schedule]) => {
  const prepared = prepare(program)
  // merged layers stand on each other in the order in which they are ready: that is the order of merging only if their
  // fibers run first come first served (see regressions.test.ts)
  const fair = constructs(prepared).has("Layer.mergeAll")
  return { program: prepared, schedule: fair ? 0 : schedule }
})

// ---------------------------------------------------------------------------------------------------------------------
// programs for leaving a region
// ---------------------------------------------------------------------------------------------------------------------

/** A region with anything in it; nothing inside can name a fiber that was forked outside. */
export const arbitraryRegion: FastCheck.Arbitrary<Program> = fc.oneof(
  fc.tuple(mode, fields, program(1)).map(([mode, fields, body]) => node({ _tag: "WithScope", mode, fields, body })),
  fc.tuple(mode, fields, program(1)).map(([mode, fields, body]) => node({ _tag: "Scoped", mode, fields, body })),
  program(1).map((body) => node({ _tag: "Keep", body: node({ _tag: "WithScopeValue", kept: 0, body }) })),
  fc.tuple(
    fc.array(fc.record({ mode, fields, slow: fc.constant(false) }), { minLength: 1, maxLength: 3 }),
    program(1)
  ).map(([layers, body]) => node({ _tag: "Layers", layers, body })),
  ...sectionRegions(program(1))
)

export type Leaving = "success" | "fail" | "die" | "interrupt"

/** A program that looks, enters the region, leaves it in that way, and looks again. */
export const leaving = (
  region: Program,
  how: Leaving
): { readonly program: Program; readonly before: string; readonly after: string } => {
  const observe = node({ _tag: "Observe" })
  const ending = how === "success"
    ? seq()
    : how === "interrupt"
    ? node({ _tag: "Sleep" }, 1001)
    : node({ _tag: "Fail", how }, 1001)
  const ended = mapInner(region, (body) => seq(body, ending))
  const inside = node({ _tag: "Ensuring", body: ended, finalizer: observe })
  const child = node({ _tag: "Fork", daemon: false, body: seq(observe, inside) }, 1000)
  const program = prepare(node({
    _tag: "WithScope",
    mode: "fresh",
    fields: { ...noFields, tags: ["a", "b"], ids: ["distinctId"] },
    body: seq(child, node(how === "interrupt" ? { _tag: "Interrupt", handle: 0 } : { _tag: "Await", handle: 0 }, 1000))
  }))
  const observed: Array<Program> = []
  const ensured: Array<Program> = []
  visit(program, (node) => {
    if (node._tag === "Observe") {
      observed.push(node)
    } else if (node._tag === "Ensuring") {
      ensured.push(node.finalizer)
    }
  })
  return { program, before: `${observed[0]!.id}`, after: `${ensured[0]!.id}` }
}

const mapInner = (region: Program, f: (body: Program) => Program): Program =>
  mapChildren(region, (body) => region._tag === "Keep" ? mapInner(body, f) : f(body))
