/**
 * A clock on which nobody wakes up from the longest sleep that there is: a test that moves the time by years need not live
 * through every poll of flags that nobody polls for.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

// as long as a timer can be
const longest = 2 ** 31 - 1

/** `Effect.never` would keep the process alive. */
const forever = Effect.async<void>(() => Effect.void)

const around = (clock: Clock.Clock): Clock.Clock => ({
  [Clock.ClockTypeId]: Clock.ClockTypeId,
  unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis(),
  unsafeCurrentTimeNanos: () => clock.unsafeCurrentTimeNanos(),
  currentTimeMillis: clock.currentTimeMillis,
  currentTimeNanos: clock.currentTimeNanos,
  sleep: (duration) => Duration.toMillis(duration) >= longest ? forever : clock.sleep(duration)
})

/** Runs an effect, and the fibers that it forks, by the surrounding clock, made so. */
export const withPatientClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => Effect.withClock(self, around(clock)))
