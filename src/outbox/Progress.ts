/**
 * Which of the items that a process took in have left, whoever decided about them.
 *
 * Items have numbers: how many came before. Those that are `promised` elsewhere (their callers were told that they are
 * stored) are followed, and are in none of the counts.
 *
 * @since 0.1.0
 */

export interface Progress {
  /** Takes one in, and says its number. */
  readonly enter: (isPromised: boolean) => number
  /** It leaves here. `false` where it had left before. */
  readonly leave: (number: number) => boolean
  /** All below this number have left, wherever. */
  readonly passed: (number: number) => void
  /** How many came in. */
  readonly entered: () => number
  /** How many, counted from the first one, have left. */
  readonly first: () => number
  /** How many that are counted are here. */
  readonly length: () => number
  /** How many that are counted left without leaving here. */
  readonly elsewhere: () => number
}

export const make = (): Progress => {
  /** Those that left, from `first` on. */
  const gone = new Set<number>()
  const promised = new Set<number>()
  let entered = 0
  let first = 0
  let length = 0
  let elsewhere = 0

  const advance = () => {
    while (gone.delete(first)) {
      first++
    }
  }

  return {
    enter: (isPromised) => {
      const number = entered++
      if (isPromised) {
        promised.add(number)
      } else {
        length++
      }
      return number
    },
    leave: (number) => {
      if (number < first || gone.has(number)) {
        return false
      }
      gone.add(number)
      if (!promised.delete(number)) {
        length--
      }
      advance()
      return true
    },
    passed: (number) => {
      while (first < number) {
        if (!gone.delete(first) && !promised.delete(first)) {
          length--
          elsewhere++
        }
        first++
      }
      advance()
    },
    entered: () => entered,
    first: () => first,
    length: () => length,
    elsewhere: () => elsewhere
  }
}
