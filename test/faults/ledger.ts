/** What a sink wrote down, and what it comes to. */
import { readFileSync } from "node:fs"

export const took = (n: number, uuid: string): string => `e ${n} ${uuid}\n`

export const answered = (how: string): string => `r ${how}\n`

export interface Account {
  /** Different events that were taken. */
  readonly received: number
  /** How often an event was taken once more, under the same uuid. */
  readonly again: number
  /** Events that were taken under two uuids: PostHog would show them twice. */
  readonly twins: number
  /** Numbers from 0 to `calls - 1` that never came. */
  readonly missing: (calls: number) => number
  /** How many requests ended in which way. */
  readonly answers: ReadonlyMap<string, number>
}

export const read = (path: string): Account => {
  const uuids = new Map<number, string>()
  const answers = new Map<string, number>()
  let again = 0
  let twins = 0
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("r ")) {
      const how = line.slice(2)
      answers.set(how, (answers.get(how) ?? 0) + 1)
    } else if (line.startsWith("e ")) {
      const [, number, uuid = ""] = line.split(" ")
      const n = Number(number)
      const known = uuids.get(n)
      if (known === undefined) {
        uuids.set(n, uuid)
      } else if (known === uuid) {
        again++
      } else {
        twins++
      }
    }
  }
  return {
    received: uuids.size,
    again,
    twins,
    missing: (calls) => {
      let missing = 0
      for (let n = 0; n < calls; n++) {
        missing += uuids.has(n) ? 0 : 1
      }
      return missing
    },
    answers
  }
}
