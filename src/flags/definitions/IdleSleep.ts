/**
 * Waiting that keeps no process alive: a program that has nothing else to do may end while it is polling.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

// timers take no longer ones
const maxMillis = 2 ** 31 - 1

const live = Context.get(DefaultServices.liveServices, Clock.Clock)

const unheld = (millis: number): Effect.Effect<void> =>
  Effect.async((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    timer.unref()
    return Effect.sync(() => clearTimeout(timer))
  })

/** Sleeps by the fiber's clock. Only the real one is passed over: its timers would hold the process. */
export const sleep = (millis: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    // whole milliseconds, and one at least: less is less than a clock can tell apart
    const whole = Math.min(Math.max(Math.ceil(millis), 1), maxMillis)
    return Effect.clockWith((clock) => clock === live ? unheld(whole) : clock.sleep(Duration.millis(whole)))
  })
