/**
 * The events of an application, declared once: their names and properties are then checked where they are captured.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Metric from "effect/Metric"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as DeliveryMetrics from "../delivery/DeliveryMetrics.js"
import type { CaptureOutcome } from "../domain/CaptureOutcome.js"
import { type JsonObject, toJsonObject } from "../domain/JsonValue.js"
import type { BeforeSend } from "../event/BeforeSend.js"
import { type CaptureOptions, Posthog } from "../Posthog.js"
import * as CatalogDescription from "./CatalogDescription.js"
import * as CatalogHook from "./CatalogHook.js"
import type { RedactPolicy } from "./EventAnnotations.js"
import * as EventPlan from "./EventPlan.js"
import type { Disjoint, Encodable, EncodedOf, EventDeclarations, EventName, PropertiesOf } from "./EventTypes.js"
import * as EventValidation from "./EventValidation.js"
import * as SchemaViolation from "./SchemaViolation.js"

export type {
  /** @since 0.1.0 */
  EventDescription,
  /** @since 0.1.0 */
  PersonalDataDescription,
  /** @since 0.1.0 */
  PropertyDescription
} from "./CatalogDescription.js"
export type {
  /** @since 0.1.0 */
  HookOptions
} from "./CatalogHook.js"
export { event, property } from "./EventAnnotations.js"
export type {
  /** @since 0.1.0 */
  SchemaIssue,
  /** @since 0.1.0 */
  SchemaViolation
} from "./SchemaViolation.js"
export type {
  /** @since 0.1.0 */
  Encodable,
  /** @since 0.1.0 */
  EncodedOf,
  /** @since 0.1.0 */
  EventDeclarations,
  /** @since 0.1.0 */
  EventName,
  /** @since 0.1.0 */
  PropertiesOf
}

/**
 * The mark of a catalogue, the same in every copy of this library that is loaded.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("effect-posthog/EventCatalog")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * What can be said about an event besides its properties.
 *
 * @since 0.1.0
 * @category models
 */
export type EventOptions = Omit<CaptureOptions, "properties">

/**
 * What capturing returns: what `Posthog.capture` does, or that the event does not fit its schema.
 *
 * @since 0.1.0
 * @category models
 */
export type CatalogOutcome = CaptureOutcome | SchemaViolation.SchemaViolation

/**
 * Declared events.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventCatalog<Events extends EventDeclarations> {
  readonly [TypeId]: TypeId
  /** The schemas, as they were passed. */
  readonly events: Events
  readonly names: ReadonlyArray<EventName<Events>>
  /**
   * Captures one of the events: its properties are encoded with its schema, personal data is redacted, and the rest is
   * as `Posthog.capture` does it. It never fails. With the name alone it is a function of the properties.
   */
  readonly capture: Capture<Events>
  /** Everything that documentation says, events by name. */
  readonly describe: () => ReadonlyArray<CatalogDescription.EventDescription>
  /** @internal */
  readonly [plansId]: Plans
}

/**
 * What a catalogue does with its events.
 *
 * @internal
 * @since 0.1.0
 * @category symbols
 */
export const plansId: unique symbol = Symbol.for("effect-posthog/EventCatalog/plans")

type Plans = ReadonlyMap<string, EventPlan.EventPlan>

/**
 * @since 0.1.0
 * @category models
 */
export interface Capture<Events extends EventDeclarations> {
  <Name extends EventName<Events>>(
    name: Name
  ): (
    properties: PropertiesOf<Events, Name>,
    options?: EventOptions
  ) => Effect.Effect<CatalogOutcome, never, Posthog>
  <Name extends EventName<Events>>(
    name: Name,
    properties: PropertiesOf<Events, Name>,
    options?: EventOptions
  ): Effect.Effect<CatalogOutcome, never, Posthog>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** What `pii: true` means. Default `drop`. */
  readonly redact?: RedactPolicy | undefined
  /** With it hashes are HMAC-SHA-256: without the key nobody finds the value of a hash by trying. Default: none. */
  readonly hashKey?: Redacted.Redacted | undefined
}

