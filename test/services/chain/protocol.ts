/** What the test and the three processes of the chain tell each other. */
export interface Job {
  readonly role: "front" | "worker" | "back"
  readonly posthog: string
  readonly amqp: string
  readonly queue: string
  /** The address of the process behind the worker. */
  readonly back: string
}

/** A process is ready; a server says where. */
export interface Ready {
  readonly url: string
}

/** Whose each request is, by its number: what every event, log and span of it has to carry. */
export const expected = (n: number) => ({
  distinctId: `user-${n}`,
  sessionId: `session-${n}`,
  correlation: `corr_request_${n}`,
  parent: `corr_parent_${n}`,
  userId: `account ${n}`,
  plan: n % 3 === 0 ? "pro" : "free",
  traceId: `c0ffee${n.toString(16).padStart(26, "0")}`,
  spanId: `c0ffee${n.toString(16).padStart(10, "0")}`
})
