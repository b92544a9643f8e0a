/** What all sides of the flag benchmark have in common: the flags, the people, and what is expected of them. */
import { createHash } from "node:crypto"
import type { Work } from "./harness.js"

export const names = {
  off: "one flag, tracking off vs posthog-node",
  on: "one flag, tracking on vs posthog-node",
  growthBook: "one flag vs GrowthBook",
  launchDarkly: "one flag vs LaunchDarkly",
  unleash: "one flag vs Unleash",
  snapshot100: "100 flags of one person, in a snapshot vs posthog-node evaluateFlags",
  all100: "100 flags of one person, getAllFlags vs posthog-node",
  snapshot1000: "1,000 flags of one person, in a snapshot vs posthog-node evaluateFlags",
  all1000: "1,000 flags of one person, getAllFlags vs posthog-node",
  scale: "1,000 flags vs twelve times our own 100",
  bytesOff: "bytes of one evaluation, tracking off, without its loop's own vs the bar of 256",
  bytesOn: "bytes of one evaluation, tracking on, without its loop's own vs the bar of 256",
  bytesWithLoopOff: "bytes of one evaluation and its loop, tracking off vs posthog-node",
  bytesWithLoopOn: "bytes of one evaluation and its loop, tracking on vs posthog-node",
  bytesLoop: "bytes of the loop alone"
} as const

/** A round asks for each of them equally often. They all match the properties, so that the rollout decides. */
export const people = Array.from({ length: 1024 }, (_, n) => ({
  distinctId: `user-${n.toString().padStart(4, "0")}`,
  properties: {
    plan: n % 2 === 0 ? "pro" : "enterprise",
    country: ["US", "GB", "DE"][n % 3]!,
    age: 18 + n % 60
  }
}))

type Person = (typeof people)[number]

/** Whose flags are asked for, and with what. What is passed is made beforehand, for every side alike. */
export interface Ask<Options> {
  readonly distinctId: string
  readonly options: Options
}

export const asked = <Options>(optionsOf: (person: Person) => Options): ReadonlyArray<Ask<Options>> =>
  people.map((person) => ({ distinctId: person.distinctId, options: optionsOf(person) }))

export const flagKey = "new-checkout"
export const flagKeys = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => n === 0 ? flagKey : `flag-${n.toString().padStart(4, "0")}`)

/** As PostHog serves them: three conditions on the person, and a rollout of 50 %. */
export const definitions = (count: number) => ({
  flags: flagKeys(count).map((key, n) => ({
    id: n + 1,
    key,
    name: key,
    active: true,
    deleted: false,
    ensure_experience_continuity: false,
    has_experiment: false,
    filters: {
      groups: [{
        properties: [
          { key: "plan", type: "person", operator: "exact", value: ["pro", "enterprise"] },
          { key: "country", type: "person", operator: "exact", value: ["US", "GB", "DE"] },
          { key: "age", type: "person", operator: "gte", value: "18" }
        ],
        rollout_percentage: 50
      }]
    }
  })),
  group_type_mapping: {},
  cohorts: {}
})

/** PostHog's rule, written down a second time: who is in is known before anyone is measured. */
const isIn = (key: string, distinctId: string): boolean =>
  parseInt(createHash("sha1").update(`${key}.${distinctId}`).digest("hex").slice(0, 15), 16) / 2 ** 60 <= 0.5

/** Ours and posthog-node's decisions have to be these, so that they are one another's too. */
export const checkDecisions = (key: string, decisions: ReadonlyArray<unknown>): void => {
  const wrong = people.findIndex(({ distinctId }, n) => decisions[n] !== isIn(key, distinctId))
  if (decisions.length !== people.length || wrong >= 0) {
    throw new Error(`${key} for ${people[wrong]?.distinctId}: ${String(decisions[wrong])}`)
  }
}

/** Every flag of one person. */
export const checkFlags = (count: number, distinctId: string, values: Readonly<Record<string, unknown>>): void => {
  const wrong = flagKeys(count).find((key) => values[key] !== isIn(key, distinctId))
  if (wrong !== undefined || Object.keys(values).length !== count) {
    throw new Error(`${wrong} of ${Object.keys(values).length} flags for ${distinctId}`)
  }
}

/** Another vendor's hash puts other people in, but as many. */
export const checkShare = (decisions: ReadonlyArray<unknown>): void => {
  const share = decisions.filter((decision) => decision === true).length / people.length
  if (decisions.length !== people.length || Math.abs(share - 0.5) > 0.05) {
    throw new Error(`${share} of the people are in`)
  }
}

/** The time of one of so many calls, in microseconds. */
export const perCall = (from: number, calls: number): number => (performance.now() - from) * 1000 / calls

/** What has to be set up is, once, when it is first asked to work: each process does one of many. */
export const lazily = (make: () => Work | Promise<Work>): Work => {
  let work: Promise<Work> | undefined
  return async () => (await (work ??= Promise.resolve(make())))()
}

/** A peer, from the package that the peers are installed in. */
export const load = async <A>(name: string): Promise<A> => {
  const peer = await import(new URL("../../test/bench/flagsPeer.mjs", import.meta.url).href) as {
    readonly load: (name: string) => Promise<A>
  }
  return peer.load(name)
}

const called: Array<string> = []

/** Serves definitions, takes events, and is nowhere: a request for anything else ends the benchmark. */
export const receiver = (count: number) => {
  const served = JSON.stringify(definitions(count))
  return async (url: unknown, options?: { readonly body?: unknown }): Promise<Response> => {
    const { pathname } = new URL(String(url))
    if (pathname === "/flags/definitions") {
      return new Response(served, { headers: { "content-type": "application/json" } })
    }
    if (!/^\/(batch|i\/v0\/e)\/?$/.test(pathname)) {
      console.error(`a request for ${pathname}`)
      process.exit(1)
    }
    const { batch } = JSON.parse(await new Response(options?.body as string).text()) as {
      readonly batch: ReadonlyArray<{ readonly event: string; readonly distinct_id: string }>
    }
    called.push(...batch.filter(({ event }) => event === "$feature_flag_called").map(({ distinct_id }) => distinct_id))
    return new Response("{\"status\":1}", { headers: { "content-type": "application/json" } })
  }
}

/** With tracking on, every person's read was reported once. */
export const checkCalled = (): void => {
  if (called.length !== people.length || new Set(called).size !== people.length) {
    throw new Error(`${called.length} reads were reported, of ${new Set(called).size} people`)
  }
}
