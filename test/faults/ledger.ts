/** What a sink wrote down, and what it comes to. */
import { readFileSync } from "node:fs"

/** A request that was read, and what was decided about it. Times are milliseconds since the epoch. */
export interface Request {
  readonly arrivedAt: number
  readonly decidedAt: number
  readonly endpoint: string
  /** Events in it. */
  readonly size: number
  readonly mode: string
}

export const asked = ({ arrivedAt, decidedAt, endpoint, mode, size }: Request): string =>
  `q ${arrivedAt} ${decidedAt} ${endpoint} ${size} ${mode}\n`

export const took = (n: number, uuid: string): string => `e ${n} ${uuid}\n`

/** A status as it was sent, or how else a request ended. */
export const answered = (how: string): string => `a ${how}\n`

export interface Account {
  /** Events that were taken, every time counted. */
  readonly received: number
  /** Different events that were taken. */
  readonly unique: number
  /** How often an event was taken once more, under the same uuid. */
  readonly duplicates: number
  /** How often an event was taken once more, under another uuid: PostHog would show it twice. */
  readonly twins: number
  /** Uuids that more than one event came under: PostHog would show one of them. */
  readonly sharedUuids: number
  /** The events in the order in which they came for the first time. */
  readonly order: ReadonlyArray<number>
  readonly has: (n: number) => boolean
  /** Those of the numbers from 0 to `calls - 1` that never came. */
  readonly missing: (calls: number) => ReadonlyArray<number>
  readonly requests: ReadonlyArray<Request>
  /** How many requests ended in which way. */
  readonly answers: ReadonlyMap<string, number>
}

export const read = (path: string): Account => {
  const uuids = new Map<number, string>()
  const owners = new Map<string, number>()
  const sharedUuids = new Set<string>()
  const answers = new Map<string, number>()
  const requests: Array<Request> = []
  let received = 0
  let duplicates = 0
  let twins = 0
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [kind, ...fields] = line.split(" ")
    if (kind === "a") {
      const how = fields.join(" ")
      answers.set(how, (answers.get(how) ?? 0) + 1)
    } else if (kind === "q") {
      const [arrivedAt, decidedAt, endpoint = "", size, mode = ""] = fields
      requests.push({
        arrivedAt: Number(arrivedAt),
        decidedAt: Number(decidedAt),
        endpoint,
        size: Number(size),
        mode
      })
    } else if (kind === "e") {
      const [number, uuid = ""] = fields
      const n = Number(number)
      const known = uuids.get(n)
      received++
      if (known === undefined) {
        uuids.set(n, uuid)
      } else if (known === uuid) {
        duplicates++
      } else {
        twins++
      }
      const owner = owners.get(uuid)
      if (owner === undefined) {
        owners.set(uuid, n)
      } else if (owner !== n) {
        sharedUuids.add(uuid)
      }
    }
  }
  return {
    received,
    unique: uuids.size,
    duplicates,
    twins,
    sharedUuids: sharedUuids.size,
    order: [...uuids.keys()],
    has: (n) => uuids.has(n),
    missing: (calls) => Array.from({ length: calls }, (_, n) => n).filter((n) => !uuids.has(n)),
    requests,
    answers
  }
}
