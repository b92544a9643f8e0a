/** What the test and its worker processes tell each other. */
export interface Job {
  readonly host: string
  readonly redis: string
  readonly keyPrefix: string
  /** The project key: it tells the server who asks. */
  readonly name: string
  readonly pollMillis: number
  readonly leaseMillis: number
}

/** A worker has a new set: the key of its first flag, and when. */
export interface Saw {
  readonly key: string
  readonly at: number
}
