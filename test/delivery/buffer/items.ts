/** Events to put into buffers. */
import type { Bounds } from "../../../src/delivery/buffer/ItemBuffer.js"
import { type FinishedEvent, size } from "../../../src/event/FinishedEvent.js"

const hex = (n: number) => n.toString(16).padStart(12, "0")

let made = 0

/** An event of a size of its own, and of exactly this many characters more. */
export const item = (more = 0, over: Partial<FinishedEvent> = {}): FinishedEvent => ({
  uuid: `01936d5e-0000-7000-8000-${hex(++made)}`,
  event: "order paid",
  distinctId: `user-${made % 7}`,
  timestamp: "2026-01-02T03:04:05.678Z",
  own: JSON.stringify({ text: "x".repeat(more) }),
  shared: "",
  isAi: false,
  ...over
})

/** The bytes of an event that `item()` makes. */
export const itemSize = size(item())

export const wide: Bounds<FinishedEvent> = {
  maxItems: 100_000,
  maxBytes: 100_000_000,
  sizeOf: size,
  evict: "newest"
}
