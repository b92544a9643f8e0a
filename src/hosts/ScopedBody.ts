/**
 * Streamed bodies: a server reads them outside of the request's code, and so what makes their pieces would run outside of
 * the request's scope.
 *
 * @since 0.1.0
 */
import type { HostRequest } from "./HostRequest.js"

/** The same pieces, each of them made in the request's scope; a failure while they are made is the request's. */
export const wrap = <A>(body: ReadableStream<A>, request: HostRequest): ReadableStream<A> => {
  const reader = body.getReader()
  return new ReadableStream<A>({
    pull: (controller) =>
      request.run(() =>
        reader.read().then(
          ({ done, value }) => done ? controller.close() : controller.enqueue(value),
          (error: unknown) => {
            request.failed(error, 500)
            controller.error(error)
          }
        )
      ),
    cancel: (reason) => request.run(() => reader.cancel(reason))
  }, { highWaterMark: 0 })
}
