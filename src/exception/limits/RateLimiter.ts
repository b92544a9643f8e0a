/**
 * How many exceptions of each type may pass: a token bucket for each of a bounded number of types (EXC-14).
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import { atLeast } from "../../domain/AtLeast.js"
import * as BoundedText from "../../domain/BoundedText.js"
import { UsageOrder, Used } from "../../domain/UsageOrder.js"
import type { RateLimitOptions } from "./RateLimitOptions.js"

/** `suppressed`: how many of this type were refused since the last one that passed; told this once. */
export type Verdict = { readonly allowed: true; readonly suppressed: number } | { readonly allowed: false }

/** What was refused and not told yet. */
export interface Suppressed {
  /** Those included whose types made room for others. */
  readonly total: number
  /** The largest number first. */
  readonly byType: ReadonlyArray<readonly [type: string, count: number]>
}

export interface RateLimiter {
  /** `now` in milliseconds, of a clock that may go backwards. */
  readonly take: (now: number, type: string) => Verdict
  readonly suppressed: () => Suppressed
  /** All that was refused has been told; what may pass stays as it is. */
  readonly forget: () => void
}

export interface Settings {
  readonly capacity: number
  /** 0: nothing is ever refused. */
  readonly refillMillis: number
  readonly maxTypes: number
}

/** Ten at once, then one every ten seconds, for a thousand types, where the options do not say otherwise. */
export const resolve = (options: RateLimitOptions): Settings => ({
  capacity: atLeast(1, options.capacity, 10),
  refillMillis: Duration.toMillis(Duration.decode(options.refillEvery ?? "10 seconds")),
  maxTypes: atLeast(1, options.maxTypes, 1000)
})

export const fromOptions = (options: RateLimitOptions): RateLimiter => make(resolve(options))

class Bucket extends Used {
  readonly type: string
  tokens: number
  /** Since when the next token has been growing: what has passed of it is never rounded away. */
  since: number
  suppressed = 0
  constructor(type: string, tokens: number, since: number) {
    super()
    this.type = type
    this.tokens = tokens
    this.since = since
  }
}

/** Types that agree so far share a bucket. */
const maxKeyLength = 256

const pass: Verdict = { allowed: true, suppressed: 0 }
const refuse: Verdict = { allowed: false }

export const make = ({ capacity, maxTypes, refillMillis }: Settings): RateLimiter => {
  const buckets = new Map<string, Bucket>()
  const order = new UsageOrder<Bucket>()
  let evicted = 0

  const bucketOf = (key: string, now: number): Bucket => {
    const known = buckets.get(key)
    if (known !== undefined) {
      order.use(known)
      return known
    }
    const { oldest } = order
    if (buckets.size >= maxTypes && oldest !== undefined) {
      buckets.delete(oldest.type)
      order.remove(oldest)
      evicted += oldest.suppressed
    }
    const bucket = new Bucket(key, capacity, now)
    buckets.set(key, bucket)
    order.add(bucket)
    return bucket
  }

  const refill = (bucket: Bucket, now: number): void => {
    const elapsed = now - bucket.since
    // the clock was set back, which must not keep anybody waiting for the time to come round again
    if (!(elapsed >= 0)) {
      bucket.since = now
      return
    }
    const grown = Math.floor(elapsed / refillMillis)
    if (bucket.tokens + grown >= capacity) {
      // a full bucket grows nothing on the side
      bucket.tokens = capacity
      bucket.since = now
    } else if (grown > 0) {
      bucket.tokens += grown
      bucket.since += grown * refillMillis
    }
  }

  return {
    take: (now, type) => {
      if (refillMillis <= 0) {
        return pass
      }
      const bucket = bucketOf(BoundedText.head(type, maxKeyLength), now)
      refill(bucket, now)
      if (bucket.tokens < 1) {
        bucket.suppressed++
        return refuse
      }
      bucket.tokens--
      const { suppressed } = bucket
      bucket.suppressed = 0
      return suppressed === 0 ? pass : { allowed: true, suppressed }
    },
    suppressed: () => {
      const byType: Array<readonly [type: string, count: number]> = []
      let total = evicted
      for (const { suppressed, type } of buckets.values()) {
        if (suppressed > 0) {
          byType.push([type, suppressed])
          total += suppressed
        }
      }
      return { total, byType: byType.toSorted(([, a], [, b]) => b - a) }
    },
    forget: () => {
      evicted = 0
      for (const bucket of buckets.values()) {
        bucket.suppressed = 0
      }
    }
  }
}
