/**
 * What a flag is evaluated against (seed 002): who, on which device, in which request, application, session and
 * environment, and anything else.
 *
 * @since 0.1.0
 */
import { dual } from "effect/Function"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type { JsonValue } from "../../domain/JsonValue.js"
import * as BucketKey from "./BucketKey.js"
import { emptyBag, JsonBag, Moment } from "./ContextFields.js"
import * as ContextMerge from "./ContextMerge.js"
import * as ContextProperty from "./ContextProperty.js"
import {
  ApplicationContext,
  type ContextData,
  DeviceContext,
  EnvironmentContext,
  RequestContext,
  SessionContext,
  UserContext
} from "./ContextSections.js"
import * as Instance from "./Instance.js"
import { eitherSpelling } from "./Spelling.js"

export * from "./ContextSections.js"

const noEnvironment = new EnvironmentContext({})

/**
 * Everything that is known of whom a flag is evaluated for. Its JSON has the names of the seed (`created_at`); decoding
 * takes those of TypeScript (`createdAt`) as well, passes over fields that it does not know, and names the path of what
 * is wrong. `InvalidContext` says it in one line per path.
 *
 * @example
 * import { EvaluationContext, UserContext } from "effect-posthog/flags/context/EvaluationContext"
 *
 * const context = new EvaluationContext({ user: new UserContext({ id: "user-123", plan: "premium" }) })
 * context.getProperty("user.plan") // "premium"
 * context.bucketKey("user_id") // "user-123"
 *
 * @since 0.1.0
 * @category models
 */
export class EvaluationContext extends Schema.Class<EvaluationContext>("effect-posthog/EvaluationContext")({
  user: Schema.optional(UserContext),
  device: Schema.optional(DeviceContext),
  request: Schema.optional(RequestContext),
  application: Schema.optional(ApplicationContext),
  session: Schema.optional(SessionContext),
  environment: Schema.optionalWith(EnvironmentContext, { default: () => noEnvironment }),
  /** Anything else, by key. */
  custom: Schema.optionalWith(JsonBag, { default: () => emptyBag }),
  /** Of which moment this is; missing, it is the moment of the evaluation. */
  timestamp: Schema.optional(Moment)
}) {
  static override readonly ast: AST.Transformation = eitherSpelling(super.ast, this.fields)

  /** A property by path (`user.plan`, `app.version`, `custom.a.b`, `role`) or by PostHog's name (`$os`). */
  getProperty(path: string): JsonValue | undefined {
    return ContextProperty.get(this, path)
  }

  /** What to bucket by: `user_id` (the anonymous id where there is no other), `device_id`, `session_id`, or a path. */
  bucketKey(by: string): string | undefined {
    return BucketKey.bucketKey(this, by)
  }

  /** The user's segments. */
  groups(): ReadonlyArray<string> {
    return this.user?.groups ?? []
  }
}

/**
 * The context that knows nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const empty: EvaluationContext = new EvaluationContext({})

/**
 * One context over another: `inner` wins, field by field and, in `custom`, `user.properties` and
 * `request.queryParams`, key by key (a nested object is one value). `user.groups` is the union, the outer ones first.
 *
 * The default environment, `development` and not production, is what stands where nobody said anything, so it hides no
 * other one. A device's type that is set by `inner` also decides whether it is mobile, unless `inner` says that itself.
 *
 * The merge is associative and `empty` is its identity.
 *
 * @example
 * import { EvaluationContext, merge, UserContext } from "effect-posthog/flags/context/EvaluationContext"
 *
 * const known = new EvaluationContext({ user: new UserContext({ id: "user-123", plan: "free" }) })
 * const passed = new EvaluationContext({ user: new UserContext({ plan: "premium" }) })
 * merge(known, passed).getProperty("plan") // "premium"
 *
 * @since 0.1.0
 * @category combining
 */
export const merge: {
  (inner: EvaluationContext): (outer: EvaluationContext) => EvaluationContext
  (outer: EvaluationContext, inner: EvaluationContext): EvaluationContext
} = dual(2, (outer: EvaluationContext, inner: EvaluationContext): EvaluationContext => {
  if (inner === empty) {
    return outer
  }
  if (outer === empty) {
    return inner
  }
  const fields: { -readonly [Key in keyof ContextData]: ContextData[Key] } = {
    environment: ContextMerge.environment(outer.environment, inner.environment),
    custom: ContextMerge.bag(outer.custom, inner.custom)
  }
  const user = ContextMerge.user(outer.user, inner.user)
  if (user !== undefined) {
    fields.user = user
  }
  const device = ContextMerge.device(outer.device, inner.device)
  if (device !== undefined) {
    fields.device = device
  }
  const request = ContextMerge.request(outer.request, inner.request)
  if (request !== undefined) {
    fields.request = request
  }
  const application = ContextMerge.application(outer.application, inner.application)
  if (application !== undefined) {
    fields.application = application
  }
  const session = ContextMerge.session(outer.session, inner.session)
  if (session !== undefined) {
    fields.session = session
  }
  const timestamp = inner.timestamp ?? outer.timestamp
  if (timestamp !== undefined) {
    fields.timestamp = timestamp
  }
  // both were validated when they were made
  return Instance.of(EvaluationContext, fields)
})
