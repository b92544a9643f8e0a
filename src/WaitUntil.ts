/**
 * For platforms that stop a process once it has answered: tells them that there is something to wait for.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type { Delivery } from "./delivery/Delivery.js"

/**
 * Is given a promise when events were captured; it ends, and never rejects, when they have been flushed.
 *
 * @since 0.1.0
 * @category models
 */
export type WaitUntil = (flushed: Promise<void>) => void

/** So long nothing must be captured before it is flushed; and so often that is looked at, at most. */
const quietMillis = 50
const maxLooks = 10

/** A delivery that tells of every event it takes, many of them at once. */
export const around = (delivery: Delivery, waitUntil: WaitUntil): Effect.Effect<Delivery> =>
  Effect.map(Effect.runtime<never>(), (runtime) => {
    let taken = 0
    let isTold = false

    const quiet = Effect.iterate(
      { looks: 0, before: -1 },
      {
        while: ({ before, looks }) => looks < maxLooks && before !== taken,
        body: ({ looks }) =>
          Effect.suspend(() => {
            const before = taken
            return Effect.as(Effect.sleep(quietMillis), { looks: looks + 1, before })
          })
      }
    )

    /** Again for what is captured while it runs: that is not told anew. */
    const flushed: Effect.Effect<void> = Effect.suspend(() => {
      let flushing = 0
      return Effect.repeat(
        Effect.zipRight(
          quiet,
          Effect.suspend(() => {
            flushing = taken
            return delivery.flush
          })
        ),
        { while: () => taken !== flushing }
      )
    })

    const tell = () => {
      taken++
      if (isTold) {
        return
      }
      isTold = true
      const promise = Runtime.runPromise(runtime)(
        Effect.ensuring(
          flushed,
          Effect.sync(() => {
            isTold = false
          })
        )
      )
      try {
        waitUntil(promise)
      } catch {
        // a hook of the application's that throws is its own affair
      }
    }

    return {
      ...delivery,
      offer: (event) => {
        const dropped = delivery.offer(event)
        tell()
        return dropped
      },
      offerWhenRoom: (event) => Effect.tap(delivery.offerWhenRoom(event), () => Effect.sync(tell))
    }
  })
