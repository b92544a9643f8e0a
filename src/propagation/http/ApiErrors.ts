/**
 * The statuses that an `HttpApi` declares for its errors. Where the middleware stands inside the api, the error has not
 * become a response yet.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as GuardedRead from "../../domain/GuardedRead.js"

/** The status of an error of the api that is served here; `undefined` for what no api declares. */
export type StatusOf = (error: unknown) => number | undefined

const undeclared: StatusOf = () => undefined

/** Each middleware reads an api once. */
export const make = (): (context: Context.Context<never>) => StatusOf => {
  const known = new WeakMap<object, StatusOf>()
  return (context) => {
    const served = Context.getOption(context, HttpApi.Api)
    if (Option.isNone(served)) {
      return undeclared
    }
    const { api } = served.value
    let statusOf = known.get(api)
    if (statusOf === undefined) {
      statusOf = GuardedRead.guarded(() => read(api)) ?? undeclared
      known.set(api, statusOf)
    }
    return statusOf
  }
}

const read = (api: Context.Tag.Service<HttpApi.Api>["api"]): StatusOf => {
  const declared = new Map<SchemaAST.AST, number>()
  HttpApi.reflect(api, {
    onGroup: () => {},
    onEndpoint: ({ errors }) => {
      for (const [status, { ast }] of errors) {
        if (Option.isSome(ast)) {
          declared.set(ast.value, status)
        }
      }
    }
  })
  const tests = [...declared].map(([ast, status]) => ({ matches: Schema.is(Schema.make(ast)), status }))
  // a test may look at what cannot be read
  return (error) => GuardedRead.guarded(() => tests.find(({ matches }) => matches(error))?.status)
}
