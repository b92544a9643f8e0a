/** A clock as machines have it whose time is set now and then: an hour ahead, right, an hour behind, right. */
import { Clock, Effect } from "effect"

const hourMillis = 3_600_000
const offsets = [0, hourMillis, 0, -hourMillis]
const everyMillis = 700

/** Its sleeps are as long as they say: only what it calls the time jumps. */
export const jumping = (): Clock.Clock => {
  const right = Clock.make()
  const offset = () => offsets[Math.floor(performance.now() / everyMillis) % offsets.length] ?? 0
  const millis = () => right.unsafeCurrentTimeMillis() + offset()
  const nanos = () => right.unsafeCurrentTimeNanos() + BigInt(offset()) * 1_000_000n
  return {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: millis,
    unsafeCurrentTimeNanos: nanos,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanos: Effect.sync(nanos),
    sleep: right.sleep
  }
}
