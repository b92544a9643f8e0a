/**
 * The page's side of the tool: `PageApi` as routes.
 *
 * @since 0.1.0
 */
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { problemsOf } from "../ReceivedEvent.js"
import type { EventDatabase, EventQuery } from "./EventDatabase.js"
import type { EventStream } from "./EventStream.js"
import * as EventView from "./EventView.js"
import * as FlagAnswers from "./FlagAnswers.js"
import type { FlagStore } from "./FlagStore.js"
import { type Delivery, type FaultName, faultNames } from "./PageApi.js"

/** What the routes are about. */
export interface Pages {
  readonly database: EventDatabase
  readonly stream: EventStream
  readonly flags: FlagStore
  readonly delivery: () => Delivery
  readonly setFault: (fault: FaultName) => Effect.Effect<void>
  readonly clear: Effect.Effect<void>
}

type Query = Readonly<Record<string, string | undefined>>

const largestBody = 1024 * 1024

const failed = (status: 400 | 404, error: string) => HttpServerResponse.unsafeJson({ error }, { status })

/** Nothing that is answered here is worth keeping. */
const ok = (body: unknown) => HttpServerResponse.unsafeJson(body, { headers: { "cache-control": "no-store" } })

const query: Effect.Effect<Query, never, HttpServerRequest.HttpServerRequest> = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ url }) => {
    const mark = url.indexOf("?")
    return mark === -1 ? {} : Object.fromEntries(new URLSearchParams(url.slice(mark + 1)))
  }
)

const textIn = (query: Query, name: string): string | undefined => query[name] === "" ? undefined : query[name]

/** A whole number from `least`; anything else is as if it were not given. */
const numberIn = (query: Query, name: string, least: number): number | undefined => {
  const value = Number(query[name] ?? Number.NaN)
  return Number.isSafeInteger(value) && value >= least ? value : undefined
}

const limitIn = (query: Query): number => Math.min(numberIn(query, "limit", 1) ?? 100, 1_000)

const eventQuery = (query: Query): EventQuery => ({
  search: textIn(query, "search"),
  name: textIn(query, "name"),
  person: textIn(query, "person"),
  session: textIn(query, "session"),
  correlation: textIn(query, "correlation"),
  before: numberIn(query, "before", 1),
  limit: limitIn(query)
})

const param = (name: string): Effect.Effect<string, never, HttpRouter.RouteContext> =>
  Effect.map(HttpRouter.params, (params) => params[name] ?? "")

const Percent = Schema.Number.pipe(
  Schema.between(0, 100, { message: () => "must be a number from 0 to 100" })
)

const FlagChange = Schema.Struct({
  active: Schema.optionalWith(Schema.Boolean, { exact: true }),
  rollout: Schema.optionalWith(
    Schema.Struct({ condition: Schema.NonNegativeInt, percent: Percent }),
    { exact: true }
  )
})

const JsonObject = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const ExplainRequest = Schema.Struct({
  distinctId: Schema.NonEmptyString,
  personProperties: Schema.optionalWith(JsonObject, { exact: true }),
  groups: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.String }), { exact: true })
})

const Fault = Schema.Struct({ fault: Schema.Literal(...faultNames) })

/** The body, or what is wrong with it in words. */
const body = <A, I>(schema: Schema.Schema<A, I>) =>
  HttpServerRequest.HttpServerRequest.pipe(
    Effect.flatMap((request) => request.json),
    Effect.mapError(() => "the body is no JSON"),
    Effect.flatMap((value) =>
      Effect.mapError(
        ParseResult.decodeUnknown(schema, { errors: "all" })(value),
        (issue) => problemsOf(issue).join("; ")
      )
    ),
    HttpServerRequest.withMaxBodySize(Option.some(largestBody))
  )

const orRefuse = <R>(answer: Effect.Effect<HttpServerResponse.HttpServerResponse, string, R>) =>
  Effect.catchAll(answer, (problem) => Effect.succeed(failed(400, problem)))

const none = { personProperties: undefined, groups: undefined }

export const make = ({ clear, database, delivery, flags, setFault, stream }: Pages) =>
  HttpRouter.empty.pipe(
    HttpRouter.get("/events", Effect.map(query, (query) => ok(database.list(eventQuery(query))))),
    HttpRouter.get(
      "/events/:uuid",
      Effect.map(param("uuid"), (uuid) => {
        const kept = database.get(uuid)
        return kept === undefined ? failed(404, "there is no such event") : ok(EventView.detail(kept))
      })
    ),
    HttpRouter.del("/events", Effect.as(clear, HttpServerResponse.empty({ status: 204 }))),
    HttpRouter.get(
      "/stream",
      Effect.succeed(HttpServerResponse.stream(stream.stream, {
        contentType: "text/event-stream",
        headers: { "cache-control": "no-store", "x-accel-buffering": "no" }
      }))
    ),
    HttpRouter.get("/exceptions", Effect.map(query, (query) => ok(database.exceptions(eventQuery(query))))),
    HttpRouter.get("/correlations/:id", Effect.map(param("id"), (id) => ok(database.timeline(id)))),
    HttpRouter.get(
      "/people",
      Effect.map(query, (query) => ok({ people: database.people(textIn(query, "search"), limitIn(query)) }))
    ),
    HttpRouter.get("/flags", Effect.sync(() => ok(flags.list()))),
    HttpRouter.put(
      "/flags/:key",
      orRefuse(Effect.gen(function*() {
        const changed = yield* flags.change(yield* param("key"), yield* body(FlagChange))
        return changed === undefined ? failed(404, "there is no such flag, or no such condition") : ok(changed)
      }))
    ),
    HttpRouter.post(
      "/flags/explain",
      orRefuse(Effect.gen(function*() {
        const asked = yield* body(ExplainRequest)
        const known = database.personProperties(asked.distinctId)
        const time = yield* Effect.clock
        // the values are JSON by what they were read from
        const request = { ...none, ...asked } as Parameters<typeof FlagAnswers.explain>[1]
        return ok(FlagAnswers.explain(flags.board(), request, known, time))
      }))
    ),
    HttpRouter.get("/delivery", Effect.sync(() => ok(delivery()))),
    HttpRouter.put(
      "/fault",
      orRefuse(Effect.gen(function*() {
        const { fault } = yield* body(Fault)
        yield* setFault(fault)
        return ok(delivery())
      }))
    ),
    HttpRouter.prefixAll("/_dev/api"),
    Effect.catchTag("RouteNotFound", () => Effect.succeed(failed(404, "there is nothing here")))
  )
