/**
 * What the messages of Node's HTTP server have that frameworks on it hand over, as far as it is used.
 *
 * @since 0.1.0
 */
import * as GuardedRead from "../domain/GuardedRead.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface NodeEmitter {
  emit(event: string | symbol, ...args: Array<unknown>): boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface NodeHeaders {
  readonly [name: string]: string | ReadonlyArray<string> | undefined
}

/**
 * Listeners run in the asynchronous context of whoever emits, which for a socket is no request's: with this they run where
 * `run` says.
 */
export const bind = (emitter: NodeEmitter, run: <A>(f: () => A) => A): void => {
  const { emit } = emitter
  emitter.emit = (...args) => run(() => emit.apply(emitter, args))
}

/** The status that an error asks for, if it is one of a failure. */
export const statusOf = (error: unknown): number | undefined => {
  if (!GuardedRead.isObject(error)) {
    return undefined
  }
  for (const key of ["status", "statusCode"]) {
    const status = GuardedRead.read(error, key)
    if (typeof status === "number" && status >= 400 && status <= 599) {
      return status
    }
  }
  return undefined
}

/** What a server answers where an error says nothing: the status that is set already, if that is one of a failure. */
export const orStatus = (error: unknown, set: number): number =>
  statusOf(error) ?? (set >= 400 && set <= 599 ? set : 500)
