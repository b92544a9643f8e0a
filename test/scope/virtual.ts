/**
 * A clock and a scheduler that are both in the test's hands: a program runs to its end in no time at all, its sleeps in
 * their order, its runnable fibers in an order that a seed decides.
 */
import { Clock, Duration, Effect, Exit, type Fiber, Logger, LogLevel, type Scheduler } from "effect"

interface Timer {
  readonly at: number
  readonly wake: () => void
}

class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly timers = new Set<Timer>()
  now = 0
  readonly currentTimeMillis = Effect.sync(() => this.now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  unsafeCurrentTimeMillis() {
    return this.now
  }
  unsafeCurrentTimeNanos() {
    return BigInt(this.now) * 1_000_000n
  }
  sleep(duration: Duration.Duration) {
    return Effect.async<void>((resume) => {
      const timer = { at: this.now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      this.timers.add(timer)
      return Effect.sync(() => {
        this.timers.delete(timer)
      })
    })
  }
  /** Wakes who sleeps the shortest; false if nobody sleeps. */
  advance(): boolean {
    let next: Timer | undefined
    for (const timer of this.timers) {
      if (next === undefined || timer.at < next.at) {
        next = timer
      }
    }
    if (next === undefined) {
      return false
    }
    this.timers.delete(next)
    this.now = next.at
    next.wake()
    return true
  }
}

/** `0` runs fibers first come first served; other seeds mix their order and have them yield at any step. */
class VirtualScheduler implements Scheduler.Scheduler {
  private readonly fair: boolean
  private readonly yields: boolean
  private state: number
  private readonly queues: Array<{ readonly fiber: unknown; readonly tasks: Array<() => void> }> = []

  constructor(seed: number) {
    this.fair = seed === 0
    this.yields = seed % 2 === 1
    this.state = seed
  }

  // a linear congruential generator; the upper bits are the good ones
  private random(below: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor(this.state / 4_294_967_296 * below)
  }

  shouldYield(): number | false {
    return this.yields && this.random(16) === 0 ? 0 : false
  }

  scheduleTask(task: () => void, _priority: number, fiber?: Fiber.RuntimeFiber<unknown, unknown>) {
    const last = this.queues.at(-1)
    const queue = this.fair
      ? last?.fiber === fiber ? last : undefined
      : this.queues.find((queue) => queue.fiber === fiber)
    if (queue === undefined) {
      this.queues.push({ fiber, tasks: [task] })
    } else {
      queue.tasks.push(task)
    }
  }

  drain() {
    while (this.queues.length > 0) {
      const index = this.fair ? 0 : this.random(this.queues.length)
      const queue = this.queues[index]!
      const task = queue.tasks.shift()!
      if (queue.tasks.length === 0) {
        this.queues.splice(index, 1)
      }
      task()
    }
  }
}

const quietly = Logger.withMinimumLogLevel(LogLevel.None)

/** Runs an effect until nothing is left to do, its daemons included. */
export const runVirtual = <A, E>(effect: Effect.Effect<A, E>, seed: number): Exit.Exit<A, E> => {
  const clock = new VirtualClock()
  const scheduler = new VirtualScheduler(seed)
  const fiber = Effect.runFork(quietly(Effect.withClock(effect, clock)), { scheduler })
  do {
    scheduler.drain()
  } while (clock.advance())
  return fiber.unsafePoll() ?? Exit.die("the program is stuck")
}
