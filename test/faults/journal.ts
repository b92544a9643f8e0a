/** What a capturing process wrote down of its own events, at once: it may be killed any moment. */
import { existsSync, openSync, readFileSync, writeSync } from "node:fs"

/**
 * - `plain`: `capture` returned the event's id
 * - `durable`: `captureDurable` did
 * - `committed`, `rolledBack`: the transaction that it was captured in has ended like this
 * - `failed`: the outbox said that it could not promise it
 * - `begun`: the call began, and how it ended is not known
 */
export type Word = "plain" | "durable" | "committed" | "rolledBack" | "failed" | "begun"

export const open = (path: string): (word: Word, n: number) => void => {
  const file = openSync(path, "a")
  return (word, n) => {
    writeSync(file, `${word} ${n} ${Date.now()}\n`)
  }
}

export interface Journal {
  /** The last word on each event, and when it was written in milliseconds since the epoch. */
  readonly words: ReadonlyMap<number, { readonly word: Word; readonly at: number }>
  readonly last: number
  /** The longest that a durable capture took, in milliseconds. */
  readonly longestCommit: number
}

export const read = (path: string): Journal => {
  const words = new Map<number, { readonly word: Word; readonly at: number }>()
  let last = 0
  let longestCommit = 0
  // the last line may have been cut
  for (const line of existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : []) {
    const [word, n, at] = line.split(" ")
    last = Math.max(last, Number(at))
    if (word === "durable") {
      longestCommit = Math.max(longestCommit, Number(at) - (words.get(Number(n))?.at ?? 0))
    }
    words.set(Number(n), { word: word as Word, at: Number(at) })
  }
  return { words, last, longestCommit }
}

export const withWord = ({ words }: Journal, ...wanted: ReadonlyArray<Word>): ReadonlyArray<number> =>
  [...words].filter(([, { word }]) => wanted.includes(word)).map(([n]) => n)
