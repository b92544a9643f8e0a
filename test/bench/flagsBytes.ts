/** What evaluations allocate: the difference of the heap over many of them, while nothing is collected. */
import { constants, PerformanceObserver } from "node:perf_hooks"
import { getHeapStatistics } from "node:v8"
import type { Work } from "./harness.js"

/** Room for all that is allocated meanwhile: the process has to be started with these. */
export const room = ["--min-semi-space-size=1024", "--max-semi-space-size=1024"]

/** Bytes per call of `run`. */
export const bytes = (
  calls: number,
  run: (calls: number) => Promise<unknown>,
  checked: () => Promise<void> = () => Promise.resolve()
): Work => {
  let collections = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // of an entry of this type; the collection that is asked for is forced
      const { flags } = (entry as unknown as { readonly detail: { readonly flags: number } }).detail
      collections += (flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) === 0 ? 1 : 0
    }
  }).observe({ entryTypes: ["gc"] })
  let warm = false
  return async () => {
    if (!warm) {
      await run(calls)
      warm = true
    }
    globalThis.gc?.()
    // entries are delivered in turns of their own
    await new Promise((resolve) => setTimeout(resolve, 10))
    const before = collections
    const from = getHeapStatistics().used_heap_size
    await run(calls)
    const used = getHeapStatistics().used_heap_size - from
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (collections !== before) {
      throw new Error("something was collected meanwhile")
    }
    await checked()
    return used / calls
  }
}
