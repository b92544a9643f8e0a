/**
 * What of a failed call is worth an exception: what the procedure's schemas do not know. A typed error is an answer.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as ExceptionBoundary from "../../domain/ExceptionBoundary.js"
import * as GuardedRead from "../../domain/GuardedRead.js"

/** A failure that leaves a procedure's handler. The server answers for it (EXCMETA-29, EXCMETA-30). */
export const boundary: ExceptionBoundary.ExceptionBoundary = {
  category: "middleware",
  handled: false,
  source: "effect.rpc_middleware",
  level: "error"
}

/** Is this one of the errors that a procedure, or one of its middlewares, declares? */
export type IsDeclared = (error: unknown) => boolean

export const declared = (rpc: Rpc.AnyWithProps): IsDeclared => {
  const failures = [
    rpc.errorSchema,
    ...Option.match(RpcSchema.getStreamSchemas(rpc.successSchema.ast), {
      onNone: () => [],
      onSome: ({ failure }) => [failure]
    }),
    ...Array.from(rpc.middlewares, ({ failure }) => failure)
  ]
  // only the type's side of a schema is looked at, which needs no services
  const checks = failures.map((failure) => Schema.is(failure as Schema.Schema<unknown, unknown>))
  return (error) => checks.some((check) => GuardedRead.guarded(() => check(error)) === true)
}

/** The defects of a cause and the failures that nobody has declared; `undefined` where there are none. */
export const reportable = (cause: Cause.Cause<unknown>, isDeclared: IsDeclared): Cause.Cause<unknown> | undefined => {
  const kept = Array.from(Cause.failures(cause)).some(isDeclared) ? withoutDeclared(cause, isDeclared) : cause
  return Cause.isEmpty(kept) || Cause.isInterruptedOnly(kept) ? undefined : kept
}

const withoutDeclared = (cause: Cause.Cause<unknown>, isDeclared: IsDeclared): Cause.Cause<unknown> =>
  Cause.match<Cause.Cause<unknown>, unknown>(cause, {
    onEmpty: Cause.empty,
    onFail: (error) => isDeclared(error) ? Cause.empty : Cause.fail(error),
    onDie: Cause.die,
    onInterrupt: Cause.interrupt,
    onSequential: (left, right) =>
      Cause.isEmpty(left) ? right : Cause.isEmpty(right) ? left : Cause.sequential(left, right),
    onParallel: (left, right) => Cause.isEmpty(left) ? right : Cause.isEmpty(right) ? left : Cause.parallel(left, right)
  })
