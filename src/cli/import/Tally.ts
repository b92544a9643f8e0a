/**
 * What an import has done so far, and the words for it.
 *
 * @since 0.1.0
 */

export interface Tally {
  /** Events that PostHog has; in a dry run those that could be sent. */
  readonly sent: number
  /** Lines that were not imported. */
  readonly refused: number
  /** Bytes of the file as it lies on the disk. */
  readonly position: number
}

export interface View extends Tally {
  /** Bytes of all of it. */
  readonly size: number
  /** How it stood when this run began. */
  readonly began: Tally
  /** Milliseconds since then. */
  readonly elapsed: number
  /** What became of the events; in a dry run they were only checked. */
  readonly done: "sent" | "checked"
  /** Why PostHog did not take the last attempt. */
  readonly trouble: string | undefined
}

/** Events per second of this run. */
export const rate = ({ began, elapsed, sent }: Pick<View, "began" | "elapsed" | "sent">): number =>
  elapsed <= 0 ? 0 : (sent - began.sent) / (elapsed / 1000)

/** Milliseconds, at the pace of this run; `undefined` where it has none yet. */
export const timeLeft = ({ began, elapsed, position, size }: View): number | undefined =>
  position <= began.position || elapsed <= 0
    ? undefined
    : Math.max(0, size - position) / (position - began.position) * elapsed

export const share = ({ position, size }: Pick<View, "position" | "size">): number =>
  size === 0 ? 1 : Math.min(1, position / size)

/** One line: with a bar, as wide as the terminal, where there is one. */
export const render = (view: View, columns?: number): string => {
  const left = timeLeft(view)
  const words = [
    `${Math.floor(share(view) * 100)} %`,
    `${number(view.sent)} ${view.done}`,
    ...(view.refused === 0 ? [] : [`${number(view.refused)} refused`]),
    `${number(rate(view))} events/s`,
    ...(left === undefined ? [] : [`${duration(left)} left`]),
    ...(view.trouble === undefined ? [] : [`PostHog: ${view.trouble}`])
  ].join(", ")
  if (columns === undefined) {
    return words
  }
  const room = Math.min(30, columns - words.length - 4)
  // the last column stays free: some terminals begin a new line there
  return (room < 5 ? words : `[${bar(share(view), room)}] ${words}`).slice(0, Math.max(0, columns - 1))
}

const bar = (share: number, width: number): string => {
  const full = Math.floor(share * width)
  return "#".repeat(full) + "-".repeat(width - full)
}

export const number = (value: number): string => String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ",")

export const duration = (millis: number): string => {
  const seconds = Math.ceil(millis / 1000)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`
}
