/** What the processes of the HTTP benchmark have in common. */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"

/** Requests in one round: a few hundred milliseconds of a server's time. */
export const requests = Number(process.env["REQUESTS"] ?? 3000)

/** Requests that are under way at once, each on a connection of its own that is kept open. */
export const concurrency = 32

export const event = "order placed"

export const sides = ["with", "byHand", "without"] as const

export type Side = (typeof sides)[number]

export const routes = ["read", "place"] as const

export type Route = (typeof routes)[number]

/** What a browser or another service sends along. */
export const headers = (n: number): Record<string, string> => ({
  accept: "application/json",
  "accept-encoding": "gzip, deflate, br",
  "accept-language": "en-GB,en;q=0.9",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "x-posthog-distinct-id": `user-${n % 500}`,
  "x-posthog-session-id": `0193a5c0-7b1e-7c3d-9a4f-${String(n % 500).padStart(12, "0")}`
})

export const order = (n: number) => ({
  sku: `sku-${n % 1000}`,
  quantity: 1 + n % 5,
  note: "please ring twice and leave it with the neighbour on the left",
  coupon: "WINTER-26-SALE"
})

/** Starts one of the processes: it is asked by messages, one at a time. */
export const start = async (file: string, ...args: ReadonlyArray<string>) => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: [
      "--expose-gc",
      ...(process.env["PROFILE"] === args[0] ? ["--cpu-prof", "--cpu-prof-dir=.out/prof"] : [])
    ],
    stdio: ["ignore", "ignore", "inherit", "ipc"]
  })
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      const ended = (code: number | null) => reject(new Error(`${file} ${args.join(" ")} ended with code ${code}`))
      child.once("exit", ended)
      child.once("message", (message) => {
        child.off("exit", ended)
        resolve(message)
      })
    })
  const first = await next()
  return {
    first: Number(first),
    ask: (question: unknown): Promise<unknown> => {
      const answer = next()
      child.send(question as object)
      return answer
    },
    stop: () => child.disconnect()
  }
}

/** The other end: says a number when it is ready, and answers what it is asked. */
export const serve = (ready: number, answer: (question: never) => Promise<unknown>): void => {
  process.on("message", (question) => {
    answer(question as never).then(
      (message) => process.send?.(message),
      (error) => {
        console.error(error)
        process.exit(1)
      }
    )
  })
  process.on("disconnect", () => process.exit())
  process.send?.(ready)
}