/**
 * Declares the events of an application.
 *
 * @example
 * import { Effect, Schema } from "effect"
 * import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
 *
 * const Checkout = EventCatalog.make({
 *   "checkout started": Schema.Struct({ total: Schema.Number }),
 *   "checkout paid": Schema.Struct({
 *     method: Schema.Literal("card", "invoice"),
 *     email: Schema.String.annotations(EventCatalog.property({ pii: "hash" }))
 *   })
 * })
 *
 * const program = Effect.gen(function*() {
 *   yield* Checkout.capture("checkout started", { total: 42 })
 *   yield* Checkout.capture("checkout paid", { method: "card", email: "ada@example.com" }, { distinctId: "ada" })
 * })
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Events extends EventDeclarations>(
  events: Events & Encodable<Events>,
  options: Options = {}
): EventCatalog<Events> => {
  const settings = { redact: options.redact ?? "drop", hashKey: options.hashKey }
  return fromPlans<Events>(
    events,
    new Map(
      Object.entries<Schema.Schema.AnyNoContext>(events).map((
        [name, schema]
      ) => [name, EventPlan.make(schema, settings)])
    )
  )
}

const fromPlans = <Events extends EventDeclarations>(events: Events, plans: Plans): EventCatalog<Events> => {
  const captureNow = (name: string, properties: unknown, options?: EventOptions) =>
    captureWith(plans, name, properties, options)
  const capture = (...args: Parameters<typeof captureNow> | [name: string]) => {
    const [name, properties, options] = args
    return args.length === 1
      ? (properties: unknown, options?: EventOptions) => captureNow(name, properties, options)
      : captureNow(name, properties, options)
  }
  return {
    [TypeId]: TypeId,
    events,
    // Object.keys says `string` of any object; these are the declarations' own
    names: Object.keys(events) as ReadonlyArray<EventName<Events>>,
    // the compiler does not tell overloads apart by the number of arguments
    capture: capture as Capture<Events>,
    describe: () =>
      Array.from(plans, ([name, plan]) => CatalogDescription.describe(name, plan)).toSorted((a, b) =>
        a.name < b.name ? -1 : a.name > b.name ? 1 : 0
      ),
    [plansId]: plans
  }
}

const annotations = { package: "effect-posthog", module: "EventCatalog" }

const captureWith = (
  plans: Plans,
  name: string,
  properties: unknown,
  options: EventOptions | undefined
): Effect.Effect<CatalogOutcome, never, Posthog> =>
  Effect.withFiberRuntime((fiber) => {
    const plan = plans.get(name)
    const encoded = plan === undefined
      ? Either.left([{ path: [], problem: "the catalogue has no such event" }])
      : plan.encode(properties)
    if (Either.isRight(encoded)) {
      return send(name, encoded.right, options)
    }
    return EventValidation.isOnIn(fiber.currentContext)
      ? refuse(name, encoded.left)
      : Effect.zipRight(
        Effect.annotateLogs(Effect.logDebug(`${doesNotFit(name, encoded.left)}: it is sent as it is`), annotations),
        send(name, plan?.salvage(properties) ?? toJsonObject(properties), options)
      )
  })

const send = (name: string, properties: JsonObject, options: EventOptions | undefined) =>
  Effect.flatMap(Posthog, (client) => client.capture(name, { ...options, properties }))

const refuse = (name: string, issues: ReadonlyArray<SchemaViolation.SchemaIssue>) =>
  Effect.annotateLogs(Effect.logWarning(`${doesNotFit(name, issues)}: it was refused`), annotations).pipe(
    Effect.zipRight(Metric.incrementBy(DeliveryMetrics.refused.pipe(Metric.tagged("reason", "schemaViolation")), 1)),
    Effect.as(SchemaViolation.make(name, issues))
  )

const doesNotFit = (name: string, issues: ReadonlyArray<SchemaViolation.SchemaIssue>): string =>
  `event ${JSON.stringify(name)} does not fit its schema (${SchemaViolation.render(issues)})`

/**
 * The events of two catalogues. An event that is in both does not compile; in a program that the compiler did not see, the
 * second one's counts.
 *
 * @since 0.1.0
 * @category combinators
 */
