/**
 * Recursion in a stack: the same few lines, again and again.
 *
 * @since 0.1.0
 */

/** Calls that go round in larger circles are no recursion to look for. */
const maxPeriod = 10
const maxRounds = 3
const keptRounds = 2

/** The lines, with what repeats itself more than three times in a row told twice. */
export const collapse = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const result: Array<string> = []
  let at = 0
  while (at < lines.length) {
    const { period, rounds } = repetition(lines, at)
    const kept = rounds > maxRounds ? keptRounds * period : 1
    result.push(...lines.slice(at, at + kept))
    at += rounds > maxRounds ? rounds * period : 1
  }
  return result
}

/** How often the lines from here on come round, in the smallest circle that is repeated often enough. */
const repetition = (lines: ReadonlyArray<string>, at: number): { readonly period: number; readonly rounds: number } => {
  for (let period = 1; period <= maxPeriod; period++) {
    let same = 0
    while (at + period + same < lines.length && lines[at + same] === lines[at + period + same]) {
      same++
    }
    const rounds = Math.floor(same / period) + 1
    if (rounds > maxRounds) {
      return { period, rounds }
    }
  }
  return { period: 1, rounds: 1 }
}