export const merge: {
  <A extends EventDeclarations, B extends EventDeclarations>(
    that: EventCatalog<B>
  ): (self: EventCatalog<A> & Apart<A, B>) => EventCatalog<A & B>
  <A extends EventDeclarations, B extends EventDeclarations>(
    self: EventCatalog<A>,
    that: EventCatalog<B> & Apart<A, B>
  ): EventCatalog<A & B>
} = dual(
  2,
  <A extends EventDeclarations, B extends EventDeclarations>(
    self: EventCatalog<A>,
    that: EventCatalog<B>
  ): EventCatalog<A & B> => fromPlans({ ...self.events, ...that.events }, new Map([...self[plansId], ...that[plansId]]))
)

type Apart<A extends EventDeclarations, B extends EventDeclarations> = { readonly events: Disjoint<A, B> }

/**
 * A hook for the client's option `beforeSend`: it redacts the personal data of the catalogue's events and, where it is told
 * to, checks them, also when `Posthog.capture` captured them. What `capture` has
 * redacted already stays as it is: a hash is not hashed again, and a property that was dropped is not missed.
 *
 * @example
 * import { Redacted, Schema } from "effect"
 * import { Posthog } from "effect-posthog"
 * import * as EventCatalog from "effect-posthog/catalog/EventCatalog"
 *
 * const Accounts = EventCatalog.make({
 *   "signed up": Schema.Struct({
 *     email: Schema.String.annotations(EventCatalog.property({ pii: true })),
 *     plan: Schema.Literal("free", "pro")
 *   })
 * })
 *
 * const Client = Posthog.layer({
 *   apiKey: Redacted.make("phc_…"),
 *   beforeSend: EventCatalog.beforeSend(Accounts, { unknown: "refuse" })
 * })
 *
 * @since 0.1.0
 * @category redaction
 */
export const beforeSend = <Events extends EventDeclarations>(
  catalog: EventCatalog<Events>,
  options: CatalogHook.HookOptions = {}
): BeforeSend => CatalogHook.make(catalog[plansId], options)

/**
 * Is this a catalogue, of whichever copy of this library?
 *
 * @since 0.1.0
 * @category guards
 */
export const isEventCatalog = (value: unknown): value is EventCatalog<EventDeclarations> =>
  typeof value === "object" && value !== null && TypeId in value

/**
 * An event of a catalogue, whole.
 *
 * @since 0.1.0
 * @category models
 */
export type TypedEvent<Events extends EventDeclarations> = {
  readonly [Name in EventName<Events>]: {
    readonly event: Name
    readonly uuid: string
    readonly distinctId: string
    readonly timestamp: string
    readonly properties: PropertiesOf<Events, Name>
  }
}[EventName<Events>]

/**
 * The same as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export type EncodedEvent<Events extends EventDeclarations> = {
  readonly [Name in EventName<Events>]: {
    readonly event: Name
    readonly uuid: string
    readonly distinct_id: string
    readonly timestamp: string
    readonly properties: EncodedOf<Events, Name>
  }
}[EventName<Events>]

/**
 * A schema of whole events, for who receives them: a webhook, an export, a test. It takes them as they are on the wire,
 * `distinct_id` and all; properties that the catalogue does not know are left out. An event whose personal data was
 * dropped only fits where that property is optional.
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = <Events extends EventDeclarations>(
  catalog: EventCatalog<Events>
): Schema.Schema<TypedEvent<Events>, EncodedEvent<Events>> => {
  const members = Array.from(catalog[plansId], ([name, plan]) =>
    Schema.Struct({
      event: Schema.Literal(name),
      uuid: Schema.String,
      distinctId: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("distinct_id")),
      timestamp: Schema.String,
      properties: plan.schema
    }))
  // a union over a list has lost which member belongs to which name; the two mapped types say it again
  return Schema.Union(...members) as unknown as Schema.Schema<TypedEvent<Events>, EncodedEvent<Events>>
}
